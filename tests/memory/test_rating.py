"""The fixed rule from verdicts to ratings, written out in full."""

from __future__ import annotations

from itertools import product

import pytest
from fsrs import Rating

from bot.grading.verdict import Verdict
from bot.memory.rating import EVIDENCE, Circumstance, rate_card, rate_point

AGAIN, HARD, GOOD, EASY = Rating.Again, Rating.Hard, Rating.Good, Rating.Easy

# (circumstance, verdict): rating at the first meeting, rating later
POINT: dict[tuple[str, str], tuple[Rating, Rating]] = {
    ("free", "hit"): (EASY, GOOD),
    ("free", "partly"): (HARD, HARD),
    ("free", "missed"): (AGAIN, AGAIN),
    ("free", "contradicted"): (AGAIN, AGAIN),
    ("drill", "hit"): (GOOD, GOOD),
    ("drill", "partly"): (HARD, HARD),
    ("drill", "missed"): (AGAIN, AGAIN),
    ("drill", "contradicted"): (AGAIN, AGAIN),
    ("hinted", "hit"): (HARD, HARD),
    ("hinted", "partly"): (AGAIN, AGAIN),
    ("hinted", "missed"): (AGAIN, AGAIN),
    ("hinted", "contradicted"): (AGAIN, AGAIN),
    ("follow_up", "hit"): (HARD, HARD),
    ("follow_up", "partly"): (AGAIN, AGAIN),
    ("follow_up", "missed"): (AGAIN, AGAIN),
    ("follow_up", "contradicted"): (AGAIN, AGAIN),
    ("retry", "hit"): (HARD, HARD),
    ("retry", "partly"): (AGAIN, AGAIN),
    ("retry", "missed"): (AGAIN, AGAIN),
    ("retry", "contradicted"): (AGAIN, AGAIN),
}

# score: rating of a free answer at the first meeting, of a free answer later, of any other answer
CARD: dict[float, tuple[Rating, Rating, Rating]] = {
    0.0: (AGAIN, AGAIN, AGAIN),
    34.9: (AGAIN, AGAIN, AGAIN),
    35.0: (HARD, HARD, HARD),
    59.9: (HARD, HARD, HARD),
    60.0: (GOOD, GOOD, HARD),
    89.9: (GOOD, GOOD, HARD),
    90.0: (EASY, GOOD, HARD),
    100.0: (EASY, GOOD, HARD),
}


def test_the_table_of_points_names_every_case() -> None:
    assert set(POINT) == {(c.value, v.value) for c, v in product(Circumstance, Verdict)}


@pytest.mark.parametrize(("circumstance", "verdict"), POINT, ids=lambda name: str(name))
def test_a_point_is_rated_by_the_table(circumstance: str, verdict: str) -> None:
    first, later = POINT[circumstance, verdict]
    assert rate_point(Verdict(verdict), Circumstance(circumstance), first=True) is first
    assert rate_point(Verdict(verdict), Circumstance(circumstance), first=False) is later


@pytest.mark.parametrize("score", CARD)
def test_a_question_is_rated_by_its_score(score: float) -> None:
    first, later, helped = CARD[score]
    assert rate_card(score, Circumstance.FREE, first=True) is first
    assert rate_card(score, Circumstance.FREE, first=False) is later
    for circumstance in set(Circumstance) - {Circumstance.FREE}:
        for met in (True, False):
            assert rate_card(score, circumstance, met) is helped


def test_the_ratings_are_those_that_are_stored() -> None:
    assert [int(rating) for rating in (AGAIN, HARD, GOOD, EASY)] == [1, 2, 3, 4]
    assert [circumstance.value for circumstance in Circumstance] == ["free", "drill", "hinted", "follow_up", "retry"]


def test_more_help_says_less_about_memory() -> None:
    assert [EVIDENCE[circumstance] for circumstance in Circumstance] == [1.0, 0.7, 0.5, 0.3, 0.2]
