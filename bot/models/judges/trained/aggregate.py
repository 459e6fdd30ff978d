"""From what is said in an answer's passages to one decision a point, with an eye on the other points of the answer."""

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
_SMOOTHING = 0.2
Floats = npt.NDArray[np.float64]


def summaries(probabilities: Array) -> Floats:
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


def context(probabilities: Floats) -> Floats:
    """What the rest of the answer is like, for each point: mean probabilities of the other points, and the balance of right and wrong.

    Somebody who has three points the wrong way round is not likely to have meant the fourth, unclear one right. Takes and gives one row
    a point; shapes (points, classes) and (points, CONTEXT).
    """
    others = (probabilities.sum(axis=0) - probabilities) / max(1, len(probabilities) - 1)
    total = others * (len(probabilities) - 1)
    balance = np.log((total[:, _STATES] + _SMOOTHING) / (total[:, _CONTRADICTS] + _SMOOTHING))
    return np.column_stack([others[:, :_ABSENT], balance])


@dataclass(frozen=True)
class Stage:
    """A multinomial logistic regression: coefficients of shape (classes, features), intercepts of shape (classes,)."""

    coefficients: Floats
    intercepts: Floats

    def probabilities(self, features: Floats) -> Floats:
        """Class probabilities, a row each. Shape (rows, classes)."""
        logits = features @ self.coefficients.T + self.intercepts
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Aggregate:
    """Two stages: each point by itself, then each point in the light of the others (stacking: Wolpert 1992)."""

    alone: Stage
    together: Stage

    def decide(self, values: Floats) -> Floats:
        """Calibrated class probabilities of all points of an answer from their summaries. Shapes (points, summaries), (points, classes)."""
        return self.together.probabilities(np.hstack([values, context(self.alone.probabilities(values))]))


@cache
def load_aggregate(file: Path = FILE) -> Aggregate:
    """The fitted aggregate with the bank's parameters."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return Aggregate(*(Stage(np.array(data[s]["coefficients"]), np.array(data[s]["intercepts"])) for s in ("alone", "together")))


def _log_odds(p: float) -> float:
    p = min(max(float(p), _EPSILON), 1 - _EPSILON)
    return float(np.log(p / (1 - p)))
