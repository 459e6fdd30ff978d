"""Sentences kept as files: read back, bounded, and never trusted when damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.speech.voices.cache import VoiceCache
from bot.speech.voices.sound import Sound, from_mp3, joined, mp3, with_pause, without_silent_ends
from tests.disk import largest_file


def tone(seconds: float = 0.5, rate: int = 24_000, hertz: float = 440) -> Sound:
    return Sound(rate, (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32))


@pytest.mark.parametrize("rate", [22_050, 24_000])
def test_mp3_gives_the_sound_back(rate: int) -> None:
    sound = tone(1.0, rate)
    again = from_mp3(mp3(sound))
    assert again.rate == rate
    assert again.seconds == pytest.approx(1.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(again.samples[: rate // 2]))
    assert spectrum.argmax() * 2 == pytest.approx(440, abs=4)
    assert np.abs(again.samples).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("data", [b"", b"not sound", b"\xff" * 5000])
def test_what_is_no_mp3_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="MP3"):
        from_mp3(data)


def test_silent_ends_are_cut_and_pauses_added() -> None:
    padded = Sound(1000, np.concatenate([np.zeros(500), np.ones(100), np.zeros(900)]).astype(np.float32))
    assert without_silent_ends(padded).seconds == pytest.approx(0.16, abs=0.002)
    assert without_silent_ends(Sound(1000, np.zeros(500, np.float32))).seconds == 0
    assert with_pause(padded, 0.25).seconds == pytest.approx(1.75)
    assert joined([padded, padded]).seconds == pytest.approx(3.0)


def test_a_sentence_is_kept_across_starts(tmp_path: Path) -> None:
    assert VoiceCache(tmp_path).get("a") is None
    path = VoiceCache(tmp_path).put("a", tone())
    again = VoiceCache(tmp_path).get("a")
    assert again is not None
    assert again.seconds == pytest.approx(0.5, abs=0.1)
    assert path == VoiceCache(tmp_path).path("a")
    assert [file.name for file in (tmp_path / "voice").iterdir()] == [path.name if path else ""]
    assert VoiceCache(tmp_path).get("b") is None


@pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: data[:300] + b"\0\0\0\0" + data[304:], lambda data: b""])
def test_a_damaged_file_is_not_played_and_made_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    cache = VoiceCache(tmp_path)
    path = cache.put("a", tone())
    assert path is not None
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("a") is None
    assert not path.exists()
    assert cache.put("a", tone()) == path
    assert cache.get("a") is not None


def test_the_longest_unused_go_when_it_is_too_large(tmp_path: Path) -> None:
    size = len(mp3(tone()))
    cache = VoiceCache(tmp_path, most_bytes=4 * size)
    for age, key in enumerate("abcd"):
        path = cache.put(key, tone())
        assert path is not None
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get("a") is not None
    cache.put("e", tone())
    assert [key for key in "abcde" if cache.path(key)] == ["a", "d", "e"]


def test_a_full_disk_only_means_that_nothing_is_kept(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path)
    with largest_file(100):
        assert cache.put("a", tone()) is None
    assert list((tmp_path / "voice").iterdir()) == []
    assert cache.get("a") is None


def test_a_folder_that_cannot_be_made_only_means_that_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "voice").write_text("a file in the way")
    cache = VoiceCache(tmp_path)
    assert cache.put("a", tone()) is None
    assert cache.get("a") is None
