"""The vectors of a deck in Chroma: found by fingerprint, built beside the old ones, then put in place in one step."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from chromadb.errors import NotFoundError, UniqueConstraintError
from langchain_chroma import Chroma

from knowledge.centring import CentredEmbeddings, Vector
from knowledge.chroma import check_writable, close, connect, open_folder, remove_orphans, restart
from knowledge.documents import CardText
from knowledge.errors import IndexUnavailable, translated

Progress = Callable[[int, int], None]

_READY, _BUILDING = "mensetsu-cards-", "mensetsu-building-"
# A build this old has died; its collection may go.
_ABANDONED_AFTER = 3600.0
# Texts a step: few enough that progress is seen to move, enough that a large bank is not one commit after another.
_SMALLEST_STEP, _LARGEST_STEP = 16, 1000
_log = logging.getLogger(__name__)


class Vectors:
    """A ready collection: the vectors of every text of one deck."""

    def __init__(self, client: Client, collection: Collection) -> None:
        self._client = client
        self._collection = collection

    @property
    def name(self) -> str:
        """The collection's name in Chroma."""
        return self._collection.name

    @property
    def centres(self) -> str:
        """What CentredEmbeddings.loads() takes."""
        return str((self._collection.metadata or {}).get("centres", ""))

    def count(self) -> int:
        """The number of texts."""
        return self._collection.count()

    def langchain(self, embeddings: CentredEmbeddings) -> Chroma:
        """The collection as a LangChain vector store, which can filter on the metadata."""
        return Chroma(client=self._client, collection_name=self.name, embedding_function=embeddings)

    def nearest(self, vector: list[float], limit: int, among: Sequence[str] | None = None) -> dict[str, float]:
        """Cosines of the `limit` nearest texts by id, nearest first; only of those `among`, if given. Raises IndexUnavailable."""
        with translated("searching the index"):
            # Ids and distances only: LangChain's query also reads texts and metadata, which takes three times as long.
            found = self._collection.query(
                query_embeddings=np.asarray([vector], np.float32),
                n_results=limit,
                include=["distances"],
                ids=None if among is None else list(among),
            )
        distances = found["distances"] or [[]]
        return {text_id: 1.0 - distance for text_id, distance in zip(found["ids"][0], distances[0], strict=True)}

    def read(self, ids: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors of these texts by id; unknown ids are left out. Raises IndexUnavailable."""
        if not ids:
            return {}
        with translated("reading the index"):
            found = self._collection.get(ids=list(ids), include=["embeddings"])
        rows = found["embeddings"] if found["embeddings"] is not None else []
        return {text_id: np.asarray(row, np.float32) for text_id, row in zip(found["ids"], rows, strict=True)}


class Store:
    """Collections in one Chroma, one a deck and embedding, known by fingerprint. Close it when done."""

    def __init__(self, client: Client, folder: Path | None) -> None:
        self._client = client
        self._folder = folder

    @classmethod
    def open(cls, folder: Path, url: str | None = None) -> Store:
        """The store on the Chroma server at `url`, or without one in a folder. Raises IndexUnavailable."""
        return cls(connect(url), None) if url else cls(open_folder(folder), folder)

    def close(self) -> None:
        """Lets go of the folder or the connection. The store cannot be used afterwards."""
        close(self._client)

    def find(self, fingerprint: str, size: int) -> Vectors | None:
        """The vectors of this fingerprint; None if they have to be built first. Raises IndexUnavailable."""
        name = _READY + fingerprint
        with self._writing("opening the index"):
            try:
                vectors = Vectors(self._client, self._client.get_collection(name, embedding_function=None))
            except NotFoundError:
                return None
            if vectors.count() == size and vectors.centres:
                return vectors
            _log.warning("The index is incomplete (%d of %d texts) and is built again.", vectors.count(), size)
            self._client.delete_collection(name)
            return None

    def build(
        self,
        fingerprint: str,
        texts: Sequence[CardText],
        metadata: Sequence[dict[str, str]],
        embeddings: CentredEmbeddings,
        progress: Progress | None = None,
    ) -> Vectors:
        """Vectors in a new collection. Until the last step readers find the old one, also after a crash.

        `progress` is called with (texts done, texts in all). Raises IndexUnavailable.
        """
        with self._writing("building the index"):
            self._remove_abandoned()  # what a crashed build left may be what fills the disk
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
            return Vectors(self._client, self._client.get_collection(_READY + fingerprint, embedding_function=None))

    def sweep(self, keep: Vectors) -> None:
        """Deletes the vectors of other decks, on a server all but the newest. Raises IndexUnavailable."""
        with self._writing("tidying the index"):
            others = sorted((c for c in self._ours(_READY) if c.name != keep.name), key=_created, reverse=True)
            # Copies of the last release may still be searching a shared server.
            for collection in others if self._folder else others[1:]:
                self._client.delete_collection(collection.name)
            if self._folder:
                remove_orphans(self._folder)

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        try:
            with translated(doing):
                yield
        except IndexUnavailable as error:
            if self._folder and error.reason != "embedding":
                restart(self._client)  # a write that failed keeps its lock, and Chroma waits for that a quarter of an hour
                if error.reason == "failed":
                    check_writable(self._folder)  # Chroma words a full disk in many ways
            raise

    def _remove_abandoned(self) -> None:
        for collection in self._ours(_BUILDING):
            if time.time() - _created(collection) > _ABANDONED_AFTER:
                self._client.delete_collection(collection.name)

    def _ours(self, prefix: str) -> list[Collection]:
        return [collection for collection in self._client.list_collections() if collection.name.startswith(prefix)]


def _created(collection: Collection) -> float:
    """Seconds since 1970."""
    value = (collection.metadata or {}).get("created", 0.0)
    return float(value) if isinstance(value, int | float) else 0.0
