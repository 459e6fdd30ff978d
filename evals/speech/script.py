"""What is said in the test clips, written so that the words, their readings, the fillers and the pauses are all known.

In a script `[um]` is a filler, `<1.4>` a silence of 1.4 s, and `{0.05|zero point zero five}` something that is written one way and given
to the voice another way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.speech.voices.reading import read
from bot.speech.voices.sentences import sentences
from evals.gold import Part
from knowledge.deck import Deck
from knowledge.schema import Language

DATA = Path(__file__).parent / "data"
Kind = Literal["answer", "wrong topic", "near miss"]

_MARK = re.compile(r"\[(?P<filler>[^\]]+)\]|\{(?P<written>[^|}]+)\|(?P<spoken>[^}]+)\}|<(?P<pause>\d+(?:\.\d+)?)>")
_SENTENCE_SILENCE = 0.4
# An excerpt of an answer goes on to its third pause: some fifteen seconds.
_EXCERPT_PAUSES = 3


@dataclass(frozen=True)
class Piece:
    """A sentence as the voice reads it, and the seconds of silence after it."""

    spoken: str
    pause: float


@dataclass(frozen=True)
class Script:
    """What one clip says, and the question under whose prompt it is heard.

    `text` is what a careful person would write down, fillers included; `fillers` are their first and last characters in it (the last one
    not included). `terms` are those of the card's glossary that are said; of a near miss `not_said` is the term that sounds alike.
    """

    id: str
    card: str
    lang: Language
    kind: Kind
    text: str
    pieces: tuple[Piece, ...]
    fillers: tuple[tuple[int, int], ...]
    terms: tuple[str, ...] = ()
    not_said: str | None = None

    @property
    def spoken(self) -> str:
        """All that the voice reads."""
        return (" " if self.lang == "en" else "").join(piece.spoken for piece in self.pieces)


def parse(said: str, lang: Language) -> tuple[str, tuple[Piece, ...], tuple[tuple[int, int], ...]]:
    """Text, pieces and places of fillers of a script with marks."""
    text, spoken, position = "", "", 0
    pieces: list[Piece] = []
    fillers: list[tuple[int, int]] = []

    def end_piece(pause: float) -> None:
        said_here = sentences(read(spoken, lang), lang)
        pieces.extend(Piece(sentence, _SENTENCE_SILENCE) for sentence in said_here[:-1])
        pieces.extend(Piece(sentence, pause) for sentence in said_here[-1:])

    for mark in _MARK.finditer(said):
        plain = said[position : mark.start()]
        text, spoken, position = text + plain, spoken + plain, mark.end()
        if mark["pause"]:
            end_piece(float(mark["pause"]))
            spoken = ""
            continue
        written = mark["filler"] or mark["written"]
        if mark["filler"]:
            fillers.append((len(text), len(text) + len(written)))
        text, spoken = text + written, spoken + (mark["spoken"] or written)
    text, spoken = text + said[position:], spoken + said[position:]
    end_piece(0.0)
    return text, tuple(pieces), tuple(fillers)


def excerpt(said: str) -> str:
    """The beginning of a script with marks, up to its third pause."""
    pauses = [mark.start() for mark in _MARK.finditer(said) if mark["pause"]]
    return said[: pauses[_EXCERPT_PAUSES - 1]] if len(pauses) >= _EXCERPT_PAUSES else said


def load_answers(deck: Deck, part: Part, langs: Sequence[Language] = ("ja", "en")) -> list[Script]:
    """Answers of one half of the questions (odd seed numbers are development), in the order of the files."""
    return [
        _script(row["id"], row["card"], lang, "answer", row["said"], terms=tuple(row["terms"]))
        for lang in langs
        for row in _rows(f"answers.{lang}.jsonl")
        if _in(part, deck, row["card"])
    ]


def load_off(deck: Deck, part: Part, langs: Sequence[Language] = ("ja", "en")) -> list[Script]:
    """Clips that do not say what their prompt tells: the beginning of each answer under the next question's prompt, and near misses."""
    off = []
    for lang in langs:
        rows = [row for row in _rows(f"answers.{lang}.jsonl") if _in(part, deck, row["card"])]
        cards = list(dict.fromkeys(row["card"] for row in rows))
        for row in rows:
            other = cards[(cards.index(row["card"]) + 1) % len(cards)]
            off.append(_script(f"{row['id']}-under-{other}", other, lang, "wrong topic", excerpt(row["said"])))
        for number, row in enumerate(_rows(f"near-misses.{lang}.jsonl")):
            if _in(part, deck, row["card"]):
                off.append(_script(f"near-{lang}-{number}", row["card"], lang, "near miss", row["said"], not_said=row["not_said"]))
    return off


def _script(
    name: str, card: str, lang: Language, kind: Kind, said: str, *, terms: tuple[str, ...] = (), not_said: str | None = None
) -> Script:
    text, pieces, fillers = parse(said, lang)
    return Script(name, card, lang, kind, text, pieces, fillers, terms, not_said)


def _rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def _in(part: Part, deck: Deck, card: str) -> bool:
    return part == "all" or (part == "development") == ((deck.get(card, "ja").seed or 0) % 2 == 1)
