"""Spells what was heard as the card does: 式位置 sounds as しきい値 does, and under a question about thresholds it is one.

Only the spelling changes, never the sound: what is replaced is pronounced exactly as the term is. English is left as it was heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from bot.speech.heard import Heard, Word
from knowledge.schema import GlossaryTerm

# Shorter words have too many that sound alike.
SHORTEST = 3
# A term may have been taken for so many words.
MOST_PIECES = 5
_JAPANESE = re.compile(r"[ぁ-んァ-ヴー一-鿿々〆ヶ]+")
# Spoken forms in katakana are other words for the same thing; those in hiragana or kanji say how it is read.
_READS = re.compile(r"[ぁ-んー一-鿿々]+")
_KANJI = re.compile(r"[一-鿿々]")
_VOWELS = {
    "ア": "アカサタナハマヤラワガザダバパァャ",
    "イ": "イキシチニヒミリギジヂビピィ",
    "ウ": "ウクスツヌフムユルグズヅブプゥュヴ",
    "エ": "エケセテネヘメレゲゼデベペェ",
    "オ": "オコソトノホモヨロヲゴゾドボポォョ",
}
_VOWEL_OF = {kana: vowel for vowel, kanas in _VOWELS.items() for kana in kanas}


def respelled(heard: Heard, glossary: Iterable[GlossaryTerm]) -> Heard:
    """The same words, with those that sound exactly as a term of the card spelled as that term."""
    if heard.lang != "ja":
        return heard
    terms = {reading: entry.term for entry in glossary for reading in _readings(entry)}
    words = heard.words
    # From the end, so that what was found before stays where it was.
    for start, end, term in sorted(_alike("".join(word.text for word in words), terms), reverse=True):
        words = _replaced(words, start, end, term)
    return heard if words is heard.words else replace(heard, words=words)


def _readings(entry: GlossaryTerm) -> Iterator[str]:
    for form in (entry.term, *entry.spoken):
        if (_JAPANESE if form == entry.term else _READS).fullmatch(form) and _KANJI.search(entry.term):
            reading = "".join(sound for _, sound in _sounds(form))
            if len(reading) >= SHORTEST:
                yield reading


def _alike(text: str, terms: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    """Where a text sounds as a term and is not spelled so: from, to, term. Longer places first, none within another."""
    for run in _JAPANESE.finditer(text):
        pieces = _sounds(run[0])
        if "".join(surface for surface, _ in pieces) != run[0]:
            continue
        edges = list(accumulate((len(surface) for surface, _ in pieces), initial=run.start()))
        at = 0
        while at < len(pieces):
            for upto in range(min(len(pieces), at + MOST_PIECES), at, -1):
                term = terms.get("".join(sound for _, sound in pieces[at:upto]))
                surface = text[edges[at] : edges[upto]]
                if term is not None and term not in surface and _KANJI.search(surface):
                    yield edges[at], edges[upto], term
                    at = upto - 1
                    break
            at += 1


@lru_cache(maxsize=4_000)
def _sounds(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a text as Open JTalk cuts them, each with its sounds: kana with every long vowel written out in one way."""
    import pyopenjtalk

    features = pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False)
    return tuple((str(feature["string"]), _spread(str(feature["pron"]))) for feature in features)


def _spread(pronunciation: str) -> str:
    """ケースー and ケイスウ are the same sounds: ケエスウ."""
    kana: list[str] = []
    for sign in pronunciation.replace("’", ""):
        vowel = _VOWEL_OF.get(kana[-1]) if kana else None
        if (sign == "ー" and vowel) or (sign == "イ" and vowel == "エ") or (sign == "ウ" and vowel == "オ"):
            kana.append(vowel)
        else:
            kana.append(sign)
    return "".join(kana)


def _replaced(words: tuple[Word, ...], start: int, end: int, term: str) -> tuple[Word, ...]:
    """The words with the characters from `start` to `end` replaced; the term takes the time of all it replaces."""
    edges = list(accumulate((len(word.text) for word in words), initial=0))
    first = max(n for n, edge in enumerate(edges[:-1]) if edge <= start)
    last = min(n for n, edge in enumerate(edges[1:]) if edge >= end)
    touched = words[first : last + 1]
    text = touched[0].text[: start - edges[first]] + term + touched[-1].text[end - edges[last] :]
    spelled = replace(
        touched[0],
        text=text,
        end=touched[-1].end,
        probability=sum(word.probability for word in touched) / len(touched),
        doubtful=any(word.doubtful for word in touched),
    )
    return (*words[:first], spelled, *words[last + 1 :])
