"""Which backend is chosen for which kind of endpoint, and that it is asked only once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from bot.models.endpoint import Endpoint
from bot.models.errors import Reason
from bot.models.judges import Claim, JudgeError, JudgeRequest, make_judge
from tests.fakes import openai_endpoint as wire
from tests.fakes.openai_endpoint import CHAT, DECISIONS, SYSTEMONE, FakeEndpoint

REQUEST = JudgeRequest("What is regularization?", "L1 makes weights zero.", "en", (Claim("p1", "L1 drives weights to zero."),))


def endpoint(fake: FakeEndpoint, *, embedded: bool = False, timeout: float = 5.0) -> Endpoint:
    return Endpoint(fake.url, "m", SecretStr("sk-test-0123456789"), embedded=embedded, timeout=timeout, retries=0)


@pytest.mark.parametrize(
    ("serves", "logprobs", "limit", "name"),
    [
        ({CHAT, DECISIONS}, "given", 20, "decisions · m"),  # OpenAI
        ({DECISIONS}, "given", 20, "decisions · m"),
        ({CHAT, SYSTEMONE}, "given", 20, "systemone · m"),  # Ollama
        ({SYSTEMONE}, "given", 20, "systemone · m"),  # llama.cpp with a decision model
        ({CHAT}, "given", 20, "logprobs · m"),  # vLLM
        ({CHAT}, "absent", 20, "json · m"),
        ({CHAT}, "refused", 20, "json · m"),
        ({CHAT}, "given", 5, "json · m"),  # fewer alternatives than the judge asks for
    ],
)
def test_best_backend_is_chosen(fake: FakeEndpoint, serves: set[str], logprobs: str, limit: int, name: str) -> None:
    fake.serves, fake.logprobs, fake.top_logprobs_limit = serves, logprobs, limit
    judge = make_judge(endpoint(fake))
    assert judge.name == name
    assert len(list(judge.decide(REQUEST))) == 1


@pytest.mark.parametrize(
    "fault",
    [
        wire.status(400),  # a model that the path does not take
        wire.status(403),  # a key without the right to this path
        wire.status(404),
        wire.status(405),
        wire.status(500),
        wire.status(501),
        wire.garbage('{"error": "Unexpected endpoint or method."}'),  # LM Studio
        wire.garbage("<html>", "text/html"),
    ],
)
def test_a_path_that_does_not_work_is_passed_over(fake: FakeEndpoint, fault: Callable[[wire._Handler], None]) -> None:
    fake.faults[DECISIONS] = fake.faults[SYSTEMONE] = fault
    assert make_judge(endpoint(fake)).name == "logprobs · m"


def test_a_model_that_will_not_say_yes_or_no_is_asked_for_json(fake: FakeEndpoint) -> None:
    fake.yes = {"<think>": 0.0}
    assert make_judge(endpoint(fake)).name == "json · m"


def test_endpoint_is_probed_once(fake: FakeEndpoint) -> None:
    judge = make_judge(endpoint(fake))
    assert [seen.path for seen in fake.seen] == [DECISIONS, SYSTEMONE, CHAT]
    list(judge.decide(REQUEST))
    list(judge.decide(REQUEST))
    assert [seen.path for seen in fake.seen[3:]] == [CHAT, CHAT]


def test_embedded_server_is_not_probed(fake: FakeEndpoint) -> None:
    assert make_judge(endpoint(fake, embedded=True)).name == "trained · multilingual-e5-small-q4 + logprobs · m"
    assert fake.seen == []


def test_a_backend_that_was_named_is_not_probed(fake: FakeEndpoint) -> None:
    assert make_judge(endpoint(fake), "json").name == "json · m"
    assert fake.seen == []


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        (wire.status(401), "key", 4),
        (wire.status(404), "refused", 4),  # no such model
        (wire.status(500), "unreachable", 4),
        (wire.garbage("<html>", "text/html"), "unreadable", 4),
        (wire.status(429), "busy", 1),
        (wire.status(504), "timeout", 1),
        (wire.cut, "unreachable", 1),
    ],
)
def test_an_endpoint_that_does_not_work(fake: FakeEndpoint, fault: Callable[[wire._Handler], None], reason: Reason, requests: int) -> None:
    fake.faults[""] = fault
    with pytest.raises(JudgeError) as caught:
        make_judge(endpoint(fake))
    assert caught.value.reason == reason
    assert len(fake.seen) == requests


def test_a_better_backend_that_is_busy_is_not_given_up_for_a_worse_one(fake: FakeEndpoint) -> None:
    fake.faults[DECISIONS] = wire.status(429)
    with pytest.raises(JudgeError) as caught:
        make_judge(endpoint(fake))
    assert caught.value.reason == "busy"


@pytest.mark.parametrize("fault", [wire.stall, wire.trickle])
def test_a_stall_ends_the_probe(fake: FakeEndpoint, fault: Callable[[wire._Handler], None]) -> None:
    fake.faults[""] = fault
    began = time.monotonic()
    with pytest.raises(JudgeError) as caught:
        make_judge(endpoint(fake, timeout=0.3))
    assert caught.value.reason == "timeout"
    assert time.monotonic() - began < 4


def test_nobody_listening() -> None:
    with wire.serving() as gone:
        dead = endpoint(gone)
    with pytest.raises(JudgeError) as caught:
        make_judge(dead)
    assert caught.value.reason == "unreachable"
