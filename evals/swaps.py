"""Right statements with two things exchanged, such as L1 and L2: wrong ones in the very same words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.gold import Label
from evals.pairs import Passage
from evals.whole import Labels, WholeAnswer
from knowledge.schema import Card, Language


@dataclass(frozen=True)
class Swap:
    """Names that are exchanged, by language, and the points that thereby become wrong; the card's other points are left alone."""

    names: dict[Language, tuple[tuple[str, str], ...]]
    points: frozenset[str]


# Only where the names carry everything: for five other cards (bias and variance, bagging and boosting, ...) development answers got
# worse by it.
SWAPS = {
    "regularization": Swap(
        {
            "ja": (("L1", "L2"), ("ラッソ", "リッジ"), ("Lasso", "Ridge")),
            "en": (("L1", "L2"), ("lasso", "ridge"), ("Lasso", "Ridge"), ("L one", "L two")),
        },
        frozenset({"norms", "l1-zeros", "l2-shrinks", "when-which"}),
    ),
}


def swapped(text: str, card_id: str, lang: Language) -> str | None:
    """The text with the card's names exchanged; None when the card has no such names or the text none of them."""
    swap = SWAPS.get(card_id)
    if swap is None:
        return None
    other: dict[str, str] = {}
    for first, second in swap.names[lang]:
        other.setdefault(first, second)
        other.setdefault(second, first)
    longest_first = sorted(other, key=len, reverse=True)
    edge = r"\b" if lang == "en" else ""
    changed = re.sub(f"{edge}(?:{'|'.join(map(re.escape, longest_first))}){edge}", lambda match: other[match[0]], text)
    return changed if changed != text else None


def swapped_examples(card: Card, passages: Sequence[Passage], answers: Sequence[WholeAnswer]) -> Iterator[tuple[str, Labels]]:
    """What the passages and sentences of a card become that state nothing but points an exchange makes wrong."""
    points = SWAPS[card.id].points if card.id in SWAPS else frozenset()
    stated: list[tuple[str, Labels]] = [(p.text, {p.point: p.label}) for p in passages]
    stated += [sentence for answer in answers for sentence in answer.sentences]
    wrong: Label = "contradicts"
    for text, labels in stated:
        if labels and set(labels) <= points and set(labels.values()) == {"states"} and (changed := swapped(text, card.id, card.lang)):
            yield changed, dict.fromkeys(labels, wrong)
