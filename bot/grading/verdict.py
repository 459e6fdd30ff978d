"""Verdicts on key points, from calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How the answer stands to a key point."""

    HIT = "hit"
    PARTLY = "partly"
    MISSED = "missed"
    CONTRADICTED = "contradicted"


# Where "hit" begins and "partly" ends, on the expected credit of a point.
HIT_FROM = 0.6
PARTLY_FROM = 0.35
# Being told that one is wrong when one is right is the worst a grader can do: it takes more than being the likeliest of four.
CONTRADICTED_FROM = 0.5
# A point whose expected credit lies this near to a border is shown as unsure.
UNSURE_WITHIN = 0.12
# Expected credits up to the first count as nothing, from the second on as all: no answer is read with certainty.
CLEAR = (0.1, 0.9)


@dataclass(frozen=True)
class Quote:
    """A verbatim piece of the answer: characters `start` to `end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Distribution:
    """Calibrated probabilities that a point was stated, half stated, contradicted; `missed` is the rest."""

    hit: float
    partly: float = 0.0
    contradicted: float = 0.0

    @property
    def missed(self) -> float:
        """Probability that the answer does not speak to the point."""
        return max(0.0, 1.0 - self.hit - self.partly - self.contradicted)

    @property
    def expected(self) -> float:
        """Expected credit, in [0, 1]: a hit counts one, half a point counts half."""
        return self.hit + 0.5 * self.partly

    @property
    def variance(self) -> float:
        """Variance of the credit."""
        return max(0.0, self.hit + 0.25 * self.partly - self.expected**2)

    @property
    def credit(self) -> float:
        """Credit in [0, 1] that enters the score."""
        low, high = CLEAR
        return min(1.0, max(0.0, (self.expected - low) / (high - low)))

    @property
    def verdict(self) -> Verdict:
        """The verdict shown."""
        if self.expected >= HIT_FROM:
            return Verdict.HIT
        if self.contradicted >= CONTRADICTED_FROM:
            return Verdict.CONTRADICTED
        return Verdict.PARTLY if self.expected >= PARTLY_FROM else Verdict.MISSED

    @property
    def unsure(self) -> bool:
        """Whether the verdict could as well have been its neighbour."""
        return any(abs(self.expected - border) < UNSURE_WITHIN for border in (HIT_FROM, PARTLY_FROM))


@dataclass(frozen=True)
class PointVerdict:
    """The outcome for one key point, with the quote that carries it.

    `doubted` when the point would have been hit but for words that a recogniser may have made up: it is asked back.
    """

    point_id: str
    weight: int
    distribution: Distribution
    quote: Quote | None = None
    doubted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The verdict shown."""
        return self.distribution.verdict

    @property
    def credit(self) -> float:
        """Credit in [0, 1] that enters the score."""
        return self.distribution.credit


@dataclass(frozen=True)
class MisconceptionVerdict:
    """A false belief that the answer asserts, with the quote."""

    misconception_id: str
    probability: float
    quote: Quote | None = None
