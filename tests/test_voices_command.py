"""The bank is said into the cache once, and again costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer

from bot.speech.voices.base import Samples, Stop, VoiceError
from bot.speech.voices.speaker import Speaker
from bot.text import t
from bot.voices_command import prepare_voices, spoken_texts
from knowledge.deck import Deck, load_deck


class FakeVoice:
    """A fake voice: a tone as long as the text, and what it was asked to say; or a failure."""

    name, rate = "fake · tone", 16_000

    def __init__(self, *, fails: bool = False) -> None:
        self.said: list[str] = []
        self._fails = fails

    def load(self) -> None:
        """Nothing to load."""

    def say(self, sentence: str, speed: float = 1.0, stop: Stop | None = None) -> Samples:
        if self._fails:
            raise VoiceError("failed", "no sound card")
        self.said.append(sentence)
        return np.sin(np.arange(100 * len(sentence)) / 8).astype(np.float32)


@pytest.fixture
def small() -> Deck:
    return Deck([card for card in load_deck() if card.id == "regularization"])


@pytest.fixture
def voice() -> FakeVoice:
    return FakeVoice()


@pytest.fixture
def speaker(tmp_path: Path, voice: FakeVoice) -> Iterator[Speaker]:
    speaker = Speaker(tmp_path, voices=lambda lang: voice if lang == "ja" else None)
    yield speaker
    speaker.close()


def test_everything_is_said_once(speaker: Speaker, voice: FakeVoice, small: Deck) -> None:
    prepare_voices(speaker, small, "ja")
    once = len(voice.said)
    card = small.get("regularization", "ja")
    assert once >= 1 + len(card.rephrasings) + sum(len(point.wordings) for point in card.points)
    prepare_voices(speaker, small, "ja")
    assert len(voice.said) == once
    assert set(spoken_texts(small, "ja")) >= {card.question, *(point.follow_up for point in card.points)}


def test_a_voice_that_is_missing_or_fails_is_one_sentence(
    speaker: Speaker, tmp_path: Path, small: Deck, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        prepare_voices(speaker, small, "en")
    assert t("voice.missing", "en") in capsys.readouterr().err
    broken = Speaker(tmp_path / "other", voices=lambda lang: FakeVoice(fails=True))
    with pytest.raises(typer.Exit):
        prepare_voices(broken, small, "ja")
    assert t("voice.failed", "ja") in capsys.readouterr().err
    broken.close()
