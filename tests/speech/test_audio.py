"""Sound of any kind becomes samples, and what is no sound is told apart."""

from __future__ import annotations

import tracemalloc
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from bot.speech import audio
from bot.speech.audio import MAX_SECONDS, Samples, Stream, decode, from_array, write_ogg, write_wav
from bot.speech.errors import AudioError, AudioReason
from bot.speech.heard import RATE
from tests.speech.conftest import silence

HERTZ = 440
FORMATS = {
    "wav": "pcm_s16le",
    "mp3": "libmp3lame",
    "m4a": "aac",
    "webm": "libopus",
    "ogg": "libopus",
    "flac": "flac",
    "aiff": "pcm_s16be",
}


def tone(seconds: float, rate: int = 48_000, hertz: float = HERTZ) -> npt.NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def encoded(path: Path, codec: str | None, *, seconds: float = 2.0, pictures: int = 0) -> Path:
    """A stereo recording, or a film of so many pictures."""
    with av.open(path, "w", format="ipod" if path.suffix == ".m4a" else None) as out:
        video = out.add_stream("mpeg4", rate=25) if pictures else None
        sound = out.add_stream(codec, rate=48_000, layout="stereo") if codec else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for _ in range(pictures):
                out.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
            out.mux(video.encode(None))
        if sound is not None:
            both = np.stack([tone(seconds)] * 2).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
            frame.sample_rate = 48_000
            for given in (frame, None):
                out.mux(sound.encode(given))
    return path


