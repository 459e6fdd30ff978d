"""Gathers what the report of one interview says from the store and the cards, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.export.content import Asked, Exchange, Kind, Point, Report, Topic, Wrong
from bot.export.errors import ExportError
from bot.grading.feedback import Feedback, feedback, remarks
from bot.grading.grader import Grade, Grader
from bot.grading.text import MAX_CHARACTERS
from bot.grading.verdict import PointVerdict, Verdict
from bot.interview.session import InterviewSession, Means
from bot.interview.summary import Summary
from bot.memory.store import Store, grade_of
from bot.memory.tables import Attempt, Interview, Turn
from bot.speech.delivery.report import from_data
from bot.text import catalogue, t
from knowledge.deck import Deck, topics
from knowledge.schema import Card, Language


def latest_interview(store: Store) -> str:
    """The id of the learner's latest interview in which something was answered. Raises ExportError when there is none."""
    with store.session() as session:
        found: str | None = session.scalar(
            select(Interview.id)
            .join(Interview.turns)
            .join(Turn.attempts)
            .where(Interview.learner_id == store.learner_id)
            .order_by(Interview.created_at.desc())
            .limit(1)
        )
    if found is None:
        raise ExportError("no_interview")
    return found


def read_report(store: Store, deck: Deck, interview_id: str, lang: Language) -> Report:
    """The report of an interview, told in `lang`; questions and key points stay in the language of the interview.

    Raises ExportError when the learner has no such interview.
    """
    try:
        session = InterviewSession(Means(store, deck, _no_grader), interview_id)
    except KeyError as error:
        raise ExportError("unknown_interview") from error
    interview = session.interview
    if interview.learner_id != store.learner_id:
        raise ExportError("unknown_interview")
    put = [turn for turn in interview.turns if turn.asked_at is not None or turn.attempts or turn.skipped]
    summary = _summary(session)
    facts = [date_words(interview.created_at, lang), _mode(interview.mode, lang)]
    if interview.ended_at is None:
        facts.append(t("report.unfinished", lang))
    return Report(
        title=t("report.title", lang),
        facts=tuple(facts),
        score=summary.score if summary else None,
        overall=_overall(summary, lang),
        topics=tuple(Topic(topic_words(topic, lang), mean, count) for topic, mean, count in summary.topics) if summary else (),
        questions=tuple(_asked(session, turn, number, lang) for number, turn in enumerate(put, 1)),
        closing=_closing(summary, lang) if summary else (),
    )


def date_words(moment: datetime, lang: Language) -> str:
    """A moment in local time, as it is written in a language."""
    local = moment.astimezone()
    return t("report.date", lang, year=local.year, month=local.month, day=local.day, time=f"{local:%H:%M}")


def topic_words(path: str, lang: Language) -> str:
    """The name of a topic in a language; its path when the topic tree has lost it."""
    found = topics().get(path)
    return found.leaf[lang] if found else path


def _no_grader() -> Grader:
    raise AssertionError("a report grades nothing")


def _card(session: InterviewSession, turn: Turn) -> Card | None:
    """The card of a turn; None when the deck has lost it since."""
    try:
        return session.card(turn)
    except KeyError:
        return None


def _summary(session: InterviewSession) -> Summary | None:
    """The closing summary; None when the deck has lost a card that it needs."""
    try:
        return session.summary()
    except KeyError:
        return None


def _mode(mode: str, lang: Language) -> str:
    key = f"report.mode.{mode}"
    return t(key, lang) if key in catalogue(lang) else mode


def _overall(summary: Summary | None, lang: Language) -> str:
    if summary is None or summary.score is None:
        return t("summary.none", lang)
    return t("summary.score", lang, score=f"{summary.score:.0f}", count=sum(count for _, _, count in summary.topics))


def _asked(session: InterviewSession, turn: Turn, number: int, lang: Language) -> Asked:
    card = _card(session, turn)
    facts = [topic_words(card.topic, lang)] if card else [t("report.unknown_card", lang, card=turn.card_id)]
    if turn.point_id:
        facts.append(t("report.about_point", lang, label=_label(card, turn.point_id)))
    if turn.hints:
        facts.append(t("report.hints", lang, count=turn.hints))
    if turn.skipped:
        facts.append(t("report.skipped", lang))
    elif not turn.attempts:
        facts.append(t("report.unanswered", lang))
    reached = zip(turn.attempts, session.totals(turn), strict=True)
    return Asked(
        number=number,
        title=card.title if card else turn.card_id,
        text=turn.question,
        facts=tuple(facts),
        exchanges=tuple(_exchange(turn, attempt, total, card, lang) for attempt, total in reached),
    )


