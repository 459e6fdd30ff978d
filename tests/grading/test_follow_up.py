"""Which point is asked about again, and what the second answer adds."""

from __future__ import annotations

import pytest

from bot.grading.follow_up import heaviest_gap, with_follow_up
from bot.grading.grader import Grade
from bot.grading.score import Score, score
from bot.grading.verdict import Distribution, PointVerdict, Quote


def point(name: str, weight: int, stated: float, quote: str | None = None) -> PointVerdict:
    return PointVerdict(name, weight, Distribution(stated), Quote(quote, 0, len(quote)) if quote else None)


def graded(*points: PointVerdict) -> Grade:
    return Grade("graded", points, score=score(points), judge="first", seconds=1.5)


POINTS = (point("a", 5, 0.97), point("b", 3, 0.05), point("c", 5, 0.5), point("d", 2, 0.0))


@pytest.mark.parametrize(
    ("points", "asked", "expected"),
    [
        (POINTS, (), "b"),  # 3 * 1 left, against 5 * 0.5 and 2 * 1
        (POINTS, ("b",), "c"),
        (POINTS, ("b", "c"), None),  # enough was asked
        ((point("a", 5, 0.97), point("b", 3, 0.71)), (), None),  # all covered
        ((point("a", 5, 0.69),), (), "a"),  # credit 0.74
        ((point("a", 1, 0.0),), ("a",), None),
        ((point("a", 3, 0.1), point("b", 3, 0.1)), (), "a"),  # the first of equals
        ((), (), None),
    ],
)
def test_the_point_with_most_weight_left_is_asked_about(
    points: tuple[PointVerdict, ...], asked: tuple[str, ...], expected: str | None
) -> None:
    gap = heaviest_gap(points, asked)
    assert (gap.point_id if gap else None) == expected


def test_a_follow_up_raises_its_point_and_keeps_the_weight_and_the_rest() -> None:
    first = graded(*POINTS)
    total = with_follow_up(first, graded(point("b", 1, 0.95, "it shrinks")))
    assert total.of("b") == point("b", 3, 0.95, "it shrinks")
    assert [p.point_id for p in total.points] == ["a", "b", "c", "d"]
    assert (first.score, total.score) == (Score(50.0, 24.2, 75.8), Score(70.0, 44.2, 95.8))
    assert (total.judge, total.seconds) == ("first", 1.5)


@pytest.mark.parametrize("stated", [0.0, 0.05, 0.3])
def test_a_worse_or_equal_follow_up_changes_nothing(stated: float) -> None:
    first = graded(point("b", 3, 0.3, "first words"), point("a", 5, 0.9))
    assert with_follow_up(first, graded(point("b", 3, stated, "other words"))) == first


@pytest.mark.parametrize("state", ["ungraded", "no_answer"])
def test_a_follow_up_that_was_not_graded_changes_nothing(state: str) -> None:
    first = graded(*POINTS)
    assert with_follow_up(first, Grade(state, (point("b", 3, 1.0),))) is first  # type: ignore[arg-type]


def test_a_good_follow_up_to_no_answer_counts() -> None:
    nothing = Grade("no_answer", (point("a", 5, 0.0), point("b", 3, 0.0)), score=Score(0.0, 0.0, 0.0), no_answer="dont_know")
    total = with_follow_up(nothing, graded(point("b", 3, 1.0)))
    assert (total.state, total.score) == ("graded", Score(37.5, 37.5, 37.5))


def test_an_ungraded_answer_stays_ungraded() -> None:
    ungraded = Grade("ungraded", (), failure="timeout")
    assert with_follow_up(ungraded, graded(point("b", 3, 1.0))) is ungraded


def test_a_point_the_first_grade_does_not_have_is_not_added() -> None:
    first = graded(point("a", 5, 0.5))
    assert with_follow_up(first, graded(point("z", 9, 1.0))) == first
