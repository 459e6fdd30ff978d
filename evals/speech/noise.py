"""Noise of a known loudness under speech: pink, and the babble of other speakers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.speech.audio import Samples
from bot.speech.heard import RATE

SNR = 10.0  # dB, over the time in which somebody speaks
# Pink noise below this would be hum that no microphone takes.
_LOWEST = 50.0


def pink(size: int, rng: np.random.Generator) -> Samples:
    """Noise with equal power in every octave above 50 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    spectrum *= np.where(frequency < _LOWEST, 0.0, 1 / np.sqrt(np.maximum(frequency, _LOWEST)))
    noise: Samples = np.fft.irfft(spectrum, size).astype(np.float32)
    return noise


def babble(size: int, others: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Other clips at once, equally loud, each from a place of its own and again from its beginning when it ends."""
    total = np.zeros(size, np.float32)
    for other in others:
        start = int(rng.integers(other.size))
        total += np.resize(np.roll(other, -start), size) / np.sqrt(np.mean(np.square(other)))
    return total


def mixed(speech: Samples, noise: Samples, loudness: float) -> Samples:
    """Speech of this loudness (root mean square while it lasts) with noise 10 dB below it, turned down where it would clip."""
    scale = loudness / 10 ** (SNR / 20) / float(np.sqrt(np.mean(np.square(noise))))
    sum_: Samples = speech + np.float32(scale) * noise
    peak = float(np.abs(sum_).max())
    return sum_ / np.float32(peak) if peak > 1 else sum_