def _exchange(turn: Turn, attempt: Attempt, total: Grade | None, card: Card | None, lang: Language) -> Exchange:
    kind: Kind = "answer"
    if attempt.follow_up_point != turn.point_id:
        kind = "follow_up"
    elif any(a.position < attempt.position and a.follow_up_point == turn.point_id for a in turn.attempts):
        kind = "again"
    grade = grade_of(attempt)
    told = feedback(card, grade) if card and grade and grade.state != "ungraded" else None
    return Exchange(
        kind=kind,
        asked=attempt.asked or turn.question,
        answer=attempt.answer,
        score=_total(total, lang) if kind == "follow_up" else _score(grade, lang),
        notes=(*_notes(grade, lang), *_delivery(attempt, lang)),
        points=_points(told, grade),
        wrong=tuple(Wrong(v.quote.text if v.quote else None, m.correction) for m, v in told.loose) if told else (),
    )


def _total(total: Grade | None, lang: Language) -> str | None:
    return t("report.total", lang, score=f"{total.score.value:.0f}") if total and total.score else None


def _score(grade: Grade | None, lang: Language) -> str | None:
    if grade is None or grade.score is None:
        return None
    value, low, high = (f"{x:.0f}" for x in (grade.score.value, grade.score.low, grade.score.high))
    if grade.state == "no_answer":
        return t("report.no_score", lang, score=value)
    return t("report.score", lang, score=value, low=low, high=high)


def _notes(grade: Grade | None, lang: Language) -> list[str]:
    if grade is None:
        return [t("report.pending", lang)]
    notes = []
    if grade.state == "ungraded":
        notes.append(t("report.ungraded", lang, reason=t(f"reason.{grade.failure}", lang)))
    notes += [t(key, lang) for key in remarks(grade)]
    if grade.truncated:
        notes.append(t("input.too_long", lang, limit=MAX_CHARACTERS))
    return notes


def _delivery(attempt: Attempt, lang: Language) -> list[str]:
    """How a spoken answer was delivered, in one sentence; it has no part in the score."""
    if attempt.speech is None or attempt.speech.delivery is None:
        return []
    delivery = from_data(attempt.speech.delivery)
    pace = delivery.figure("pace")
    told = [t("report.delivery", lang, score=delivery.score)] if delivery.score is not None else []
    if pace is not None:
        told.append(t("report.pace", lang, pace=t(f"delivery.value.pace_{delivery.lang}", lang, value=f"{pace.value:.0f}")))
    told.append(t("report.heard", lang, pauses=len(delivery.pauses), fillers=len(delivery.fillers)))
    return [("" if lang == "ja" else " ").join(told)]


def _points(told: Feedback | None, grade: Grade | None) -> tuple[Point, ...]:
    if told is None:
        return tuple(_bare(verdict) for verdict in grade.points) if grade else ()
    found = []
    for item in told.points:
        verdict = item.verdict.verdict
        hit = verdict is Verdict.HIT
        found.append(
            Point(
                verdict=verdict,
                label=item.point.label,
                weight=item.point.weight,
                unsure=item.verdict.distribution.unsure,
                quote=item.verdict.quote.text if item.verdict.quote else None,
                truth=None if hit else item.point.text,
                corrections=() if hit else tuple(m.correction for m in item.corrections),
            )
        )
    return tuple(found)


def _bare(verdict: PointVerdict) -> Point:
    """A verdict whose card is gone: its id is all that is left of the point."""
    return Point(
        verdict.verdict, verdict.point_id, verdict.weight, verdict.distribution.unsure, verdict.quote.text if verdict.quote else None
    )


def _closing(summary: Summary, lang: Language) -> tuple[tuple[str, tuple[str, ...]], ...]:
    parts: list[tuple[str, Sequence[str]]] = [
        (t("summary.strongest", lang), [f"{_label(card, v.point_id)} ({card.title})" for card, v in summary.strongest]),
        (t("summary.weakest", lang), [f"{_label(card, v.point_id)} ({card.title})" for card, v in summary.weakest]),
        (t("summary.read_again", lang), [card.title for card in summary.read_again]),
    ]
    if summary.ungraded:
        parts.append((t("state.ungraded", lang), [t("report.count_ungraded", lang, count=summary.ungraded)]))
    return tuple((heading, tuple(lines)) for heading, lines in parts if lines)


def _label(card: Card | None, point_id: str) -> str:
    """The label of a point; its id when the card has lost it."""
    return next((point.label for point in card.points if point.id == point_id), point_id) if card else point_id
