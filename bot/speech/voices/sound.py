"""Pieces of sound: silent ends cut, joined with pauses, and written as MP3, which every browser plays."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.speech.voices.base import Samples

# Beyond the quietest consonant of these voices (-46 dBFS), and what is kept on either side so that none is clipped.
_AUDIBLE = 0.005
_MARGIN_SECONDS = 0.03
_BITS_PER_SECOND = 64_000


@dataclass(frozen=True)
class Sound:
    """Mono float32 samples in [-1, 1] and their rate in Hz."""

    rate: int
    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


def without_silent_ends(sound: Sound) -> Sound:
    """The same without the silence a voice leaves before and after; empty when nothing is audible."""
    audible = np.flatnonzero(np.abs(sound.samples) > _AUDIBLE)
    if not audible.size:
        return Sound(sound.rate, sound.samples[:0])
    margin = int(_MARGIN_SECONDS * sound.rate)
    return Sound(sound.rate, sound.samples[max(0, audible[0] - margin) : audible[-1] + margin])


def with_pause(sound: Sound, seconds: float) -> Sound:
    """The same with silence after it."""
    return Sound(sound.rate, np.concatenate([sound.samples, np.zeros(int(seconds * sound.rate), np.float32)]))


def joined(sounds: Sequence[Sound]) -> Sound:
    """All of them one after the other; there must be at least one, and all of one rate."""
    return Sound(sounds[0].rate, np.concatenate([sound.samples for sound in sounds]))


def mp3(sound: Sound) -> bytes:
    """The sound as an MP3 file: a tenth of its size as WAV."""
    import av  # a fifth of a second, which the page does not wait for

    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sound.rate, layout="mono")
        stream.bit_rate = _BITS_PER_SECOND
        frame = av.AudioFrame.from_ndarray(np.clip(sound.samples, -1, 1)[np.newaxis], format="fltp", layout="mono")
        frame.rate = sound.rate
        for frames in (frame, None):
            container.mux(stream.encode(frames))
    return file.getvalue()


def from_mp3(data: bytes) -> Sound:
    """The sound of an MP3 file that `mp3` made. Raises ValueError for anything else."""
    import av

    try:
        with av.open(io.BytesIO(data), "r", format="mp3") as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
            rate = container.streams.audio[0].rate
    except (av.FFmpegError, IndexError) as error:
        raise ValueError(f"not an MP3 file: {error}") from error
    return Sound(rate, np.concatenate([np.zeros(0, np.float32), *frames]))
