"""The same answer said otherwise: with fillers, misheard, politely, hesitantly, at greater length. What it says stays the same."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from bot.grading.text import split_sentences
from knowledge.schema import Card, Language

Variant = Callable[[str, Card, random.Random], str]

_FILLERS: dict[Language, tuple[str, ...]] = {
    "ja": ("えーと、", "あのー、", "まあ、", "なんか、", "そうですね、", "えー、"),
    "en": ("um, ", "uh, ", "you know, ", "I mean, ", "so, ", "well, "),
}
_POLITE: dict[Language, tuple[str, str]] = {
    "ja": ("ご質問ありがとうございます。それではお答えいたします。", "以上でございます。ご清聴いただき、ありがとうございました。"),
    "en": ("Thank you very much for the question, I am happy to answer it. ", " That would be my answer, thank you for listening."),
}
_HESITANT: dict[Language, tuple[str, str]] = {
    "ja": ("あまり自信はないのですが、", "たしかこんな感じだったと思います。"),
    "en": ("I'm not very confident about this, but ", " I think it was something like that."),
}
_CONFIDENT: dict[Language, tuple[str, str]] = {
    "ja": ("これは自信を持って言えます。", "間違いありません。"),
    "en": ("I can say this with full confidence. ", " There is no doubt about it."),
}
# Sentences that say nothing of any subject of the bank.
_PADDING: dict[Language, tuple[str, ...]] = {
    "ja": (
        "前の職場は人数が少なかったので、会議は毎朝十五分だけでした。",
        "資料は共有のフォルダに置いて、誰でも見られるようにしていました。",
        "こういう話題になると、チームで昼ご飯を食べながらよく話したものです。",
        "最初の頃は右も左もわからず、先輩に何度も助けてもらいました。",
    ),
    "en": (
        "My last team was small, so our meetings took fifteen minutes every morning.",
        "We kept the documents in a shared folder where everybody could see them.",
        "It is the kind of thing we liked to talk about over lunch.",
        "In the beginning I did not know my way around and my colleagues helped me a lot.",
    ),
}
_DROPPED = 0.015


def fillers(answer: str, card: Card, rng: random.Random) -> str:
    """A filler before every second sentence or so."""
    pieces = [s.verbatim for s in split_sentences(answer, card.lang)]
    return _join([(rng.choice(_FILLERS[card.lang]) if rng.random() < 0.6 else "") + piece for piece in pieces], card.lang)


def misheard(answer: str, card: Card, rng: random.Random) -> str:
    """As a recogniser might write it: terms in their spoken forms, no full stops, some characters lost."""
    for term in card.glossary:
        if term.spoken and rng.random() < 0.5:
            answer = answer.replace(term.term, rng.choice(term.spoken))
    answer = re.sub(r"[。.]", "、" if card.lang == "ja" else ",", answer)
    return "".join(character for character in answer if character.isspace() or rng.random() >= _DROPPED)


def polite(answer: str, card: Card, _rng: random.Random) -> str:
    """With thanks before and after."""
    return _around(answer, _POLITE[card.lang])


def hesitant(answer: str, card: Card, _rng: random.Random) -> str:
    """With doubts about oneself."""
    return _around(answer, _HESITANT[card.lang])


def confident(answer: str, card: Card, _rng: random.Random) -> str:
    """With claims of being right."""
    return _around(answer, _CONFIDENT[card.lang])


def padded(answer: str, card: Card, rng: random.Random) -> str:
    """Longer by sentences that say nothing of the subject."""
    pieces = [s.verbatim for s in split_sentences(answer, card.lang)]
    for sentence in _PADDING[card.lang]:
        pieces.insert(rng.randint(0, len(pieces)), sentence)
    return _join(pieces, card.lang)


VARIANTS: dict[str, Variant] = {
    "fillers": fillers,
    "misheard": misheard,
    "polite": polite,
    "hesitant": hesitant,
    "confident": confident,
    "padded": padded,
}


def _around(answer: str, frame: tuple[str, str]) -> str:
    return frame[0] + answer.strip() + frame[1]


def _join(pieces: list[str], lang: Language) -> str:
    return ("" if lang == "ja" else " ").join(pieces)
