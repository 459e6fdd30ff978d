"""Whether probabilities and intervals mean what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from bot.grading.grader import Grader
from evals.cached import CachedGrader
from evals.gold import Part, load_gold
from evals.options import JudgeOption, LimitOption, OutOption, SeedOption, evenly
from evals.plots import error_by_question, predicted_against_label, reliability
from evals.points import as_frames, grade_gold
from evals.report import RESULTS, expected_calibration_error, interval, markdown_table, shown, write_report
from evals.services import graded_with
from knowledge.deck import Deck


def command(
    part: Annotated[str, typer.Option(help="development, reporting or all")] = "reporting",
    judge: JudgeOption = "auto",
    limit: LimitOption = None,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Reliability of probabilities and coverage of score intervals, with plots."""
    with graded_with(judge) as (grader, services):
        path = run(grader, services.deck, part=part, limit=limit, seed=seed, out=out)  # type: ignore[arg-type]
    typer.echo(path.read_text(encoding="utf-8"))


def run(
    grader: Grader | CachedGrader, deck: Deck, *, part: Part = "reporting", limit: int | None = None, seed: int = 0, out: Path = RESULTS
) -> Path:
    """Writes `calibration.md`, its plots and `calibration.jsonl`; returns the path of the report."""
    answers = evenly(load_gold(deck, part), limit, seed)
    cases = [case for _, case in grade_gold(grader, deck, answers)]
    frame, points = as_frames(cases)
    hit = np.asarray(points["label"] == "states", dtype=np.float64)
    probability = np.asarray(points["hit"], dtype=np.float64)
    plots = [
        reliability(probability, hit, out / "reliability.svg"),
        predicted_against_label(frame, out / "predicted.svg"),
        error_by_question(frame, out / "error-by-question.svg"),
    ]
    parts = [
        f"Judge: {grader.judge.name}. Gold set, {part} questions: n = {len(frame)} answers, {len(points)} point judgements. "
        "95% bootstrap intervals by question.\n",
        markdown_table(
            [
                {
                    "expected calibration error": shown(interval(_ece, points, "card")),
                    "Brier": shown(interval(_brier, points, "card")),
                    "coverage of the 80% interval": shown(interval(_coverage, frame, "card")),
                    "mean width of the interval": f"{(frame['high'] - frame['low']).mean():.1f}",
                }
            ]
        ),
        "## Reliability\n\n" + markdown_table(_bins(probability, hit)),
        *(f"![{plot.stem}]({plot.name})\n" for plot in plots),
    ]
    return write_report("calibration", "Calibration", parts, cases, out)


def _bins(probability: Any, hit: Any, bins: int = 10) -> list[dict[str, str]]:
    index = np.minimum((probability * bins).astype(int), bins - 1)
    return [
        {
            "P(hit)": f"{b / bins:.1f} to {(b + 1) / bins:.1f}",
            "n": str(int((index == b).sum())),
            "mean predicted": f"{probability[index == b].mean():.3f}",
            "share of hits": f"{hit[index == b].mean():.3f}",
        }
        for b in np.unique(index)
    ]


def _ece(points: pd.DataFrame) -> float:
    return expected_calibration_error(points["hit"].to_numpy(), (points["label"] == "states").to_numpy())


def _brier(points: pd.DataFrame) -> float:
    return float(np.mean((points["hit"] - (points["label"] == "states")) ** 2))


def _coverage(frame: pd.DataFrame) -> float:
    return float(np.mean((frame["low"] <= frame["true_score"]) & (frame["true_score"] <= frame["high"])))
