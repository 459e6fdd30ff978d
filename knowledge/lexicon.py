"""Word matches beside the vectors: glossary terms in every spoken form, and how much of a request a card's words cover."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from knowledge.deck import Deck
from knowledge.schema import Card

# A term that stands in the title or the question is what the card is about; one from the rest of the glossary may be a mere tool.
CENTRAL, MENTIONED = 1.0, 0.5
LONGEST_TERM = 40

_BREAK = re.compile(r"[^a-z0-9\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff々]+")  # ・ is a break
_PLURAL = re.compile(r"\b([a-z0-9]{3,}[a-rt-z0-9])s\b")
_TITLE_BREAK = re.compile(r"[()()、・:]| and | & |と|における|による")
_RUN = re.compile(r"[a-z0-9]+|[\u30a0-\u30ff]+|[\u3400-\u9fff々]+")
_ENDING = re.compile(r"(?:ing|ed|es|s)$")
_STEM = 7


def fold(text: str) -> str:
    """A text in the form in which terms are compared: NFKC, casefold, no punctuation, long-vowel marks or plural s."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ー", "").replace("isation", "ization")
    return _PLURAL.sub(r"\1", _BREAK.sub(" ", text)).strip()


def words(text: str) -> frozenset[str]:
    """What a text is compared by: stems of Latin words, pairs of neighbouring katakana or kanji. Hiragana is mostly grammar."""
    found: set[str] = set()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold().replace("ー", "")):
        if run.isascii():
            found.add((_ENDING.sub("", run) if len(run) > 4 else run)[:_STEM])
        elif len(run) == 1:
            found.add(run)
        else:
            found.update(run[i : i + 2] for i in range(len(run) - 1))
    return frozenset(found)


class Lexicon:
    """The words of a deck. A card counts with its words in every language."""

    def __init__(self, deck: Deck) -> None:
        self._cards: defaultdict[str, list[Card]] = defaultdict(list)
        self._terms: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for card in deck:
            self._cards[card.id].append(card)
            for form, weight in _terms_of(card):
                if 1 < len(form) <= LONGEST_TERM:
                    self._terms[form][card.id] = max(weight, self._terms[form].get(card.id, 0.0))
        # Per instance: a cache on the method would keep every deck alive.
        self._words_of = lru_cache(maxsize=2048)(self._read_words)

    def glossary(self, request: str) -> dict[str, float]:
        """By card id, 0 to 1: how far the terms in a request point to that card and not to others."""
        scores: defaultdict[str, float] = defaultdict(float)
        for term in set(self._terms_in(fold(request))):
            cards = self._terms[term]
            rarity = math.log1p(len(self._cards) / len(cards)) / math.log1p(len(self._cards))
            for card_id, weight in cards.items():
                scores[card_id] += weight * rarity
        return {card_id: min(1.0, score) for card_id, score in scores.items()}

    def coverage(self, request: str, card_ids: Collection[str]) -> dict[str, float]:
        """By card id, 0 to 1: the share of the request's words that the card has; a word few of these cards have counts more."""
        asked = words(request)
        has = {card_id: asked & self._words_of(card_id) for card_id in card_ids}
        shared_by = Counter(word for found in has.values() for word in found)
        weight = {word: math.log1p((len(has) - shared_by[word] + 0.5) / (shared_by[word] + 0.5)) for word in asked}
        total = sum(weight.values())
        return {card_id: sum(weight[word] for word in found) / total if total else 0.0 for card_id, found in has.items()}

    def _terms_in(self, text: str) -> Iterator[str]:
        start = 0
        while start < len(text):
            for end in range(min(len(text), start + LONGEST_TERM), start + 1, -1):
                if text[start:end] in self._terms and not (_inside_word(text, start) or _inside_word(text, end)):
                    yield text[start:end]
                    start = end - 1
                    break
            start += 1

    def _read_words(self, card_id: str) -> frozenset[str]:
        return words(" ".join(part for card in self._cards[card_id] for part in _texts(card)))


def _inside_word(text: str, at: int) -> bool:
    """True between two characters of one Latin word."""
    return 0 < at < len(text) and all(c.isascii() and c.isalnum() for c in text[at - 1 : at + 1])


def _terms_of(card: Card) -> Iterator[tuple[str, float]]:
    about = fold(f"{card.title} {card.question}")
    for part in _TITLE_BREAK.split(card.title):
        yield fold(part), CENTRAL
    for entry in card.glossary:
        forms = {fold(form) for form in (entry.term, *entry.spoken)}
        weight = CENTRAL if any(form and form in about for form in forms) else MENTIONED
        for form in forms:
            yield form, weight


def _texts(card: Card) -> Iterable[str]:
    yield from (card.title, card.question, *card.rephrasings, *card.phrases, card.answer)
    for point in card.points:
        yield f"{point.label} {point.text}"
    for entry in card.glossary:
        yield from (entry.term, *entry.spoken)
