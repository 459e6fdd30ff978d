"""Interview events as chat messages, and a stored interview as the chat it was."""

from __future__ import annotations

from html import escape
from typing import Any

from bot.interview.events import Asked, Event, Finished, FollowedUp, Remarked
from bot.interview.session import InterviewSession
from bot.text import t
from bot.ui.score_card import topic_name
from knowledge.schema import Language

Message = dict[str, Any]


def said(text: str) -> Message:
    """A message of the interviewer. The chat component reads HTML, so that the text is escaped to be shown as it is."""
    return {"role": "assistant", "content": escape(text, quote=False)}


def answered(text: str) -> Message:
    """A message of the candidate, escaped likewise."""
    return {"role": "user", "content": escape(text, quote=False)}


def utterance(event: Event, lang: Language) -> str | None:
    """What the interviewer says at an event; None when it only changes the score card."""
    match event:
        case Asked():
            return t(
                "chat.question", lang, number=event.number, total=event.total, topic=topic_name(event.card.topic, lang), text=event.text
            )
        case FollowedUp():
            return t("chat.follow_up", lang, text=event.point.follow_up)
        case Remarked():
            return t(f"chat.{event.remark}", lang, **({"text": event.text} if event.text else {}))
        case Finished():
            return t("chat.finished", lang)
    return None


def transcript(session: InterviewSession) -> list[Message]:
    """The chat of an interview so far, rebuilt from what is stored. A follow-up that is open is left to be asked again."""
    messages: list[Message] = []
    total = len(session.interview.turns)
    for turn in session.interview.turns:
        if turn.asked_at is None:
            continue
        card = session.card(turn)
        messages.append(said(utterance(Asked(card, turn.question, turn.position + 1, total), session.lang) or ""))
        for attempt in turn.attempts:
            if attempt.follow_up_point:
                messages.append(said(t("chat.follow_up", session.lang, text=card.point(attempt.follow_up_point).follow_up)))
            messages.append(answered(attempt.answer))
        if turn.skipped:
            messages.append(said(t("chat.skipped", session.lang)))
    return messages
