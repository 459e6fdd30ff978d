"""Loudness: spread, trailing off, clipping."""

from __future__ import annotations

import pytest

from bot.speech.delivery.levels import steadiness
from bot.speech.heard import Levels


def test_an_even_voice_has_no_spread_and_no_trend() -> None:
    found = steadiness(Levels((-20.0,) * 40, 0.002))
    assert (found.spread, found.trend, found.clipped) == (0, 0, 0.002)


def test_single_soft_syllables_hardly_count_but_soft_stretches_do() -> None:
    syllables = steadiness(Levels((-20.0, -20.0, -20.0, -20.0, -29.0) * 8)).spread
    stretches = steadiness(Levels(((-20.0,) * 10 + (-32.0,) * 10) * 2)).spread
    assert syllables is not None
    assert stretches is not None
    assert syllables == pytest.approx(1.5, abs=0.1)
    assert stretches > 5


def test_a_voice_that_trails_off() -> None:
    assert steadiness(Levels((-20.0,) * 30 + (-27.0,) * 10)).trend == pytest.approx(-7)
    assert steadiness(Levels((-27.0,) * 30 + (-20.0,) * 10)).trend == pytest.approx(7)


def test_too_little_speech_is_not_judged() -> None:
    found = steadiness(Levels((-20.0,) * 4))
    assert (found.spread, found.trend) == (None, None)
    found = steadiness(Levels((-20.0, -30.0) * 4))
    assert found.spread is not None
    assert found.trend is None
    assert steadiness(Levels()).clipped == 0
