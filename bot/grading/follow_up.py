"""Which point a follow-up is aimed at, and what its answer adds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.grading.grader import Grade
from bot.grading.score import score
from bot.grading.verdict import PointVerdict

MOST = 2
# From this credit on there is too little left of a point to ask again.
COVERED = 0.75


def heaviest_gap(points: Sequence[PointVerdict], asked: Collection[str] = ()) -> PointVerdict | None:
    """The point with the most weight left uncovered that was not asked about yet; None when all are covered or enough was asked.

    What may only have been misheard is asked back before anything else.
    """
    if len(asked) >= MOST:
        return None
    open_points = [p for p in points if p.point_id not in asked and p.credit < COVERED]
    return max(open_points, key=lambda p: (p.doubted, p.weight * (1 - p.credit)), default=None)


def with_follow_up(grade: Grade, follow_up: Grade) -> Grade:
    """The grade raised by a graded follow-up answer: the better verdict on each of its points counts, so it never falls."""
    if follow_up.state != "graded" or grade.state == "ungraded":
        return grade
    better = {p.point_id: p for p in follow_up.points}
    points = tuple(
        replace(better[p.point_id], weight=p.weight) if p.point_id in better and better[p.point_id].credit > p.credit else p
        for p in grade.points
    )
    return replace(grade, state="graded", points=points, score=score(points))
