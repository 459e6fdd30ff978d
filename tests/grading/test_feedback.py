"""Feedback is the card's own words, ordered by what was judged."""

from __future__ import annotations

import pytest

from bot.grading.feedback import feedback
from bot.grading.grader import Grade
from bot.grading.score import Score, score
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Quote
from knowledge.deck import load_deck
from knowledge.schema import Card, Language

CARDS = [load_deck().get("regularization", lang) for lang in ("ja", "en")]
HIT, PARTLY, MISSED, WRONG = Distribution(0.97), Distribution(0.3, 0.4), Distribution(0.02), Distribution(0.02, 0.0, 0.9)
QUOTE = Quote("L2 gives zeros.", 0, 15)


def grade(card: Card, *beliefs: str, **distributions: Distribution) -> Grade:
    """All points hit but those named (with "_" for "-")."""
    points = tuple(PointVerdict(p.id, p.weight, distributions.get(p.id.replace("-", "_"), HIT)) for p in card.points)
    return Grade("graded", points, tuple(MisconceptionVerdict(m, 0.9, QUOTE) for m in beliefs), score(points))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.lang)
@pytest.mark.parametrize(
    ("distributions", "advice", "about"),
    [
        ({}, "all", None),
        ({"norms": MISSED, "l1_zeros": MISSED}, "gap", "l1-zeros"),  # weight 5 before 3
        ({"norms": MISSED, "l2_shrinks": PARTLY}, "gap", "norms"),  # a whole 3 before half of 4
        ({"elastic_net": PARTLY}, "gap", "elastic-net"),
        ({"elastic_net": WRONG, "penalty": MISSED}, "wrong", "elastic-net"),  # a contradiction comes first, however light
        ({"elastic_net": WRONG, "l2_shrinks": WRONG}, "wrong", "l2-shrinks"),
    ],
)
def test_advice_is_about_the_heaviest_contradiction_else_the_heaviest_gap(
    card: Card, distributions: dict[str, Distribution], advice: str, about: str | None
) -> None:
    told = feedback(card, grade(card, **distributions))
    assert told.advice == advice
    assert told.about == (card.point(about) if about else None)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.lang)
def test_a_misconception_comes_with_its_correction_at_each_point_it_is_about(card: Card) -> None:
    told = feedback(card, grade(card, "l2-zeroes", l2_shrinks=WRONG))
    [(misconception, verdict)] = told.misconceptions
    assert (misconception.id, verdict.quote) == ("l2-zeroes", QUOTE)
    assert {p.point.id: p.corrections for p in told.points if p.corrections} == {
        "l1-zeros": (misconception,),
        "l2-shrinks": (misconception,),
    }


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.lang)
def test_points_come_in_the_cards_order_and_only_those_that_were_graded(card: Card) -> None:
    whole = grade(card)
    told = feedback(card, Grade("graded", (whole.points[3], whole.points[1]), score=whole.score))
    assert [p.point for p in told.points] == [card.points[1], card.points[3]]
    assert told.points[0].verdict is whole.points[1]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_after_no_answer_the_advice_is_to_try_again(lang: Language) -> None:
    card = load_deck().get("mlops", lang)
    missed = tuple(PointVerdict(p.id, p.weight, Distribution(0.0)) for p in card.points)
    told = feedback(card, Grade("no_answer", missed, score=Score(0.0, 0.0, 0.0), no_answer="dont_know"))
    assert (told.advice, told.about, len(told.points)) == ("again", None, len(card.points))


def test_a_verdict_the_card_no_longer_has_is_passed_over() -> None:
    card = CARDS[1]
    points = (PointVerdict("gone", 5, MISSED), PointVerdict("norms", 3, HIT))
    told = feedback(card, Grade("graded", points, (MisconceptionVerdict("gone", 0.9),), score(points)))
    assert ([p.point.id for p in told.points], told.misconceptions, told.advice) == (["norms"], (), "all")
