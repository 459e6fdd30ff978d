"""Finds cards by meaning, in either language: the one asked for, the ones near it, what speaks for or against a claim."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from chromadb.errors import NotFoundError
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

from knowledge.centring import CentredEmbeddings, script_of
from knowledge.deck import Deck
from knowledge.documents import CardText, Kind, fingerprint, metadata_of, texts_of
from knowledge.errors import IndexUnavailable
from knowledge.lexicon import Lexicon
from knowledge.requests import clean, topic_of
from knowledge.schema import Card, Difficulty, Frequency, Language
from knowledge.store import Progress, Store

__all__ = ["CardIndex", "Hit", "IndexUnavailable", "Ranking"]

# Texts read from Chroma a search, and cards compared word by word.
WIDTH = 128
COMPARED = 24
# So few texts are compared one by one: a graph search that may return only them would visit every node.
EXACT_BELOW = 400
# From this share of all texts on, searching wider and dropping what a filter excludes beats handing Chroma a list of ids.
WIDEN_ABOVE = 0.1

LONGEST_CLAIM = 1000
CENTRE_SAMPLE = 64

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Hit:
    """A card found, with its question, model answer or key point that is nearest in meaning as `text`, in language `lang`.

    `similarity` is the cosine of that nearest text after centring, -1 to 1. Hits come best first by `score`, which looks at
    more texts of the card and at the words it shares with the request.
    """

    card_id: str
    lang: Language
    kind: Kind
    point_id: str | None
    similarity: float
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a card's score is made: the mean cosine of its best texts, plus weights for shared words (0 leaves them out).

    The defaults were chosen on the dev requests of evals/data/retrieval.jsonl, where neighbouring values did as well.
    """

    best_texts: int = 3
    glossary: float = 0.15
    coverage: float = 0.2


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a filter leaves: card ids and the ids of their texts in every language."""

    cards: frozenset[str]
    texts: tuple[str, ...]
    text_set: frozenset[str]


class CardIndex:
    """The cards of a deck, searchable. Both languages of a card speak for it, whichever is returned."""

    def __init__(self, deck: Deck, store: Store, embeddings: Embeddings, name: str, progress: Progress | None = None) -> None:
        self.ranking = Ranking()
        self._store = store
        self._base = embeddings
        self._lexicon = Lexicon(deck)
        self._cards: dict[tuple[str, Language], Card] = {(card.id, card.lang): card for card in deck}
        self._texts: dict[str, CardText] = {text.id: text for card in deck for text in texts_of(card)}
        self._fingerprint = fingerprint(deck, name)
        # Per instance: caches on the method would keep every index alive.
        self._allowed = lru_cache(maxsize=64)(self._read_allowed)
        self._preparing = threading.Lock()
        self._embeddings = self._prepare(progress)

    @classmethod
    def open(
        cls, deck: Deck, embeddings: Embeddings, name: str, *, folder: Path, url: str | None = None, progress: Progress | None = None
    ) -> CardIndex:
        """The index of a deck under the embedding of this name, on the Chroma server at `url` or else in `folder`.

        Built first if cards, embedding or index format changed; `progress` is then called with (texts done, texts in all).
        Raises IndexUnavailable.
        """
        store = Store.open(folder, url)
        try:
            return cls(deck, store, embeddings, name, progress)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Lets go of the folder or the connection. The index cannot be used afterwards."""
        self._store.close()

    @property
    def langchain(self) -> Chroma:
        """The collection as a LangChain vector store, for chains; its metadata is documents.metadata_of()."""
        return self._store.langchain(self._embeddings)

    def search(
        self,
        text: str,
        *,
        lang: Language | None = None,
        topic: str | None = None,
        difficulty: Difficulty | None = None,
        frequency: Frequency | None = None,
        limit: int = 5,
    ) -> list[Hit]:
        """The cards a person asks for in words, best first, one hit a card; empty for an empty text.

        `lang` is the language the cards are returned in, not the one of the text; without it, that of the nearest text.
        `topic` is a branch ("mlops") or a leaf ("mlops/monitoring"). Raises IndexUnavailable.
        """
        request = topic_of(text)
        allowed = self._allowed(lang, topic, difficulty, frequency)
        if not request or not allowed.cards:
            return []
        vector = self._embeddings.embed_query(request)
        glossary = {card: score for card, score in self._lexicon.glossary(request).items() if card in allowed.cards}
        found = self._nearest(vector, allowed)
        found |= self._named(vector, glossary, seen={self._texts[text_id].card_id for text_id in found})
        weights = self.ranking
        scores = {card: score + weights.glossary * glossary.get(card, 0.0) for card, score in self._by_card(found).items()}
        coverage = self._lexicon.coverage(request, _best(scores, COMPARED))
        return self._hits({card: scores[card] + weights.coverage * share for card, share in coverage.items()}, found, lang, limit)

    def related(self, card_id: str, lang: Language, limit: int = 5) -> list[Hit]:
        """The cards nearest to this one, without itself, best first. Raises KeyError for an unknown card, IndexUnavailable."""
        own = [text.id for text in self._texts.values() if text.card_id == card_id and text.kind == "question"]
        if (card_id, lang) not in self._cards:
            raise KeyError(card_id)
        vector = np.mean(list(self._stored(lambda: self._store.vectors(own)).values()), axis=0)
        found = self._nearest(vector.tolist(), self._allowed(lang, None, None, None))
        scores = self._by_card({text_id: near for text_id, near in found.items() if self._texts[text_id].card_id != card_id})
        return self._hits(scores, found, lang, limit)

    def claims(self, text: str, lang: Language, limit: int = 5) -> list[Hit]:
        """The key points nearest to a statement, of any card, best first; to hold a claim against other cards. Raises IndexUnavailable."""
        claim = clean(text[: 4 * LONGEST_CLAIM])[:LONGEST_CLAIM]
        if not claim:
            return []
        found = self._nearest(self._embeddings.embed_query(claim), self._allowed(lang, None, None, None, "point"))
        points: dict[tuple[str, str | None], tuple[str, float]] = {}
        for text_id, near in found.items():  # nearest first, so the first language of a point to come is the nearer one
            point = self._texts[text_id]
            points.setdefault((point.card_id, point.point_id), (text_id, near))
        return [self._hit(text_id, near, near, lang) for text_id, near in islice(points.values(), limit)]

    def _prepare(self, progress: Progress | None) -> CentredEmbeddings:
        with self._preparing:
            centres = self._store.use(self._fingerprint, len(self._texts))
            if centres is not None:
                return CentredEmbeddings.loads(self._base, centres)
            texts = list(self._texts.values())
            embeddings = CentredEmbeddings.fit(
                self._base,
                passages=list(_sample(text.text for text in texts if text.kind != "answer")),
                queries=list(_sample(self._names())),
            )
            metadata = [metadata_of(self._cards[text.card_id, text.lang], text) for text in texts]
            self._store.build(self._fingerprint, texts, metadata, embeddings, progress)
            return embeddings

    def _names(self) -> Iterator[str]:
        """What people call things: short texts, as requests are."""
        for card in self._cards.values():
            yield card.title
            yield from (form for entry in card.glossary for form in (entry.term, *entry.spoken))

    def _stored(self, read: Callable[[], _Result]) -> _Result:
        try:
            return read()
        except NotFoundError:  # another process, with other cards, has replaced the collection
            self._embeddings = self._prepare(None)
            return read()

    def _read_allowed(
        self,
        lang: Language | None,
        topic: str | None,
        difficulty: Difficulty | None,
        frequency: Frequency | None,
        kind: Kind | None = None,
    ) -> _Allowed:
        cards = frozenset(
            card.id
            for card in self._cards.values()
            if (lang is None or card.lang == lang)
            and (topic is None or card.topic == topic or card.topic.startswith(f"{topic}/"))
            and (difficulty is None or card.difficulty == difficulty)
            and (frequency is None or card.frequency == frequency)
        )
        texts = tuple(t.id for t in self._texts.values() if t.card_id in cards and (kind is None or t.kind == kind))
        return _Allowed(cards, texts, frozenset(texts))

    def _nearest(self, vector: list[float], allowed: _Allowed) -> dict[str, float]:
        """Cosines by text id, nearest first."""
        # Chroma's own `where` reads the metadata of every text first: 0.2 s with 100,000 texts, against 20 ms for any of these.
        size, total = len(allowed.texts), len(self._texts)
        if size <= EXACT_BELOW and size < total:
            stored = self._stored(lambda: self._store.vectors(allowed.texts))
            target = np.asarray(vector, np.float32)
            found = {text_id: float(row @ target) for text_id, row in stored.items()}
            return {text_id: found[text_id] for text_id in sorted(found, key=found.__getitem__, reverse=True)[:WIDTH]}
        if size < WIDEN_ABOVE * total:
            return self._stored(lambda: self._store.nearest(vector, WIDTH, among=allowed.texts))
        wider = min(total, math.ceil(WIDTH * total / size))
        near = self._stored(lambda: self._store.nearest(vector, wider))
        return {text_id: cosine for text_id, cosine in near.items() if text_id in allowed.text_set}

    def _named(self, vector: list[float], glossary: Mapping[str, float], seen: set[str]) -> dict[str, float]:
        """Cosines of the questions of cards that the request names but that no near text belongs to."""
        ids = [f"{card}/{lang}/question" for card in _best(glossary, COMPARED // 2) if card not in seen for lang in ("ja", "en")]
        target = np.asarray(vector, np.float32)
        return {text_id: float(row @ target) for text_id, row in self._stored(lambda: self._store.vectors(ids)).items()}

    def _by_card(self, found: Mapping[str, float]) -> dict[str, float]:
        """By card id, the mean of its best texts; one that was not found counts as the farthest that was."""
        if not found:
            return {}
        by_card: defaultdict[str, list[float]] = defaultdict(list)
        for text_id, cosine in found.items():
            by_card[self._texts[text_id].card_id].append(cosine)
        count = self.ranking.best_texts
        missing = [min(found.values())] * count
        return {card: float(np.mean(sorted(own + missing, reverse=True)[:count])) for card, own in by_card.items()}

    def _hits(self, scores: Mapping[str, float], found: Mapping[str, float], lang: Language | None, limit: int) -> list[Hit]:
        nearest: dict[str, str] = {}
        for text_id in sorted(found, key=found.__getitem__, reverse=True):
            nearest.setdefault(self._texts[text_id].card_id, text_id)
        return [self._hit(nearest[card], found[nearest[card]], scores[card], lang) for card in _best(scores, limit)]

    def _hit(self, text_id: str, similarity: float, score: float, lang: Language | None) -> Hit:
        near = self._texts[text_id]
        card = self._cards[near.card_id, lang or near.lang]
        if near.point_id is not None:
            text = card.point(near.point_id).text
        else:
            text = card.answer if near.kind == "answer" else card.question
        return Hit(card.id, card.lang, near.kind, near.point_id, similarity, text, score)


def _best(scores: Mapping[str, float], limit: int) -> list[str]:
    """The ids with the highest scores, best first."""
    return sorted(scores, key=scores.__getitem__, reverse=True)[:limit]


def _sample(texts: Iterable[str]) -> Iterator[str]:
    """Up to CENTRE_SAMPLE texts of each script, spread evenly over all of them."""
    by_script: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        by_script[script_of(text)].append(text)
    for group in by_script.values():
        yield from group[:: math.ceil(len(group) / CENTRE_SAMPLE)]
