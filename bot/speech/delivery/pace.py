"""How fast somebody spoke: Japanese in morae, English in words, by the minute of speech without its pauses.

A mora is what a kana stands for: small ゃ ゅ ょ belong to the kana before them; っ, ん and ー count. Readings are OpenJTalk's.
English words are counted as they are spoken: "cross-validation" is two, "25%" three ("twenty-five percent"), an acronym one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.speech.delivery.readings import readable
from bot.speech.delivery.transcript import plain
from bot.speech.heard import Heard

# OpenJTalk takes some thousand bytes at a time; sentences end far sooner.
_PIECE = 300
_ENDS = re.compile(r"(?<=[。、！？!?\n])")
# Below this a rate says nothing.
SHORTEST_SECONDS = 1.0

_TOKEN = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)|(?P<point>\.\d+)|(?P<word>[A-Za-zÀ-ɏ]+(?:'[A-Za-z]+)*)|(?P<sign>[%$€£&+=])")


@dataclass(frozen=True)
class Pace:
    """Morae (Japanese) or words (English) in an answer, and how many a minute of speech; None when too little was said for a rate."""

    units: int
    per_minute: float | None


def pace(heard: Heard) -> Pace:
    """The pace of an answer, over the time in which somebody spoke. Fillers count: they are spoken too."""
    text = "".join(word.text for word in heard.words)
    units = morae(text) if heard.lang == "ja" else english_words(text)
    seconds = heard.speech_seconds
    return Pace(units, 60 * units / seconds if units and seconds >= SHORTEST_SECONDS else None)


def morae(text: str) -> int:
    """How many morae a Japanese text has when it is read aloud."""
    import pyopenjtalk

    mended, count = readable(plain(text))
    for sentence in _ENDS.split(mended):
        for start in range(0, len(sentence), _PIECE):
            # Without Sudachi, which only the Japanese voice brings: a count must not depend on what else is installed.
            features = pyopenjtalk.run_frontend(sentence[start : start + _PIECE], use_sudachi_kanji_yomi=False)
            count += sum(feature["mora_size"] for feature in features)
    return count


def english_words(text: str) -> int:
    """How many words an English text has when it is read aloud; parts of compounds and of numbers count each."""
    return sum(_spoken(match) for match in _TOKEN.finditer(plain(text)))


def _spoken(match: re.Match[str]) -> int:
    if match["number"]:
        whole, _, decimals = match["number"].replace(",", "").partition(".")
        year = len(whole) == 4 and "," not in match["number"] and whole[:2] in {"19", "20"} and not decimals and whole[2:] != "00"
        return (_year(whole) if year else _integer(int(whole))) + (1 + len(decimals) if decimals else 0)
    return len(match["point"]) if match["point"] else 1


def _year(digits: str) -> int:
    """1998 is nineteen ninety-eight, 2005 two thousand five."""
    if digits[:2] == "20" and digits[2] == "0":
        return _integer(int(digits))
    return _below_hundred(int(digits[:2])) + max(1, _below_hundred(int(digits[2:])))


def _integer(number: int) -> int:
    if number == 0:
        return 1
    thousands = -1
    words = 0
    while number:
        number, part = divmod(number, 1000)
        thousands += 1
        if part:
            hundreds, rest = divmod(part, 100)
            words += (2 if hundreds else 0) + _below_hundred(rest) + (1 if thousands else 0)
    return words


def _below_hundred(number: int) -> int:
    return int(number >= 20) + int(number % 10 > 0) if number >= 20 else int(number > 0)
