"""What was heard in an answer: words with their times and certainty, when somebody spoke, and how loud."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
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


def joined(first: Heard, second: Heard) -> Heard:
    """Two recordings of one answer as one, the second right after the first."""
    shift = first.seconds
    words = tuple(replace(word, start=word.start + shift, end=word.end + shift) for word in second.words)
    if first.words and words and first.lang == "en" and not words[0].text.startswith(" "):
        words = (replace(words[0], text=f" {words[0].text}"), *words[1:])
    counts = [len(part.levels.loudness) for part in (first, second)]
    clipped = sum(n * part.levels.clipped for n, part in zip(counts, (first, second), strict=True)) / max(1, sum(counts))
    return Heard(
        lang=first.lang,
        words=first.words + words,
        speech=first.speech + tuple(Span(span.start + shift, span.end + shift) for span in second.speech),
        seconds=first.seconds + second.seconds,
        levels=Levels(first.levels.loudness + second.levels.loudness, clipped),
    )


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
