"""A candidate's words as data: cleaned for the models, cut into sentences that are still verbatim pieces of the answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.models.judges.clauses import clauses
from knowledge.schema import Language

# Ten minutes of speech; far past a spoken answer, and within the context of the embedded model.
MAX_CHARACTERS = 4000

# What looks like nothing although Unicode calls it a letter, a mark or a symbol: Hangul fillers, blank braille, variation selectors.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# More marks than any script puts on one letter; text is struck out or hidden under stacks of them.
_STACKED_MARKS = re.compile(r"(?<=[\u0300-\u036f]{2})[\u0300-\u036f]+")

_JAPANESE = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f」』）】]")
_BOUNDARY = re.compile(
    r"(?P<stop>[。｡．.！？!?…]+)(?P<closed>[」』）】)\]\"'”’]*)|(?P<line>[\r\n\u2028\u2029]\s*)|(?<=\s)(?=\(?\d{1,2}[.)．）]\s)"
)
_ITEM = re.compile(r"[・•‣◦●○■□◆▪]|[-*+–—]\s|\(?\d{1,2}(?:[)）:：、．]|\.(?!\d))|[①-⑳]")
_NUMBER = re.compile(r"\s*\(?(?P<number>\d{1,2})[.)．）]")
# After a closing quote these go on with the sentence around it: 「…。」と言う
_AFTER_QUOTE = "とってのはをがにも、"
_ABBREVIATIONS = frozenset({"e.g", "i.e", "eg", "ie", "vs", "cf", "dr", "mr", "mrs", "ms", "prof", "approx", "resp"})
_BEFORE_SMALL = frozenset({"etc", "al", "inc", "ltd"})
_BEFORE_NUMBER = frozenset({"fig", "figs", "eq", "eqs", "no", "nos", "sec", "ch", "vol", "ver", "v", "p", "pp"})

# A line this short that ends without a full stop goes on in the next line.
_FRAGMENT: dict[Language, int] = {"ja": 8, "en": 16}
# A stretch of speech without a full stop is cut once it is longer than this: at commas, else at words that join clauses, else at spaces.
_LONG: dict[Language, int] = {"ja": 110, "en": 260}
_FILLERS: dict[Language, re.Pattern[str]] = {
    "ja": re.compile(r"^(?:(?:えーと|えっと|ええと|えー|あのー|あの|まあ|そのー|うーん|んー|なんか|そうですね)[、,。\s]*)+"),
    "en": re.compile(r"^(?:(?:um+|uh+|er+|hm+|well|so|like|you know|i mean|okay|ok)\b[,.\s]*)+", re.IGNORECASE),
}


@dataclass(frozen=True)
class Sentence:
    """A verbatim piece of the answer: `verbatim == answer[start:end]`. `clean` is the same for a model to read."""

    start: int
    end: int
    verbatim: str
    clean: str


def clean_text(text: str) -> str:
    """NFKC without control characters, invisible characters and direction marks; runs of white space become one space or line break."""
    kept = []
    for character in _STACKED_MARKS.sub("", _BLANK.sub("", unicodedata.normalize("NFKC", text))):
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
    """The answer's sentences in order, without those that hold no letter or digit. Speech without full stops is cut at its clauses."""
    sentences: list[Sentence] = []
    edges = [0, *_ends(answer, lang), len(answer)]
    for whole_start, whole_end in pairwise(edges):
        for start, end in clauses(answer, whole_start, whole_end, _LONG[lang]):
            left, right = start, end
            while left < right and answer[left].isspace():
                left += 1
            while right > left and answer[right - 1].isspace():
                right -= 1
            clean = clean_text(answer[left:right])
            if any(character.isalnum() for character in clean):
                sentences.append(Sentence(left, right, answer[left:right], clean))
    return sentences


def without_fillers(text: str, lang: Language) -> str:
    """The text without the fillers it begins with."""
    return _FILLERS[lang].sub("", text).strip()


def _ends(answer: str, lang: Language) -> Iterator[int]:
    """Where a sentence ends and the next begins, in ascending order."""
    start = 0
    for match in _BOUNDARY.finditer(answer):
        if match["line"]:
            ends = _line_ends(answer, start, match.start(), match.end(), lang)
        elif match["stop"]:
            ends = _NUMBER.fullmatch(answer, start, match.end()) is None and _stop_ends(answer, match)
        else:
            ends = _next_in_list(answer, start, match.end())
        if ends:
            start = match.end()
            yield start


def _next_in_list(answer: str, start: int, at: int) -> bool:
    """Whether the number at a position goes on with the list that the sentence is an item of: 1. … 2. …"""
    this, following = _NUMBER.match(answer, start, at), _NUMBER.match(answer, at)
    return this is not None and following is not None and int(following["number"]) == int(this["number"]) + 1


def _line_ends(answer: str, start: int, before: int, after: int, lang: Language) -> bool:
    """Whether a line break ends a sentence: not in a wrapped line, and not after a mere fragment."""
    if after >= len(answer) or _ITEM.match(answer, after) or answer.count("\n", before, after) > 1:
        return True
    if answer[after].isascii() and answer[after].islower():
        return False
    piece = answer[start : min(before, start + 64)].strip()
    return len(piece) >= _FRAGMENT[lang] or _ITEM.match(piece) is not None


def _stop_ends(answer: str, match: re.Match[str]) -> bool:
    """Whether a full stop, question or exclamation mark ends a sentence."""
    stop = match["stop"]
    before = answer[max(0, match.start() - 12) : match.start()]
    after = answer[match.end() : match.end() + 1]
    if any(mark in stop for mark in "。｡！？"):
        return not (match["closed"] and after and after in _AFTER_QUOTE)
    if not after or after.isspace():
        return _ends_before_space(stop, before, answer[match.end() : match.end() + 3].lstrip())
    follows_japanese = _JAPANESE.match(before[-1:]) is not None
    if "!" in stop or "?" in stop:
        return follows_japanese or _JAPANESE.match(after) is not None
    # データ.csv is one word; nothing else joins Japanese to what follows by a full stop
    return follows_japanese and "…" not in stop and not (after.isascii() and after.islower())


def _ends_before_space(stop: str, before: str, following: str) -> bool:
    if stop != ".":
        return not (set(stop) <= set(".…．") and following[:1].islower())
    words = before.split()
    word = words[-1].lstrip("([\"'").casefold() if words else ""
    if word in _ABBREVIATIONS:
        return False
    goes_on = following[:1].islower() or following[:1].isdigit() or following[:1] == "("
    return not (word in _BEFORE_SMALL and goes_on) and not (word in _BEFORE_NUMBER and following[:1].isdigit())
