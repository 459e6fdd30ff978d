"""How well a point, card or topic is known, with the uncertainty of that: a Beta-binomial estimate with forgetting.

Every verdict adds its credit to a Beta distribution's first parameter and the rest to the second, weighted by circumstance; older evidence
is discounted by half every 45 days (discounted Beta-binomial: West and Harrison, Bayesian Forecasting and Dynamic Models, 1997, ch. 6
and 10). What is known today is that estimate times FSRS's retrievability. Chosen over IRT or Elo because each learner is alone: there
are no other people's answers from which a question's difficulty could be estimated, and a point has few reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

Floats = npt.NDArray[np.float64]

# Jeffreys' prior of a proportion.
PRIOR = 0.5
HALF_LIFE_DAYS = 45.0
# Known well enough is what counts as a hit in a score; an 80% interval must lie on one side to say so.
ENOUGH = 0.6
INTERVAL = (0.1, 0.9)
# With less evidence than one unaided answer, or an interval this wide, nothing is claimed.
LEAST_EVIDENCE = 0.95
WIDEST = 0.6


class Standing(StrEnum):
    """What can be said. "Weak" is never said for want of data."""

    UNKNOWN = "unknown"
    WEAK = "weak"
    MIDDLING = "middling"
    STRONG = "strong"


def discounts(days: Floats) -> Floats:
    """What is left of evidence after so many days, elementwise, in (0, 1]; a clock that went back takes nothing away."""
    left: Floats = 0.5 ** (np.maximum(days, 0.0) / HALF_LIFE_DAYS)
    return left


class Evidence(NamedTuple):
    """Discounted credit for and against, each at least 0."""

    credit: float = 0.0
    lack: float = 0.0

    @property
    def amount(self) -> float:
        """How many unaided answers of today this is worth."""
        return self.credit + self.lack

    def after(self, days: float) -> Evidence:
        """The same evidence some days later."""
        left = float(discounts(np.array(days)))
        return Evidence(self.credit * left, self.lack * left)

    def plus(self, credit: float, weight: float) -> Evidence:
        """With one more verdict: its credit in [0, 1] and the weight of its circumstance."""
        return Evidence(self.credit + weight * credit, self.lack + weight * (1 - credit))


@dataclass(frozen=True, slots=True)
class Strength:
    """Probability of producing something now, with an 80% interval, all in [0, 1], and the evidence and recall it comes from."""

    value: float
    low: float
    high: float
    evidence: float
    recall: float

    @property
    def standing(self) -> Standing:
        """What can be said of it. Forgetting narrows the interval, but time that passed is no evidence."""
        if self.evidence < LEAST_EVIDENCE or self.high - self.low > WIDEST * self.recall:
            return Standing.UNKNOWN
        if self.high < ENOUGH:
            return Standing.WEAK
        return Standing.STRONG if self.low >= ENOUGH else Standing.MIDDLING


def strengths(evidence: Sequence[Evidence], retrievability: Sequence[float]) -> list[Strength]:
    """The strength of each of many, from evidence discounted to now and retrievability now."""
    if not evidence:
        return []
    a = np.array([e.credit for e in evidence]) + PRIOR
    b = np.array([e.lack for e in evidence]) + PRIOR
    recall = np.asarray(retrievability, dtype=np.float64)
    low, high = betaincinv(a, b, INTERVAL[0]), betaincinv(a, b, INTERVAL[1])
    rows = np.column_stack([a / (a + b) * recall, low * recall, high * recall, a + b - 2 * PRIOR, recall])
    return [Strength(*row) for row in rows.tolist()]


def pooled(parts: Floats, unmet: int = 0, unmet_weight: float = 0.0) -> Strength:
    """The strength of a group from its parts, rows of (credit, lack, retrievability, weight): evidence adds up by weight.

    `unmet` is how many more parts there are of which nothing is known, with their weight together.

    Parts are not independent trials of one thing, so the group's evidence is their weighted mean times the square root of their number
    rather than their sum; an empty group has no evidence.
    """
    credit, lack, recall, weight = parts.T
    total = float(weight.sum()) + unmet_weight
    if total <= 0:
        return strengths([Evidence()], [1.0])[0]
    scale = (len(parts) + unmet) ** 0.5 / total
    mass = (credit + lack) * weight
    recalled = float(mass @ recall / mass.sum()) if mass.any() else 1.0
    return strengths([Evidence(scale * float(weight @ credit), scale * float(weight @ lack))], [recalled])[0]
