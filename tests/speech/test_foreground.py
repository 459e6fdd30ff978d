"""The candidate's speech told from that of others behind them, with real voices."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bot.speech.activity import speech_spans
from bot.speech.audio import Samples
from bot.speech.foreground import foreground_spans
from bot.speech.heard import RATE, Span
from tests.speech.conftest import noise, silence

GAPS = (1.2, 1.5, 2.0)


def loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


@pytest.fixture(scope="module")
def said(ja_sentences: list[Samples]) -> Samples:
    """Sentences of one voice without a pause between them."""
    return np.concatenate([*ja_sentences, *ja_sentences])


@pytest.fixture(scope="module")
def answer(ja_sentences: list[Samples]) -> tuple[Samples, list[Span]]:
    """An answer with pauses, and where they are."""
    parts, pauses, at = [ja_sentences[0]], [], ja_sentences[0].size / RATE
    for gap, sentence in zip(GAPS, [ja_sentences[1], ja_sentences[0], ja_sentences[1]], strict=True):
        pauses.append(Span(at, at + gap))
        parts += [silence(gap), sentence]
        at += gap + sentence.size / RATE
    return np.concatenate(parts), pauses


@pytest.fixture(scope="module")
def others(answer: tuple[Samples, list[Span]], ja_sentences: list[Samples], en_sentences: list[Samples]) -> Samples:
    """Four voices at once for as long as the answer, 10 dB below it."""
    rng, size = np.random.default_rng(3), answer[0].size
    voices = [*ja_sentences, *en_sentences]
    babble = np.sum([np.resize(np.roll(voice, int(rng.integers(voice.size))), size) / loudness(voice) for voice in voices], axis=0)
    scaled: Samples = (babble / loudness(babble) * loudness(ja_sentences[0]) / 10**0.5).astype(np.float32)
    return scaled


def test_pauses_are_found_although_others_talk(answer: tuple[Samples, list[Span]], others: Samples) -> None:
    samples, pauses = answer[0] + others, answer[1]
    assert max((b.start - a.end for a, b in pairwise(speech_spans(samples))), default=0.0) < 1.0  # without this, none is found
    found = [Span(a.end, b.start) for a, b in pairwise(foreground_spans(samples)) if b.start - a.end > 0.8]
    assert len(found) == len(pauses)
    for pause, span in zip(pauses, found, strict=True):
        assert span.start == pytest.approx(pause.start, abs=0.35)
        assert span.end == pytest.approx(pause.end, abs=0.35)


@pytest.mark.parametrize("below", [10, 15, 25, 60])
def test_in_steady_noise_nothing_is_taken_away(answer: tuple[Samples, list[Span]], said: Samples, below: float) -> None:
    for samples in (answer[0], said):
        heard = samples + noise(samples.size / RATE, loudness(said) / 10 ** (below / 20))[: samples.size]
        assert foreground_spans(heard) == speech_spans(heard)


def test_who_grows_quiet_in_a_quiet_room_is_heard(said: Samples) -> None:
    samples = np.concatenate([said, silence(1.0), said / 10])  # 20 dB less
    assert foreground_spans(samples) == speech_spans(samples)
    assert sum(span.seconds for span in foreground_spans(samples)) == pytest.approx(2 * said.size / RATE, rel=0.15)


@pytest.mark.parametrize("samples", [silence(0), silence(0.01), silence(5), noise(5, 0.1)])
def test_where_nobody_speaks_there_is_no_span(samples: Samples) -> None:
    assert foreground_spans(samples) == []
