"""Two recordings of one answer are one answer."""

from __future__ import annotations

import pytest

from bot.speech.heard import Heard, Levels, Span, Word, joined


def test_the_second_recording_follows_the_first() -> None:
    first = Heard("en", (Word(" So", 0.2, 0.5, 0.9),), (Span(0.2, 0.5),), 1.0, Levels((-20.0,), 0.0))
    second = Heard("en", (Word("yes.", 0.1, 0.4, 0.8, True),), (Span(0.1, 0.4),), 2.0, Levels((-22.0, -21.0, -23.0), 0.4))
    both = joined(first, second)
    assert both.text == "So yes."
    assert both.words[1].doubtful
    assert both.words[1].start == pytest.approx(1.1)
    assert [span.start for span in both.speech] == pytest.approx([0.2, 1.1])
    assert both.seconds == 3.0
    assert both.levels.loudness == (-20.0, -22.0, -21.0, -23.0)
    assert both.levels.clipped == pytest.approx(0.3)
