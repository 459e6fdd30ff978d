"""What was heard in an answer: words with their times and certainty, when somebody spoke, and how loud."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

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


def as_data(heard: Heard) -> dict[str, Any]:
    """What was heard as JSON has it; times to the hundredth of a second."""

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: rounded(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [rounded(part) for part in value]
        return round(value, 3) if isinstance(value, float) else value

    data: dict[str, Any] = rounded(asdict(heard))
    return data


def from_data(data: dict[str, Any]) -> Heard:
    """The inverse of `as_data`. KeyError or TypeError when it is none of those."""
    return Heard(
        lang=data["lang"],
        words=tuple(Word(**word) for word in data["words"]),
        speech=tuple(Span(**span) for span in data["speech"]),
        seconds=data["seconds"],
        levels=Levels(tuple(data["levels"]["loudness"]), data["levels"]["clipped"]),
    )
