"""Labelled passages: what a candidate might say about one key point, and how it stands to the point."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evals.gold import Label
from knowledge.schema import Card, Language

PAIRS = Path(__file__).parent / "pairs"
# Passages that only touch the subject or deny knowing it do not state the point.
_LABELS: dict[str, Label] = {"states": "states", "half": "half", "contradicts": "contradicts", "topic": "absent", "denies": "absent"}


@dataclass(frozen=True)
class Passage:
    """A passage with its label for one point; `batch` tells writers and occasions apart."""

    card: str
    lang: Language
    point: str
    label: Label
    style: str
    batch: str
    text: str


def load_pairs(cards: Iterable[Card], batches: str = "abc", folder: Path = PAIRS) -> list[Passage]:
    """The passages of some batches, those a model wrote (m) only when asked for. ValueError names a file and line that cannot be used."""
    passages = []
    for card in cards:
        path = folder / f"{card.id}.{card.lang}.jsonl"
        if not path.is_file():
            raise ValueError(
                f"{path.name} is missing: write passages for the card, or have a model write some (python -m evals pairs {card.id})"
            )
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                card.point(row["point"])
                passage = Passage(card.id, card.lang, row["point"], _LABELS[row["label"]], row["style"], row["batch"], row["text"])
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error
            if passage.batch in batches:
                passages.append(passage)
    return passages
