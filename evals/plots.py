"""Plots of a measurement, as SVG."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evals.human import Scores

# The same text and ids each time, so that a plot changes only when its numbers do.
mpl.rcParams.update({"svg.hashsalt": "mensetsu", "svg.fonttype": "none", "font.size": 10})
_BLUE, _ORANGE = "#0072b2", "#d55e00"


def reliability(probability: Scores, outcome: Scores, path: Path, bins: int = 10) -> Path:
    """Frequency of a hit against its predicted probability, with the number of judgements in each bin."""
    index = np.minimum((probability * bins).astype(int), bins - 1)
    used = np.unique(index)
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([probability[index == b].mean() for b in used], [outcome[index == b].mean() for b in used], "o-", color=_BLUE)
    for b in used:
        x, y = probability[index == b].mean(), outcome[index == b].mean()
        axes.annotate(str(int((index == b).sum())), (x, y), textcoords="offset points", xytext=(6, -10), fontsize=8, color="0.35")
    axes.set(xlabel="predicted probability of a hit", ylabel="share that the labels call a hit", xlim=(0, 1), ylim=(0, 1))
    return _saved(figure, path)


def predicted_against_label(frame: pd.DataFrame, path: Path) -> Path:
    """Score against the score that the labels give, one dot an answer, one colour a language."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 100], [0, 100], color="0.7", linewidth=1)
    for lang, colour, marker in (("ja", _BLUE, "o"), ("en", _ORANGE, "^")):
        data = frame[frame["lang"] == lang]
        axes.scatter(data["true_score"], data["score"], s=22, alpha=0.6, color=colour, marker=marker, label=lang)
    axes.set(xlabel="score that the labels give", ylabel="Mensetsu's score", xlim=(-3, 103), ylim=(-3, 103))
    axes.legend(frameon=False)
    return _saved(figure, path)


def error_by_question(frame: pd.DataFrame, path: Path) -> Path:
    """Mean absolute error of the score, question by question."""
    error = (frame["score"] - frame["true_score"]).abs().groupby(frame["card"]).mean().sort_values()
    figure = Figure(figsize=(5.4, 0.32 * len(error) + 1), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(error.index, error.to_numpy(), color=_BLUE)
    axes.set(xlabel="mean absolute error of the score, in points")
    return _saved(figure, path)


def _saved(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    return path
