"""Embeddings with the mean of each script taken off, so that a cosine tells topics apart rather than languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from knowledge.errors import IndexUnavailable

Script = Literal["japanese", "latin"]
Vector = NDArray[np.float32]

_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_DIGITS = 6


def script_of(text: str) -> Script:
    """Japanese if the text has a kana or a kanji, however much Latin it has beside them."""
    return "japanese" if _JAPANESE.search(text) else "latin"


class CentredEmbeddings(Embeddings):
    """Another embedding, centred and of length one.

    Vectors of multilingual-e5 point into one narrow cone for each language: an English text is nearer to any English text
    than to its own translation. Without the cone's axis the rest of the vector, the meaning, decides.
    """

    def __init__(self, base: Embeddings, passages: dict[Script, Vector], queries: dict[Script, Vector]) -> None:
        self._base = base
        self._passages = passages
        self._queries = queries

    @classmethod
    def fit(cls, base: Embeddings, passages: Sequence[str], queries: Sequence[str]) -> CentredEmbeddings:
        """Centres from sample texts: `passages` as the searched side sees them, `queries` as the searching side does.

        Raises IndexUnavailable, as embedding does here always, if the other embedding fails.
        """
        with _embedding_errors():
            searched = base.embed_documents(list(passages))
            asked = [base.embed_query(text) for text in queries]
        return cls(base, _means(passages, searched), _means(queries, asked))

    @classmethod
    def loads(cls, base: Embeddings, text: str) -> CentredEmbeddings:
        """The counterpart of dumps(). Raises ValueError or KeyError for text of another origin."""
        data = json.loads(text)
        sides = [{script: np.asarray(mean, np.float32) for script, mean in data[side].items()} for side in ("passages", "queries")]
        return cls(base, *sides)

    def dumps(self) -> str:
        """The centres as JSON."""
        sides = {"passages": self._passages, "queries": self._queries}
        return json.dumps({n: {s: [round(float(x), _DIGITS) for x in mean] for s, mean in side.items()} for n, side in sides.items()})

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One centred vector a text, for the side that is searched."""
        with _embedding_errors():
            raw = self._base.embed_documents(texts)
        return [_centred(vector, _mean_for(text, self._passages)) for text, vector in zip(texts, raw, strict=True)]

    def embed_query(self, text: str) -> list[float]:
        """The centred vector of a search text."""
        with _embedding_errors():
            raw = self._base.embed_query(text)
        return _centred(raw, _mean_for(text, self._queries))


@contextmanager
def _embedding_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever an embedding of LangChain's may raise
        raise IndexUnavailable("embedding", f"the embedding failed: {error}") from error


def _means(texts: Iterable[str], vectors: list[list[float]]) -> dict[Script, Vector]:
    scripts = np.array([script_of(text) for text in texts])
    rows = np.asarray(vectors, np.float32)
    found: dict[Script, Vector] = {}
    for script in ("japanese", "latin"):
        if (scripts == script).any():
            found[script] = rows[scripts == script].mean(axis=0)
    return found


def _mean_for(text: str, means: dict[Script, Vector]) -> Vector | None:
    # A bank in one language gives no centre for the other; its neighbour is nearer to it than the origin is.
    return means.get(script_of(text), next(iter(means.values()), None))


def _centred(vector: list[float], mean: Vector | None) -> list[float]:
    row = np.asarray(vector, np.float32)
    if mean is not None:
        row = row - mean
    length = float(np.linalg.norm(row))
    # A text equal to the sole sample has no direction left; any fixed one will do, and Chroma refuses a zero under cosine.
    centred: list[float] = (row / length if length > 1e-6 else np.full_like(row, row.size**-0.5)).tolist()
    return centred
