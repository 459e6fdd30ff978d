"""Which questions come, in which order and in which words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.interview.planner import Choice, Plan, choose, wording
from bot.memory.due import Due
from knowledge.deck import Deck
from knowledge.schema import Card, Language

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def ids(cards: list[Card]) -> list[str]:
    return [card.id for card in cards]


def picked(plan: Plan, deck: Deck, asked: dict[str, int] | None = None, due: Sequence[Due] = (), seed: int = 0) -> list[Choice]:
    return choose(plan, deck, due, asked or {}, random.Random(seed))


def cards_of(plan: Plan, deck: Deck, seed: int = 0) -> list[Card]:
    return [choice.card for choice in picked(plan, deck, seed=seed)]


def overdue(deck: Deck, card_id: str, point_id: str | None = None, urgency: float = 1.0, missed: bool = True, lang: Language = "ja") -> Due:
    card = deck.get(card_id, lang)
    points = (card.point(point_id),) if point_id else card.points
    return Due(card, points[0] if point_id else None, points, 0.5, urgency, NOON, missed)


def chosen(plan: Plan, deck: Deck, asked: dict[str, int] | None = None, seed: int = 0) -> list[str]:
    return ids([choice.card for choice in picked(plan, deck, asked, seed=seed)])


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("count", [1, 5, 10])
def test_as_many_cards_as_wanted_each_once_and_in_the_plans_language(deck: Deck, lang: Language, count: int) -> None:
    cards = cards_of(Plan(lang, count=count), deck, 0)
    assert len(set(ids(cards))) == len(cards) == count
    assert {card.lang for card in cards} == {lang}


def test_a_plan_for_more_than_there_is_gives_what_there_is_and_one_for_none_gives_one(deck: Deck) -> None:
    assert len(chosen(Plan(count=1000), deck)) == len(deck)
    assert len(chosen(Plan(count=0), deck)) == 1


def test_the_least_asked_come_first(deck: Deck) -> None:
    everything = ids(deck.in_language("ja"))
    asked = dict.fromkeys(everything, 2) | {"mlops": 0, "roc-auc": 1}
    assert chosen(Plan(count=3), deck, asked)[:2] == ["mlops", "roc-auc"]
    del asked["mlops"]
    assert chosen(Plan(count=1), deck, asked) == ["mlops"]


def test_among_those_the_most_frequent_in_interviews(deck: Deck) -> None:
    rank = ["very-common", "common", "uncommon", "rare"]
    frequencies = [rank.index(card.frequency) for card in cards_of(Plan(count=1000), deck, 1)]
    assert frequencies == sorted(frequencies)
    assert len(set(frequencies)) > 1


def test_among_equals_chance_decides_and_the_same_seed_decides_the_same(deck: Deck) -> None:
    plan = Plan(count=1000)
    assert chosen(plan, deck, seed=1) == chosen(plan, deck, seed=1)
    assert len({tuple(chosen(plan, deck, seed=seed)) for seed in range(10)}) > 1


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_topics_name_a_branch_or_a_leaf(deck: Deck, lang: Language) -> None:
    topic = deck.get("regularization", lang).topic
    branch = topic.split("/")[0]
    leaf_cards = cards_of(Plan(lang, topics=(topic,), count=1000), deck, 0)
    branch_cards = cards_of(Plan(lang, topics=(branch,), count=1000), deck, 0)
    assert "regularization" in ids(leaf_cards)
    assert {card.topic for card in leaf_cards} == {topic}
    assert {card.topic.split("/")[0] for card in branch_cards} == {branch}
    assert set(ids(leaf_cards)) <= set(ids(branch_cards))
    other = next(card.topic for card in deck if not card.topic.startswith(branch))
    assert len(chosen(Plan(lang, topics=(topic, other), count=1000), deck)) > len(leaf_cards)


@pytest.mark.parametrize("topic", ["machine", "machine-learning/", "fundamentals", "nothing"])
def test_half_a_topic_is_no_topic(deck: Deck, topic: str) -> None:
    assert chosen(Plan(topics=(topic,)), deck) == []


def test_difficulty_is_kept_to(deck: Deck) -> None:
    cards = cards_of(Plan("en", difficulty="medium", count=1000), deck, 0)
    assert {card.difficulty for card in cards} == {"medium"}
    assert len(cards) == sum(card.difficulty == "medium" for card in deck.in_language("en"))


def test_cards_named_outright_come_as_named_whatever_else_the_plan_says(deck: Deck) -> None:
    plan = Plan("en", topics=("nothing",), count=1, cards=("roc-auc", "seed:2"))
    assert chosen(plan, deck, {"roc-auc": 9}) == ["roc-auc", "regularization"]
    with pytest.raises(KeyError, match="unheard-of"):
        chosen(Plan(cards=("unheard-of",)), deck)


def test_a_plan_as_data_makes_the_same_plan() -> None:
    plan = Plan("en", "exam", ("mlops",), "hard", 3, ("roc-auc",), 12.0)
    assert plan.as_data() == {"topics": ["mlops"], "difficulty": "hard", "count": 3, "cards": ["roc-auc"], "minutes": 12.0}


def test_what_is_due_and_what_is_new_take_turns_and_each_says_why(deck: Deck) -> None:
    due = [
        overdue(deck, "mlops", "ci-cd" if "ci-cd" in [p.id for p in deck.get("mlops", "ja").points] else None, 5.0),
        overdue(deck, "roc-auc", None, 2.0, missed=False),
    ]
    asked = {"mlops": 1, "roc-auc": 2, "regularization": 1}
    choices = picked(Plan(count=1000), deck, asked, due)
    assert [(c.card.id, c.reason) for c in choices[::2]][:2] == [("mlops", "missed"), ("roc-auc", "due")]
    assert all(c.reason in {"new", "frequent"} and c.card.id not in asked for c in choices[1:4:2])
    assert (choices[-1].card.id, choices[-1].reason) == ("regularization", "again")
    assert len({c.card.id for c in choices}) == len(choices) == len(deck)
    assert all(c.point is None for c in choices)


def test_a_cards_due_points_add_up(deck: Deck) -> None:
    points = [p.id for p in deck.get("mlops", "ja").points]
    due = [overdue(deck, "roc-auc", None, 3.0), *(overdue(deck, "mlops", p, 2.0) for p in points[:2])]
    assert chosen_due(deck, due)[:1] == ["mlops"]


def chosen_due(deck: Deck, due: list[Due]) -> list[str]:
    return [c.card.id for c in picked(Plan(count=1000), deck, {}, due) if c.reason == "missed"]


def test_a_review_asks_for_exactly_what_is_due_while_there_is_time(deck: Deck) -> None:
    point = deck.get("regularization", "ja").points[1].id
    due = [overdue(deck, "mlops", None, 5.0), overdue(deck, "regularization", point, 2.0), overdue(deck, "roc-auc", None, 1.0)]
    choices = picked(Plan(mode="review", minutes=4.0), deck, {}, due)
    assert [(c.card.id, c.point.id if c.point else None) for c in choices] == [("mlops", None), ("regularization", point)]
    assert picked(Plan(mode="review"), deck, {}, []) == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_words_are_the_questions_first_then_each_rephrasing_and_around(deck: Deck, lang: Language) -> None:
    card = deck.get("regularization", lang)
    for point, every in ((None, (card.question, *card.rephrasings)), (card.points[0], card.points[0].wordings)):
        last, said = None, []
        for _ in range(2 * len(every)):
            last = wording(card, point, last)
            said.append(last)
        assert said == list(every) * 2
        assert len(set(every)) == len(every)
    assert wording(card, None, "words of an older edition") == card.rephrasings[0]


def test_every_point_can_be_asked_in_three_ways_and_every_question_in_four(deck: Deck) -> None:
    for card in deck:
        assert len(card.rephrasings) >= 3, card.id
        for point in card.points:
            assert len(set(point.wordings)) >= 3, f"{card.id}/{card.lang}: {point.id}"
