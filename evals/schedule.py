"""Whether the schedule foretells what made-up learners recall, and whether practising by it leaves more known on the interview's day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from tqdm import tqdm

from bot.memory.schedule import Schedule
from evals.learners import MODELS, Floats, draw
from evals.options import OutOption, SeedOption
from evals.own_curve import fitted, section
from evals.policies import POLICIES, Bank, Seer, bank_of, practised
from evals.predictors import History, by_half_life, by_mean, by_schedule, by_sm2, log_loss, observe, rmse_bins
from evals.report import RESULTS, markdown_table, mean_interval, shown, write_report
from knowledge.deck import load_deck

OURS = "ours"
TRUTH = "the truth itself"
SEEDS = 4
REVIEWS = 6
DAYS = 30
BUDGETS = (20.0, 5.0)
# Items a learner of the table of own curves has answered seven times: about 500 and 2,000 recalls to fit and judge by.
SIZES = (120, 480)
# How often one point can be asked for with luck of its own; more often the luck repeats.
ASKED = 64

METHOD = """
No person took part. Learners are made up, so these tables say whether the schedule stands up to kinds of forgetting it does not assume,
not how much anyone learns with it. Four models of what a learner truly remembers (`evals/learners.py`), each with parameters drawn for
every learner and item, and about two in five points known before, at uneven distance in time:

- **power law**: (1 + t/s)^-d; strength grows by a learner's own factor, nearly whenever practised; failures keep 30% of it
- **exponential**: 2^(-t/h); full spacing effect: a success adds in proportion to what had been forgotten
- **activation**: ACT-R's declarative memory (Pavlik and Anderson 2005): traces that decay by power laws, no strength; a failure that is
  read about leaves as much as a success
- **drawn FSRS-6**: our own model's family, every parameter times a log-normal factor (sigma 0.3), first states drawn for each item

In the first three up to 6% of what is remembered is left unsaid. A point is said or not, without halves; grading makes no mistakes; after
each answer the learner reads the feedback and has met every point. A point asked for alone is as hard as within its question.
"""


def command(
    learners: Annotated[int, typer.Option(min=2, help="of each model and seed")] = 25,
    seeds: Annotated[int, typer.Option(min=1, help="how many seeds")] = SEEDS,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Simulated learners: forecasts of recall, and points known at an interview for the same minutes of practice."""
    typer.echo(run(learners, range(seed, seed + seeds), out).read_text(encoding="utf-8"))


def run(
    learners: int = 25,
    seeds: Sequence[int] = range(SEEDS),
    out: Path = RESULTS,
    budgets: Sequence[float] = BUDGETS,
    sizes: Sequence[int] = SIZES,
) -> Path:
    """Simulates `learners` of each model and seed and writes `schedule.md` and `schedule.jsonl`; returns the path of the report."""
    bank = bank_of(load_deck())
    people = [(seed, learner) for seed in seeds for learner in range(learners)]
    forecasts = [case for model in MODELS for case in foretold(model, people, len(bank.weight))]
    outcomes = [outcome(bank, model, person, minutes) for model, person, minutes in tqdm(_runs(people, budgets), unit="learner")]
    own_curves = fitted(people, sizes, REVIEWS)
    parts = [
        f"Seeds {', '.join(map(str, seeds))}, {learners} learners each: n = {len(people)} for each model. 95% bootstrap intervals, "
        "resampling learners, in brackets; differences are paired, learner by learner.\n",
        METHOD,
        f"## In short\n\nIn how many of the {len(MODELS)} models the interval of the difference lies on the better side for ours, on "
        "the worse, or about zero.\n\n" + markdown_table(_summary(forecasts, outcomes, budgets)),
        "## Forecasts of recall\n\n"
        f"{len(bank.weight)} items a learner, first answered within 30 days, then {REVIEWS} times after gaps between 1 and 60 days, even "
        "on a log scale: no scheduler chose them. Every review but the first is foretold from the answers before it. Log loss in nats "
        "(forecasts clipped to 0.0001 and 0.9999) and RMSE(bins), bins as in the public benchmark of FSRS (interval, number of the "
        "review, lapses; `evals/predictors.py`), are taken for each learner and averaged. Ours: FSRS-6 with default parameters and the "
        "product's rule of ratings, nothing fitted. SM-2 gives no probabilities; its intervals are read as 0.9^(elapsed/interval), as that "
        "benchmark does. One half-life: 2^(-elapsed/h), h fitted on the other learners (five folds). Constant: the other learners' mean "
        "recall.\n\n"
        + "\n".join(f"{model} (n = {len(people)}):\n\n{markdown_table(_forecast_rows(_of(forecasts, model)))}" for model in MODELS),
        "## An own forgetting curve\n\n"
        "As the product does it: parameters fitted by fsrs-rs to the first 80% of the recalls there are, adopted if they foretell the "
        "other 20% better than the default by more than the standard error. The last quarter of the answers, which neither step saw, "
        f"judges.\n\n{section(own_curves, sizes)}",
        f"## Known on the interview's day\n\n{len(bank.cards)} questions with {len(bank.weight)} weighted points (the bank), {DAYS} days, "
        "a whole question 3 minutes, a point alone 1; minutes too few for another question are saved. The share of the points' weight that "
        "would be said on the morning of the interview, as the truth has it. The same learner has the same luck under every policy. "
        "Ours goes through `known_points`, `due_list`, `timetable` and the planner's `choose`, as the product does; it weighs questions "
        "asked often in interviews more, the figure here does not. “Truth known” sees what no program can and asks for what is most "
        "lost.\n\n" + "\n".join(_outcome_parts(outcomes, minutes) for minutes in budgets),
    ]
    return write_report("schedule", "Schedule, with made-up learners", parts, [*forecasts, *own_curves, *outcomes], out)


