"""Centred embeddings: languages no longer decide what is near."""

from __future__ import annotations

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from knowledge.centring import CentredEmbeddings, script_of
from knowledge.errors import IndexUnavailable
from tests.fakes.word_embeddings import WordEmbeddings

JA, EN = ["正則化", "交差検証"], ["regularization", "cross-validation"]


class ConeEmbeddings(Embeddings):
    """A fake with the fault of the real one: the language makes most of a vector, the meaning a little."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        meaning = [1.0, 0.0] if text in ("正則化", "regularization", "ridge") else [0.0, 1.0]
        return [10.0 * (script_of(text) == "japanese"), 10.0 * (script_of(text) == "latin"), *meaning]


@pytest.mark.parametrize(
    ("text", "script"), [("Lassoの罰則", "japanese"), ("カ", "japanese"), ("々 L1", "latin"), ("L1 penalty", "latin"), ("", "latin")]
)
def test_one_kana_or_kanji_makes_a_text_japanese(text: str, script: str) -> None:
    assert script_of(text) == script


def test_a_translation_is_nearer_than_another_topic_in_the_same_language() -> None:
    cone = ConeEmbeddings()
    raw = np.asarray(cone.embed_documents(JA + EN)) @ np.asarray(cone.embed_query("ridge"))
    assert raw[0] < raw[3]
    centred = CentredEmbeddings.fit(cone, JA + EN, JA + EN)
    near = np.asarray(centred.embed_documents(JA + EN)) @ np.asarray(centred.embed_query("ridge"))
    assert near == pytest.approx([1, -1, 1, -1])


def test_vectors_have_length_one_even_where_nothing_is_left() -> None:
    centred = CentredEmbeddings.fit(WordEmbeddings(), ["ridge"], ["ridge"])
    for vector in (*centred.embed_documents(["ridge", "lasso"]), centred.embed_query("ridge")):
        assert np.linalg.norm(vector) == pytest.approx(1.0)


def test_a_bank_in_one_language_can_be_asked_in_the_other() -> None:
    centred = CentredEmbeddings.fit(ConeEmbeddings(), EN, EN)
    assert np.linalg.norm(centred.embed_query("正則化")) == pytest.approx(1.0)


def test_centres_come_back_as_they_were_written() -> None:
    first = CentredEmbeddings.fit(WordEmbeddings(), JA + EN, EN)
    second = CentredEmbeddings.loads(WordEmbeddings(), first.dumps())
    assert second.dumps() == first.dumps()
    assert second.embed_query("ridge") == pytest.approx(first.embed_query("ridge"), abs=1e-5)


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_centres_of_another_origin_are_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        CentredEmbeddings.loads(WordEmbeddings(), text)


def test_a_failing_embedding_is_called_so() -> None:
    broken = WordEmbeddings()
    centred = CentredEmbeddings.fit(broken, EN, EN)
    broken.fails_at = 0
    for attempt in (
        lambda: centred.embed_query("L1"),
        lambda: centred.embed_documents(["L1"]),
        lambda: CentredEmbeddings.fit(broken, EN, EN),
    ):
        with pytest.raises(IndexUnavailable, match="the endpoint is gone") as caught:
            attempt()
        assert caught.value.reason == "embedding"
