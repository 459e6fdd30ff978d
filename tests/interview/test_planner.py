"""Which questions come, in which order and in which words."""

from __future__ import annotations

import random

import pytest

from bot.interview.planner import Plan, choose, wording
from knowledge.deck import Deck, load_deck
from knowledge.schema import Card, Language


@pytest.fixture(scope="module")
def deck() -> Deck:
    return load_deck()


def ids(cards: list[Card]) -> list[str]:
    return [card.id for card in cards]


def chosen(plan: Plan, deck: Deck, asked: dict[str, int] | None = None, seed: int = 0) -> list[str]:
    return ids(choose(plan, deck, asked or {}, random.Random(seed)))


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("count", [1, 5, 10])
def test_as_many_cards_as_wanted_each_once_and_in_the_plans_language(deck: Deck, lang: Language, count: int) -> None:
    cards = choose(Plan(lang, count=count), deck, {}, random.Random(0))
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
    frequencies = [rank.index(card.frequency) for card in choose(Plan(count=1000), deck, {}, random.Random(1))]
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
    leaf_cards = choose(Plan(lang, topics=(topic,), count=1000), deck, {}, random.Random(0))
    branch_cards = choose(Plan(lang, topics=(branch,), count=1000), deck, {}, random.Random(0))
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
    cards = choose(Plan("en", difficulty="medium", count=1000), deck, {}, random.Random(0))
    assert {card.difficulty for card in cards} == {"medium"}
    assert len(cards) == sum(card.difficulty == "medium" for card in deck.in_language("en"))


def test_cards_named_outright_come_as_named_whatever_else_the_plan_says(deck: Deck) -> None:
    plan = Plan("en", topics=("nothing",), count=1, cards=("roc-auc", "seed:2"))
    assert chosen(plan, deck, {"roc-auc": 9}) == ["roc-auc", "regularization"]
    with pytest.raises(KeyError, match="unheard-of"):
        chosen(Plan(cards=("unheard-of",)), deck)


def test_a_plan_as_data_makes_the_same_plan() -> None:
    plan = Plan("en", "exam", ("mlops",), "hard", 3, ("roc-auc",))
    assert plan.as_data() == {"topics": ["mlops"], "difficulty": "hard", "count": 3, "cards": ["roc-auc"]}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_wording_is_the_questions_first_then_each_rephrasing_and_around(deck: Deck, lang: Language) -> None:
    card = deck.get("regularization", lang)
    every = [card.question, *card.rephrasings]
    assert [wording(card, times) for times in range(2 * len(every))] == every * 2
    assert len(set(every)) == len(every)
