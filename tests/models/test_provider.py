"""How the model comes up: phases, failure and another try, the judge that waits, and the real thing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.models import provider as module
from bot.models.endpoint import Endpoint
from bot.models.errors import Reason
from bot.models.judges import Claim, Decision, JudgeError, JudgeRequest, make_judge
from bot.models.provider import ModelProvider, ModelStatus
from bot.models.weights import CODER_1_5B, Progress, Weights, WeightsError, ensure_weights
from bot.settings import Settings
from tests.fakes import openai_endpoint as wire
from tests.fakes.openai_endpoint import FakeEndpoint

REQUEST = JudgeRequest(
    "What is L1 regularization?", "It makes weights zero.", "en", (Claim("p1", "L1 regularization drives some weights to exactly zero."),)
)
SECONDS = 20.0


def elsewhere(fake: FakeEndpoint, tmp_path: Path) -> Settings:
    return Settings(
        openai_base_url=fake.url,
        openai_api_key=SecretStr("sk-test-0123456789"),
        model="m",
        cache_dir=tmp_path / "cache",
        request_timeout=5,
        request_retries=0,
    )


@pytest.fixture
def providers() -> Iterator[Callable[[Settings], ModelProvider]]:
    """Makes providers that are closed again."""
    made: list[ModelProvider] = []

    def make(settings: Settings) -> ModelProvider:
        made.append(ModelProvider(settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


Make = Callable[[Settings], ModelProvider]


def test_nothing_happens_before_the_start(fake: FakeEndpoint, tmp_path: Path, providers: Make) -> None:
    provider = providers(elsewhere(fake, tmp_path))
    assert provider.status == ModelStatus("idle")
    assert provider.endpoint is None
    assert fake.seen == []


def test_an_endpoint_that_was_configured_is_used_and_nothing_fetched(
    fake: FakeEndpoint, tmp_path: Path, providers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr(module, "ensure_weights", lambda *args, **options: called.append("weights"))
    monkeypatch.setattr(module, "EmbeddedServer", lambda *args, **options: called.append("server"))
    provider = providers(elsewhere(fake, tmp_path))
    provider.start()
    assert provider.wait(SECONDS) == ModelStatus("ready", judge="logprobs · m")
    assert provider.endpoint is not None
    assert provider.endpoint.url == fake.url
    assert called == []
    assert not (tmp_path / "cache").exists()


def test_the_endpoint_is_probed_once(fake: FakeEndpoint, tmp_path: Path, providers: Make) -> None:
    provider = providers(elsewhere(fake, tmp_path))
    provider.start()
    provider.wait(SECONDS)
    probes = len(fake.seen)
    provider.start()
    for _ in range(2):
        list(provider.judge().decide(REQUEST))
    assert len(fake.seen) == probes + 2


def test_phases_of_the_embedded_model(fake: FakeEndpoint, tmp_path: Path, providers: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[ModelStatus] = []

    def fetch(weights: Weights, cache: Path, *, given: Path | None, progress: Progress) -> Path:
        assert (cache, given) == (tmp_path / "cache", None)
        seen.append(provider.status)
        progress(10, 100)
        seen.append(provider.status)
        return tmp_path / "model.gguf"

    class Server:
        url, model = fake.url, "tiny"

        def __init__(self, weights: Path, *, threads: int | None) -> None:
            assert (weights, threads) == (tmp_path / "model.gguf", 3)
            seen.append(provider.status)

        def close(self) -> None:
            seen.append(provider.status)

    monkeypatch.setattr(module, "ensure_weights", fetch)
    monkeypatch.setattr(module, "EmbeddedServer", Server)
    provider = providers(Settings(cache_dir=tmp_path / "cache", threads=3))
    seen.append(provider.status)
    provider.start()
    provider.wait(SECONDS)
    provider.close()
    assert seen == [
        ModelStatus("idle"),
        ModelStatus("loading"),
        ModelStatus("fetching", 10, 100),
        ModelStatus("loading"),
        ModelStatus("ready", judge="trained · multilingual-e5-small-q4 + logprobs · tiny"),
    ]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (wire.status(401), "key"),
        (wire.status(429), "busy"),
        (wire.status(404), "refused"),
        (wire.status(500), "unreachable"),
        (wire.status(504), "timeout"),
        (wire.garbage("<html>", "text/html"), "unreadable"),
    ],
)
def test_failure_of_an_endpoint_then_another_try(
    fake: FakeEndpoint, tmp_path: Path, providers: Make, fault: Callable[[wire._Handler], None], reason: Reason
) -> None:
    provider = providers(elsewhere(fake, tmp_path))
    fake.faults[""] = fault
    provider.start()
    assert provider.wait(SECONDS) == ModelStatus("failed", reason=reason)
    with pytest.raises(JudgeError) as caught:
        provider.wait_for_judge()
    assert caught.value.reason == reason
    fake.faults.clear()
    provider.start()
    assert provider.wait(SECONDS) == ModelStatus("ready", judge="logprobs · m")


@pytest.mark.parametrize("reason", ["corrupt", "missing", "unreachable", "disk"])
def test_weights_that_cannot_be_had(tmp_path: Path, providers: Make, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    def fail(*args: object, **options: object) -> Path:
        raise WeightsError(reason, "no")

    monkeypatch.setattr(module, "ensure_weights", fail)
    provider = providers(Settings(cache_dir=tmp_path))
    with pytest.raises(JudgeError) as caught:
        list(provider.judge().decide(REQUEST))
    assert caught.value.reason == "no_model"
    assert provider.status == ModelStatus("failed", reason=reason)


def test_a_file_that_llama_cpp_refuses(tmp_path: Path, providers: Make) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + b"\0" * 1000)
    provider = providers(Settings(weights=tmp_path / "bad.gguf", cache_dir=tmp_path))
    provider.start()
    assert provider.wait(SECONDS) == ModelStatus("failed", reason="corrupt")


def test_a_given_file_that_is_not_there(tmp_path: Path, providers: Make) -> None:
    provider = providers(Settings(weights=tmp_path / "none.gguf", cache_dir=tmp_path))
    provider.start()
    assert provider.wait(SECONDS) == ModelStatus("failed", reason="missing")


def test_a_judge_waits_for_the_model(fake: FakeEndpoint, tmp_path: Path, providers: Make) -> None:
    may_answer, asked = threading.Event(), threading.Event()

    def slowly(handler: wire._Handler) -> None:
        asked.set()
        may_answer.wait(SECONDS)
        handler.reply()

    fake.faults[""] = slowly
    provider = providers(elsewhere(fake, tmp_path))
    judge = provider.judge()  # starts the model by itself
    assert judge.name == ""
    decisions: list[Decision] = []
    grading = threading.Thread(target=lambda: decisions.extend(judge.decide(REQUEST)))
    grading.start()
    assert asked.wait(SECONDS)
    assert provider.wait(0).phase == "loading"
    assert decisions == []
    may_answer.set()
    grading.join(SECONDS)
    assert [decision.claim.id for decision in decisions] == ["p1"]
    assert judge.name == "logprobs · m"


def test_grading_again_tries_the_model_again(fake: FakeEndpoint, tmp_path: Path, providers: Make) -> None:
    judge = providers(elsewhere(fake, tmp_path)).judge()
    fake.faults[""] = wire.status(401)
    with pytest.raises(JudgeError) as caught:
        list(judge.decide(REQUEST))
    assert caught.value.reason == "key"
    fake.faults.clear()
    assert len(list(judge.decide(REQUEST))) == 1


@pytest.mark.model
def test_embedded_model(providers: Make) -> None:
    cache = Settings().cache_dir
    provider = providers(Settings(weights=ensure_weights(CODER_1_5B, cache), cache_dir=cache))
    judge = provider.wait_for_judge()
    assert judge.name == "trained · multilingual-e5-small-q4 + linear probe · qwen2.5-coder-1.5b-instruct-q4_k_m"

    stated, missing = (
        next(iter(judge.decide(JudgeRequest(REQUEST.question, answer, "en", REQUEST.claims))))
        for answer in (
            "L1 regularization adds the absolute values of the weights to the loss, so some weights become exactly zero.",
            "I would use a database index to make the query faster.",
        )
    )
    assert not stated.raw
    assert stated.generated_tokens == 1
    assert 0 < missing.stated < stated.stated < 1

    # A llama.cpp server that runs elsewhere is asked what it can do; this model makes no typed decisions.
    assert provider.endpoint is not None
    other = Endpoint(provider.endpoint.url, "m", SecretStr("none"), embedded=False, timeout=120, retries=0)
    assert make_judge(other).name == "logprobs · m"

    with pytest.raises(JudgeError) as caught:
        list(judge.decide(JudgeRequest("?", "word " * 5000, "en", REQUEST.claims)))
    assert caught.value.reason == "refused"
