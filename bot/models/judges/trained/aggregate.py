"""From what is said in an answer's passages to one decision a point: a multinomial logistic regression over a few summaries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.models.judges.features import Array
from bot.models.judges.trained.classifier import CLASSES, PARAMETERS

FILE = PARAMETERS / "aggregate.json"
_STATES, _HALF, _CONTRADICTS, _ABSENT = range(len(CLASSES))
_EPSILON = 1e-4


def summaries(probabilities: Array) -> npt.NDArray[np.float64]:
    """Summaries of a point's passages from their class probabilities, shape (passages, classes): log-odds of the strongest passage for each
    stance, the balance of stating and contradicting in the passage that speaks most of the point, and how much is said of it at all.
    """
    p = probabilities.astype(np.float64)
    speaking = p[int(np.argmin(p[:, _ABSENT]))]
    strongest = p.max(axis=0)
    return np.array(
        [
            _log_odds(strongest[_STATES]),
            _log_odds(strongest[_HALF]),
            _log_odds(strongest[_CONTRADICTS]),
            np.log((speaking[_STATES] + _EPSILON) / (speaking[_CONTRADICTS] + _EPSILON)),
            _log_odds(1 - p[:, _ABSENT].min()),
            _log_odds((p[:, _STATES] - p[:, _CONTRADICTS]).max() / 2 + 0.5),
        ]
    )


@dataclass(frozen=True)
class Aggregate:
    """Coefficients, shape (classes, summaries), and intercepts, shape (classes,)."""

    coefficients: npt.NDArray[np.float64]
    intercepts: npt.NDArray[np.float64]

    def decide(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Calibrated class probabilities."""
        logits = self.coefficients @ values + self.intercepts
        e = np.exp(logits - logits.max())
        return np.asarray(e / e.sum())


@cache
def load_aggregate(file: Path = FILE) -> Aggregate:
    """The fitted aggregate with the bank's parameters."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return Aggregate(np.array(data["coefficients"]), np.array(data["intercepts"]))


def _log_odds(p: float) -> float:
    p = min(max(float(p), _EPSILON), 1 - _EPSILON)
    return float(np.log(p / (1 - p)))
