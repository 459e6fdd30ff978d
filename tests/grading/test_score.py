"""The score in golden numbers. The interval was worked out by hand from the formula in the docstring."""

from __future__ import annotations

import math

import pytest

from bot.grading.score import Score, score
from bot.grading.verdict import Distribution, PointVerdict


def points(*weights_and_stated: tuple[int, float]) -> list[PointVerdict]:
    return [PointVerdict(f"p{n}", weight, Distribution(stated)) for n, (weight, stated) in enumerate(weights_and_stated)]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (points((5, 1.0), (3, 1.0)), Score(100.0, 100.0, 100.0)),
        (points((5, 0.0), (3, 0.0)), Score(0.0, 0.0, 0.0)),
        (points((5, 1.0), (3, 0.0)), Score(62.5, 62.5, 62.5)),
        (points((3, 1.0), (5, 0.0)), Score(37.5, 37.5, 37.5)),
        (points((1, 1.0), (1, 1.0), (1, 0.0)), Score(66.7, 66.7, 66.7)),
        # one point, P = 0.5: deviation 50, interval 50 ± 64.1
        (points((1, 0.5)), Score(50.0, 0.0, 100.0)),
        # two such points: deviation sqrt(0.8 * 2 * 25² + 0.2 * 50²) = 38.7
        (points((2, 0.5), (2, 0.5)), Score(50.0, 0.4, 99.6)),
        # 8 of 23 certain and 4 at P = 0.7 (credit 0.75, spread 8.0)
        (points((8, 1.0), (11, 0.0), (4, 0.7)), Score(47.8, 37.6, 58.0)),
    ],
)
def test_the_score_is_the_weighted_mean_with_its_interval(of: list[PointVerdict], expected: Score) -> None:
    assert score(of) == expected


def test_half_a_point_counts_half() -> None:
    assert score([PointVerdict("p", 4, Distribution(0.0, 1.0))]) == Score(50.0, 50.0, 50.0)


def test_the_order_of_points_does_not_matter() -> None:
    of = points((5, 0.97), (3, 0.4), (4, 0.1), (2, 0.66))
    assert score(of) == score(of[::-1])


@pytest.mark.parametrize("stated", [0.05, 0.2, 0.35, 0.5, 0.6, 0.8, 0.95])
def test_a_better_verdict_never_lowers_the_score_and_the_interval_holds_it(stated: float) -> None:
    lower = score(points((5, stated), (3, 0.5), (2, 0.9)))
    higher = score(points((5, min(1.0, stated + 0.2)), (3, 0.5), (2, 0.9)))
    assert 0 <= lower.low <= lower.value <= lower.high <= 100
    assert higher.value >= lower.value
    assert all(map(math.isfinite, (lower.low, lower.high)))


def test_more_certain_verdicts_give_a_narrower_interval() -> None:
    doubtful, certain = score(points((1, 0.5), (1, 0.5), (1, 1.0))), score(points((1, 0.5), (1, 0.99), (1, 1.0)))
    assert certain.high - certain.low < doubtful.high - doubtful.low


@pytest.mark.parametrize("of", [[], points((0, 1.0))])
def test_without_a_weighted_verdict_there_is_no_score(of: list[PointVerdict]) -> None:
    with pytest.raises(ValueError, match="verdict"):
        score(of)
