"""What the page shows of a voice: everything escaped, unsure words marked, and a sentence for everything that can go wrong."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.speech.errors import AudioError, AudioReason, ListenError, ListenReason
from bot.speech.heard import Heard, Span, Word
from bot.text import t
from bot.ui.voice import bar_html, clock_html, heard_html, live_html, trouble_html
from knowledge.schema import LANGUAGES, Language

HEARD = Heard("en", (Word(" <b>L1", 0, 1, 0.95), Word(" sparsity", 1, 2, 0.2), Word(" zeros", 2, 3, 0.9, True)), (Span(0, 3),), 3.0)


def test_unsure_and_doubtful_words_are_marked_and_nothing_is_markup() -> None:
    html = heard_html(HEARD, 3.0, "en", send=False)
    assert "&lt;b&gt;L1" in html
    assert html.count("<mark>") == 2
    assert "data-send" not in html
    assert "data-send" in heard_html(HEARD, 3.0, "en", send=True)
    assert "<script>" not in live_html("<script>", 3.0, "", None, False, "en")


def test_a_silence_is_counted_down_and_can_end_the_recording() -> None:
    assert "data-counting" not in live_html("x", 61.0, "", None, False, "ja")
    counting = live_html("x", 61.0, "", 2.6, False, "ja")
    assert "data-counting" in counting
    assert t("speech.ending", "ja", seconds="3") in counting
    assert "1:01" in counting
    assert "data-stop" in live_html("x", 61.0, "", 0.0, True, "ja")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("error", [*map(AudioError, get_args(AudioReason)), *map(ListenError, get_args(ListenReason))], ids=repr)
def test_everything_that_can_go_wrong_has_a_sentence(error: AudioError | ListenError, lang: Language) -> None:
    html = trouble_html(error, lang)
    assert 'role="alert"' in html
    assert ("文字で" if lang == "ja" else "type your answer") in html or error.reason == "too_long"


def test_damaged_sound_and_a_damaged_recogniser_are_told_apart() -> None:
    assert trouble_html(AudioError("corrupt"), "en") != trouble_html(ListenError("corrupt"), "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_bar_and_the_clock_say_all_the_script_needs(lang: Language) -> None:
    assert all(t(f"speech.{key}", lang) in bar_html(lang) for key in ("start", "stop", "again", "refused", "none"))
    clock = clock_html("turn", lang, 180, "interview:900")
    assert 'data-limit="180"' in clock
    assert 'data-total="interview:900"' in clock
