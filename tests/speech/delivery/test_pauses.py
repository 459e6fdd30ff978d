"""Pauses: silences between stretches of speech, not what comes after the last."""

from __future__ import annotations

import pytest

from bot.speech.delivery.pauses import pauses
from bot.speech.heard import Heard, Span


def heard(*spans: tuple[float, float], seconds: float = 60.0) -> Heard:
    return Heard("ja", (), tuple(Span(*span) for span in spans), seconds)


def test_pauses_of_a_second_count_and_shorter_ones_do_not() -> None:
    found = pauses(heard((2.5, 5), (5.9, 10), (11, 20), (23.5, 30)))
    assert found.long == (Span(10, 11), Span(20, 23.5))
    assert found.total == pytest.approx(4.5)
    assert found.longest == pytest.approx(3.5)
    assert found.before_first == 2.5


def test_a_pause_of_one_second_counts_though_floats_make_it_a_trifle_less() -> None:
    assert 4.1 - 3.1 < 1
    assert len(pauses(heard((0, 3.1), (4.1, 9))).long) == 1


def test_silence_before_and_after_all_speech_is_no_pause() -> None:
    found = pauses(heard((10, 20), seconds=90))
    assert (found.long, found.total, found.longest, found.before_first) == ((), 0, 0, 10)


def test_the_longest_silence_may_be_a_short_one() -> None:
    assert pauses(heard((0, 1), (1.4, 2), (2.75, 3))).longest == pytest.approx(0.75)


def test_nobody_spoke() -> None:
    found = pauses(heard())
    assert (found.long, found.longest, found.before_first) == ((), 0, None)
