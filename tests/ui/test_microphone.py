"""Every tab has a microphone of its own, and what was said for one answer is not said for the next."""

from __future__ import annotations

import numpy as np

from bot.speech.heard import RATE, Heard, Span, Word
from bot.ui.microphone import Microphone, Microphones

HEARD = Heard("ja", (Word("罰則", 0.1, 0.6, 0.9),), (Span(0.1, 0.6),), 1.0)


class Session:
    """Stands in for a live session: notes that it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_two_recordings_make_one_answer_and_sending_forgets_both() -> None:
    microphone = Microphone()
    microphone.keep(HEARD, np.zeros(RATE, np.float32))
    microphone.keep(HEARD, np.zeros(RATE // 2, np.float32))
    assert microphone.heard is not None
    assert microphone.heard.text == "罰則罰則"
    assert microphone.seconds == 1.5
    microphone.forget()
    assert microphone.heard is None
    assert microphone.seconds == 0


def test_tabs_do_not_hear_each_other_and_a_closed_one_stops_listening() -> None:
    tabs, made = Microphones(), [Session(), Session()]
    first, second = tabs.of("a"), tabs.of("b")
    assert first.listen(lambda: made[0]) is made[0]  # type: ignore[arg-type,return-value,comparison-overlap]
    assert first.listen(lambda: made[1]) is made[0]  # type: ignore[arg-type,return-value,comparison-overlap]
    second.listen(lambda: made[1])  # type: ignore[arg-type,return-value]
    assert tabs.of("a") is first
    tabs.close("a")
    assert (made[0].closed, made[1].closed) == (1, 0)
    assert tabs.of("a") is not first
    tabs.close("b")
    assert made[1].closed == 1
    tabs.close("never there")
