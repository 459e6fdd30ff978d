"""The embedded recogniser with its real weights, on real speech and on none."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from bot.models import weights
from bot.models.weights import WeightsError, ensure_whisper
from bot.settings import Settings
from bot.speech.audio import Samples
from bot.speech.errors import ListenError
from bot.speech.heard import RATE, Word
from bot.speech.prompts import prompt_for
from bot.speech.whisper import WhisperRecogniser
from tests.speech.conftest import noise, silence

JA_TERMS = ("正則化", "過学習", "罰則項", "L1", "L2", "係数")
EN_TERMS = ("regularization", "penalty", "overfitting", "L1", "L2", "coefficient")


def text(words: tuple[Word, ...]) -> str:
    return "".join(word.text for word in words)


@pytest.mark.model
def test_japanese_is_heard_with_its_terms_and_times(whisper: WhisperRecogniser, ja_speech: Samples) -> None:
    words = whisper.words(ja_speech, "ja", prompt_for("ja", JA_TERMS))
    assert "正則化" in text(words)
    assert "L1" in text(words)
    assert "手法です" in text(words)
    assert 0.5 < words[0].start < 1.3
    assert all(0 <= word.start <= word.end <= ja_speech.size / RATE + 0.1 for word in words)
    assert all(0 <= word.probability <= 1 for word in words)


@pytest.mark.model
def test_english_is_heard_with_its_fillers(whisper: WhisperRecogniser, en_speech: Samples) -> None:
    words = whisper.words(en_speech, "en", prompt_for("en", EN_TERMS))
    heard = text(words).lower()
    assert heard.startswith(" um")
    assert "regularization adds a penalty to the loss" in heard
    assert "l1, uh, uses" in heard
    assert "sum of the absolute values of the coefficients" in heard
    assert words[0].text.startswith(" ")


@pytest.mark.model
@pytest.mark.parametrize("samples", [silence(0), silence(3), noise(3, 0.02), noise(3, 0.3)])
def test_where_nobody_speaks_nothing_is_written(whisper: WhisperRecogniser, samples: Samples) -> None:
    assert whisper.words(samples, "ja", prompt_for("ja", JA_TERMS)) == ()


@pytest.mark.model
def test_nothing_is_made_up_in_the_silence_after_speech(whisper: WhisperRecogniser, ja_sentences: list[Samples]) -> None:
    samples = np.concatenate([ja_sentences[1], silence(8)])
    words = whisper.words(samples, "ja", prompt_for("ja", JA_TERMS))
    assert text(words).rstrip("。").endswith("使います")
    assert words[-1].end < ja_sentences[1].size / RATE + 0.5


@pytest.mark.model
def test_the_language_is_told(whisper: WhisperRecogniser, ja_speech: Samples, en_speech: Samples) -> None:
    for lang, speech in (("ja", ja_speech), ("en", en_speech)):
        found, probability = whisper.language(speech)
        assert found == lang
        assert probability > 0.8


@pytest.mark.model
def test_a_second_look_at_the_same_sound_is_quicker_and_another_sound_is_not_mistaken_for_it(
    whisper: WhisperRecogniser, en_sentences: list[Samples]
) -> None:
    first, second = (sentence[: 2 * RATE] + noise(2, 1e-4) for sentence in en_sentences)

    def taken(samples: Samples) -> tuple[str, float]:
        start = time.process_time()
        words = whisper.words(samples, "en", "", quick=True)
        return text(words), time.process_time() - start

    (heard, once), (other, _), (again, twice) = taken(first), taken(second), taken(first)
    assert heard == again != other
    assert twice < 0.8 * once


@pytest.mark.model
def test_two_at_a_time(whisper: WhisperRecogniser, en_sentences: list[Samples]) -> None:
    heard: dict[int, str] = {}

    def listen(number: int) -> None:
        heard[number] = text(whisper.words(en_sentences[number], "en", ""))

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "regularization" in heard[0].lower()
    assert "coefficients" in heard[1].lower()


@pytest.mark.parametrize("reason", ["missing", "corrupt", "unreachable", "disk"])
def test_weights_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: weights.Cause, en_sentences: list[Samples]
) -> None:
    def fail(*args: object) -> Path:
        raise WeightsError(reason, "told to fail")

    monkeypatch.setattr("bot.speech.whisper.ensure_whisper", fail)
    recogniser = WhisperRecogniser(tmp_path)
    for use in (recogniser.ready, lambda: recogniser.words(en_sentences[0], "en", "")):
        with pytest.raises(ListenError) as caught:
            use()
        assert caught.value.reason == reason


@pytest.mark.model
@pytest.mark.parametrize("spoilt", ["model.bin", "tokenizer.json", "config.json", "vocabulary.txt"])
def test_spoilt_weights_are_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: str) -> None:
    """A changed file is fetched again; here nothing can be."""
    monkeypatch.setattr(weights, "_from_hub", _unreachable)
    monkeypatch.setattr(weights, "_from_packages", _unreachable)
    folder = tmp_path / "weights" / "whisper-base"
    folder.mkdir(parents=True)
    for path in ensure_whisper(Settings().cache_dir).iterdir():
        if path.name == spoilt:
            content = path.read_bytes()
            (folder / path.name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        elif path.suffix != ".lock":
            shutil.copy2(path, folder / path.name)
    with pytest.raises(ListenError) as caught:
        WhisperRecogniser(tmp_path).ready()
    assert caught.value.reason == "unreachable"


def _unreachable(*args: object) -> None:
    raise OSError("told to fail")
