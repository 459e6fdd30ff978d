"""The gold set: answers to the bank's questions with a label for every key point."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge.deck import Deck
from knowledge.schema import Language

GOLD = Path(__file__).parent / "gold"
# Answers by a writer of whom the judge was fitted on nothing: only ever reported on.
UNSEEN = Path(__file__).parent / "unseen"
Label = Literal["states", "half", "contradicts", "absent"]
CREDIT: dict[Label, float] = {"states": 1.0, "half": 0.5, "contradicts": 0.0, "absent": 0.0}

# Half of the questions are for development, half only for reporting; the seed article's odd numbers are development.
Part = Literal["development", "reporting", "all", "unseen"]


@dataclass(frozen=True)
class GoldAnswer:
    """An answer of a kind ("strong", "inverted", ...) with its label for each point."""

    id: str
    card: str
    lang: Language
    kind: str
    answer: str
    labels: dict[str, Label]


def load_gold(deck: Deck, part: Part = "all", folder: Path | None = None) -> list[GoldAnswer]:
    """Gold answers of a part, in the order of the files. ValueError names a file and line that cannot be used."""
    answers = []
    for path in sorted((folder or (UNSEEN if part == "unseen" else GOLD)).glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                card = deck.get(row["card"], row["lang"])
                if set(row["labels"]) != {p.id for p in card.points} or not set(row["labels"].values()) <= set(CREDIT):
                    raise ValueError("labels do not fit the card's points")
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error
            if part in {"all", "unseen"} or (part == "development") == ((card.seed or 0) % 2 == 1):
                answers.append(GoldAnswer(row["id"], row["card"], row["lang"], row["kind"], row["answer"], row["labels"]))
    return answers


def true_score(answer: GoldAnswer, deck: Deck) -> float:
    """The score in [0, 100] that the labels give: the weighted share of points, half a point counting half."""
    points = deck.get(answer.card, answer.lang).points
    return 100 * sum(p.weight * CREDIT[answer.labels[p.id]] for p in points) / sum(p.weight for p in points)
