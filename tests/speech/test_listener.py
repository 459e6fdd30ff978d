"""An answer heard while it is spoken: what is fed, what comes of it, and what goes wrong."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bot.speech import listener as module
from bot.speech.audio import Samples
from bot.speech.errors import AudioError, AudioReason, ListenError
from bot.speech.heard import RATE, Heard
from bot.speech.listener import Listener, hear
from bot.speech.prompts import prompt_for
from bot.speech.whisper import WhisperRecogniser
from tests.fakes.recogniser import FakeRecogniser
from tests.speech.conftest import noise, silence

TERMS = ("正則化", "L1")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert [thread for thread in set(threading.enumerate()) - before if thread.name == "listener"] == []


def fed(listener: Listener, samples: Samples, size: int = 8_000) -> None:
    pcm = (samples * 32_767).astype(np.int16)
    for at in range(0, pcm.size, size):
        listener.feed(RATE, pcm[at : at + size])


def finished(recogniser: Any, samples: Samples, **options: Any) -> Heard:
    listener = Listener(recogniser, "ja", TERMS, **options)
    try:
        fed(listener, samples)
        return listener.finish()
    finally:
        listener.close()


def wait_for(listener: Listener, text: str) -> None:
    until = time.monotonic() + 10
    while listener.partial != text and time.monotonic() < until:
        time.sleep(0.01)
    assert listener.partial == text


@pytest.fixture(scope="module")
def two_parts(ja_sentences: list[Samples]) -> Samples:
    """Two sentences with two seconds between them: two chunks."""
    return np.concatenate([silence(1), ja_sentences[0], silence(2), ja_sentences[1], silence(0.3)])


def test_chunks_are_recognised_while_more_is_said(ja_sentences: list[Samples]) -> None:
    recogniser = FakeRecogniser(["正則化|は", "L1|です"], ["正則化|は", "L1|です"])
    listener = Listener(recogniser, "ja", TERMS)
    assert (listener.partial, listener.seconds, listener.spoke) == ("", 0.0, False)
    fed(listener, np.concatenate([silence(1), ja_sentences[0]]))
    assert listener.spoke
    assert listener.silence < 0.5
    fed(listener, silence(2))
    wait_for(listener, "正則化は")
    assert listener.silence == pytest.approx(2.0, abs=0.3)
    fed(listener, ja_sentences[1])
    heard = listener.finish()
    assert heard.text == listener.partial == "正則化はL1です"
    assert heard.seconds == pytest.approx(listener.seconds)
    listener.close()


def test_times_count_from_the_beginning_of_the_recording(two_parts: Samples, ja_sentences: list[Samples]) -> None:
    heard = finished(FakeRecogniser(["a|b", "c|d"]), two_parts)
    second = 3.0 + ja_sentences[0].size / RATE
    assert [word.text for word in heard.words] == ["a", "b", "c", "d"]
    assert 0.4 < heard.words[0].start < 1.0
    assert heard.words[2].start == pytest.approx(second - 0.5, abs=0.3)
    assert all(word.start <= word.end <= heard.seconds for word in heard.words)
    assert heard.speech[0].start == pytest.approx(1.0, abs=0.15)
    assert len(heard.levels.loudness) >= 10


def test_the_recording_is_kept_as_it_was_fed(two_parts: Samples) -> None:
    listener = Listener(FakeRecogniser(["a", "b"]), "ja")
    assert listener.samples.size == 0
    fed(listener, two_parts, 700)
    listener.finish()
    assert np.abs(listener.samples - two_parts).max() < 1e-4
    listener.close()


def test_feeding_never_waits_for_the_recogniser(two_parts: Samples) -> None:
    recogniser = FakeRecogniser(["a", "b"])
    recogniser.held.clear()
    listener = Listener(recogniser, "ja")
    fed(listener, two_parts[:RATE])
    start = time.monotonic()
    fed(listener, two_parts[RATE:])
    assert time.monotonic() - start < 2.0
    assert listener.partial == ""
    recogniser.held.set()
    assert listener.finish().text == "ab"
    listener.close()


def test_a_recording_is_heard_as_the_live_sound_is(two_parts: Samples) -> None:
    texts = ["a|b", "c"]
    assert hear(two_parts, FakeRecogniser(texts), "ja", TERMS).text == finished(FakeRecogniser(texts), two_parts).text == "abc"


def test_terms_are_told_and_only_where_one_was_heard_is_listened_to_again(two_parts: Samples) -> None:
    recogniser = FakeRecogniser(["何か|です", "正則化|です"], ["標準化|です"])
    heard = finished(recogniser, two_parts)
    assert recogniser.prompts == [prompt_for("ja", TERMS)] * 2 + [prompt_for("ja", ())]
    assert [word.text for word in heard.words if word.doubtful] == ["正則化"]


def test_without_the_guard_nothing_is_doubtful(two_parts: Samples) -> None:
    recogniser = FakeRecogniser(["正則化|です", "L1|です"])
    heard = finished(recogniser, two_parts, guard=False)
    assert len(recogniser.prompts) == 2
    assert not any(word.doubtful for word in heard.words)


def test_twenty_minutes_are_the_most(monkeypatch: pytest.MonkeyPatch, ja_sentences: list[Samples]) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 6)
    listener = Listener(FakeRecogniser(["a", "b"]), "ja")
    fed(listener, np.concatenate([silence(1), ja_sentences[0]])[: RATE * 5])
    assert not listener.full
    for _ in range(4):
        fed(listener, silence(1))
    assert listener.full
    assert listener.seconds == 6.0
    assert listener.finish().seconds == 6.0
    assert listener.samples.size == 6 * RATE
    listener.close()


def reason(recogniser: Any, samples: Samples) -> AudioReason:
    with pytest.raises(AudioError) as live:
        finished(recogniser, samples)
    with pytest.raises(AudioError) as whole:
        hear(samples, recogniser, "ja", TERMS)
    assert live.value.reason == whole.value.reason
    return live.value.reason


@pytest.mark.parametrize(
    ("samples", "wanted"),
    [(silence(0), "empty"), (silence(5), "silent"), (noise(5, 0.05), "silent"), (noise(0.01), "silent")],
)
def test_nobody_spoke(samples: Samples, wanted: AudioReason) -> None:
    assert reason(FakeRecogniser(), samples) == wanted


def test_words_too_uncertain_are_no_answer(two_parts: Samples) -> None:
    assert reason(FakeRecogniser(["ご|飯"] * 9, probability=0.2), two_parts) == "noisy"
    assert reason(FakeRecogniser([]), two_parts) == "noisy"


def test_uncertain_words_in_another_language(two_parts: Samples) -> None:
    assert reason(FakeRecogniser(["a|b"] * 9, probability=0.2, spoken=("en", 0.95)), two_parts) == "other_language"


@pytest.mark.parametrize(
    ("probability", "spoken", "taken"),
    [(0.7, ("ja", 0.5), True), (0.6, ("ja", 0.99), True), (0.6, ("", 0.0), True), (0.6, ("ja", 0.5), False), (0.6, ("lv", 0.4), False)],
)
def test_middling_words_count_if_the_language_is_certain(
    two_parts: Samples, probability: float, spoken: tuple[str, float], taken: bool
) -> None:
    recogniser = FakeRecogniser(["a", "b"], probability=probability, spoken=spoken)
    if taken:
        assert finished(recogniser, two_parts).text == "ab"
    else:
        with pytest.raises(AudioError) as caught:
            finished(recogniser, two_parts)
        assert caught.value.reason == "noisy"


@pytest.mark.parametrize("spoken", [("en", 0.5), ("ja", 0.99), ("", 0.0)])
def test_unless_the_other_language_is_certain_it_is_noise(two_parts: Samples, spoken: tuple[str, float]) -> None:
    assert reason(FakeRecogniser(["a|b"] * 9, probability=0.2, spoken=spoken), two_parts) == "noisy"


def test_certain_words_are_of_another_language_only_if_they_are_written_in_it(two_parts: Samples) -> None:
    assert reason(FakeRecogniser(["Lasso adds| a penalty"] * 9, spoken=("en", 1.0)), two_parts) == "other_language"
    assert finished(FakeRecogniser(["Lassoは罰則を加えます"] * 9, spoken=("en", 1.0)), two_parts).words
    assert finished(FakeRecogniser(["Lasso, Ridge, Elastic Net"] * 9, spoken=("ja", 0.99)), two_parts).words


def test_when_the_recogniser_fails_what_was_said_so_far_is_kept(two_parts: Samples) -> None:
    listener = Listener(FakeRecogniser(["最初|は", "!"]), "ja")
    fed(listener, two_parts)
    with pytest.raises(ListenError) as caught:
        listener.finish()
    assert caught.value.reason == "unreachable"
    assert listener.partial == "最初は"
    assert listener.samples.size == two_parts.size
    listener.close()


def test_a_recogniser_that_cannot_be_had(two_parts: Samples) -> None:
    listener = Listener(FakeRecogniser(["a"], not_ready=ListenError("missing", "no weights")), "ja")
    fed(listener, two_parts)
    with pytest.raises(ListenError) as caught:
        listener.finish()
    assert caught.value.reason == "missing"
    assert listener.samples.size == two_parts.size
    listener.close()


def test_a_fault_of_the_recogniser_reaches_whoever_waits(two_parts: Samples, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeRecogniser):
        def words(self, *args: Any, **options: Any) -> Any:
            raise ZeroDivisionError

    listener = Listener(Broken(), "ja")
    fed(listener, two_parts)
    with pytest.raises(ListenError) as caught:
        listener.finish()
    assert caught.value.reason == "failed"
    assert "ZeroDivisionError" in caplog.text
    listener.close()


def test_closing_gives_up_what_is_not_recognised(two_parts: Samples) -> None:
    recogniser = FakeRecogniser(["a", "b"])
    recogniser.held.clear()
    listener = Listener(recogniser, "ja")
    fed(listener, two_parts)
    threading.Timer(0.2, recogniser.held.set).start()
    listener.close()
    listener.close()
    listener.feed(RATE, np.ones(1_000, np.int16))
    assert listener.seconds == two_parts.size / RATE
    assert len(recogniser.prompts) <= 1


def test_a_listener_that_is_forgotten_leaves_no_thread(two_parts: Samples) -> None:
    listener = Listener(FakeRecogniser(["a", "b"]), "ja")
    fed(listener, two_parts)
    [thread] = [thread for thread in threading.enumerate() if thread.name == "listener"]
    del listener
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()


def test_sound_after_the_end_is_dropped(two_parts: Samples) -> None:
    listener = Listener(FakeRecogniser(["a", "b", "c"]), "ja")
    fed(listener, two_parts)
    listener.finish()
    fed(listener, two_parts)
    assert listener.samples.size == two_parts.size
    assert listener.finish().text == "ab"
    listener.close()


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_a_microphone_of_any_rate(ja_sentences: list[Samples], rate: int) -> None:
    sound = np.concatenate([silence(1), ja_sentences[0]])
    there = np.interp(np.arange(0, sound.size / RATE, 1 / rate), np.arange(sound.size) / RATE, sound)
    stereo = np.stack([there] * 2, axis=1)
    listener = Listener(FakeRecogniser(["a"]), "ja")
    for at in range(0, len(stereo), rate // 2):
        listener.feed(rate, (stereo[at : at + rate // 2] * 32_767).astype(np.int16))
    assert listener.finish().seconds == pytest.approx(sound.size / RATE, abs=0.01)
    listener.close()


@pytest.mark.model
def test_a_japanese_answer_is_heard(whisper: WhisperRecogniser, ja_speech: Samples) -> None:
    heard = finished(whisper, ja_speech)
    assert "正則化" in heard.text
    assert "L1" in heard.text
    assert "えー" in heard.text
    assert not any(word.doubtful for word in heard.words)
    assert all(a.start <= b.start for a, b in pairwise(heard.words))


@pytest.mark.model
def test_english_where_japanese_was_chosen(whisper: WhisperRecogniser, en_speech: Samples) -> None:
    with pytest.raises(AudioError) as caught:
        hear(en_speech, whisper, "ja", TERMS)
    assert caught.value.reason == "other_language"
