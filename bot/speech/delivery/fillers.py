"""Fillers in an answer: sounds and phrases that hold the floor while somebody thinks, by kind and with their place.

What counts is in `fillers_ja` and `fillers_en`. Where a phrase may mean something ("like this", その後) it does not count unless its
surroundings say that it means nothing: a listener hears the difference, so counting too few is the smaller error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.speech.delivery import fillers_en, fillers_ja
from bot.speech.delivery.transcript import Transcript
from bot.speech.heard import Heard


@dataclass(frozen=True)
class Filler:
    """A filler: its kind (as it is usually written), the indices of its first and last word, and its time in seconds."""

    kind: str
    first: int
    last: int
    start: float
    end: float


def fillers(heard: Heard) -> tuple[Filler, ...]:
    """The fillers of an answer, in order."""
    transcript = Transcript(heard.words)
    found = (fillers_ja if heard.lang == "ja" else fillers_en).find(transcript.text)
    return tuple(Filler(kind, *transcript.words(start, end), *transcript.time(start, end)) for kind, start, end in found)


def by_kind(found: Sequence[Filler]) -> Mapping[str, int]:
    """How often each kind occurs, the most frequent first."""
    return dict(Counter(filler.kind for filler in found).most_common())
