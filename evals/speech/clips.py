"""Test clips: scripts said by synthetic voices, with silences of known length, clean or with noise."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from bot.speech.audio import Samples
from bot.speech.delivery.pauses import LONG_SECONDS
from bot.speech.heard import RATE, Span
from evals.speech import voices
from evals.speech.noise import babble, mixed, pink
from evals.speech.script import Script
from knowledge.schema import Language

CACHE = Path(".cache/speech")
Noise = Literal["clean", "pink", "babble"]

_BEFORE, _AFTER = 0.8, 0.6
SPEEDS = (1.0, 0.9, 1.15)
_LOUDNESS = 0.07  # root mean square of speech: -23 dBFS
# Where a clean clip stays below this for so long, nobody speaks.
_QUIET, _FRAME, _SHORTEST_SILENCE = 0.002, 0.01, 0.3


@dataclass(frozen=True)
class Clip:
    """A script said by one speaker. `pauses` are those of a second and more, `speech` the seconds without silences of 0.3 s and more."""

    script: Script
    speaker: str
    noise: Noise
    samples: Samples
    pauses: tuple[Span, ...]
    speech: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples.size / RATE


class Clips:
    """Makes clips. Every sentence is kept in a folder as a wav file, so that what was said once need not be said again."""

    def __init__(self, folder: Path = CACHE, *, seed: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._seed = folder, seed

    def clean(self, script: Script, turn: int) -> Clip:
        """A script said by the speaker whose turn it is, at one of three speeds."""
        speakers = voices.SPEAKERS[script.lang]
        speaker, speed = speakers[turn % len(speakers)], SPEEDS[turn % len(SPEEDS)]
        parts = [_silence(_BEFORE)]
        for piece in script.pieces:
            parts += [self._sentence(speaker, piece.spoken, script.lang, speed), _silence(piece.pause)]
        samples = np.concatenate([*parts, _silence(_AFTER)])
        seconds = samples.size / RATE
        silences = quiet(samples)
        # Slow voices add to the silence that is put in, and make long pauses of their own at commas.
        pauses = tuple(s for s in silences if s.seconds >= LONG_SECONDS and s.start > 0 and s.end < seconds - _AFTER)
        return Clip(script, speaker, "clean", samples, pauses, seconds - sum(silence.seconds for silence in silences))

    def noisy(self, clip: Clip, kind: Literal["pink", "babble"], others: Sequence[Clip]) -> Clip:
        """A clean clip with noise 10 dB below the speech; babble is made of the others."""
        rng = np.random.default_rng([self._seed, zlib.crc32(clip.samples.tobytes())])
        size = clip.samples.size
        noise = pink(size, rng) if kind == "pink" else babble(size, [other.samples for other in others], rng)
        return Clip(clip.script, clip.speaker, kind, mixed(clip.samples, noise, _LOUDNESS), clip.pauses, clip.speech)

    def _sentence(self, speaker: str, spoken: str, lang: Language, speed: float) -> Samples:
        """A sentence at 16 kHz and -23 dBFS."""
        key = hashlib.sha256("\0".join([voices.versions(speaker), lang, str(speed), spoken]).encode()).hexdigest()[:32]
        file = self._folder / f"{key}.wav"
        if not file.is_file():
            sound = voices.say(speaker, spoken, lang, speed)
            _write(file, resample_poly(sound.samples, RATE, sound.rate))
        samples = _read(file)
        loudness = float(np.sqrt(np.mean(np.square(samples[np.abs(samples) >= _QUIET]))))
        levelled: Samples = np.clip(samples * np.float32(_LOUDNESS / loudness), -1, 1)
        return levelled


def quiet(samples: Samples, shortest: float = _SHORTEST_SILENCE) -> list[Span]:
    """Stretches of a clean clip in which nothing is heard for at least so many seconds."""
    size = int(_FRAME * RATE)
    frames = samples[: samples.size // size * size].reshape(-1, size)
    silent = np.abs(frames).max(axis=1) < _QUIET
    edges = np.flatnonzero(np.diff(np.array([False, *silent, False], np.int8))).reshape(-1, 2) * _FRAME
    return [Span(start, end) for start, end in edges.tolist() if end - start >= shortest]


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def _write(file: Path, samples: Samples) -> None:
    part = file.with_suffix(f".{os.getpid()}.part")  # another run may be saying the same
    with part.open("wb") as out:
        wavfile.write(out, RATE, np.round(samples * 32767).astype(np.int16))
    part.replace(file)


def _read(file: Path) -> Samples:
    with file.open("rb") as data:
        _, samples = wavfile.read(data)
    floats: Samples = (samples / 32768).astype(np.float32)
    return floats
