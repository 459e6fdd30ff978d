"""A transcription endpoint, by the real client over loopback: with times, without, and out of order."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from bot.settings import Settings
from bot.speech.audio import Samples
from bot.speech.endpoint import UNKNOWN, EndpointRecogniser
from bot.speech.errors import ListenError, ListenReason
from bot.speech.heard import RATE, Span
from tests.fakes.openai_endpoint import cut, garbage, stall, status, trickle
from tests.fakes.transcription_endpoint import FakeTranscriber, segment, transcribing
from tests.speech.conftest import noise, silence

KEY = "sk-test-0123456789abcdef"
SPOKEN = [Span(1.0, 2.0), Span(3.0, 4.0)]
SOUND = noise(5)


@pytest.fixture
def server() -> Iterator[FakeTranscriber]:
    with transcribing() as fake:
        yield fake


@pytest.fixture(autouse=True)
def speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speech where it is said to be: what the endpoint makes of it is told by the fake."""
    monkeypatch.setattr("bot.speech.endpoint.speech_spans", lambda samples: SPOKEN if np.any(samples) else [])


def recogniser(server: FakeTranscriber, *, key: str | None = KEY, timeout: float = 5.0) -> EndpointRecogniser:
    return EndpointRecogniser(
        Settings(
            openai_base_url=server.url,
            openai_api_key=SecretStr(key) if key else None,
            transcription="whisper-1",
            request_timeout=timeout,
            request_retries=0,
        )
    )


def timed(*words: tuple[str, float, float]) -> list[dict[str, Any]]:
    return [{"word": word, "start": start, "end": end} for word, start, end in words]


def failure(server: FakeTranscriber, **options: Any) -> ListenError:
    with pytest.raises(ListenError) as caught:
        recogniser(server, **options).words(SOUND, "ja", "")
    return caught.value


def test_what_is_asked_for(server: FakeTranscriber) -> None:
    recogniser(server).words(SOUND, "ja", "えーと、正則化とか。")
    [form] = server.seen
    assert form.fields["model"] == ["whisper-1"]
    assert form.fields["language"] == ["ja"]
    assert form.fields["prompt"] == ["えーと、正則化とか。"]
    assert form.fields["response_format"] == ["verbose_json"]
    assert form.fields["timestamp_granularities[]"] == ["word", "segment"]
    assert form.authorization == f"Bearer {KEY}"
    with wave.open(io.BytesIO(form.file)) as sent:
        assert (sent.getframerate(), sent.getnchannels(), sent.getnframes()) == (RATE, 1, SOUND.size)


def test_times_and_punctuation_are_taken_over(server: FakeTranscriber) -> None:
    server.text = "So, L1 is lasso."
    server.words = timed(("So", 1.0, 1.2), ("L1", 1.3, 1.6), ("is", 3.0, 3.2), ("lasso", 3.2, 3.9))
    found = recogniser(server).words(SOUND, "en", "")
    assert [(word.text, word.start, word.end) for word in found] == [
        (" So,", 1.0, 1.2),
        (" L1", 1.3, 1.6),
        (" is", 3.0, 3.2),
        (" lasso.", 3.2, 3.9),
    ]
    assert {word.probability for word in found} == {UNKNOWN}


def test_certainty_is_that_of_the_segment(server: FakeTranscriber) -> None:
    server.text = "正則化です。"
    server.words = timed(("正則化", 1.0, 1.8), ("です", 3.0, 3.5))
    server.segments = [segment(1.0, 2.0, "正則化", logprob=-0.1), segment(3.0, 4.0, "です。", logprob=-2.0)]
    found = recogniser(server).words(SOUND, "ja", "")
    assert [word.text for word in found] == ["正則化", "です。"]
    assert [word.probability for word in found] == pytest.approx([0.905, 0.135], abs=0.001)


