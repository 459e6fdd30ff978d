"""Claims of a reference asked from a chat model on a real HTTP server."""

from __future__ import annotations

import json

import pytest

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError
from bot.models.rubric_writer import MOST_CLAIMS, claims_of, read_claims
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint, garbage, status

REFERENCE = "A stack is last in, first out.\nPush and pop work at its top."


def test_the_claims_are_asked_for_by_schema_with_the_reference_fenced(fake: FakeEndpoint, endpoint: Endpoint) -> None:
    fake.reply = json.dumps({"claims": ["It is last in, first out.", "It has a top."]})
    assert claims_of(endpoint, "What is a stack?", REFERENCE, "en") == ["It is last in, first out.", "It has a top."]
    (seen,) = fake.seen
    assert seen.body["response_format"]["json_schema"]["schema"]["required"] == ["claims"]
    asked = seen.body["messages"][1]["content"].split("\n")
    assert asked[2] == asked[5]  # the fence before the reference and after it
    assert "\n".join(asked[3:5]) == REFERENCE
    assert asked[-1] == "Write the claims in English."


def test_a_server_that_knows_no_schemas_is_asked_without(fake: FakeEndpoint, endpoint: Endpoint) -> None:
    fake.reply = '```json\n{"claims": ["後入れ先出しである。"]}\n```'
    refused = status(400)
    fake.faults[CHAT] = lambda handler: refused(handler) if "response_format" in handler.request_body else handler.reply()
    assert claims_of(endpoint, "スタックとは?", "スタックは後入れ先出しです。", "ja") == ["後入れ先出しである。"]
    assert fake.count(CHAT) == 2


@pytest.mark.parametrize(("code", "reason"), [(401, "key"), (429, "busy"), (500, "unreachable"), (400, "refused")])
def test_a_failing_server_gives_its_reason(fake: FakeEndpoint, endpoint: Endpoint, code: int, reason: str) -> None:
    fake.faults[CHAT] = status(code)
    with pytest.raises(JudgeError) as caught:
        claims_of(endpoint, "What is a stack?", REFERENCE, "en")
    assert caught.value.reason == reason


def test_a_page_that_is_no_reply(fake: FakeEndpoint, endpoint: Endpoint) -> None:
    fake.faults[CHAT] = garbage("<html>")
    with pytest.raises(JudgeError) as caught:
        claims_of(endpoint, "What is a stack?", REFERENCE, "en")
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("reply", ["", "no list", '{"claims": "one"}', '{"claims": [1]}', '{"points": []}', "[1]", '{"claims": ['])
def test_replies_that_hold_no_claims(reply: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_claims(reply)


def test_no_more_claims_than_asked_for() -> None:
    assert len(read_claims(json.dumps({"claims": ["x"] * 50}))) == MOST_CLAIMS
