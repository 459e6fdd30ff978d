"""When somebody speaks, with the real model on real speech."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

from bot.speech import activity
from bot.speech.activity import CUT_SILENCE, LONGEST_CHUNK, Chunk, Chunker, levels, speech_spans
from bot.speech.audio import Samples
from bot.speech.heard import RATE, Span
from tests.speech.conftest import GAP, noise, silence, trimmed

SPEECH = ["ja_sentences", "en_sentences"]


def chunks_of(samples: Samples, size: int = 1_600) -> list[Chunk]:
    chunker = Chunker()
    cut = [chunk for at in range(0, samples.size, size) for chunk in chunker.feed(samples[at : at + size])]
    return [*cut, *chunker.flush()]


@pytest.fixture
def sentences(request: pytest.FixtureRequest) -> list[Samples]:
    given: list[Samples] = request.getfixturevalue(request.param)
    return given


@pytest.mark.parametrize("sentences", SPEECH, indirect=True)
def test_pauses_are_found_where_they_are(sentences: list[Samples]) -> None:
    gaps = (0.4, 0.7, 1.5)
    parts = [silence(1.0)]
    pauses: list[Span] = []
    for gap, sentence in zip(gaps, [*sentences, sentences[0]], strict=True):
        parts.append(sentence)
        begin = sum(part.size for part in parts) / RATE
        pauses.append(Span(begin, begin + gap))
        parts.append(silence(gap))
    parts.append(sentences[1])
    spans = speech_spans(np.concatenate(parts))
    found = [Span(a.end, b.start) for a, b in pairwise(spans)]
    for pause in pauses:
        nearest = min(found, key=lambda span: abs(span.start - pause.start))
        assert nearest.start == pytest.approx(pause.start, abs=0.2)
        assert nearest.end == pytest.approx(pause.end, abs=0.1)
    assert spans[0].start == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("samples", [silence(0), silence(0.01), silence(5), noise(5, 0.02), noise(5, 0.3)])
def test_where_nobody_speaks_there_is_no_span(samples: Samples) -> None:
    assert speech_spans(samples) == []


@pytest.mark.parametrize("sentences", SPEECH, indirect=True)
def test_speech_is_found_in_noise(sentences: list[Samples]) -> None:
    sentence = sentences[0]
    level = float(np.sqrt(np.mean(sentence**2))) / 10**0.5  # 10 dB beneath it
    samples = np.concatenate([silence(1), sentence, silence(1)]) + noise(2 + sentence.size / RATE, level)
    spans = speech_spans(samples)
    assert sum(span.seconds for span in spans) == pytest.approx(sentence.size / RATE, rel=0.25)


def test_loudness_is_that_of_the_speech_alone() -> None:
    tone = (0.5 * np.sin(2 * np.pi * 200 * np.arange(RATE * 4) / RATE)).astype(np.float32)
    tone[RATE:] /= 10
    found = levels(tone, [Span(0.0, 0.8), Span(1.0, 1.4), Span(2.0, 2.2)])
    assert found.loudness == pytest.approx([-9.03, -9.03, -29.03], abs=0.05)
    assert found.clipped == 0.0


def test_clipping_is_counted() -> None:
    tone = np.clip(2 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE), -1, 1).astype(np.float32)
    assert levels(tone, [Span(0.0, 1.0)]).clipped == pytest.approx(2 / 3, abs=0.02)


def test_without_speech_there_are_no_levels() -> None:
    assert levels(silence(1), []) == levels(silence(0), []) == activity.Levels()
    assert levels(silence(1), [Span(0.0, 0.1)]).loudness == (-100.0,)


@pytest.mark.parametrize("sentences", SPEECH, indirect=True)
@pytest.mark.parametrize("size", [37, 512, 16_000, 10_000_000])
def test_chunks_do_not_depend_on_how_sound_comes_in(sentences: list[Samples], size: int) -> None:
    samples = np.concatenate([silence(3), sentences[0], silence(GAP), sentences[1], silence(0.3)])[: RATE * 9]
    wanted, found = chunks_of(samples), chunks_of(samples, size)
    assert [chunk.start for chunk in found] == [chunk.start for chunk in wanted]
    for chunk, same in zip(found, wanted, strict=True):
        assert np.array_equal(chunk.samples, same.samples)
        start = round(chunk.start * RATE)
        assert np.array_equal(chunk.samples, samples[start : start + chunk.samples.size])


@pytest.mark.parametrize("sentences", SPEECH, indirect=True)
def test_cuts_lie_in_silence_and_no_speech_is_lost(sentences: list[Samples]) -> None:
    samples = np.concatenate([part for n in range(6) for part in (sentences[n % 2], silence(1.2))])
    chunks = chunks_of(samples)
    kept = np.zeros(samples.size, bool)
    for chunk in chunks:
        start = round(chunk.start * RATE)
        kept[start : start + chunk.samples.size] = True
        assert np.abs(chunk.samples[-800:]).max() < 0.02
        assert chunk.samples.size <= LONGEST_CHUNK * RATE
    assert len(chunks) >= 2
    assert np.abs(samples[~kept]).max() < 0.02


@pytest.mark.parametrize("sentences", SPEECH, indirect=True)
def test_who_never_pauses_is_cut_before_fifteen_seconds(sentences: list[Samples]) -> None:
    without = trimmed(np.concatenate([*sentences] * 6))
    loud = without[np.convolve(np.abs(without), np.ones(4_000) / 4_000, mode="same") > 0.02]
    chunks = chunks_of(loud[: 40 * RATE])
    assert len(chunks) >= 3
    assert all(chunk.samples.size <= LONGEST_CHUNK * RATE + 512 for chunk in chunks)
    assert sum(chunk.samples.size for chunk in chunks) == pytest.approx(min(loud.size, 40 * RATE), abs=RATE)


@pytest.mark.parametrize("samples", [silence(0), silence(30), noise(30, 0.02)])
def test_where_nobody_speaks_there_is_no_chunk(samples: Samples) -> None:
    assert chunks_of(samples) == []


def test_a_click_is_no_speech() -> None:
    chunker = Chunker()
    samples = silence(3)
    samples[RATE : RATE + 40] = 0.9
    assert [*chunker.feed(samples), *chunker.flush()] == []
    assert not chunker.spoke


@pytest.mark.parametrize("sentences", SPEECH, indirect=True)
def test_silence_is_counted_from_the_last_word(sentences: list[Samples]) -> None:
    chunker = Chunker()
    chunker.feed(silence(1.5))
    assert not chunker.spoke
    assert chunker.silence == pytest.approx(1.5)
    chunker.feed(sentences[0])
    assert chunker.spoke
    assert chunker.silence < 0.3
    for _ in range(5):
        chunker.feed(silence(1.0))
    assert chunker.silence == pytest.approx(5.0, abs=0.3)


def test_each_window_is_looked_at_once(ja_speech: Samples) -> None:
    """Four minutes in bits of half a second take the time of eight times half a minute, not of its square."""

    def taken(samples: Samples) -> float:
        start = time.process_time()
        chunks_of(samples, 8_000)
        return time.process_time() - start

    half = np.resize(ja_speech, 30 * RATE)
    taken(half)
    assert taken(np.tile(half, 8)) < 16 * max(taken(half), 0.02)


def test_a_pause_for_thought_inside_a_chunk_is_kept(ja_sentences: list[Samples]) -> None:
    samples = np.concatenate([ja_sentences[0], silence(CUT_SILENCE * 0.6), ja_sentences[1]])
    [chunk] = chunks_of(samples)
    assert chunk.samples.size == pytest.approx(samples.size, abs=1_600)
