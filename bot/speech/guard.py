"""A second look at what only the hint may have brought: told a card's terms, the recogniser may hear one that was not said.

The same sound is heard again without the terms. Spelling is what the hint is for, so the two are compared as sounds: 制速化 is
pronounced as 正則化 is, and supports it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, product

from rapidfuzz import fuzz

from bot.speech.heard import Word
from bot.speech.voices.reading import read
from knowledge.schema import Language

# A term is supported from this likeness of sounds, in [0, 100]. On synthetic answers to three cards (89 terms said and heard, and all
# other terms of the bank held against the same places) it supports nine in ten terms that were said and one in a thousand that
# were not. From 65 upwards the first number hardly changes; beneath 85 terms that share an ending (overfitting, underfitting) pass.
SUPPORTED = 85.0
# The two passes place the same word up to about this far apart, in seconds.
MARGIN = 0.5

_INFLECTED = r"(?:s|es|d|ed|ing)?"
_LATIN = re.compile(r"[a-z]+")
_KANJI = re.compile(r"[一-鿿]")
# One letter for sounds that are alike in English or that Japanese does not tell apart.
_ALIKE: dict[Language, dict[int, str]] = {
    "en": str.maketrans({"z": "s", "c": "k", "q": "k", "y": "i", "x": "ks"}),
    "ja": str.maketrans({"l": "r", "v": "b", "z": "s"}),
}
_DIGITS = str.maketrans(dict(enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), ord("0"))))
_REPEATED = re.compile(r"(.)\1+")


def worth_checking(words: Sequence[Word], terms: Sequence[str], lang: Language) -> bool:
    """Whether a term was heard."""
    return any(True for term in terms for _ in _places(words, term, lang))


def checked(prompted: tuple[Word, ...], plain: tuple[Word, ...], terms: Sequence[str], lang: Language) -> tuple[Word, ...]:
    """The words of the pass that was told the terms. Those of a term are doubtful where the other pass heard nothing like it."""
    doubtful = {
        index
        for term in terms
        for place in _places(prompted, term, lang)
        if support(term, prompted[place.start].start, prompted[place.stop - 1].end, plain, lang) < SUPPORTED
        for index in place
    }
    return tuple(replace(word, doubtful=True) if index in doubtful else word for index, word in enumerate(prompted))


def support(term: str, start: float, end: float, plain: Sequence[Word], lang: Language) -> float:
    """How much what was heard around that time, in seconds, sounds like the term, in [0, 100]."""
    around = "".join(word.text for word in plain if word.end > start - MARGIN and word.start < end + MARGIN)
    return max((_likeness(*pair) for pair in product(sounds(term, lang), sounds(around, lang))), default=0.0)


def _likeness(term: str, around: str) -> float:
    """What the best place of the longer one has in common with the term; a fragment of the term is not enough."""
    return fuzz.partial_ratio(term, around) if len(around) >= len(term) else fuzz.ratio(term, around)


@lru_cache(maxsize=2_000)
def sounds(text: str, lang: Language) -> tuple[str, ...]:
    """How a text may be pronounced, roughly: as the voice would read it, with foreign words as they are written, or sign by sign."""
    plain = _folded(text)
    if lang == "en":
        return tuple({_key(reading, lang) for reading in (plain, _folded(read(text, lang)))})
    foreign = _LATIN.sub(lambda match: f" {match[0]} ", plain)
    spelled = "".join(piece if _LATIN.fullmatch(piece) else _phonemes(piece) for piece in re.split(f"({_LATIN.pattern})", foreign))
    # A compound that does not exist, as 制足化 for 正則化, is read with native readings that nobody said.
    sino = _phonemes(_KANJI.sub(lambda match: _sino_reading(match[0]), read(text, lang)))
    return tuple({_key(reading, lang) for reading in (_phonemes(read(text, lang)), spelled, sino)})


@lru_cache(maxsize=2_000)
def _sino_reading(kanji: str) -> str:
    """The reading a sign has in compounds, found by counting one of it: 足 ソク, from イッソク."""
    import pyopenjtalk

    return str(pyopenjtalk.g2p(f"一{kanji}", kana=True)).removeprefix("イッ").removeprefix("イチ")


def _phonemes(text: str) -> str:
    """Roman letters of the sounds of a Japanese text, by Open JTalk."""
    import pyopenjtalk

    if not text.strip():
        return ""
    return "".join(phoneme for phoneme in str(pyopenjtalk.g2p(text)).split() if phoneme not in {"pau", "cl"})


def _key(text: str, lang: Language) -> str:
    letters = "".join(character for character in text.casefold().translate(_DIGITS) if character.isalnum())
    return _REPEATED.sub(r"\1", letters.translate(_ALIKE[lang]).replace("ph", "f"))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _places(words: Sequence[Word], term: str, lang: Language) -> Iterator[range]:
    """The words, by number, that make up each occurrence of a term."""
    texts = [_folded(word.text) for word in words]
    ends = list(accumulate(len(text) for text in texts))
    inflected = _INFLECTED if lang == "en" else ""
    pattern = rf"(?<![a-z0-9]){re.escape(_folded(term))}{inflected}(?![a-z0-9])"
    for match in re.finditer(pattern, "".join(texts)):
        first = next(index for index, end in enumerate(ends) if end > match.start())
        last = next(index for index, end in enumerate(ends) if end >= match.end())
        yield range(first, last + 1)
