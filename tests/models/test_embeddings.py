"""Embeddings: the offline model makes sense in both languages, an endpoint's model speaks OpenAI's protocol."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from pydantic import SecretStr

from bot.models.embeddings import EndpointEmbeddings, OfflineEmbeddings, make_embeddings
from bot.models.errors import Reason
from bot.models.judges import JudgeError
from bot.settings import Settings
from tests.fakes import openai_endpoint as wire
from tests.fakes.openai_endpoint import EMBEDDINGS, FakeEndpoint

KEY = "sk-test-0123456789abcdef"
TEXTS = {
    "ja": [
        "正則化は重みに罰則を加えて過学習を防ぐ。",
        "交差検証はデータを分割して汎化性能を見積もる。",
        "モデルの本番環境への展開にはコンテナを使う。",
    ],
    "en": [
        "Regularization penalises large weights to prevent overfitting.",
        "Cross-validation splits the data to estimate generalisation.",
        "Models are deployed to production in containers.",
    ],
}


def elsewhere(fake: FakeEndpoint, *, timeout: float = 5.0) -> EndpointEmbeddings:
    fake.serves.add(EMBEDDINGS)
    settings = Settings(
        openai_base_url=fake.url, openai_api_key=SecretStr(KEY), embeddings="embed-x", request_timeout=timeout, request_retries=0
    )
    embeddings, name = make_embeddings(settings)
    assert isinstance(embeddings, EndpointEmbeddings)
    assert name == "embed-x"
    return embeddings


def test_offline_is_the_default() -> None:
    embeddings, name = make_embeddings(Settings())
    assert isinstance(embeddings, OfflineEmbeddings)
    assert name == "multilingual-e5-small-q4"


def test_offline_vectors_have_length_one() -> None:
    embeddings = OfflineEmbeddings()
    vectors = np.asarray([*embeddings.embed_documents(TEXTS["ja"]), embeddings.embed_query("過学習"), embeddings.embed_query("")])
    assert vectors.shape == (5, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-3)


def test_a_vector_is_the_same_alone_in_a_batch_and_again() -> None:
    embeddings = OfflineEmbeddings()
    together = embeddings.embed_documents([*TEXTS["en"], TEXTS["en"][0]])
    assert together[0] == together[3] == embeddings.embed_documents([TEXTS["en"][0]])[0]
    assert embeddings.embed_query(TEXTS["en"][0]) not in together
    together[0][0] = 9.0
    assert embeddings.embed_documents([TEXTS["en"][0]])[0][0] != 9.0


@pytest.fixture(scope="module")
def vectors() -> dict[str, list[list[float]]]:
    return {lang: OfflineEmbeddings().embed_documents(texts) for lang, texts in TEXTS.items()}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("過学習を抑える罰則について", 0),
        ("How do penalties on weights help?", 0),
        ("データを分割して評価する方法", 1),
        ("How do you split data to evaluate a model?", 1),
        ("モデルをリリースするには", 2),
        ("How do you put a model into production?", 2),
    ],
)
def test_offline_meaning_crosses_languages(vectors: dict[str, list[list[float]]], lang: str, query: str, nearest: int) -> None:
    similarities = np.asarray(vectors[lang]) @ np.asarray(OfflineEmbeddings().embed_query(query))
    assert int(np.argmax(similarities)) == nearest


def test_offline_nothing_to_embed() -> None:
    assert OfflineEmbeddings().embed_documents([]) == []


def test_endpoint_vectors_are_brought_to_length_one(fake: FakeEndpoint) -> None:
    fake.vector = lambda text: {"a": [3.0, 4.0], "b": [0.0, -2.0]}[text]
    embeddings = elsewhere(fake)
    assert embeddings.embed_documents(["a", "b"]) == [pytest.approx([0.6, 0.8]), pytest.approx([0.0, -1.0])]
    assert embeddings.embed_query("a") == pytest.approx([0.6, 0.8])


def test_endpoint_is_sent_text_and_key(fake: FakeEndpoint) -> None:
    fake.key = KEY
    elsewhere(fake).embed_documents(["正則化", "overfitting"])
    assert fake.seen[0].body["input"] == ["正則化", "overfitting"]
    assert fake.seen[0].body["model"] == "embed-x"


def test_endpoint_is_not_asked_for_nothing(fake: FakeEndpoint) -> None:
    assert elsewhere(fake).embed_documents([]) == []
    assert fake.seen == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (wire.status(401, message=f"Incorrect API key provided: {KEY}"), "key"),
        (wire.status(429, {"retry-after": "30"}), "busy"),
        (wire.status(404), "refused"),
        (wire.status(500), "unreachable"),
        (wire.cut, "unreachable"),
        (wire.stall, "timeout"),
        (wire.trickle, "timeout"),
        (wire.garbage("<html>", "text/html"), "unreadable"),
        (wire.garbage("{}"), "unreadable"),
        (wire.garbage('{"data": []}'), "unreadable"),
        (wire.garbage('{"data": [{"embedding": [1.0, 2.0]}]}'), "unreadable"),
    ],
)
def test_endpoint_failure_has_a_reason(fake: FakeEndpoint, fault: Callable[[wire._Handler], None], reason: Reason) -> None:
    fake.faults[EMBEDDINGS] = fault
    with pytest.raises(JudgeError) as caught:
        elsewhere(fake, timeout=0.3).embed_documents(["a", "b"])
    assert caught.value.reason == reason
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("vector", [[0.0, 0.0], [math.nan, 1.0]])
def test_endpoint_vector_without_direction(fake: FakeEndpoint, vector: list[float]) -> None:
    fake.vector = lambda text: vector
    with pytest.raises(JudgeError) as caught:
        elsewhere(fake).embed_query("a")
    assert caught.value.reason == "unreadable"


def test_key_that_no_header_can_carry(fake: FakeEndpoint) -> None:
    settings = Settings(openai_base_url=fake.url, openai_api_key=SecretStr("sk-\nsecret"), embeddings="embed-x")
    with pytest.raises(JudgeError) as caught:
        make_embeddings(settings)[0].embed_query("a")
    assert caught.value.reason == "key"
    assert "secret" not in str(caught.value)
