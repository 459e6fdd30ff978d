"""When somebody speaks, by the Silero model that faster-whisper carries: spans of a recording, its loudness, and chunks of live sound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bot.speech.audio import Samples
from bot.speech.heard import RATE, Levels, Span

if TYPE_CHECKING:
    from faster_whisper.vad import SileroVADModel

Flags = npt.NDArray[np.bool_]

WINDOW = 512  # what the model takes at 16 kHz: 32 ms
CONTEXT = 64
# Silero's own thresholds: speech begins above the first and ends below the second.
BEGIN, END = 0.5, 0.35

PAUSE = 0.3
SHORTEST = 0.1
LEVEL_SECONDS = 0.4
CLIPPED = 0.999
QUIETEST = 1e-5

CUT_SILENCE = 0.5
# Each chunk costs as much as 30 s of sound before its first word, and with more before it the recogniser hears a word better.
SHORT_CHUNK, SHORT_CHUNK_SILENCE = 6.0, 1.0
LONGEST_CHUNK = 15.0
# The model notices a beginning late by up to 0.1 s; soft first sounds need more.
LEAD = 0.5
CUT_SEARCH = 4.0


@cache
def _silero() -> SileroVADModel:
    from faster_whisper.vad import get_vad_model

    model: SileroVADModel = get_vad_model()
    return model


class _Vad:
    """The model with its memory of what came before."""

    def __init__(self) -> None:
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def __call__(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Probability of speech in each window of the samples, whose number is a multiple of a window."""
        windows = samples.reshape(-1, WINDOW)
        ends = np.concatenate([self._context[np.newaxis], windows[:, -CONTEXT:]])
        batch = np.concatenate([ends[:-1], windows], axis=1)
        self._context = ends[-1]
        probabilities, self._h, self._c = _silero().session.run(None, {"input": batch, "h": self._h, "c": self._c})
        flat: npt.NDArray[np.float32] = probabilities.reshape(-1)
        return flat


def speech_spans(samples: Samples) -> list[Span]:
    """When somebody speaks, in order. Pauses of 0.3 s and more are kept apart, sounds of less than 0.1 s are no speech."""
    return spans_of(speech_flags(samples), samples.size)


def speech_flags(samples: Samples) -> Flags:
    """Whether somebody speaks in each window; the last may reach beyond the end."""
    vad, speaking = _Vad(), False
    flags: list[bool] = []
    for at in range(0, samples.size, WINDOW * 1_000):
        block = samples[at : at + WINDOW * 1_000]
        for probability in vad(np.pad(block, (0, -block.size % WINDOW))):
            speaking = probability >= (END if speaking else BEGIN)
            flags.append(speaking)
    return np.array(flags, np.bool_)


