"""The linear probes: what they read, what they add to it, and that they fit one model only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError
from bot.models.judges import Claim, JudgeRequest
from bot.models.judges.linear_probe.anchors import Anchors
from bot.models.judges.linear_probe.features import COUNT, SMALL, columns, overlap, seen
from bot.models.judges.linear_probe.judge import LinearProbeJudge
from bot.models.judges.linear_probe.parameters import REFERENCE, STATEMENT, Probe, has_probes, load_probe, save_probe
from bot.models.judges.linear_probe.state import StateReader, tokens
from bot.models.provider import ModelProvider
from bot.models.weights import CODER_1_5B
from bot.settings import Settings
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint, garbage


def probe(outputs: int = 4) -> Probe:
    rng = np.random.default_rng(0)
    size = 3 * len(tokens()) + SMALL
    whitening = rng.normal(size=(len(tokens()), 8))
    return Probe(rng.normal(size=size), np.ones(size), rng.normal(size=(outputs, size)), np.zeros(outputs), whitening, {"model": "abc"})


def test_a_probe_comes_back_from_its_file_and_fits_its_model_only(tmp_path: Path) -> None:
    fitted = probe()
    save_probe(fitted, "statement", tmp_path)
    loaded = load_probe("statement", "abc", tmp_path)
    x = np.random.default_rng(1).normal(size=3 * len(tokens()) + COUNT)
    assert loaded.probabilities(x) == pytest.approx(fitted.probabilities(x), abs=0.05)
    assert loaded.probabilities(x).sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="another model"):
        load_probe("statement", "def", tmp_path)
    with pytest.raises(ValueError, match="no probe"):
        load_probe("reference", "abc", tmp_path)


def test_the_shipped_probes_fit_the_packaged_model_and_no_other() -> None:
    assert has_probes(CODER_1_5B.sha256)
    assert not has_probes("")
    for name, size in ((STATEMENT, 3 * len(tokens()) + SMALL), (REFERENCE, SMALL)):
        loaded = load_probe(name, CODER_1_5B.sha256)
        assert loaded.weights.shape == (4, size)
        assert loaded.whitening.shape[0] == len(tokens())
        assert loaded.about["groups"] > 20


def test_words_shared_and_negation_are_seen_in_both_languages() -> None:
    one = np.array([1.0, 0.0])
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]])
    same = overlap("L1 sets weights to zero.", ["L1 sets weights to zero.", "And so on."], one, vectors)
    assert same[[0, 1, 3, 4, 5]] == pytest.approx([1, 0, 1, 1, 0])
    denied = overlap("L1は係数をゼロにする。", ["L1は係数をゼロにしない。"], one, vectors[:1])
    assert denied[5] == 1
    assert 0 < denied[3] < 1
    assert overlap("ＳＭＯＴＥ", ["smote"], one, vectors[:1])[3] == 1  # full-width forms are the same word


def test_a_state_is_placed_between_what_affirms_and_what_says_nothing() -> None:
    affirmed, nothing = np.array([3.0, 1.0], dtype=np.float32), np.array([1.0, 1.0], dtype=np.float32)
    nearness = np.arange(float(COUNT))
    rows = np.array([seen(state, affirmed, nothing, nearness) for state in (affirmed, nothing, (affirmed + nothing) / 2)])
    small = columns(rows, np.eye(2), states=False)
    assert small[:, 0] == pytest.approx([1, 0, 0.5])  # share of the way
    assert small[:, 1] == pytest.approx([1, 0, 0.5])  # of both distances
    assert (small[:, 2:] == nearness).all()
    whole = columns(rows, np.eye(2), states=True)
    assert whole.shape == (3, 3 * 2 + SMALL)
    assert whole[2] == pytest.approx([2, 1, -1, 0, 1, 0, *small[2]])
    alike = np.array([seen(affirmed, affirmed, affirmed, nearness)])
    assert np.isfinite(columns(alike, np.eye(2), states=True)).all()


def test_a_server_that_gives_other_tokens_is_unreadable(fake: FakeEndpoint) -> None:
    endpoint = Endpoint(fake.url, "m", SecretStr("none"), embedded=True, timeout=5, retries=0)
    reader = StateReader(endpoint)
    fake.faults[CHAT] = garbage(
        '{"choices": [{"logprobs": {"content": [{"top_probs": [{"id": 1, "prob": 1}]}]}}], "timings": {"prompt_n": 3}}'
    )
    with pytest.raises(JudgeError) as caught:
        next(reader.read("s", "a", ["b"], anew=False))
    assert caught.value.reason == "unreadable"
    endpoint.http.close()
    endpoint.client.close()


@pytest.fixture(scope="module")
def embedded(weights: Path) -> Iterator[Endpoint]:
    provider = ModelProvider(Settings())
    provider.start()
    assert provider.wait(600).phase == "ready"
    assert provider.endpoint is not None
    yield provider.endpoint
    provider.close()


@pytest.mark.model
def test_the_real_model_gives_the_same_state_to_the_last_bit_whatever_was_asked_before(embedded: Endpoint) -> None:
    reader = StateReader(embedded)
    shared, endings = "Answer: L1 uses absolute values.\n", ["Is it about L1? Yes or No.", "Is it about cats? Yes or No."]
    first = [state for state, _, _ in reader.read("You judge.", shared, endings)]
    list(reader.read("You judge.", "Answer: something else.\n", endings))
    second = [state for state, _, _ in reader.read("You judge.", shared, endings)]
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.allclose(first[0], first[1], atol=0.5)


@pytest.mark.model
def test_anchors_are_read_once_and_are_the_same_whatever_was_read_before(embedded: Endpoint) -> None:
    claims = [Claim("a", "A stack is last in, first out."), Claim("b", "A stack returns what came last.", "reference")]
    anchors, others = Anchors(StateReader(embedded)), Anchors(StateReader(embedded))
    (first, spent), (again, spent_again) = (anchors.of("What is a stack?", claims, "en") for _ in range(2))
    assert spent > 200
    assert spent_again == 0
    others.of("What is a queue?", claims, "en")
    elsewhere, _ = others.of("What is a stack?", claims, "en")
    for known in (again, elsewhere):
        assert all(np.array_equal(a, b) for one, two in zip(first, known, strict=True) for a, b in zip(one, two, strict=True))
    assert not np.allclose(*first[0], atol=0.5)


@pytest.mark.model
def test_the_real_model_tells_what_was_said_from_what_was_not(embedded: Endpoint) -> None:
    claims = (
        Claim("said", "A stack is last in, first out."),
        Claim("other", "Photosynthesis turns light into sugar."),
        Claim("whole", "A stack returns the element that was added last.", "reference"),
    )
    request = JudgeRequest("What is a stack?", "The element that went in last is the first one to come out.", "en", claims)
    decisions = {d.claim.id: d for d in LinearProbeJudge(embedded).decide(request)}
    assert decisions["said"].stated > decisions["other"].stated
    assert decisions["whole"].stated > decisions["other"].stated
    assert all(not d.raw and d.prompt_tokens > 0 and d.generated_tokens == 1 for d in decisions.values())
