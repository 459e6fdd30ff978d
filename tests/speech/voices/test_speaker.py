"""Speaking sentence by sentence, with a voice that needs no model: who waits goes first, and nothing goes on after the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.speech.voices.base import Interrupted, Samples, Stop, VoiceError
from bot.speech.voices.cache import VoiceCache
from bot.speech.voices.speaker import Speaker
from tests.disk import largest_file

QUESTION = "正則化とは何で、何のために使うのでしょうか。L1とL2の違いを説明してください。"


class Beeps:
    """A voice that beeps 10 ms a character and remembers what it said. While `slow` is set a sentence lasts until it is broken off."""

    rate = 8_000

    def __init__(self, name: str = "beeps 1") -> None:
        self.name = name
        self.said: list[tuple[str, float]] = []
        self.loaded = 0
        self.slow = threading.Event()
        self.begun = threading.Event()
        self.fails = False

    def load(self) -> None:
        self.loaded += 1

    def say(self, sentence: str, speed: float = 1.0, stop: Stop | None = None) -> Samples:
        assert stop is not None
        self.begun.set()
        while self.slow.is_set() and not stop.made:
            time.sleep(0.005)
        if stop.made:
            raise Interrupted
        if self.fails:
            raise VoiceError("failed", "broken")
        self.said.append((sentence, speed))
        return np.full(int(80 * len(sentence) / speed), 0.5, np.float32)

    @property
    def sentences(self) -> list[str]:
        return [sentence for sentence, _ in self.said]


@pytest.fixture
def voice() -> Beeps:
    return Beeps()


@pytest.fixture
def speaker(tmp_path: Path, voice: Beeps) -> Iterator[Speaker]:
    speaker = Speaker(tmp_path, voices=lambda lang: voice)
    yield speaker
    voice.slow.clear()
    speaker.close()
    assert [thread for thread in threading.enumerate() if thread.name.startswith("voice")] == []


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "nothing happened for 10 s"
        time.sleep(0.005)


def test_a_question_is_said_in_pieces_as_the_voice_should_read_them(speaker: Speaker, voice: Beeps) -> None:
    sounds = speaker.speak(QUESTION, "ja")
    rate, first = next(sounds)
    assert rate == voice.rate
    assert first.dtype == np.float32
    assert voice.sentences == ["正則化とは何で、"]
    rest = list(sounds)
    assert "".join(voice.sentences) == "正則化とは何で、何のために使うのでしょうか。エルワンとエルツーの違いを説明してください。"
    assert len(rest) == 2


def test_what_was_said_once_is_said_from_the_cache_by_whole_sentences(speaker: Speaker, voice: Beeps, tmp_path: Path) -> None:
    seconds = sum(len(samples) for _, samples in speaker.speak(QUESTION, "ja")) / voice.rate
    voice.said.clear()
    again = list(speaker.speak(QUESTION, "ja"))
    assert voice.said == []
    assert len(again) == 2
    assert sum(len(samples) for _, samples in again) / voice.rate == pytest.approx(seconds, abs=0.3)
    other = Beeps("beeps 2")
    newer = Speaker(tmp_path, voices=lambda lang: other)
    list(newer.speak(QUESTION, "ja"))
    newer.close()
    assert len(other.said) == 3


def test_a_sentence_broken_off_is_not_kept(speaker: Speaker, voice: Beeps, tmp_path: Path) -> None:
    sounds = speaker.speak(QUESTION, "ja")
    next(sounds)
    sounds.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.rglob("*.mp3"))


@pytest.mark.parametrize(("asked", "given"), [(1.0, 1.0), (0.7, 0.7), (0.1, 0.7), (1.5, 1.5), (9.0, 1.5)])
def test_speed_is_kept_within_what_can_be_understood(speaker: Speaker, voice: Beeps, asked: float, given: float) -> None:
    list(speaker.speak("はい。", "ja", asked))
    assert voice.said == [("はい。", given)]
    list(speaker.speak("はい。", "ja", 1.1))
    assert len(voice.said) == 2


def test_with_a_full_disk_everything_can_still_be_said(speaker: Speaker, voice: Beeps, tmp_path: Path) -> None:
    with largest_file(100):
        for _ in range(2):
            assert len(list(speaker.speak(QUESTION, "ja"))) == 3
    assert len(voice.said) == 3 + 3


@pytest.mark.parametrize("text", ["", "。", "🙂"])
def test_nothing_to_say(speaker: Speaker, text: str) -> None:
    assert list(speaker.speak(text, "ja")) == []


def test_a_voice_that_is_missing_or_fails(speaker: Speaker, voice: Beeps, tmp_path: Path) -> None:
    mute = Speaker(tmp_path, voices=lambda lang: None)
    assert not mute.can_speak("en")
    mute.prepare([QUESTION], "en")
    assert mute.to_prepare == 0
    with pytest.raises(VoiceError) as error:
        next(mute.speak("Yes.", "en"))
    assert error.value.reason == "missing"
    mute.close()
    voice.fails = True
    with pytest.raises(VoiceError) as error:
        next(speaker.speak("はい。", "ja"))
    assert error.value.reason == "failed"
    voice.fails = False
    assert len(list(speaker.speak("はい。", "ja"))) == 1


def test_what_is_prepared_is_loaded_made_and_kept(speaker: Speaker, voice: Beeps, tmp_path: Path) -> None:
    speaker.prepare([QUESTION, "なぜですか。"], "ja")
    speaker.prepare(["もう一つ。"], "ja")
    until(lambda: speaker.to_prepare == 0)
    assert voice.loaded >= 1
    assert len(voice.said) == 4
    voice.said.clear()
    assert len(list(speaker.speak(QUESTION + "なぜですか。もう一つ。", "ja"))) == 4
    assert voice.said == []
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "voice-ja"])
    speaker.prepare(["後から。"], "ja")
    until(lambda: len(voice.said) == 1)


def test_nothing_that_is_added_just_as_the_thread_ends_is_lost(speaker: Speaker, voice: Beeps) -> None:
    for number in range(200):
        speaker.prepare([f"{number}。"], "ja")
        if number % 3 == 0:
            until(lambda: speaker.to_prepare == 0)
    until(lambda: speaker.to_prepare == 0)
    assert len(voice.said) == 200


def test_who_waits_goes_before_what_is_prepared(speaker: Speaker, voice: Beeps) -> None:
    voice.slow.set()
    speaker.prepare(["準備の一つ目。", "準備の二つ目。"], "ja")
    assert voice.begun.wait(10)
    heard: list[int] = []
    person = threading.Thread(target=lambda: heard.extend(len(samples) for _, samples in speaker.speak("先です。", "ja")))
    person.start()
    until(lambda: speaker._waiting == 1)
    voice.slow.clear()
    person.join(10)
    assert len(heard) == 1
    assert voice.sentences[0] == "先です。"
    until(lambda: speaker.to_prepare == 0)
    assert voice.sentences == ["先です。", "準備の一つ目。", "準備の二つ目。"]


def test_nothing_is_prepared_while_it_is_held(speaker: Speaker, voice: Beeps) -> None:
    voice.slow.set()
    speaker.prepare(["準備。"], "ja")
    assert voice.begun.wait(10)
    with speaker.held():
        voice.slow.clear()
        time.sleep(0.2)
        assert voice.said == []
        assert speaker.to_prepare == 1
    until(lambda: speaker.to_prepare == 0)
    assert voice.sentences == ["準備。"]


def test_closing_breaks_off_what_is_prepared_and_what_is_said(speaker: Speaker, voice: Beeps) -> None:
    voice.slow.set()
    speaker.prepare(["準備。"] * 100, "ja")
    assert voice.begun.wait(10)
    reasons: list[str] = []

    def listen() -> None:
        try:
            list(speaker.speak("先です。", "ja"))
        except VoiceError as error:
            reasons.append(error.reason)

    person = threading.Thread(target=listen)
    person.start()
    until(lambda: speaker._waiting == 1)
    begun = time.monotonic()
    speaker.close()
    person.join(10)
    assert time.monotonic() - begun < 1
    assert reasons == ["failed"]
    assert voice.said == []
    assert speaker.to_prepare == 0
    speaker.prepare(["遅い。"], "ja")
    with pytest.raises(VoiceError):
        next(speaker.speak("はい。", "ja"))
    assert voice.said == []
    speaker.close()


def test_a_voice_that_fails_ends_the_preparing(speaker: Speaker, voice: Beeps) -> None:
    voice.fails = True
    speaker.prepare(["一つ。", "二つ。"], "ja")
    until(lambda: speaker.to_prepare == 0)
    voice.fails = False
    assert len(list(speaker.speak("一つ。", "ja"))) == 1


def test_the_cache_has_a_bound(tmp_path: Path, voice: Beeps) -> None:
    speaker = Speaker(tmp_path, voices=lambda lang: voice, most_bytes=20_000)
    for number in range(30):
        list(speaker.speak(f"これは{number}番目の文です。", "ja"))
    speaker.close()
    assert sum(path.stat().st_size for path in VoiceCache(tmp_path).folder.iterdir()) <= 20_000
