"""Turns a judge's raw P(yes) into probabilities, against the same question with an empty answer."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from bot.models.judges import Claim, Judge, JudgeRequest
from bot.models.judges.base import Decision
from knowledge.schema import Language

log = logging.getLogger(__name__)

NOTHING: dict[Language, str] = {"ja": "(無回答)", "en": "(no answer)"}


@dataclass(frozen=True)
class Calibration:
    """Logistic calibration: P = sigmoid(slope * logit(p) + baseline * logit(p_empty) + offset).

    The defaults are Platt's form with the empty answer's logit taken off in part: a judge that says yes to nothing says little with a yes.
    """

    slope: float = 0.8
    baseline: float = -0.3
    offset: float = -0.6

    def apply(self, stated: float, empty: float) -> float:
        """Calibrated probability in (0, 1)."""
        return _sigmoid(self.slope * _logit(stated) + self.baseline * _logit(empty) + self.offset)


@cache
def fitted() -> str:
    """Short SHA-256 of all fitted parameters that come with the program: which calibration a grade was made with."""
    digest = hashlib.sha256(repr(Calibration()).encode())
    for package in ("bot.models.judges.trained", "bot.models.judges.linear_probe", "bot.grading"):
        for file in sorted((resources.files(package) / "parameters").iterdir(), key=lambda file: file.name):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


class Calibrator:
    """Calibrates decisions, and remembers on disk what each judge says of an empty answer."""

    def __init__(self, file: Path, calibration: Calibration | None = None) -> None:
        self._file = file
        self._calibration = calibration or Calibration()
        self._lock = threading.Lock()
        self._baselines: dict[str, float] = _read(file)

    def calibrated(self, judge: Judge, request: JudgeRequest) -> Iterator[Decision]:
        """The judge's decisions; raw ones calibrated. Raises JudgeError."""
        for decision in judge.decide(request):
            if not decision.raw:
                yield decision
                continue
            empty = self._baseline(judge, request, decision.claim)
            yield replace(decision, stated=self._calibration.apply(decision.stated, empty), raw=False)

    def _baseline(self, judge: Judge, request: JudgeRequest, claim: Claim) -> float:
        key = hashlib.sha256(f"{judge.name}\0{request.question}\0{claim.text}".encode()).hexdigest()
        with self._lock:
            known = self._baselines.get(key)
        if known is not None:
            return known
        nothing = replace(request, answer=NOTHING[request.lang], claims=(claim,))
        value = next(iter(judge.decide(nothing))).stated
        with self._lock:
            self._baselines[key] = value
            _write(self._file, self._baselines)
        return value


def _logit(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _read(file: Path) -> dict[str, float]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return {str(key): float(value) for key, value in values.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        log.warning("%s cannot be read and is made anew: %s", file, error)
        return {}


def _write(file: Path, values: dict[str, float]) -> None:
    scratch = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(values), encoding="utf-8")
        scratch.replace(file)
    except OSError as error:
        log.warning("baselines are not kept: %s", error)
