"""Where somebody was silent in an answer.

A silence of a second or more counts as a pause. Silences in speech fall into brief ones (below 0.2 s, of articulation), medium ones (to
about 1 s) and long ones, which are heard in spontaneous but hardly in read speech (Campione and Véronis, A large-scale multilingual study
of silent pause duration, Speech Prosody 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from bot.speech.heard import Heard, Span

LONG_SECONDS = 1.0


@dataclass(frozen=True)
class Pauses:
    """The pauses of at least a second between stretches of speech, the longest silence of any length there, and the one before all speech.

    In seconds; `before_first` is None when nobody spoke.
    """

    long: tuple[Span, ...]
    longest: float
    before_first: float | None

    @property
    def total(self) -> float:
        """Seconds of all long pauses together."""
        return sum(pause.seconds for pause in self.long)


def pauses(heard: Heard) -> Pauses:
    """The pauses between the first and the last word; silence after the last word is no pause."""
    silences = [Span(before.end, after.start) for before, after in pairwise(heard.speech)]
    return Pauses(
        # Times come rounded to hundredths: a pause of one second may be stored as a trifle less.
        long=tuple(silence for silence in silences if silence.seconds >= LONG_SECONDS - 1e-6),
        longest=max((silence.seconds for silence in silences), default=0.0),
        before_first=heard.speech[0].start if heard.speech else None,
    )
