"""Whether a learner's own forgetting curve, as the product fits and adopts it, foretells later answers better than the default one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from fsrs import Rating
from tqdm import tqdm

from bot.memory.fitting import fit, losses
from bot.memory.schedule import Schedule
from evals.learners import MODELS, draw
from evals.predictors import BEGINNING, History, observe, rating
from evals.report import markdown_table, mean_interval, shown

# The latest part of a learner's recalls, which neither the fit nor its judgement sees.
LATER = 0.25


def fitted(people: Sequence[tuple[int, int]], sizes: Sequence[int], reviews: int) -> list[dict[str, Any]]:
    """One case for each model, number of items and learner: mean log loss on the later recalls by the default curve, the fitted one, and
    the one that the product would use."""
    runs = [(model, items, person) for model in MODELS for items in sizes for person in people]
    return [_case(model, items, person, reviews) for model, items, person in tqdm(runs, unit="fit")]


def section(cases: Sequence[dict[str, Any]], sizes: Sequence[int]) -> str:
    """The cases as a table."""
    rows = []
    for model in MODELS:
        for items in sizes:
            own = [case for case in cases if (case["model"], case["items"]) == (model, items)]
            gain = {name: [case["log_loss"]["default"] - case["log_loss"][name] for case in own] for name in ("fitted", "adopted")}
            rows.append(
                {
                    "learners": model,
                    "recalls fitted to": f"{np.mean([case['recalls'] for case in own]):.0f}",
                    "n": len(own),
                    "adopted": f"{np.mean([case['better'] for case in own]):.0%}",
                    "log loss, default": shown(mean_interval([case["log_loss"]["default"] for case in own])),
                    "lower by, always fitted": shown(mean_interval(gain["fitted"]), 4),
                    "lower by, as adopted": shown(mean_interval(gain["adopted"]), 4),
                }
            )
    return markdown_table(rows)


def _case(model: str, items: int, person: tuple[int, int], reviews: int) -> dict[str, Any]:
    history = observe(draw(model, person[0], person[1], items), items, reviews, np.random.default_rng([6, *person]))
    told = _as_reviews(history)
    cut = BEGINNING + timedelta(days=float(np.quantile(history.at[:, 1:], 1 - LATER)))
    before = [[review for review in own if review[1] <= cut] for own in told]
    found = fit(before)
    assert found is not None
    curves = {"default": None, "fitted": found.parameters, "adopted": found.parameters if found.better else None}
    return {
        "part": "own curve",
        "model": model,
        "items": items,
        "seed": person[0],
        "learner": person[1],
        "recalls": sum(max(0, len(own) - 1) for own in before) - found.held_out,
        "better": found.better,
        "log_loss": {name: round(_mean_loss(told, Schedule(p), cut), 5) for name, p in curves.items()},
    }


def _as_reviews(history: History) -> list[list[tuple[Rating, datetime]]]:
    return [
        [(rating(bool(said), step == 0), BEGINNING + timedelta(days=float(day))) for step, (day, said) in enumerate(zip(*own, strict=True))]
        for own in zip(history.at, history.recalled, strict=True)
    ]


def _mean_loss(told: Sequence[Sequence[tuple[Rating, datetime]]], schedule: Schedule, after: datetime) -> float:
    return float(np.mean([loss for own in told for loss in losses(own, schedule, after)]))
