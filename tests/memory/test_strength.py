"""How well something is known, against scipy's beta distribution and in figures, and what may be said of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import beta

from bot.memory.strength import Evidence, Standing, Strength, pooled, strengths


def evidence(*verdicts: tuple[float, float]) -> Evidence:
    """From (credit, weight) a verdict."""
    found = Evidence()
    for credit, weight in verdicts:
        found = found.plus(credit, weight)
    return found


def strength(of: Evidence, recall: float = 1.0) -> Strength:
    return strengths([of], [recall])[0]


HIT, PARTLY, MISS = (1.0, 1.0), (0.5, 1.0), (0.0, 1.0)
MISSED_FOLLOW_UP = (0.0, 0.3)


# --- evidence


def test_a_verdict_adds_to_both_sides_by_its_credit_and_weight() -> None:
    found = evidence(HIT, (0.75, 0.2), MISSED_FOLLOW_UP)
    assert (found.credit, found.lack, found.amount) == pytest.approx((1.15, 0.35, 1.5))


@pytest.mark.parametrize(("days", "left"), [(0, 1.0), (-3, 1.0), (22.5, 0.707107), (45, 0.5), (90, 0.25), (365, 0.003617)])
def test_evidence_halves_every_45_days(days: float, left: float) -> None:
    found = Evidence(2.0, 1.0).after(days)
    assert (found.credit, found.lack) == pytest.approx((2 * left, left), abs=1e-6)


def test_days_that_pass_one_by_one_come_to_the_same() -> None:
    found = Evidence(2.0, 1.0)
    for _ in range(30):
        found = found.after(1)
    assert (found.credit, found.lack) == pytest.approx((Evidence(2.0, 1.0).after(30).credit, Evidence(2.0, 1.0).after(30).lack))


# --- strength


@pytest.mark.parametrize(
    ("verdicts", "value", "low", "high"),
    [
        ([], 0.5, 0.024472, 0.975528),
        ([MISS], 0.25, 0.006181, 0.648643),
        ([MISS, MISS], 0.166667, 0.003482, 0.448149),
        ([HIT], 0.75, 0.351357, 0.993819),
        ([HIT, HIT], 0.833333, 0.551851, 0.996518),
        ([HIT, HIT, HIT], 0.875, 0.661037, 0.997581),
        ([HIT, MISS], 0.5, 0.156476, 0.843524),
        ([PARTLY, PARTLY], 0.5, 0.156476, 0.843524),
        ([MISS, MISSED_FOLLOW_UP], 0.217391, 0.005019, 0.573851),
    ],
)
def test_strength_in_figures(verdicts: Sequence[tuple[float, float]], value: float, low: float, high: float) -> None:
    found = strength(evidence(*verdicts))
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_any_evidence_gives_the_beta_distributions_mean_and_interval_times_recall(seed: int) -> None:
    rng = random.Random(seed)
    many = [Evidence(rng.uniform(0, 8), rng.uniform(0, 8)) for _ in range(50)]
    recall = [rng.uniform(0.01, 1) for _ in many]
    for e, r, found in zip(many, recall, strengths(many, recall), strict=True):
        a, b = e.credit + 0.5, e.lack + 0.5
        expected = (beta.mean(a, b) * r, beta.ppf(0.1, a, b) * r, beta.ppf(0.9, a, b) * r, e.credit + e.lack)
        assert (found.value, found.low, found.high, found.evidence) == pytest.approx(expected, abs=1e-9)
        assert 0 <= found.low < found.high <= r


def test_of_nothing_there_is_no_strength() -> None:
    assert strengths([], []) == []


# --- what may be said


@pytest.mark.parametrize(
    ("verdicts", "standing"),
    [
        ([], "unknown"),
        ([MISS], "unknown"),
        ([MISS, MISS], "weak"),
        ([MISS, MISSED_FOLLOW_UP], "weak"),
        ([(0.0, 0.7)], "unknown"),
        ([MISSED_FOLLOW_UP] * 3, "unknown"),
        ([HIT], "unknown"),
        ([HIT, HIT], "middling"),
        ([HIT, HIT, HIT], "strong"),
        ([HIT, MISS], "unknown"),
        ([HIT, MISS] * 4, "middling"),
        ([PARTLY] * 8, "middling"),
        ([HIT, MISS, MISS, MISS], "weak"),
        ([(1.0, 0.2)] * 4, "unknown"),
    ],
)
def test_something_is_said_only_when_there_is_enough_to_say_it(verdicts: Sequence[tuple[float, float]], standing: str) -> None:
    assert strength(evidence(*verdicts)).standing == standing


@pytest.mark.parametrize("recall", [1.0, 0.99, 0.92, 0.7, 0.4, 0.1, 0.01])
def test_that_time_passed_is_no_evidence(recall: float) -> None:
    """What was met once, or never, does not become weak for being forgotten; what is known does."""
    for verdicts in ([], [MISS], [HIT], [PARTLY], [HIT, MISS]):
        assert strength(evidence(*verdicts), recall).standing is Standing.UNKNOWN
    assert strength(evidence(MISS, MISS), recall).standing is Standing.WEAK
    assert strength(evidence(*[HIT] * 5), 0.4).standing is Standing.WEAK


def test_what_is_known_fades_from_strong_through_middling_to_weak() -> None:
    order = [Standing.STRONG, Standing.MIDDLING, Standing.WEAK]
    found = [strength(evidence(*[HIT] * 5), recall / 100).standing for recall in range(100, 0, -1)]
    assert list(dict.fromkeys(found)) == order
    assert all(order.index(a) <= order.index(b) for a, b in pairwise(found))


def test_old_evidence_is_no_evidence() -> None:
    twice = evidence(MISS, MISS)
    assert [strength(twice.after(days)).standing.value for days in (0, 30, 120)] == ["weak", "weak", "unknown"]


@pytest.mark.parametrize("seed", range(10))
def test_another_hit_never_makes_weaker_and_another_miss_never_stronger(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(50):
        before = Evidence(rng.uniform(0, 5), rng.uniform(0, 5))
        weight, recall = rng.choice([0.2, 0.3, 0.5, 0.7, 1.0]), rng.uniform(0.1, 1)
        now, hit, miss = strengths([before, before.plus(1, weight), before.plus(0, weight)], [recall] * 3)
        assert miss.value < now.value < hit.value
        assert miss.low < now.low < hit.low
        assert miss.high < now.high < hit.high


# --- groups

Part = tuple[Evidence, float, float]


def group(parts: list[Part], unmet: int = 0, unmet_weight: float = 0.0) -> Strength:
    rows = [(evidence.credit, evidence.lack, recall, weight) for evidence, recall, weight in parts]
    return pooled(np.array(rows, dtype=np.float64).reshape(-1, 4), unmet, unmet_weight)


def test_a_group_of_nothing_is_unknown() -> None:
    empty = strength(Evidence())
    assert group([]) == group([(Evidence(), 1.0, 3.0)]) == group([(evidence(HIT), 0.5, 0.0)]) == empty
    assert empty.standing is Standing.UNKNOWN


def test_a_group_of_one_is_that_one() -> None:
    assert group([(evidence(HIT, HIT), 0.8, 5.0)]) == strength(evidence(HIT, HIT), 0.8)


def test_a_groups_evidence_grows_with_the_root_of_its_size() -> None:
    found = group([(evidence(HIT), 1.0, 1.0)] * 4 + [(evidence(MISS), 0.5, 1.0)] * 5)
    # 3 times the mean of four hits and five misses
    assert found.evidence == pytest.approx(3.0)
    mean, recall = (12 / 9 + 0.5) / 4, (4 * 1.0 + 5 * 0.5) / 9
    assert found.value == pytest.approx(mean * recall)
    assert found.low == pytest.approx(beta.ppf(0.1, 12 / 9 + 0.5, 15 / 9 + 0.5) * recall)
    assert found.high == pytest.approx(beta.ppf(0.9, 12 / 9 + 0.5, 15 / 9 + 0.5) * recall)


def test_what_weighs_more_counts_more_and_what_was_never_met_counts_for_nothing_either_way() -> None:
    heavy_hit = group([(evidence(HIT, HIT), 1.0, 5.0), (evidence(MISS, MISS), 1.0, 1.0)])
    heavy_miss = group([(evidence(HIT, HIT), 1.0, 1.0), (evidence(MISS, MISS), 1.0, 5.0)])
    assert heavy_miss.value < 0.5 < heavy_hit.value
    assert heavy_hit.evidence == pytest.approx(heavy_miss.evidence)
    with_unmet = group([(evidence(HIT, HIT), 0.9, 1.0)], 1, 1.0)
    assert with_unmet.evidence == pytest.approx(2**0.5)
    assert with_unmet.high <= 0.9


def test_the_order_of_the_parts_makes_no_difference() -> None:
    rng = random.Random(7)
    parts = [(Evidence(rng.uniform(0, 3), rng.uniform(0, 3)), rng.uniform(0.1, 1), float(rng.randint(1, 5))) for _ in range(9)]
    found, other = group(parts), group(parts[::-1])
    assert (found.value, found.low, found.high, found.evidence) == pytest.approx((other.value, other.low, other.high, other.evidence))