def test_a_segment_nobody_said_is_left_out(server: FakeTranscriber) -> None:
    server.text = "正則化。ご視聴ありがとうございました。"
    server.words = timed(("正則化", 1.0, 1.8), ("ご視聴", 4.2, 4.5), ("ありがとうございました", 4.5, 5.0))
    server.segments = [segment(1.0, 2.0, "正則化。"), segment(4.2, 5.0, "ご視聴ありがとうございました。", logprob=-1.5, no_speech=0.9)]
    assert "".join(word.text for word in recogniser(server).words(SOUND, "ja", "")) == "正則化。"


@pytest.mark.parametrize("words", [None, [], timed(("something", 1.0, 2.0), ("else", 3.0, 4.0))])
def test_without_fitting_times_words_are_spread_over_the_speech(server: FakeTranscriber, words: list[dict[str, Any]] | None) -> None:
    server.text, server.words = "abcd efgh ijkl mnop", words
    found = recogniser(server).words(SOUND, "en", "")
    assert "".join(word.text for word in found) == " abcd efgh ijkl mnop"
    assert found[0].start == 1.0
    assert found[-1].end == pytest.approx(4.0)
    assert all(any(span.start <= word.start <= word.end <= span.end for span in SPOKEN) for word in (found[0], found[-1]))
    assert all(a.end == b.start or (a.end, b.start) == (2.0, 3.0) for a, b in pairwise(found))


def test_japanese_text_alone_is_spread_by_character(server: FakeTranscriber) -> None:
    server.text = "正則化です"
    found = recogniser(server).words(SOUND, "ja", "")
    assert [word.text for word in found] == list("正則化です")
    assert [round(word.start, 2) for word in found] == [1.0, 1.4, 1.8, 3.2, 3.6]


def test_an_endpoint_that_gives_text_alone_is_asked_for_times_once(server: FakeTranscriber) -> None:
    server.verbose = False
    ears = recogniser(server)
    for _ in range(3):
        assert "".join(word.text for word in ears.words(SOUND, "ja", "")) == "正則化です。"
    assert [form.fields["response_format"] for form in server.seen] == [["verbose_json"], ["json"], ["json"], ["json"]]


@pytest.mark.parametrize("samples", [silence(0), silence(5)])
def test_silence_is_not_sent(server: FakeTranscriber, samples: Samples) -> None:
    assert recogniser(server).words(samples, "ja", "") == ()
    assert server.seen == []


def test_a_text_of_nothing(server: FakeTranscriber) -> None:
    server.text = "  "
    assert recogniser(server).words(SOUND, "ja", "") == ()


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (status(401), "failed"),
        (status(400), "failed"),
        (status(404), "failed"),
        (status(413), "failed"),
        (status(429), "unreachable"),
        (status(500), "unreachable"),
        (status(503), "unreachable"),
        (garbage("{}"), "failed"),
        (garbage('{"text": 5}'), "failed"),
        (garbage('{"text": null}'), "failed"),
        (garbage('{"text": "a", "words": [{"word": 1}]}'), "failed"),
        (garbage("[]"), "failed"),
        (garbage("<html>"), "failed"),
        (cut, "unreachable"),
    ],
)
def test_an_endpoint_out_of_order(server: FakeTranscriber, fault: Any, wanted: ListenReason) -> None:
    server.fault = fault
    error = failure(server)
    assert error.reason == wanted
    assert KEY not in str(error)


@pytest.mark.parametrize("fault", [stall, trickle])
def test_an_endpoint_that_takes_for_ever(server: FakeTranscriber, fault: Any) -> None:
    server.fault = fault
    assert failure(server, timeout=0.4).reason == "unreachable"


def test_nobody_there() -> None:
    assert failure(FakeTranscriber(url="http://127.0.0.1:9/v1")).reason == "unreachable"


def test_a_key_that_cannot_be_sent(server: FakeTranscriber) -> None:
    error = failure(server, key="鍵")
    assert error.reason == "failed"
    assert server.seen == []


def test_it_can_be_used_again_after_hanging_up(server: FakeTranscriber) -> None:
    ears = recogniser(server)
    ears.ready()
    ears.close()
    assert ears.words(SOUND, "ja", "")
    ears.close()
    assert ears.words(SOUND, "ja", "")
    assert ears.language(SOUND)[1] == 0.0
