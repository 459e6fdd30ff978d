"""How an answer was delivered: every figure with the range it should lie in, and a score of its own.

The score is the weighted mean of the figures' marks, out of 100. A figure's mark is 1 within its range and falls evenly to 0 where it is
`give` outside of it; ranges, weights and sources stand in `ranges`. A figure that cannot be measured is left out of the mean. The score
of an answer's content is made elsewhere and knows nothing of this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.speech.delivery.fillers import Filler, fillers
from bot.speech.delivery.levels import steadiness
from bot.speech.delivery.pace import pace
from bot.speech.delivery.pauses import pauses
from bot.speech.delivery.ranges import RANGES, Range
from bot.speech.delivery.structure import KINDS, Signal, signals
from bot.speech.heard import Heard, Span
from knowledge.schema import Language

Place = Literal["below", "within", "above"]

# Less than this is shown but not scored. A Japanese word has about three morae.
LEAST_SECONDS = 5.0
LEAST_UNITS: dict[Language, int] = {"ja": 30, "en": 10}


@dataclass(frozen=True)
class Figure:
    """A figure of delivery with its good range; units stand in `ranges`."""

    name: str
    value: float
    low: float
    high: float

    @property
    def place(self) -> Place:
        """Where the value lies."""
        if self.value < self.low:
            return "below"
        return "above" if self.value > self.high else "within"

    @property
    def advice(self) -> str | None:
        """Key of the one piece of advice for it, such as "pace_above"; None within the range."""
        return None if self.place == "within" else f"{self.name}_{self.place}"


@dataclass(frozen=True)
class Delivery:
    """All that was measured. `units` are morae or words, `length` is seconds from the first to the last word.

    `score`, from 0 to 100, is None for short answers.
    """

    lang: Language
    length: float
    speech_seconds: float
    units: int
    figures: tuple[Figure, ...]
    pauses: tuple[Span, ...]
    fillers: tuple[Filler, ...]
    signals: tuple[Signal, ...]
    score: int | None

    def figure(self, name: str) -> Figure | None:
        """The figure of that name; None when it could not be measured."""
        return next((figure for figure in self.figures if figure.name == name), None)


def deliver(heard: Heard, first_point_at: float | None) -> Delivery:
    """Measures an answer. `first_point_at` is when its first key point was said, in seconds; None when there was none."""
    speed, silent = pace(heard), pauses(heard)
    found, told = fillers(heard), signals(heard)
    length = heard.speech[-1].end - heard.speech[0].start if heard.speech else 0.0
    values: dict[str, float | None] = {"pace": speed.per_minute, "length": length or None, "before_first": silent.before_first}
    if length:
        voice = steadiness(heard.levels)
        values |= {
            "pauses": 60 * len(silent.long) / length,
            "pause_share": silent.total / length,
            "longest_pause": silent.longest,
            "fillers": 60 * len(found) / heard.speech_seconds if heard.words else None,
            "first_point": _share_before(first_point_at, heard.speech[0].start, length),
            "structure": len({signal.kind for signal in told}) if heard.words else None,
            "spread": voice.spread,
            "trend": voice.trend,
            "clipping": voice.clipped,
        }
    ranges = RANGES[heard.lang]
    figures = tuple(Figure(name, value, ranges[name].low, ranges[name].high) for name, value in values.items() if value is not None)
    enough = heard.speech_seconds >= LEAST_SECONDS and speed.units >= LEAST_UNITS[heard.lang]
    return Delivery(
        lang=heard.lang,
        length=length,
        speech_seconds=heard.speech_seconds,
        units=speed.units,
        figures=figures,
        pauses=silent.long,
        fillers=found,
        signals=told,
        score=_score(figures, ranges) if enough else None,
    )


def as_data(delivery: Delivery) -> dict[str, Any]:
    """What `from_data` reads, of JSON's types only."""
    data = asdict(delivery)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}


def from_data(data: dict[str, Any]) -> Delivery:
    """The delivery that was stored, with the ranges of its time. Raises KeyError or TypeError on anything else."""
    return Delivery(
        lang=data["lang"],
        length=data["length"],
        speech_seconds=data["speech_seconds"],
        units=data["units"],
        figures=tuple(Figure(**figure) for figure in data["figures"]),
        pauses=tuple(Span(**pause) for pause in data["pauses"]),
        fillers=tuple(Filler(**filler) for filler in data["fillers"]),
        signals=tuple(Signal(**signal) for signal in data["signals"]),
        score=data["score"],
    )


def kinds_used(delivery: Delivery) -> Iterator[str]:
    """The kinds of structure signals in the answer, in the order of KINDS."""
    used = {signal.kind for signal in delivery.signals}
    return (kind for kind in KINDS if kind in used)


def _share_before(at: float | None, start: float, length: float) -> float | None:
    return None if at is None else min(1.0, max(0.0, (at - start) / length))


def _mark(figure: Figure, give: float) -> float:
    outside = max(figure.low - figure.value, figure.value - figure.high, 0.0)
    return max(0.0, 1.0 - outside / give)


def _score(figures: tuple[Figure, ...], ranges: dict[str, Range]) -> int | None:
    weights = {figure.name: ranges[figure.name].weight for figure in figures}
    total = sum(weights.values())
    return round(100 * sum(weights[f.name] * _mark(f, ranges[f.name].give) for f in figures) / total) if total else None
