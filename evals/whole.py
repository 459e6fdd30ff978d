"""Whole spoken answers, labelled sentence by sentence: what the trained judge learns from besides single passages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from evals.gold import GoldAnswer, Label
from knowledge.deck import Deck
from knowledge.schema import Language

ANSWERS = Path(__file__).parent / "answers"
_LABELS = frozenset({"states", "half", "contradicts"})
Labels = Mapping[str, Label]


@dataclass(frozen=True)
class WholeAnswer:
    """An answer in its sentences; each with its labels for the points it speaks of. The others it leaves out."""

    id: str
    card: str
    lang: Language
    kind: str
    writer: str
    sentences: tuple[tuple[str, Labels], ...]

    def as_gold(self, deck: Deck) -> GoldAnswer:
        """The whole answer with one label a point: wrong wins over right, right over half; two halves are taken to make a whole."""
        labels: dict[str, Label] = {}
        for point in deck.get(self.card, self.lang).points:
            said = [labels_of[point.id] for _, labels_of in self.sentences if point.id in labels_of]
            if "contradicts" in said:
                labels[point.id] = "contradicts"
            elif "states" in said or len(said) > 1:
                labels[point.id] = "states"
            else:
                labels[point.id] = "half" if said else "absent"
        text = ("" if self.lang == "ja" else " ").join(text for text, _ in self.sentences)
        return GoldAnswer(self.id, self.card, self.lang, self.kind, text, labels)

    def passages(self) -> Iterator[tuple[str, Labels]]:
        """Every sentence, and every two neighbours joined, with their labels; not two that speak of the same point, which may add up."""
        yield from self.sentences
        joint = "" if self.lang == "ja" else " "
        for (first, before), (second, after) in pairwise(self.sentences):
            if not set(before) & set(after):
                yield joint.join((first, second)), {**before, **after}


def load_answers(deck: Deck, folder: Path = ANSWERS) -> list[WholeAnswer]:
    """All whole answers, in the order of the files. ValueError names a file and line that cannot be used."""
    answers = []
    for path in sorted(folder.glob("*.jsonl")):
        card_id, lang = path.name.removesuffix(".jsonl").rsplit(".", 1)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                card = deck.get(card_id, "en" if lang == "en" else "ja")
                sentences = tuple((s["text"], s["labels"]) for s in row["sentences"])
                for _, labels in sentences:
                    if not set(labels) <= {p.id for p in card.points} or not set(labels.values()) <= _LABELS:
                        raise ValueError(f"labels {labels}")
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error
            answers.append(WholeAnswer(row["id"], card.id, card.lang, row["kind"], row["writer"], sentences))
    return answers