def foretold(model: str, people: Sequence[tuple[int, int]], items: int) -> list[dict[str, Any]]:
    """One case a learner: log loss and RMSE(bins) of every predictor."""
    schedule = Schedule()
    histories = [
        observe(draw(model, person[0], person[1], items), items, REVIEWS, np.random.default_rng([4, *person]))
        for person in tqdm(people, unit="history")
    ]
    predicted: dict[str, list[Floats]] = {
        OURS: [by_schedule(history, schedule) for history in tqdm(histories, unit="replay")],
        "SM-2": [by_sm2(history) for history in histories],
        "one half-life": by_half_life(histories),
        "constant": by_mean(histories),
        TRUTH: [history.truth[:, 1:] for history in histories],
    }
    return [
        _forecast(model, person, history, {name: forecasts[number] for name, forecasts in predicted.items()})
        for number, (person, history) in enumerate(zip(people, histories, strict=True))
    ]


def outcome(bank: Bank, model: str, person: tuple[int, int], minutes: float) -> dict[str, Any]:
    """One learner's share of weight known after practising by each policy."""
    seed, learner = person
    shares = {}
    for name, make in POLICIES.items():
        memory = draw(model, seed, learner, len(bank.weight))
        policy = make(bank, DAYS, minutes, learner)
        if isinstance(policy, Seer):
            policy.memory = memory
        chance = np.random.default_rng([5, seed, learner]).random((len(bank.weight), ASKED))
        shares[name] = round(practised(policy, memory, chance), 5)
    return {"part": "outcome", "model": model, "seed": seed, "learner": learner, "minutes": minutes, "share": shares}


def _forecast(model: str, person: tuple[int, int], history: History, predicted: dict[str, Floats]) -> dict[str, Any]:
    recalled = history.recalled[:, 1:]
    return {
        "part": "forecast",
        "model": model,
        "seed": person[0],
        "learner": person[1],
        "reviews": recalled.size,
        "recalled": round(float(recalled.mean()), 4),
        "log_loss": {name: round(log_loss(p, recalled), 5) for name, p in predicted.items()},
        "rmse_bins": {name: round(rmse_bins(p, history), 5) for name, p in predicted.items()},
    }


def _runs(people: Sequence[tuple[int, int]], budgets: Sequence[float]) -> list[tuple[str, tuple[int, int], float]]:
    return [(model, person, minutes) for minutes in budgets for model in MODELS for person in people]


def _of(cases: Sequence[dict[str, Any]], model: str) -> list[dict[str, Any]]:
    return [case for case in cases if case["model"] == model]


def _summary(forecasts: Sequence[dict[str, Any]], outcomes: Sequence[dict[str, Any]], budgets: Sequence[float]) -> list[dict[str, str]]:
    rows = []
    for name in ("SM-2", "one half-life", "constant"):
        for measure, what in (("log_loss", "log loss"), ("rmse_bins", "RMSE(bins)")):
            gains = {m: [case[measure][name] - case[measure][OURS] for case in _of(forecasts, m)] for m in MODELS}
            rows.append({"ours against": name, "by": what, **_standing(gains)})
    for name in POLICIES:
        for minutes in budgets:
            own = [case for case in outcomes if case["minutes"] == minutes]
            gains = {m: [case["share"][OURS] - case["share"][name] for case in _of(own, m)] for m in MODELS}
            if name != OURS:
                rows.append({"ours against": name, "by": f"share known, {minutes:.0f} minutes a day", **_standing(gains)})
    return rows


def _standing(gains: dict[str, list[float]]) -> dict[str, str]:
    """In how many models ours is ahead, behind or neither."""
    intervals = {model: mean_interval(values) for model, values in gains.items()}
    ahead = [model for model, (_, low, _) in intervals.items() if low > 0]
    behind = [model for model, (_, _, high) in intervals.items() if high < 0]
    named = f"{len(behind)} ({', '.join(behind)})" if behind else "0"
    return {"ahead": str(len(ahead)), "behind": named, "neither": str(len(intervals) - len(ahead) - len(behind))}


def _forecast_rows(cases: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    rows = []
    for name in cases[0]["log_loss"]:
        worse = [case["log_loss"][name] - case["log_loss"][OURS] for case in cases]
        rows.append(
            {
                "forecast by": name,
                "log loss": shown(mean_interval([case["log_loss"][name] for case in cases])),
                "RMSE(bins)": shown(mean_interval([case["rmse_bins"][name] for case in cases])),
                "log loss above ours": "" if name == OURS else shown(mean_interval(worse)),
            }
        )
    return rows


def _outcome_parts(cases: Sequence[dict[str, Any]], minutes: float) -> str:
    tables = []
    for model in MODELS:
        own = [case for case in _of(cases, model) if case["minutes"] == minutes]
        tables.append(f"{model} (n = {len(own)}):\n\n{markdown_table(_outcome_rows(own))}")
    return f"### {minutes:.0f} minutes a day\n\n" + "\n".join(tables)


def _outcome_rows(cases: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    rows = []
    for name in POLICIES:
        ahead = [case["share"][OURS] - case["share"][name] for case in cases]
        seeds = sorted({case["seed"] for case in cases})
        by_seed = [float(np.mean([a for a, case in zip(ahead, cases, strict=True) if case["seed"] == seed])) for seed in seeds]
        rows.append(
            {
                "practice": name,
                "share known": shown(mean_interval([case["share"][name] for case in cases])),
                "ours ahead by": "" if name == OURS else shown(mean_interval(ahead), 4),
                "seeds with ours ahead": "" if name == OURS else f"{sum(value > 0 for value in by_seed)} of {len(seeds)}",
            }
        )
    return rows
