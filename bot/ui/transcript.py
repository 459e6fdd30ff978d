"""Interview events as chat messages, a stored interview as the chat it was, and the chat as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from bot.grading.grader import Grade
from bot.grading.verdict import Verdict
from bot.interview.events import Asked, Disputed, Event, Finished, FollowedUp, Remarked
from bot.interview.session import InterviewSession
from bot.memory.store import grade_of
from bot.text import t
from bot.ui.score_card import MARKS, topic_name
from knowledge.schema import Card, Language


@dataclass(frozen=True)
class Message:
    """One entry of the chat as plain text. The first of several lines of the interviewer's is a heading."""

    kind: Literal["said", "answered", "result", "waiting"]
    text: str


def said(text: str) -> Message:
    """What the interviewer says."""
    return Message("said", text)


def answered(text: str) -> Message:
    """What the candidate says."""
    return Message("answered", text)


def waiting(text: str) -> Message:
    """What goes on right now."""
    return Message("waiting", text)


def utterance(event: Event, lang: Language) -> str | None:
    """What the interviewer says at an event; None when it only changes the score card."""
    match event:
        case Asked():
            topic = topic_name(event.card.topic, lang)
            why = f" · {t(f'why.{event.reason}', lang)}" if event.reason else ""
            return t("chat.question", lang, number=event.number, total=event.total, topic=topic, why=why, text=event.text)
        case FollowedUp():
            return t("chat.follow_up", lang, text=event.point.follow_up)
        case Disputed():
            how = "failed" if event.failed else "raised" if event.changed else "kept"
            return t(f"dispute.{how}", lang, label=event.point.label)
        case Remarked():
            return t(f"chat.{event.remark}", lang, **({"text": event.text} if event.text else {}))
        case Finished():
            return t("chat.finished", lang)
    return None


def result(card: Card, grade: Grade, total: Grade, follow_up_point: str | None, lang: Language) -> Message:
    """A grade in one line, so that nobody has to look for the score card to know how it went."""
    if grade.state == "ungraded":
        return Message("result", t("chat.result_ungraded", lang))
    score = f"{total.score.value:.0f}" if total.score else "–"
    if follow_up_point:
        outcome = grade.points[0].verdict
        text = t("chat.result_follow_up", lang, label=card.point(follow_up_point).label, verdict=_marked(outcome, lang), score=score)
    elif grade.no_answer:
        text = t(f"state.no_answer.{grade.no_answer}", lang)
    else:
        counts = Counter(point.verdict for point in total.points)
        listed = "  ".join(f"{_marked(verdict, lang)} {counts[verdict]}" for verdict in Verdict if counts[verdict])
        text = t("chat.result", lang, score=score, counts=listed)
    return Message("result", text)


def transcript(session: InterviewSession) -> list[Message]:
    """The chat of an interview so far, rebuilt from what is stored. A follow-up that is open is left to be asked again."""
    messages: list[Message] = []
    total = len(session.interview.turns)
    for turn in session.interview.turns:
        if turn.asked_at is None:
            continue
        card = session.card(turn)
        messages.append(said(utterance(Asked(card, turn.question, turn.position + 1, total, turn.reason), session.lang) or ""))
        for attempt, reached in zip(turn.attempts, session.totals(turn), strict=True):
            point = attempt.follow_up_point
            if point and point != turn.point_id:
                messages.append(said(t("chat.follow_up", session.lang, text=card.point(point).follow_up)))
            messages.append(answered(attempt.answer))
            grade = grade_of(attempt)
            if grade is not None and session.interview.mode != "exam":
                messages.append(result(card, grade, reached or grade, point, session.lang))
        if turn.skipped:
            messages.append(said(t("chat.skipped", session.lang)))
    return messages


def chat_html(messages: Sequence[Message], lang: Language) -> str:
    """The chat as HTML; every text is escaped. The style sheet keeps its end in view."""
    items = "".join(_item(message, lang) for message in messages)
    log = f'<div class="m-log" role="log" aria-live="off" aria-label="{t("chat.label", lang)}" tabindex="0" lang="{lang}">'
    return f"{log}<div>{items}</div></div>"


def spoken(messages: Sequence[Message]) -> str:
    """What a screen reader should say now: everything since the candidate's last words."""
    last = max((n for n, message in enumerate(messages) if message.kind == "answered"), default=-1)
    return escape("\n".join(message.text for message in messages[last + 1 :][-2:]))


def _item(message: Message, lang: Language) -> str:
    if message.kind in {"result", "waiting"}:
        return f'<p class="m-msg m-{message.kind}">{escape(message.text)}</p>'
    speaker = t("chat.interviewer" if message.kind == "said" else "chat.you", lang)
    heading, _, body = message.text.partition("\n") if message.kind == "said" else ("", "", message.text)
    if not body:
        heading, body = "", heading or body
    kicker = f'<p class="m-kicker">{escape(heading)}</p>' if heading else ""
    return f'<div class="m-msg m-{message.kind}"><span class="m-sr">{speaker}</span>{kicker}<p>{escape(body)}</p></div>'


def _marked(verdict: Verdict, lang: Language) -> str:
    return f"{MARKS[verdict]} {t(f'verdict.{verdict.value}', lang)}"
