"""Verdicts and credits from probabilities: where each begins, and what is unsure."""

from __future__ import annotations

import pytest

from bot.grading.verdict import Distribution, PointVerdict, Verdict


@pytest.mark.parametrize(
    ("distribution", "verdict"),
    [
        (Distribution(1.0), Verdict.HIT),
        (Distribution(0.6), Verdict.HIT),
        (Distribution(0.4, 0.4), Verdict.HIT),
        (Distribution(0.59), Verdict.PARTLY),
        (Distribution(0.35), Verdict.PARTLY),
        (Distribution(0.0, 1.0), Verdict.PARTLY),
        (Distribution(0.34), Verdict.MISSED),
        (Distribution(0.0), Verdict.MISSED),
        (Distribution(0.02, 0.0, 0.9), Verdict.CONTRADICTED),
        (Distribution(0.3, 0.0, 0.4), Verdict.MISSED),
        (Distribution(0.36, 0.0, 0.5), Verdict.CONTRADICTED),
        (Distribution(0.4, 0.0, 0.35), Verdict.PARTLY),
        (Distribution(0.0, 0.0, 0.4), Verdict.MISSED),
        (Distribution(0.65, 0.0, 0.35), Verdict.HIT),
    ],
)
def test_each_verdict_begins_at_its_border(distribution: Distribution, verdict: Verdict) -> None:
    assert distribution.verdict is verdict
    assert PointVerdict("p", 3, distribution).verdict is verdict


@pytest.mark.parametrize(
    ("distribution", "expected", "credit"),
    [
        (Distribution(0.0), 0.0, 0.0),
        (Distribution(0.1), 0.1, 0.0),
        (Distribution(0.3), 0.3, 0.25),
        (Distribution(0.5), 0.5, 0.5),
        (Distribution(0.0, 1.0), 0.5, 0.5),
        (Distribution(0.4, 0.4), 0.6, 0.625),
        (Distribution(0.9), 0.9, 1.0),
        (Distribution(1.0), 1.0, 1.0),
        (Distribution(0.0, 0.0, 1.0), 0.0, 0.0),
    ],
)
def test_what_is_nearly_certain_counts_in_full(distribution: Distribution, expected: float, credit: float) -> None:
    assert distribution.expected == pytest.approx(expected)
    assert distribution.credit == pytest.approx(credit)
    assert PointVerdict("p", 3, distribution).credit == distribution.credit


@pytest.mark.parametrize(
    ("distribution", "variance"),
    [
        (Distribution(1.0), 0.0),
        (Distribution(0.5), 0.25),
        (Distribution(0.0, 1.0), 0.0),
        (Distribution(0.2, 0.4), 0.14),
        (Distribution(0.0), 0.0),
    ],
)
def test_the_variance_is_that_of_the_credit(distribution: Distribution, variance: float) -> None:
    assert distribution.variance == pytest.approx(variance)


@pytest.mark.parametrize(
    ("stated", "unsure"),
    [
        (0.0, False),
        (0.22, False),
        (0.24, True),
        (0.35, True),
        (0.46, True),
        (0.475, False),
        (0.5, True),
        (0.71, True),
        (0.73, False),
        (1.0, False),
    ],
)
def test_a_verdict_near_a_border_is_unsure(stated: float, unsure: bool) -> None:
    assert Distribution(stated).unsure is unsure


def test_missed_is_the_rest_and_never_negative() -> None:
    assert Distribution(0.5, 0.2, 0.1).missed == pytest.approx(0.2)
    assert Distribution(0.7, 0.2, 0.14).missed == 0.0  # endpoints round
