"""The vectors of one deck in Chroma: found by fingerprint, built beside the old ones, then switched to in one step."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.models.Collection import Collection
from chromadb.errors import NotFoundError, UniqueConstraintError
from langchain_chroma import Chroma

from knowledge.centring import CentredEmbeddings, Vector
from knowledge.chroma import connect, open_folder, remove_orphans
from knowledge.documents import CardText
from knowledge.errors import IndexUnavailable, translated

Progress = Callable[[int, int], None]

_READY, _BUILDING = "mensetsu-cards-", "mensetsu-building-"
# A build this old has died; its collection may go.
_ABANDONED_AFTER = 3600.0
# Texts a step: few enough that progress is seen to move, enough that a large bank is not one commit after another.
_SMALLEST_STEP, _LARGEST_STEP = 16, 1000
_log = logging.getLogger(__name__)


class Store:
    """One ready collection of card texts, and the way to replace it. Close it when done."""

    def __init__(self, client: ClientAPI, folder: Path | None) -> None:
        self._client = client
        self._folder = folder
        self._collection: Collection | None = None

    @classmethod
    def open(cls, folder: Path, url: str | None = None) -> Store:
        """The store on the Chroma server at `url`, or without one in a folder. Raises IndexUnavailable."""
        return cls(connect(url), None) if url else cls(open_folder(folder), folder)

    def close(self) -> None:
        """Lets go of the folder or the connection. The store cannot be used afterwards."""
        self._client.close()

    def use(self, fingerprint: str, size: int) -> str | None:
        """Makes the collection of this fingerprint current and returns its centres; None if it has to be built first."""
        name = _READY + fingerprint
        with translated("opening the index"):
            try:
                collection = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
            centres = (collection.metadata or {}).get("centres")
            found = collection.count()
            if found != size or not isinstance(centres, str):
                _log.warning("The index is incomplete (%d of %d texts) and is built again.", found, size)
                self._client.delete_collection(name)
                return None
            self._collection = collection
            return centres

    def build(
        self,
        fingerprint: str,
        texts: Sequence[CardText],
        metadata: Sequence[dict[str, str]],
        embeddings: CentredEmbeddings,
        progress: Progress | None = None,
    ) -> None:
        """Fills a new collection and makes it current. Until the last step readers find the old one, also after a crash.

        `progress` is called with (texts done, texts in all). Raises IndexUnavailable.
        """
        with translated("building the index"):
            self._sweep(_BUILDING)  # what a crashed build left may be what fills the disk
            name = _BUILDING + uuid.uuid4().hex
            collection = self._client.create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
                metadata={"centres": embeddings.dumps(), "created": time.time()},
            )
            filler = Chroma(client=self._client, collection_name=name, embedding_function=embeddings)
            step = min(max(_SMALLEST_STEP, len(texts) // 50), _LARGEST_STEP, self._client.get_max_batch_size())
            for start in range(0, len(texts), step):
                part = slice(start, start + step)
                filler.add_texts([t.text for t in texts[part]], [dict(m) for m in metadata[part]], [t.id for t in texts[part]])
                if progress:
                    progress(min(start + step, len(texts)), len(texts))
            try:
                collection.modify(name=_READY + fingerprint)  # the switch: one row of Chroma's database
            except UniqueConstraintError:
                self._client.delete_collection(name)  # another process was faster with the very same texts
            self._collection = self._client.get_collection(_READY + fingerprint, embedding_function=None)
            # Copies of the last release may still be searching a shared server.
            self._sweep(_READY, keep=0 if self._folder else 1)
            if self._folder:
                remove_orphans(self._folder)

    def langchain(self, embeddings: CentredEmbeddings) -> Chroma:
        """The current collection as a LangChain vector store, which can filter on the metadata."""
        return Chroma(client=self._client, collection_name=self._current.name, embedding_function=embeddings)

    def nearest(self, vector: list[float], limit: int, among: Sequence[str] | None = None) -> dict[str, float]:
        """Cosines of the `limit` nearest texts by id; only of those `among`, if given. Raises IndexUnavailable."""
        with translated("searching the index"):
            # Ids and distances only: LangChain's query also reads texts and metadata, which takes three times as long.
            found = self._current.query(
                query_embeddings=[vector], n_results=limit, include=["distances"], ids=None if among is None else list(among)
            )
        distances = found["distances"] or [[]]
        return {text_id: 1.0 - distance for text_id, distance in zip(found["ids"][0], distances[0], strict=True)}

    def vectors(self, ids: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors of these texts by id; unknown ids are left out. Raises IndexUnavailable."""
        if not ids:
            return {}
        with translated("reading the index"):
            found = self._current.get(ids=list(ids), include=["embeddings"])
        rows = found["embeddings"] if found["embeddings"] is not None else []
        return {text_id: np.asarray(row, np.float32) for text_id, row in zip(found["ids"], rows, strict=True)}

    @property
    def _current(self) -> Collection:
        if self._collection is None:
            raise IndexUnavailable("failed", "the index has not been built")
        return self._collection

    def _sweep(self, prefix: str, *, keep: int = 0) -> None:
        current = self._collection.name if self._collection else None
        others = [c for c in self._client.list_collections() if c.name.startswith(prefix) and c.name != current]
        for collection in sorted(others, key=_created, reverse=True)[keep:]:
            if prefix == _READY or time.time() - _created(collection) > _ABANDONED_AFTER:
                self._client.delete_collection(collection.name)


def _created(collection: Collection) -> float:
    """Seconds since 1970."""
    value = (collection.metadata or {}).get("created", 0.0)
    return float(value) if isinstance(value, int | float) else 0.0
