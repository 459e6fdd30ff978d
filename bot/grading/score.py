"""The score, computed from weights and verdicts. No model writes a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.grading.verdict import Distribution, PointVerdict

# Half-width of an 80% interval in standard deviations of a normal distribution.
Z_80 = 1.2816
# Points are not independent of each other (one misheard sentence moves several); this share of correlation is assumed between them.
CORRELATION = 0.2
# Points cut out of a reference carry no weights of an author; a decision on the whole of it counts as much as all of them.
OVERALL_SHARE = 0.5


@dataclass(frozen=True)
class Score:
    """A score in [0, 100] with its 80% interval."""

    value: float
    low: float
    high: float


def score(verdicts: Sequence[PointVerdict], overall: Distribution | None = None) -> Score:
    """Weighted mean of the credits, times 100. ValueError without verdicts.

    `overall` is the decision on a whole reference, where it was judged.

    The variance of a weighted sum with equal pairwise correlation r is (1 - r) * sum((w*s)^2) + r * (sum(w*s))^2.
    """
    total = sum(v.weight for v in verdicts)
    if total == 0:
        raise ValueError("a score needs at least one weighted verdict")
    value = 100 * sum(v.weight * v.credit for v in verdicts) / total
    spreads = [100 * v.weight / total * math.sqrt(v.distribution.variance) for v in verdicts]
    deviation = math.sqrt((1 - CORRELATION) * sum(s * s for s in spreads) + CORRELATION * sum(spreads) ** 2)
    if overall is not None:
        value = (1 - OVERALL_SHARE) * value + OVERALL_SHARE * 100 * overall.credit
        deviation = (1 - OVERALL_SHARE) * deviation + OVERALL_SHARE * 100 * math.sqrt(overall.variance)
    return Score(round(value, 1), round(max(0.0, value - Z_80 * deviation), 1), round(min(100.0, value + Z_80 * deviation), 1))
