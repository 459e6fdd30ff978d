"""Answers put together from labelled passages: every mixture of right, half-right, wrong and missing points."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evals.gold import GoldAnswer, Label
from evals.pairs import Passage
from knowledge.deck import Deck

_LABELS: tuple[Label, ...] = ("states", "half", "contradicts", "absent")


@dataclass(frozen=True)
class Profile:
    """How often answers of a kind are made, how its points are labelled, and how often an absent point is at least touched on."""

    share: float
    labels: tuple[float, float, float, float]
    touches: float = 0.25


PROFILES = {
    "strong": Profile(0.16, (0.85, 0.10, 0.02, 0.03)),
    "half": Profile(0.20, (0.40, 0.15, 0.05, 0.40)),
    "mixed": Profile(0.26, (0.45, 0.10, 0.30, 0.15)),
    "wrong": Profile(0.16, (0.03, 0.05, 0.85, 0.07)),
    "off": Profile(0.10, (0.00, 0.05, 0.00, 0.95), 0.8),
    "single": Profile(0.12, (0.40, 0.20, 0.25, 0.15)),  # of one point; the others are absent
}


def composites(deck: Deck, passages: Sequence[Passage], count: int, seed: int) -> list[GoldAnswer]:
    """About `count` answers, spread over the cards; each passage keeps its label. The same for the same seed."""
    rng = random.Random(seed)
    cards = list(deck)
    stock: defaultdict[tuple[str, str, str, Label], list[str]] = defaultdict(list)
    for passage in passages:
        stock[passage.card, passage.lang, passage.point, passage.label].append(passage.text)
    answers = []
    for number in range(count):
        card = cards[number % len(cards)]
        kind = rng.choices(list(PROFILES), [profile.share for profile in PROFILES.values()])[0]
        only = rng.choice(card.points).id if kind == "single" else None
        labels: dict[str, Label] = {}
        pieces = []
        for point in card.points:
            label = rng.choices(_LABELS, PROFILES[kind].labels)[0] if only in {None, point.id} else "absent"
            found = stock[card.id, card.lang, point.id, label]
            labels[point.id] = label if found else "absent"
            if found and (label != "absent" or rng.random() < PROFILES[kind].touches):
                pieces.append(rng.choice(found))
        if pieces:
            rng.shuffle(pieces)
            text = ("" if card.lang == "ja" else " ").join(pieces)
            answers.append(GoldAnswer(f"composite-{number}", card.id, card.lang, kind, text, labels))
    return answers
