"""A candidate's words as data: cleaned for the models, cut into sentences that are still verbatim pieces of the answer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from knowledge.schema import Language

# Ten minutes of speech; far past a spoken answer, and within the context of the embedded model.
MAX_CHARACTERS = 4000

_SENTENCE_END = re.compile(r"(?<=[。!?!?\n])|(?<=[.!?][\"')\]])(?=\s)|(?<=[.!?])(?=\s)")
_CLAUSE_END = {
    "ja": re.compile(r"(?<=[、,;])"),
    "en": re.compile(r"(?<=[,;:])(?=\s)"),
}
# A stretch of speech without a full stop is cut at its commas once it is longer than this.
_LONG = {"ja": 110, "en": 260}
_FILLERS = {
    "ja": re.compile(r"^(?:(?:えーと|えっと|ええと|えー|あのー|あの|まあ|そのー|うーん|んー|なんか|そうですね)[、,。\s]*)+"),
    "en": re.compile(r"^(?:(?:um+|uh+|er+|well|so|like|you know|i mean|okay|ok)\b[,.\s]*)+", re.IGNORECASE),
}


@dataclass(frozen=True)
class Sentence:
    """A verbatim piece of the answer: `verbatim == answer[start:end]`. `clean` is the same for a model to read."""

    start: int
    end: int
    verbatim: str
    clean: str


def clean_text(text: str) -> str:
    """NFKC without control characters, zero-width characters and direction marks; runs of white space become one space or line break."""
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        if character in "\n\t\r":
            kept.append("\n" if character != "\t" else " ")
            continue
        category = unicodedata.category(character)
        # Cc control, Cf format (zero-width, direction marks, tags), Cs lone surrogates, Co private use, Cn unassigned
        if category not in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            kept.append(" " if category.startswith("Z") else character)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line)


def split_sentences(answer: str, lang: Language) -> list[Sentence]:
    """The answer's sentences in order, empty ones left out. Speech without full stops is cut at commas."""
    sentences: list[Sentence] = []
    for start, end in _pieces(answer, 0, _SENTENCE_END):
        cuts = [(start, end)]
        if end - start > _LONG[lang]:
            cuts = _joined(list(_pieces(answer[start:end], start, _CLAUSE_END[lang])), _LONG[lang] // 2)
        for left, right in cuts:
            while left < right and answer[left].isspace():
                left += 1
            while right > left and answer[right - 1].isspace():
                right -= 1
            clean = clean_text(answer[left:right])
            if clean:
                sentences.append(Sentence(left, right, answer[left:right], clean))
    return sentences


def _pieces(text: str, offset: int, boundary: re.Pattern[str]) -> list[tuple[int, int]]:
    edges = [0, *(match.start() for match in boundary.finditer(text)), len(text)]
    return [(offset + a, offset + b) for a, b in pairwise(edges) if b > a]


def _joined(pieces: list[tuple[int, int]], least: int) -> list[tuple[int, int]]:
    """Neighbouring clauses joined until each is at least `least` characters."""
    out: list[tuple[int, int]] = []
    for start, end in pieces:
        if out and out[-1][1] - out[-1][0] < least:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def without_fillers(text: str, lang: Language) -> str:
    """The text without the fillers it begins with."""
    return _FILLERS[lang].sub("", text).strip()
