"""A made-up history of practice in any number of answers, stored as if each had been given and graded."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert

from bot.grading.grader import Grade
from bot.grading.score import score
from bot.grading.verdict import Distribution, PointVerdict, Quote, Verdict
from bot.memory.rating import EVIDENCE, Circumstance, rate_card, rate_point
from bot.memory.reviews import WHOLE_CARD
from bot.memory.schedule import DAY, Recall, Schedule
from bot.memory.store import LOCAL_LEARNER
from bot.memory.strength import Evidence
from bot.memory.tables import Attempt, Base, Interview, MemoryRow, PointRow, Review, SpeechRow, Turn
from bot.speech.delivery.report import as_data, deliver
from bot.speech.heard import Heard, Span, Word
from bot.speech.heard import as_data as heard_as_data
from knowledge.schema import Card

Rows = dict[type[Base], list[dict[str, Any]]]

QUESTIONS = 5
# So that there are 27 answers a day, half an hour of practice.
DAYS = 3650
JUDGE = "made up"
# What the grader's numbers are for a point that is said, and for one that is not.
SAID, MISSED = Distribution(0.95), Distribution(0.02)
_SHARE_SAID = 0.7
# Every so many answers one is spoken.
SPOKEN_EVERY = 3


def graded(card: Card, said: Sequence[bool], answer: str) -> Grade:
    """The grade of an answer that says these points of a card."""
    points = tuple(
        PointVerdict(point.id, point.weight, SAID if hit else MISSED, _quote(point.text, answer) if hit else None)
        for point, hit in zip(card.points, said, strict=True)
    )
    return Grade("graded", points, score=score(points), judge=JUDGE, seconds=0.6)


def history(cards: Sequence[Card], answers: int, until: datetime, seed: int) -> Iterator[Rows]:
    """Rows of all tables, round by round: in a round each card is asked once, in an order of its own; the last is what is remembered.

    The rows are what the store would have written, had every question been put, answered and graded at its time.
    """
    rng = np.random.default_rng(seed)
    memory, aloud = _Memories(), _aloud(cards[0])
    grades = {card.id: _grades(card) for card in cards}
    step = timedelta(days=DAYS) / answers
    for first in range(0, answers, len(cards)):
        rows: Rows = {Interview: [], Turn: [], Attempt: [], SpeechRow: [], PointRow: [], Review: []}
        order = rng.permutation(len(cards))[: answers - first]
        said = rng.random((len(order), max(len(card.points) for card in cards))) < _SHARE_SAID
        for number, index in enumerate(order, start=first):
            card = cards[index]
            grade = grades[card.id][tuple(bool(hit) for hit in said[number - first, : len(card.points)])]
            spoken = aloud if number % SPOKEN_EVERY == 0 else None
            _write(rows, number, card, grade, until - step * (answers - number), memory, spoken)
        yield rows
    yield {MemoryRow: memory.rows()}


def store_history(connections: Sequence[Connection], rounds: Iterator[Rows]) -> int:
    """Inserts a history into databases that hold none; returns how many rows each got."""
    count = 0
    for rows in rounds:
        for table, values in rows.items():
            if values:
                count += len(values)
                for connection in connections:
                    connection.execute(insert(table), values)
    return count


def answer_of(card: Card) -> str:
    """An answer in which every point of a card is said."""
    return card.answer


def _grades(card: Card) -> dict[tuple[bool, ...], Grade]:
    answer = answer_of(card)
    return {said: graded(card, said, answer) for said in itertools.product((False, True), repeat=len(card.points))}


def _quote(text: str, answer: str) -> Quote:
    start = max(0, answer.find(text))
    return Quote(answer[start : start + len(text)], start, min(len(answer), start + len(text)))


def _aloud(card: Card) -> dict[str, Any]:
    """How an answer of a minute and a half was heard and delivered, as it is stored; all spoken answers of a history have the same."""
    words = [Word(part, 0.5 * n, 0.5 * n + 0.4, 0.9) for n, part in enumerate(textwrap.wrap(answer_of(card), 6)[:170])]
    heard = Heard(card.lang, tuple(words), (Span(0.0, 40.0), Span(41.5, words[-1].end)), words[-1].end)
    return {"heard": heard_as_data(heard), "delivery": as_data(deliver(heard, 2.0))}


def _write(rows: Rows, number: int, card: Card, grade: Grade, at: datetime, memory: _Memories, spoken: dict[str, Any] | None) -> None:
    position, interview_id = number % QUESTIONS, f"{number // QUESTIONS:032x}"
    turn_id = attempt_id = f"{number:032x}"
    if position == 0:
        rows[Interview].append(
            {"id": interview_id, "learner_id": LOCAL_LEARNER, "lang": card.lang, "mode": "practice", "plan": {}}
            | {"created_at": at, "ended_at": at + timedelta(hours=1)}
        )
    asked = at - timedelta(seconds=90)
    rows[Turn].append(
        {"id": turn_id, "interview_id": interview_id, "position": position, "card_id": card.id, "question": card.question}
        | {"asked_at": asked, "closed_at": at + timedelta(seconds=60), "skipped": False, "hints": 0}
        | {"follow_up_point": None, "point_id": None, "reason": "due"}
    )
    assert grade.score is not None
    rows[Attempt].append(
        {"id": attempt_id, "turn_id": turn_id, "learner_id": LOCAL_LEARNER, "position": 0, "card_id": card.id, "lang": card.lang}
        | {"answer": answer_of(card), "answered_at": at, "duration": 90.0, "asked": card.question, "state": grade.state}
        | {"score": grade.score.value, "low": grade.score.low, "high": grade.score.high, "judge": grade.judge, "calibration": ""}
        | {"spoke_to_grader": False, "truncated": False, "seconds": grade.seconds, "prompt_tokens": 0, "generated_tokens": 0}
        | {"graded_at": at + timedelta(seconds=1), "delivery_score": spoken and spoken["delivery"]["score"]}
    )
    if spoken:
        rows[SpeechRow].append({"attempt_id": attempt_id, "corrected": False} | spoken)
    for place, point in enumerate(grade.points):
        p, quote = point.distribution, point.quote
        rows[PointRow].append(
            {
                "attempt_id": attempt_id,
                "point_id": point.point_id,
                "position": place,
                "weight": point.weight,
                "verdict": point.verdict.value,
            }
            | {"hit": p.hit, "partly": p.partly, "contradicted": p.contradicted, "quote": quote.text if quote else None}
            | {"quote_start": quote.start if quote else None, "quote_end": quote.end if quote else None}
        )
        rows[Review].append(memory.review(attempt_id, card.id, point.point_id, point.verdict, point.credit, at))
    rows[Review].append(memory.review(attempt_id, card.id, WHOLE_CARD, None, grade.score.value / 100, at))


class _Memories:
    """What all reviews so far come to, kept up as the store would."""

    def __init__(self) -> None:
        self._schedule = Schedule()
        self._known: dict[tuple[str, str], tuple[Recall, Evidence, str]] = {}

    def review(self, attempt_id: str, card_id: str, point_id: str, verdict: Verdict | None, credit: float, at: datetime) -> dict[str, Any]:
        """The row of one more review of a point, or without a verdict of a whole question, said freely."""
        before = self._known.get((card_id, point_id))
        if verdict is None:
            rating = rate_card(100 * credit, Circumstance.FREE, before is None)
            verdict = {1: Verdict.MISSED, 2: Verdict.PARTLY}.get(int(rating), Verdict.HIT)
        else:
            rating = rate_point(verdict, Circumstance.FREE, before is None)
        recall = self._schedule.review(before[0] if before else None, rating, at)
        evidence, predicted = Evidence(), None
        if before:
            predicted = self._schedule.retrievability(before[0].stability, before[0].last_review, at)
            evidence = before[1].after((at - before[0].last_review).total_seconds() / DAY)
        self._known[card_id, point_id] = recall, evidence.plus(credit, EVIDENCE[Circumstance.FREE]), verdict.value
        return (
            {"attempt_id": attempt_id, "point_id": point_id, "learner_id": LOCAL_LEARNER, "card_id": card_id, "verdict": verdict.value}
            | {"circumstance": Circumstance.FREE.value, "rating": int(rating), "credit": credit, "retrievability": predicted}
            | {"reviewed_at": at}
        )

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the memory table."""
        return [
            {"learner_id": LOCAL_LEARNER, "card_id": card_id, "point_id": point_id, "verdict": verdict, "dismissed_at": None}
            | {"stability": recall.stability, "difficulty": recall.difficulty, "last_review": recall.last_review}
            | {"reviews": recall.reviews, "lapses": recall.lapses, "credit": evidence.credit, "lack": evidence.lack}
            for (card_id, point_id), (recall, evidence, verdict) in self._known.items()
        ]
