"""The texts of a deck in memory: which there are, whose they are, and which a filter leaves."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.centring import script_of
from knowledge.deck import Deck
from knowledge.documents import CardText, Kind, texts_of
from knowledge.schema import Card, Language

_SAMPLE = 64


@dataclass(frozen=True, slots=True)
class Filter:
    """What a search is confined to; None leaves it open. `topic` is a branch ("mlops") or a leaf ("mlops/monitoring")."""

    lang: Language | None = None
    topic: str | None = None
    difficulty: str | None = None
    frequency: str | None = None
    kind: Kind | None = None

    def fits(self, card: Card) -> bool:
        """True if the card is of this language, topic, difficulty and frequency."""
        return (
            self.lang in (None, card.lang)
            and (self.topic is None or f"{card.topic}/".startswith(f"{self.topic}/"))
            and self.difficulty in (None, card.difficulty)
            and self.frequency in (None, card.frequency)
        )


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a filter leaves: card ids, and the ids of their texts in every language."""

    cards: frozenset[str]
    texts: tuple[str, ...]
    text_set: frozenset[str]


class Catalogue:
    """Cards by id and language, texts by id."""

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.cards: dict[tuple[str, Language], Card] = {(card.id, card.lang): card for card in deck}
        self.texts: dict[str, CardText] = {text.id: text for card in deck for text in texts_of(card)}
        # Per instance: a cache on the method would keep every deck alive.
        self.allowed = lru_cache(maxsize=64)(self._read_allowed)

    def texts_of_card(self, card_id: str, kind: Kind) -> list[str]:
        """Ids of a card's texts of one kind, in every language."""
        own = (card for card in self.cards.values() if card.id == card_id)
        return [text.id for card in own for text in texts_of(card) if text.kind == kind]

    def passage_sample(self) -> list[str]:
        """Short texts as they are searched, of each script."""
        return list(_sample(text.text for text in self.texts.values() if text.kind != "answer"))

    def query_sample(self) -> list[str]:
        """Names of things, as people ask for them, of each script."""
        return list(_sample(self._names()))

    def _names(self) -> Iterator[str]:
        for card in self.cards.values():
            yield card.title
            yield from (form for entry in card.glossary for form in (entry.term, *entry.spoken))

    def _read_allowed(self, wanted: Filter) -> Allowed:
        cards = frozenset(card.id for card in self.cards.values() if wanted.fits(card))
        texts = tuple(t.id for t in self.texts.values() if t.card_id in cards and wanted.kind in (None, t.kind))
        return Allowed(cards, texts, frozenset(texts))


def _sample(texts: Iterable[str]) -> Iterator[str]:
    """Up to _SAMPLE texts of each script, spread evenly over all of them."""
    by_script: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        by_script[script_of(text)].append(text)
    for group in by_script.values():
        yield from group[:: math.ceil(len(group) / _SAMPLE)]
