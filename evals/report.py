"""What every report carries: date, machine, versions, and bootstrap confidence intervals."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

RESULTS = Path(__file__).parent / "results"
RESAMPLES = 1000


def fingerprint(text: str) -> str:
    """A short hash in place of a text that is not ours to give away; the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def machine() -> str:
    """Processor, cores and Python, in one line."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        fields = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        name = f"{fields.get('model name', name)} family {fields.get('cpu family', '?')} model {fields.get('model', '?')}"
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def interval(
    statistic: Callable[[pd.DataFrame], float], data: pd.DataFrame, group: str, *, seed: int = 0, level: float = 0.95
) -> tuple[float, float, float]:
    """A statistic with its percentile bootstrap interval, resampling whole groups (questions), not rows.

    Resamples in which the statistic is not defined are left out. Source: Efron and Tibshirani (1993), chapter 13.
    """
    rng = np.random.default_rng(seed)
    groups = [frame for _, frame in data.groupby(group)]
    values = []
    for _ in range(RESAMPLES):
        value = statistic(pd.concat([groups[i] for i in rng.integers(len(groups), size=len(groups))]))
        if np.isfinite(value):
            values.append(value)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(values, [tail, 100 - tail]) if values else (float("nan"), float("nan"))
    return statistic(data), float(low), float(high)


def mean_interval(values: Sequence[float], *, seed: int = 0, level: float = 0.95) -> tuple[float, float, float]:
    """A mean with its percentile bootstrap interval, one value a learner or question: what `interval` does, fast for plain means.

    NaN without values.
    """
    data = np.asarray(values, dtype=np.float64)
    if not len(data):
        return float("nan"), float("nan"), float("nan")
    means = data[np.random.default_rng(seed).integers(len(data), size=(RESAMPLES, len(data)))].mean(axis=1)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(data.mean()), float(low), float(high)


def shown(value: tuple[float, float, float], digits: int = 3) -> str:
    """A statistic with its interval as text; a dash where it is not defined."""
    if np.isnan(value[0]):
        return "–"
    return f"{value[0]:.{digits}f} [{value[1]:.{digits}f}, {value[2]:.{digits}f}]"


def expected_calibration_error(probability: npt.NDArray[np.float64], outcome: npt.NDArray[np.bool_], bins: int = 10) -> float:
    """Mean gap between probability and frequency over equal-width bins, weighted by their share. Source: Guo et al. (2017)."""
    index = np.minimum((probability * bins).astype(int), bins - 1)
    return float(sum(abs(probability[index == b].mean() - outcome[index == b].mean()) * (index == b).mean() for b in np.unique(index)))


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table, columns in the order of the first row."""
    if not rows:
        return "(none)\n"
    columns = list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(str(row.get(column, "")) for column in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def write_report(name: str, title: str, parts: Iterable[str], cases: Iterable[Mapping[str, Any]], folder: Path = RESULTS) -> Path:
    """Writes `<name>.md` and every case to `<name>.jsonl`; returns the path of the report."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
        for case in cases:
            file.write(json.dumps(case, ensure_ascii=False) + "\n")
    head = f"# {title}\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {machine()}\n"
    path = folder / f"{name}.md"
    path.write_text("\n".join([head, *parts]), encoding="utf-8")
    return path
