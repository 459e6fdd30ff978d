"""When the points of a spoken answer were said."""

from __future__ import annotations

from bot.grading.grader import Grade
from bot.grading.verdict import Distribution, PointVerdict, Quote
from bot.interview.spoken import first_point_at, said_points
from bot.speech.alignment import Alignment
from bot.speech.heard import Heard, Span, Word

ANSWER = "まず前置きです。罰則を足します。強すぎると未学習です。"
HEARD = Heard("ja", (Word(ANSWER[:8], 0, 2, 0.9), Word(ANSWER[8:16], 3, 5, 0.9), Word(ANSWER[16:], 6, 9, 0.9)), (Span(0, 9),), 10.0)


def test_points_come_in_order_of_time_and_missed_ones_not_at_all() -> None:
    points = (
        PointVerdict("strength", 2, Distribution(0.1, 0.1, 0.7), Quote(ANSWER[16:], 16, len(ANSWER))),
        PointVerdict("penalty", 5, Distribution(0.9), Quote(ANSWER[8:16], 8, 16)),
        PointVerdict("norms", 3, Distribution(0.0)),
    )
    grade = Grade("graded", points)
    alignment = Alignment(HEARD, ANSWER)
    assert [(said.point_id, said.span) for said in said_points(grade, alignment)] == [("penalty", Span(3, 5)), ("strength", Span(6, 9))]
    assert first_point_at(grade, alignment) == 3
    assert first_point_at(Grade("graded", points[:1]), alignment) is None
