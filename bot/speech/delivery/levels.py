"""How steady the voice was: how much loudness varies, whether it trails off, and whether the microphone was overdriven."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, pstdev

from bot.speech.heard import Levels

# At 0.4 s a value: two seconds of speech for a spread, five for a beginning and an end that can be compared.
LEAST_FOR_SPREAD = 5
LEAST_FOR_TREND = 12
# A value spans a few syllables. Averaging three evens out single soft syllables, which no listener notices.
SMOOTHED = 3


@dataclass(frozen=True)
class Steadiness:
    """`spread`: standard deviation of loudness in dB. `trend`: how much louder the last quarter is than what came before, in dB.

    Either is None when too little was said. `clipped` is the share of overdriven samples, in [0, 1].
    """

    spread: float | None
    trend: float | None
    clipped: float


def steadiness(levels: Levels) -> Steadiness:
    """The steadiness of a voice, from its loudness while it spoke."""
    loudness = levels.loudness
    smooth = [sum(loudness[n : n + SMOOTHED]) / SMOOTHED for n in range(len(loudness) - SMOOTHED + 1)]
    spread = pstdev(smooth) if len(loudness) >= LEAST_FOR_SPREAD else None
    trend = None
    if len(loudness) >= LEAST_FOR_TREND:
        cut = len(loudness) - len(loudness) // 4
        trend = median(loudness[cut:]) - median(loudness[:cut])
    return Steadiness(spread, trend, levels.clipped)
