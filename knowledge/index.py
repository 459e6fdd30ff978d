"""The search index over the cards: kept in Chroma, built anew only when something it holds has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chromadb.errors import NotFoundError
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

from knowledge.catalogue import Catalogue, Filter
from knowledge.centring import CentredEmbeddings
from knowledge.deck import Deck
from knowledge.documents import fingerprint, metadata_of
from knowledge.errors import IndexUnavailable
from knowledge.lexicon import Lexicon
from knowledge.schema import Language
from knowledge.search import CardSearch, Hit, Ranking
from knowledge.store import Progress, Store

__all__ = ["CardIndex", "Hit", "IndexUnavailable", "Ranking"]

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class CardIndex:
    """Finds cards by meaning, in either language. May be shared between threads. Every method may raise IndexUnavailable."""

    def __init__(
        self, embeddings: Embeddings, name: str, *, folder: Path, chroma_url: str | None = None, ranking: Ranking | None = None
    ) -> None:
        """Opens Chroma on the server at `chroma_url` (http(s)://host:port), or else in `folder`.

        `name` tells the vectors of one embedding from those of another.
        """
        self._base = embeddings
        self._name = name
        self._ranking = ranking or Ranking()
        self._store = Store.open(folder, chroma_url)
        self._search: CardSearch | None = None
        self._refreshing = threading.Lock()

    def close(self) -> None:
        """Lets go of the folder or the connection. The index cannot be used afterwards."""
        self._store.close()

    def refresh(self, deck: Deck, progress: Progress | None = None) -> bool:
        """Makes these the cards that are searched; True if their vectors had to be computed.

        That is so if card text, embedding or index format changed; `progress` is then called with (texts done, texts in all).
        Until it is done, and if it fails, searches find what they found before.
        """
        with self._refreshing:
            return self._refresh(deck, progress)

    def search(
        self,
        text: str,
        *,
        lang: Language | None = None,
        topic: str | None = None,
        difficulty: str | None = None,
        frequency: str | None = None,
        limit: int = 5,
    ) -> list[Hit]:
        """The cards a person asks for in words, best first, one hit a card; empty for an empty text.

        `lang` is the language the cards are returned in, not the one of the text; without it, that of the nearest text.
        `topic` is a branch ("mlops") or a leaf ("mlops/monitoring").
        """
        return self._ask(lambda cards: cards.search(text, Filter(lang, topic, difficulty, frequency), limit))

    def related(self, card_id: str, lang: Language, limit: int = 5) -> list[Hit]:
        """The cards nearest to this one, without itself, best first. Raises KeyError for an unknown card."""
        return self._ask(lambda cards: cards.related(card_id, lang, limit))

    def claims(self, text: str, lang: Language, limit: int = 5) -> list[Hit]:
        """The key points, of any card, nearest to a statement, best first; to hold a claim against other cards."""
        return self._ask(lambda cards: cards.claims(text, lang, limit))

    @property
    def langchain(self) -> Chroma:
        """The collection as a LangChain vector store, for chains. Its metadata is that of documents.metadata_of()."""
        return self._ask(lambda cards: cards.vectors.langchain(cards.embeddings))

    def _ask(self, question: Callable[[CardSearch], _Result]) -> _Result:
        cards = self._search
        if cards is None:
            raise IndexUnavailable("failed", "the index has not been built yet")
        try:
            return question(cards)
        except NotFoundError:  # a refresh here, or another process with other cards, has replaced the collection
            with self._refreshing:
                if self._search is cards:
                    self._refresh(cards.catalogue.deck, None)
            return question(self._search or cards)

    def _refresh(self, deck: Deck, progress: Progress | None) -> bool:
        catalogue, mark = Catalogue(deck), fingerprint(deck, self._name)
        vectors = self._store.find(mark, len(catalogue.texts))
        if known := vectors is not None:
            embeddings = CentredEmbeddings.loads(self._base, vectors.centres)
        else:
            embeddings = CentredEmbeddings.fit(self._base, catalogue.passage_sample(), catalogue.query_sample())
            texts = list(catalogue.texts.values())
            metadata = [metadata_of(catalogue.cards[text.card_id, text.lang], text) for text in texts]
            vectors = self._store.build(mark, texts, metadata, embeddings, progress)
        self._search = CardSearch(catalogue, Lexicon(deck), embeddings, vectors, self._ranking)
        try:
            self._store.sweep(keep=vectors)
        except IndexUnavailable as error:  # room is lost, nothing else
            _log.warning("Old vectors could not be deleted: %s", error)
        return not known
