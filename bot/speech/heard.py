"""What was heard in an answer: words with their times and certainty, when somebody spoke, and how loud."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.schema import Language

RATE = 16_000


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds from the beginning of the recording."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True)
class Word:
    """A word as the recogniser wrote it (in English with the space before it), with its time in seconds and its probability in [0, 1].

    `doubtful` when only the pass that was told the card's terms heard it.
    """

    text: str
    start: float
    end: float
    probability: float
    doubtful: bool = False


@dataclass(frozen=True)
class Levels:
    """Loudness while somebody spoke: one value in dBFS for each 0.4 s of speech, and the share of samples in [0, 1] that are clipped."""

    loudness: tuple[float, ...] = ()
    clipped: float = 0.0


@dataclass(frozen=True)
class Heard:
    """An answer as it was heard. `seconds` is the length of the recording, `speech` when somebody spoke, in order and not overlapping."""

    lang: Language
    words: tuple[Word, ...]
    speech: tuple[Span, ...]
    seconds: float
    levels: Levels = Levels()

    @property
    def text(self) -> str:
        """The transcript."""
        return "".join(word.text for word in self.words).strip()

    @property
    def speech_seconds(self) -> float:
        """Seconds in which somebody spoke."""
        return sum(span.seconds for span in self.speech)
