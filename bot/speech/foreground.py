"""When the candidate speaks, where other people talk in the background: their voices are speech too, but fainter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.speech.activity import WINDOW, Flags, spans_of, speech_flags
from bot.speech.audio import Samples
from bot.speech.heard import RATE, Span

# Measured on 40 synthetic recordings of the development half. In quiet, the faintest 2% of what is taken for speech lie 41 dB or more
# below the voice, behind other voices 16 to 19 dB; of the fainter half of a recording, less than .46 is taken for speech in quiet and in
# steady noise, and more than .52 where others talk.
NO_BACKGROUND = 30.0
TAKEN_FOR_SPEECH = 0.5
# Somebody who never pauses is up to 8.4 dB louder than their own softest half seconds, whatever hums behind them; other voices 10 dB
# below were never less than 10.6 dB below the louder quarter of the voice.
LEAST_DISTANCE = 9.5

# The level of a voice is that of its louder quarter; the background's is what the faintest twentieth of the recording stays below.
VOICE, BACKGROUND, FAINTEST = 75, 5, 2
LEVEL_SECONDS = 0.5
# A stretch is the background's when its level lies this share of the way down from the voice to the background, for so long.
SHARE_DOWN, SMOOTHED_SECONDS, SHORTEST_GAP = 0.65, 0.4, 0.2

_SILENCE = 1e-10


def foreground_spans(samples: Samples) -> list[Span]:
    """When the loudest speaker speaks, as `speech_spans` gives it. The same as that, unless others are heard talking all the time.

    For pauses and pace only: what is left out here is still recognised, since nobody's words may be lost for being said softly.
    """
    flags = speech_flags(samples)
    if flags.any():
        power = np.mean(np.square(np.pad(samples, (0, -samples.size % WINDOW)).reshape(-1, WINDOW), dtype=np.float64), axis=1)
        flags = flags & ~_background(flags, power)
    return spans_of(flags, samples.size)


def _background(flags: Flags, power: npt.NDArray[np.float64]) -> Flags:
    """The windows in which only the background is heard. Shape of `flags`."""
    level = _decibels(_smoothed(power, LEVEL_SECONDS))
    voice, background = float(np.percentile(level[flags], VOICE)), float(np.percentile(level, BACKGROUND))
    nothing = np.zeros_like(flags)
    if voice - background < LEAST_DISTANCE or np.percentile(_decibels(power[flags]), FAINTEST) < voice - NO_BACKGROUND:
        return nothing
    if flags[level < (voice + background) / 2].mean() < TAKEN_FOR_SPEECH:
        return nothing
    low = _decibels(_smoothed(power, SMOOTHED_SECONDS)) < voice - SHARE_DOWN * (voice - background)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2).tolist():
        if (end - start) * WINDOW >= SHORTEST_GAP * RATE:
            nothing[start:end] = True
    return nothing


def _smoothed(power: npt.NDArray[np.float64], seconds: float) -> npt.NDArray[np.float64]:
    size = max(1, round(seconds * RATE / WINDOW))
    return np.convolve(power, np.ones(size) / size, mode="same")[: power.size]


def _decibels(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(10 * np.log10(power + _SILENCE))
