"""What a candidate is told about a graded answer: facts from the card and the verdicts, in order of weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.grading.grader import Grade
from bot.grading.verdict import MisconceptionVerdict, PointVerdict, Verdict
from knowledge.schema import Card, KeyPoint, Misconception

Advice = Literal["all", "gap", "wrong", "again"]


@dataclass(frozen=True)
class PointFeedback:
    """A key point with its verdict. `corrections` are the card's words on what was said wrongly about it."""

    point: KeyPoint
    verdict: PointVerdict
    corrections: tuple[Misconception, ...] = ()


@dataclass(frozen=True)
class Feedback:
    """Points in the card's order, misconceptions asserted, and one piece of advice (with the label of the point it is about)."""

    points: tuple[PointFeedback, ...]
    misconceptions: tuple[tuple[Misconception, MisconceptionVerdict], ...]
    advice: Advice
    about: KeyPoint | None = None

    @property
    def loose(self) -> tuple[tuple[Misconception, MisconceptionVerdict], ...]:
        """The misconceptions that no point's corrections speak of; those of a point that was hit are not told there."""
        spoken_of = {m.id for p in self.points if p.verdict.verdict is not Verdict.HIT for m in p.corrections}
        return tuple((m, v) for m, v in self.misconceptions if m.id not in spoken_of)


def feedback(card: Card, grade: Grade) -> Feedback:
    """The feedback on a graded answer to a card's question. Points that were not graded are left out."""
    asserted = {m.misconception_id: m for m in grade.misconceptions}
    known = tuple((m, asserted[m.id]) for m in card.misconceptions if m.id in asserted)
    by_id = {v.point_id: v for v in grade.points}
    points = tuple(PointFeedback(p, by_id[p.id], tuple(m for m, _ in known if p.id in m.about)) for p in card.points if p.id in by_id)
    wrong = _heaviest([p for p in points if p.verdict.verdict is Verdict.CONTRADICTED])
    gap = _heaviest([p for p in points if p.verdict.verdict in {Verdict.MISSED, Verdict.PARTLY}])
    if grade.state == "no_answer":
        return Feedback(points, known, "again")
    if wrong is not None:
        return Feedback(points, known, "wrong", wrong.point)
    if gap is not None:
        return Feedback(points, known, "gap", gap.point)
    return Feedback(points, known, "all")


def remarks(grade: Grade) -> tuple[str, ...]:
    """Keys of what a candidate is told about the answer itself: why it was none, or what of it was put aside."""
    if grade.state == "no_answer" and grade.no_answer:
        return (f"state.no_answer.{grade.no_answer}",)
    aside = {"state.spoke_to_grader": grade.spoke_to_grader, "state.listed_terms": grade.listed_terms}
    return tuple(key for key, put in aside.items() if put)


def _heaviest(points: list[PointFeedback]) -> PointFeedback | None:
    return max(points, key=lambda p: p.point.weight * (1 - p.verdict.credit), default=None)
