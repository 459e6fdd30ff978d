"""Chooses the questions of an interview and their wording."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knowledge.deck import Deck
from knowledge.schema import Card, Difficulty, Language

Mode = Literal["practice", "exam"]
_FREQUENCY_ORDER = {"very-common": 0, "common": 1, "uncommon": 2, "rare": 3}


@dataclass(frozen=True)
class Plan:
    """What a candidate wants: empty `topics` or no `difficulty` mean any. `cards` names the questions outright."""

    lang: Language = "ja"
    mode: Mode = "practice"
    topics: tuple[str, ...] = ()
    difficulty: Difficulty | None = None
    count: int = 5
    cards: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {"topics": list(self.topics), "difficulty": self.difficulty, "count": self.count, "cards": list(self.cards)}


def choose(plan: Plan, deck: Deck, asked: Mapping[str, int], rng: random.Random) -> list[Card]:
    """The cards of an interview: least asked first, then the most frequent in interviews, chance among equals.

    May be fewer than wanted; empty when nothing fits the plan. KeyError when `plan.cards` names a card that is not in the deck.
    """
    if plan.cards:
        return [deck.get(name, plan.lang) for name in plan.cards]
    fitting = [
        card
        for card in deck.in_language(plan.lang)
        if (not plan.topics or any(card.topic == t or card.topic.startswith(f"{t}/") for t in plan.topics))
        and plan.difficulty in {None, card.difficulty}
    ]
    order = sorted(fitting, key=lambda c: (asked.get(c.id, 0), _FREQUENCY_ORDER[c.frequency], rng.random()))
    return order[: max(1, plan.count)]


def wording(card: Card, times_asked: int) -> str:
    """The question's own wording the first time, its rephrasings in turn afterwards, never the same twice in a row."""
    wordings = (card.question, *card.rephrasings)
    return wordings[times_asked % len(wordings)]
