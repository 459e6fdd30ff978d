"""Chooses the questions of an interview, says why, and finds words for them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, Literal

from bot.memory.due import Due, within
from knowledge.deck import Deck
from knowledge.schema import Card, Difficulty, KeyPoint, Language

Mode = Literal["practice", "exam", "review"]
Reason = Literal["chosen", "missed", "due", "new", "frequent", "again"]
_FREQUENCY_ORDER = {"very-common": 0, "common": 1, "uncommon": 2, "rare": 3}


@dataclass(frozen=True)
class Plan:
    """What a candidate wants: empty `topics` or no `difficulty` mean any. `cards` names the questions outright.

    A review takes what is due, most urgent first, for so many `minutes`, or all of it; `count` limits the other modes.
    """

    lang: Language = "ja"
    mode: Mode = "practice"
    topics: tuple[str, ...] = ()
    difficulty: Difficulty | None = None
    count: int = 5
    cards: tuple[str, ...] = ()
    minutes: float | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {
            "topics": list(self.topics),
            "difficulty": self.difficulty,
            "count": self.count,
            "cards": list(self.cards),
            "minutes": self.minutes,
        }


@dataclass(frozen=True)
class Choice:
    """A question, or with `point` that point alone, and why it is asked."""

    card: Card
    point: KeyPoint | None
    reason: Reason


def choose(plan: Plan, deck: Deck, due: Sequence[Due], asked: Mapping[str, int], rng: random.Random) -> list[Choice]:
    """The questions of an interview. `asked` counts earlier answers by card id.

    What is due and what was never asked take turns, the most urgent and the most frequent in interviews first; then comes what was asked
    least. May be fewer than wanted; empty when nothing fits the plan. KeyError when `plan.cards` names a card that is not in the deck.
    """
    if plan.mode == "review":
        fits = [entry for entry in due if _fits(plan, entry.card)]
        today = fits if plan.minutes is None else within(fits, plan.minutes)
        return [Choice(entry.card, entry.point, "missed" if entry.missed else "due") for entry in today]
    if plan.cards:
        return [Choice(deck.get(name, plan.lang), None, "chosen") for name in plan.cards]
    fitting = sorted(
        (card for card in deck.in_language(plan.lang) if _fits(plan, card)),
        key=lambda c: (asked.get(c.id, 0), _FREQUENCY_ORDER[c.frequency], rng.random()),
    )
    back = _due_cards(due, fitting)
    taken = {choice.card.id for choice in back}
    new = [
        Choice(card, None, "frequent" if card.frequency == "very-common" else "new")
        for card in fitting
        if not asked.get(card.id) and card.id not in taken
    ]
    taken |= {choice.card.id for choice in new}
    again = [Choice(card, None, "again") for card in fitting if card.id not in taken]
    turns = [choice for choice in chain.from_iterable(zip_longest(back, new)) if choice is not None]
    return [*turns, *again][: max(1, plan.count)]


def _fits(plan: Plan, card: Card) -> bool:
    in_topic = not plan.topics or any(card.topic == t or card.topic.startswith(f"{t}/") for t in plan.topics)
    return in_topic and plan.difficulty in {None, card.difficulty}


def _due_cards(due: Iterable[Due], fitting: Sequence[Card]) -> list[Choice]:
    """Cards with anything due, by the sum of its urgency, with the most urgent entry's reason."""
    fits = {card.id: card for card in fitting}
    urgency: dict[str, float] = {}
    first: dict[str, Due] = {}
    for entry in due:
        if entry.card.id in fits:
            urgency[entry.card.id] = urgency.get(entry.card.id, 0.0) + entry.urgency
            first.setdefault(entry.card.id, entry)
    order = sorted(urgency, key=lambda card: -urgency[card])
    return [Choice(fits[card], None, "missed" if first[card].missed else "due") for card in order]


def wording(card: Card, point: KeyPoint | None, last: str | None) -> str:
    """Words for a question, or for a point alone: the first ones at the first time, then the next in turn after `last`."""
    wordings = (card.question, *card.rephrasings) if point is None else point.wordings
    if last not in wordings:
        return wordings[0] if last is None else wordings[1 % len(wordings)]
    return wordings[(wordings.index(last) + 1) % len(wordings)]