def loudest(samples: Samples) -> float:
    """The frequency with the most power, in Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * RATE / samples.size)


def reason(path: Path) -> AudioReason:
    with pytest.raises(AudioError) as caught:
        decode(path)
    return caught.value.reason


@pytest.mark.parametrize(("kind", "codec"), FORMATS.items())
def test_every_kind_of_recording_is_taken(tmp_path: Path, kind: str, codec: str) -> None:
    samples = decode(encoded(tmp_path / f"answer.{kind}", codec))
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert samples.size / RATE == pytest.approx(2.0, abs=0.1)
    assert loudest(samples) == pytest.approx(HERTZ, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.1)


def test_what_a_file_is_called_does_not_matter(tmp_path: Path) -> None:
    renamed = encoded(tmp_path / "answer.mp3", "libmp3lame").rename(tmp_path / "answer.wav")
    assert loudest(decode(renamed)) == pytest.approx(HERTZ, abs=2)


def test_the_sound_track_of_a_film_is_taken(tmp_path: Path) -> None:
    assert loudest(decode(encoded(tmp_path / "film.mp4", "aac", pictures=50))) == pytest.approx(HERTZ, abs=2)


def test_a_film_without_sound(tmp_path: Path) -> None:
    assert reason(encoded(tmp_path / "film.mp4", None, pictures=50)) == "no_audio"


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "answer.wav"
    path.touch()
    assert reason(path) == "empty"


def test_a_recording_of_no_length(tmp_path: Path) -> None:
    write_wav(tmp_path / "answer.wav", silence(0))
    assert reason(tmp_path / "answer.wav") == "empty"


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "webm", "txt"])
@pytest.mark.parametrize(
    "content",
    [b"This is a letter, not a recording.\n" * 100, np.random.default_rng(1).bytes(50_000), b"\0" * 50_000],
    ids=["text", "random", "zeros"],
)
def test_a_file_that_is_no_recording(tmp_path: Path, kind: str, content: bytes) -> None:
    path = tmp_path / f"answer.{kind}"
    path.write_bytes(content)
    assert reason(path) == "corrupt"


@pytest.mark.parametrize("kind", ["wav", "m4a", "webm", "flac"])
def test_a_recording_cut_off_before_any_sound(tmp_path: Path, kind: str) -> None:
    whole = encoded(tmp_path / f"whole.{kind}", FORMATS[kind]).read_bytes()
    path = tmp_path / f"answer.{kind}"
    path.write_bytes(whole[:30])
    assert reason(path) in {"corrupt", "empty"}


@pytest.mark.parametrize("kind", ["wav", "mp3", "webm", "ogg", "flac"])
def test_of_a_recording_cut_off_in_the_middle_the_first_half_is_taken(tmp_path: Path, kind: str) -> None:
    path = encoded(tmp_path / f"answer.{kind}", FORMATS[kind], seconds=6)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1.0 < decode(path).size / RATE < 5.0


def test_the_files_a_playlist_names_are_not_opened(tmp_path: Path) -> None:
    secret = encoded(tmp_path / "secret.mp3", "libmp3lame")
    for name, text in (
        ("list.m3u8", f"#EXTM3U\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n"),
        ("list.txt", f"ffconcat version 1.0\nfile {secret}\n"),
    ):
        path = tmp_path / name
        path.write_text(text)
        assert reason(path) == "corrupt"


def test_the_longest_recording_is_taken_and_a_second_more_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_SECONDS == 20 * 60
    monkeypatch.setattr(audio, "MAX_SECONDS", 3)
    path = tmp_path / "answer.wav"
    write_wav(path, silence(3))
    assert decode(path).size == 3 * RATE
    write_wav(path, silence(4))
    assert reason(path) == "too_long"


def test_a_recording_of_many_hours_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_SECONDS", 10)
    path = tmp_path / "answer.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(2 * RATE * 3_600))
    tracemalloc.start()
    try:
        assert reason(path) == "too_long"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("kind", ["int16", "int32", "uint8", "float32", "float64"])
def test_an_array_of_any_kind_and_rate(rate: int, kind: str) -> None:
    sound = tone(1.0, rate)
    scaled: Any = {"int16": sound * 32_767, "int32": sound * 2_147_483_647, "uint8": sound * 127 + 128}.get(kind, sound)
    samples = from_array(rate, scaled.astype(kind))
    assert samples.size == pytest.approx(RATE, abs=20)
    wanted = tone(1.0, RATE)[: samples.size]
    assert np.abs(samples[200:-200] - wanted[200 : samples.size - 200]).max() < (0.02 if kind == "uint8" else 0.002)


def test_channels_are_mixed() -> None:
    both = np.stack([tone(1.0, RATE), np.zeros(RATE)], axis=1).astype(np.float32)
    assert np.abs(from_array(RATE, both)).max() == pytest.approx(0.25, abs=0.01)


def test_what_is_too_high_for_the_new_rate_is_taken_out() -> None:
    samples = from_array(48_000, tone(1.0, hertz=12_000).astype(np.float32))
    assert np.abs(samples[200:-200]).max() < 0.001


def test_numbers_that_are_none_and_too_large_ones() -> None:
    samples = from_array(RATE, np.array([np.nan, np.inf, -np.inf, 3.0, -3.0] * 100, np.float32))
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0


@pytest.mark.parametrize(
    ("rate", "data", "wanted"),
    [
        (RATE, np.zeros(0, np.int16), "empty"),
        (RATE, np.zeros((0, 2), np.int16), "empty"),
        (0, np.zeros(100, np.int16), "corrupt"),
        (-RATE, np.zeros(100, np.int16), "corrupt"),
        (RATE, np.zeros((2, 2, 2), np.int16), "corrupt"),
        (RATE, np.array(["a"]), "corrupt"),
        (8_000, np.zeros(8_000 * MAX_SECONDS + 1, np.uint8), "too_long"),
    ],
)
def test_an_array_that_cannot_be_taken(rate: int, data: npt.NDArray[Any], wanted: AudioReason) -> None:
    with pytest.raises(AudioError) as caught:
        from_array(rate, data)
    assert caught.value.reason == wanted


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_bit_by_bit_is_the_same_as_at_once(rate: int) -> None:
    sound = tone(2.0, rate).astype(np.float32)
    stream = Stream()
    bits = [stream.feed(rate, bit) for bit in np.split(sound, [1, 5, 5, 700, 9_000])]
    assert np.array_equal(np.concatenate([*bits, stream.flush()]), from_array(rate, sound))


def test_a_microphone_that_changes_its_rate() -> None:
    stream = Stream()
    bits = [stream.feed(rate, tone(1.0, rate).astype(np.float32)) for rate in (48_000, 44_100, 16_000)]
    samples = np.concatenate([*bits, stream.flush()])
    assert samples.size == pytest.approx(3 * RATE, abs=60)
    assert loudest(samples) == pytest.approx(HERTZ, abs=2)


@pytest.mark.parametrize("kind", ["wav", "ogg"])
def test_what_is_written_can_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"answer.{kind}"
    samples = tone(1.5, RATE).astype(np.float32)
    if kind == "wav":
        write_wav(path, samples)
        assert np.abs(decode(path) - samples).max() < 1e-4
    else:
        path.write_bytes(write_ogg(samples))
        assert path.stat().st_size < 12_000
        assert loudest(decode(path)) == pytest.approx(HERTZ, abs=2)
