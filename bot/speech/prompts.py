"""What the recogniser is told to expect: the fillers of everyday speech, so that it keeps them, and a card's terms."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.schema import Card, Language

# Whisper reads the last 223 tokens of a prompt. Its tokenizer needs at most about these for a character, the fillers below 45.
TOKENS = 170
TOKENS_A_CHARACTER = {True: 0.6, False: 1.6}  # ASCII, other

FILLERS: dict[Language, str] = {
    "ja": "えーと、あのー、まあ、なんか、そうですね、えー、",
    "en": "Um, uh, so, like, you know, uh, I mean, um, ",
}
_ENDINGS: dict[Language, str] = {"ja": "とか、ですね。", "en": "..."}
_SEPARATORS: dict[Language, str] = {"ja": "、", "en": ", "}


def terms_of(card: Card) -> tuple[str, ...]:
    """The card's technical terms as a person writes them, as many as fit: those of its heaviest key points first, then of its answer."""

    def use(term: str) -> tuple[int, bool]:
        weight = sum(point.weight for point in card.points if term.casefold() in f"{point.label} {point.text}".casefold())
        return weight, term.casefold() in card.answer.casefold()

    terms = dict.fromkeys(entry.term for entry in card.glossary)
    return fitting(sorted(terms, key=use, reverse=True))


def fitting(terms: Iterable[str]) -> tuple[str, ...]:
    """As many of the terms, from the first, as a prompt holds."""
    kept: list[str] = []
    left = float(TOKENS)
    for term in terms:
        left -= sum(TOKENS_A_CHARACTER[character.isascii()] for character in term) + 1
        if left < 0:
            break
        kept.append(term)
    return tuple(kept)


def prompt_for(lang: Language, terms: Iterable[str]) -> str:
    """A sentence in the manner of somebody who thinks aloud about the terms; without terms, one of fillers alone."""
    listed = _SEPARATORS[lang].join(fitting(terms))
    return f"{FILLERS[lang]}{listed}{_ENDINGS[lang]}" if listed else FILLERS[lang].strip()
