"""Searches over one deck and its vectors: requests, neighbours of a card, points near a claim."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from knowledge.catalogue import Allowed, Catalogue, Filter
from knowledge.centring import CentredEmbeddings
from knowledge.documents import Kind
from knowledge.lexicon import Lexicon
from knowledge.requests import clean, topic_of
from knowledge.schema import LANGUAGES, Language
from knowledge.store import Vectors

# Texts read from Chroma a search, and cards compared word by word.
WIDTH = 128
COMPARED = 24
# So few texts are compared one by one: a graph search that may return only them would visit every node.
EXACT_BELOW = 400
# From this share of all texts on, searching wider and dropping what a filter excludes beats handing Chroma a list of ids.
WIDEN_ABOVE = 0.1
LONGEST_CLAIM = 1000


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

    best_texts: int = 8
    glossary: float = 0.15
    coverage: float = 0.3


@dataclass(frozen=True)
class CardSearch:
    """Everything that belongs to one deck. Both languages of a card speak for it, whichever is returned."""

    catalogue: Catalogue
    lexicon: Lexicon
    embeddings: CentredEmbeddings
    vectors: Vectors
    ranking: Ranking

    def search(self, text: str, wanted: Filter, limit: int) -> list[Hit]:
        """The cards a person asks for in words, best first, one hit a card; empty for an empty text."""
        request = topic_of(text)
        allowed = self.catalogue.allowed(wanted)
        if not request or not allowed.cards:
            return []
        vector = self.embeddings.embed_query(request)
        glossary = {card: score for card, score in self.lexicon.glossary(request).items() if card in allowed.cards}
        found = self._nearest(vector, allowed)
        found |= self._named(vector, glossary, found)
        scores = {card: near + self.ranking.glossary * glossary.get(card, 0.0) for card, near in self._by_card(found).items()}
        coverage = self.lexicon.coverage(request, _best(scores, COMPARED))
        scores = {card: scores[card] + self.ranking.coverage * share for card, share in coverage.items()}
        return self._hits(scores, found, wanted.lang, limit)

    def related(self, card_id: str, lang: Language, limit: int) -> list[Hit]:
        """The cards nearest to this one, without itself, best first. Raises KeyError for an unknown card."""
        if (card_id, lang) not in self.catalogue.cards:
            raise KeyError(card_id)
        own = self.vectors.read(self.catalogue.texts_of_card(card_id, "question"))
        found = self._nearest(np.mean(list(own.values()), axis=0).tolist(), self.catalogue.allowed(Filter(lang)))
        others = {text_id: near for text_id, near in found.items() if self.catalogue.texts[text_id].card_id != card_id}
        return self._hits(self._by_card(others), others, lang, limit)

    def claims(self, text: str, lang: Language, limit: int) -> list[Hit]:
        """The key points, of any card, nearest to a statement, best first; empty for an empty text."""
        claim = clean(text[: 4 * LONGEST_CLAIM])[:LONGEST_CLAIM]
        if not claim:
            return []
        found = self._nearest(self.embeddings.embed_query(claim), self.catalogue.allowed(Filter(lang, kind="point")))
        points: dict[tuple[str, str | None], str] = {}
        for text_id in found:  # nearest first, so a point's nearer language comes before its other one
            point = self.catalogue.texts[text_id]
            points.setdefault((point.card_id, point.point_id), text_id)
        return [self._hit(text_id, found[text_id], found[text_id], lang) for text_id in islice(points.values(), limit)]

    def _nearest(self, vector: list[float], allowed: Allowed) -> dict[str, float]:
        """Cosines by text id, nearest first."""
        # Chroma's own `where` first reads the metadata of every text: 0.2 s with 100,000 of them, ten times as long as these ways.
        size, total = len(allowed.texts), len(self.catalogue.texts)
        if size <= EXACT_BELOW and size < total:
            found = self._cosines(vector, allowed.texts)
            return {text_id: found[text_id] for text_id in _best(found, WIDTH)}
        if size < WIDEN_ABOVE * total:
            return self.vectors.nearest(vector, WIDTH, among=allowed.texts)
        wider = min(total, math.ceil(WIDTH * total / size))
        near = self.vectors.nearest(vector, wider)
        return {text_id: cosine for text_id, cosine in near.items() if text_id in allowed.text_set}

    def _named(self, vector: list[float], glossary: Mapping[str, float], found: Mapping[str, float]) -> dict[str, float]:
        """Cosines of the questions of cards whose terms the request names though none of their texts is near."""
        texts = self.catalogue.texts
        seen = {texts[text_id].card_id for text_id in found}
        ids = [f"{card}/{lang}/question" for card in _best(glossary, COMPARED // 2) if card not in seen for lang in LANGUAGES]
        return self._cosines(vector, [text_id for text_id in ids if text_id in texts])

    def _cosines(self, vector: list[float], ids: Sequence[str]) -> dict[str, float]:
        target = np.asarray(vector, np.float32)
        return {text_id: float(row @ target) for text_id, row in self.vectors.read(ids).items()}

    def _by_card(self, found: Mapping[str, float]) -> dict[str, float]:
        """By card id, the mean of its best texts: one text may be near by chance. Texts not found count as the farthest found."""
        by_card: defaultdict[str, list[float]] = defaultdict(list)
        for text_id, cosine in found.items():
            by_card[self.catalogue.texts[text_id].card_id].append(cosine)
        count = self.ranking.best_texts
        missing = [min(found.values(), default=0.0)] * count
        return {card: float(np.mean(sorted(own + missing, reverse=True)[:count])) for card, own in by_card.items()}

    def _hits(self, scores: Mapping[str, float], found: Mapping[str, float], lang: Language | None, limit: int) -> list[Hit]:
        nearest: dict[str, str] = {}
        for text_id in _best(found, len(found)):
            nearest.setdefault(self.catalogue.texts[text_id].card_id, text_id)
        return [self._hit(nearest[card], found[nearest[card]], scores[card], lang) for card in _best(scores, limit)]

    def _hit(self, text_id: str, similarity: float, score: float, lang: Language | None) -> Hit:
        near = self.catalogue.texts[text_id]
        card = self.catalogue.cards[near.card_id, lang or near.lang]
        texts = {"question": card.question, "answer": card.answer}
        text = card.point(near.point_id).text if near.point_id is not None else texts[near.kind]
        return Hit(card.id, card.lang, near.kind, near.point_id, similarity, text, score)


def _best(scores: Mapping[str, float], limit: int) -> list[str]:
    """The ids with the highest scores, best first."""
    return sorted(scores, key=scores.__getitem__, reverse=True)[:limit]