def spans_of(flags: Flags, total: int) -> list[Span]:
    """The spans of windows that are set, in a recording of so many samples, joined and sifted as `speech_spans` says."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))) * WINDOW
    spans: list[Span] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if spans and start / RATE - spans[-1].end < PAUSE:
            spans[-1] = Span(spans[-1].start, min(end, total) / RATE)
        else:
            spans.append(Span(start / RATE, min(end, total) / RATE))
    return [span for span in spans if span.seconds >= SHORTEST]


def levels(samples: Samples, spans: list[Span]) -> Levels:
    """Loudness of the speech in dBFS (a full-scale sine has -3) for each 0.4 s of it, and the share of its samples that are clipped."""
    spoken = [samples[round(span.start * RATE) : round(span.end * RATE)] for span in spans]
    speech = np.concatenate(spoken) if spoken else samples[:0]
    if speech.size == 0:
        return Levels()
    size = min(round(LEVEL_SECONDS * RATE), speech.size)
    blocks = speech[: speech.size // size * size].reshape(-1, size)
    rms = np.sqrt(np.mean(np.square(blocks, dtype=np.float64), axis=1))
    return Levels(tuple((20 * np.log10(np.maximum(rms, QUIETEST))).tolist()), float(np.mean(np.abs(speech) >= CLIPPED)))


@dataclass(frozen=True, eq=False)
class Chunk:
    """A stretch of sound in which somebody speaks, and when it begins, in seconds."""

    start: float
    samples: Samples


class Chunker:
    """Cuts live sound into chunks, each window looked at once.

    A cut lies in the middle of a silence of 0.5 s, or of 1 s while the chunk is shorter than 6 s; where nobody pauses, at the quietest
    place of the last seconds before 15 s. Silence between chunks is left out but for half a second before speech.
    """

    def __init__(self) -> None:
        self._vad = _Vad()
        self._rest: Samples = np.empty(0, np.float32)
        self._windows: list[Samples] = []
        self._flags: list[bool] = []
        self._start = 0  # of the first window kept, in windows
        self._speaking = False
        self._spoken = 0
        self._quiet = 0

    @property
    def spoke(self) -> bool:
        """Whether somebody has spoken so far; a click is no speech."""
        return self._spoken * WINDOW >= SHORTEST * RATE

    @property
    def silence(self) -> float:
        """Seconds since somebody spoke, or since the beginning."""
        return (self._quiet * WINDOW + self._rest.size) / RATE

    def feed(self, samples: Samples) -> list[Chunk]:
        """Takes more sound, of any length; the chunks that are finished by it."""
        sound = np.concatenate([self._rest, samples], dtype=np.float32)
        whole = sound.size // WINDOW * WINDOW
        self._rest = sound[whole:]
        if not whole:
            return []
        chunks = [self._take(*pair) for pair in zip(sound[:whole].reshape(-1, WINDOW), self._vad(sound[:whole]).tolist(), strict=True)]
        return [chunk for chunk in chunks if chunk is not None]

    def flush(self) -> list[Chunk]:
        """What is left, if somebody speaks in it; the last chunk."""
        self._windows.append(self._rest)
        self._flags.append(False)
        self._rest = self._rest[:0]
        keep = len(self._flags) - min(self._silent_end(), len(self._flags)) + _windows(LEAD)
        chunk = self._cut(min(keep, len(self._flags)))
        return [chunk] if chunk else []

    def _take(self, window: Samples, probability: float) -> Chunk | None:
        self._speaking = probability >= (END if self._speaking else BEGIN)
        self._windows.append(window)
        self._flags.append(self._speaking)
        self._spoken += self._speaking
        self._quiet = 0 if self._speaking else self._quiet + 1
        if not any(self._flags):
            self._drop(len(self._flags) - _windows(LEAD))
        elif (silent := self._silent_end()) >= _windows(self._enough_silence()):
            return self._cut(len(self._flags) - silent + silent // 2)
        elif len(self._flags) >= _windows(LONGEST_CHUNK):
            return self._cut(self._quietest())
        return None

    def _enough_silence(self) -> float:
        return SHORT_CHUNK_SILENCE if len(self._flags) < _windows(SHORT_CHUNK) else CUT_SILENCE

    def _silent_end(self) -> int:
        """How many windows at the end of this chunk are silent."""
        return min(self._quiet, len(self._flags))

    def _quietest(self) -> int:
        """The window near the end around which, for a fifth of a second, there is least sound."""
        first = len(self._windows) - _windows(CUT_SEARCH)
        power = np.array([float(np.dot(window, window)) for window in self._windows[first:]])
        return first + 3 + int(np.argmin(np.convolve(power, np.ones(7), mode="valid")))

    def _cut(self, at: int) -> Chunk | None:
        """The windows before this one as a chunk, unless nobody speaks in them."""
        speaks = sum(self._flags[:at]) * WINDOW >= SHORTEST * RATE
        chunk = Chunk(self._start * WINDOW / RATE, np.concatenate(self._windows[:at])) if speaks else None
        self._drop(at)
        return chunk

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._windows[:count], self._flags[:count]
            self._start += count


def _windows(seconds: float) -> int:
    return round(seconds * RATE / WINDOW)
