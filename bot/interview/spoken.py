"""A spoken answer after it was graded: when each point was said, and how the answer was delivered."""

from __future__ import annotations

from typing import NamedTuple

from bot.grading.grader import Grade
from bot.grading.verdict import Verdict
from bot.speech.alignment import Alignment
from bot.speech.heard import Span


class SaidPoint(NamedTuple):
    """A key point with its verdict and when the words that carry it were said."""

    point_id: str
    verdict: Verdict
    span: Span


def said_points(grade: Grade, alignment: Alignment) -> list[SaidPoint]:
    """The points whose quote was heard, in order of time; those that were missed have none."""
    found = []
    for point in grade.points:
        span = alignment.said(point.quote.start, point.quote.end) if point.quote else None
        if span is not None and point.verdict is not Verdict.MISSED:
            found.append(SaidPoint(point.point_id, point.verdict, span))
    return sorted(found, key=lambda said: said.span.start)


def first_point_at(grade: Grade, alignment: Alignment) -> float | None:
    """Seconds from the beginning of the recording to the first key point that was hit or partly hit; None when none was."""
    starts = [said.span.start for said in said_points(grade, alignment) if said.verdict in {Verdict.HIT, Verdict.PARTLY}]
    return min(starts, default=None)
