"""A text cut into sentences for speaking, and a sentence into pieces so that its first words can be heard while the rest is made."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.schema import Language

# Seconds of silence after a sentence, after a comma, and where a long phrase was cut.
SENTENCE_PAUSE = 0.45
COMMA_PAUSE = 0.2
CUT_PAUSE = 0.08

# Characters of the first piece of a text and of the longest. The Japanese voice takes half as long to make a piece as to say it, and half a
# second for each, so it keeps ahead of the listener if no piece is much longer than the one before.
_FIRST: dict[Language, int] = {"ja": 14, "en": 100}
_LONGEST: dict[Language, int] = {"ja": 60, "en": 200}
_GROWTH = 1.6
# Rather a third too long than cut in a bad place or with a scrap left over.
_LENIENCE = 1.33

_ENDS: dict[Language, re.Pattern[str]] = {
    # A quoted sentence after which the sentence around it goes on is no end: 「…か。」と聞かれたら
    "ja": re.compile(r"[。！？!?]+(?:[」』）)]+(?![とはをがのにでもやっ、])|(?![」』）)]))|\n+"),
    "en": re.compile(r"[.?!]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9])|\n+"),
}
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:e\.g|i\.e|vs|cf|approx|dr|mr|mrs|ms|prof|fig|eq|no|w\.r\.t|st|[A-Z])\.$", re.IGNORECASE)
_COMMAS: dict[Language, re.Pattern[str]] = {"ja": re.compile("[、，,]"), "en": re.compile(r"[,;:—](?=\s)|\s[-–](?=\s)")}
# Where a speaker may take breath without a comma: after a phrase that says what is talked about, or before a conjunction.
_BREATHS: dict[Language, re.Pattern[str]] = {
    "ja": re.compile(r"(?:について|では|には|とは|とき|場合)(?![、はもにのでがを。])|[はを](?=[一-鿿ァ-ヶA-Za-z0-9「])"),
    "en": re.compile(r"\s(?=(?:and|but|so|because|while|which|then|or|if|when|that)\s)"),
}
_PHRASES: dict[Language, re.Pattern[str]] = {"ja": re.compile("[のとがに](?=[一-鿿ァ-ヶA-Za-z0-9「])"), "en": re.compile(r"\s")}

# Keeps the voice up where a sentence goes on.
_GOES_ON: dict[Language, str] = {"ja": "、", "en": ","}


@dataclass(frozen=True)
class Piece:
    """Words to be said in one breath, and the seconds of silence after them."""

    text: str
    pause: float


def sentences(text: str, lang: Language) -> list[str]:
    """The sentences of a text in order, without those that hold no letter or digit."""
    found, start = [], 0
    for end in _ENDS[lang].finditer(text):
        if lang == "en" and _ABBREVIATION.search(text[start : end.end()]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if re.search(r"\w", sentence)]


def pieces(sentence: str, lang: Language, before: int = 0) -> list[Piece]:
    """A sentence cut into pieces at commas, else where one may breathe, else between phrases, each a little longer than the one before.

    `before` is how many characters the listener was given just before, during which the first of these can be made.
    """
    found: list[Piece] = []
    while True:
        limit = min(max(_FIRST[lang], int(before * _GROWTH)), _LONGEST[lang])
        cut = _cut(sentence, limit, lang) if len(sentence) > limit * _LENIENCE else 0
        if not cut:
            return [*found, Piece(sentence, SENTENCE_PAUSE)]
        said, before = sentence[:cut].strip(), cut
        at_comma = _COMMAS[lang].search(sentence[:cut] + " ", cut - 2)
        found.append(Piece(said, COMMA_PAUSE) if at_comma else Piece(said + _GOES_ON[lang], CUT_PAUSE))
        sentence = sentence[cut:].strip()


def long_pieces(sentence: str, lang: Language) -> list[Piece]:
    """A sentence cut only where it is longer than a voice should be given at once, for when nobody listens yet."""
    return pieces(sentence, lang, _LONGEST[lang])


def _cut(text: str, limit: int, lang: Language) -> int:
    """Where to cut a text that is too long: as late as the limit allows, else as early as there is a place; 0 when there is none.

    A text with no place for it that no voice could say in one go is cut at the limit.
    """
    least = limit // 3
    places = [
        [found.end() for found in kind[lang].finditer(text) if least <= found.end() <= len(text) - least]
        for kind in (_COMMAS, _BREATHS, _PHRASES)
    ]
    within = ([end for end in ends if end <= limit * _LENIENCE] for ends in places)
    return next((ends[-1] for ends in within if ends), 0) or min(
        (ends[0] for ends in places if ends), default=limit if len(text) > 3 * limit else 0
    )
