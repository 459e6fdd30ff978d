"""What each part of the trained judge adds, on answers nothing was fitted to. What judging costs in seconds is measured by `latency`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
import pandas as pd
import typer
from langchain_core.embeddings import Embeddings
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.trained.aggregate import Stage
from evals.gold import CREDIT, GoldAnswer, Label, load_gold, true_score
from evals.options import OutOption
from evals.remembered import Remembered
from evals.report import RESULTS, interval, markdown_table, shown, write_report
from evals.train import ALL, Fitted, fit_judge, judged
from knowledge.deck import Deck, load_deck

WITHOUT = {
    "all of it (the judge as shipped)": ALL,
    "without words and characters (n-grams)": replace(ALL, ngrams=False),
    "without meaning (e5 embedding)": replace(ALL, embedding=False),
    "without passages with two names exchanged": replace(ALL, exchanged=False),
    "without whole answers": replace(ALL, answers=False),
    "without answers put together from passages": replace(ALL, composites=False),
}
CONTEXT = "without a look at the other points"
SETS = {"unseen": "unseen writer", "reporting": "gold, reporting"}


def predictions(fitted: Fitted, deck: Deck, answers: list[GoldAnswer], embeddings: Embeddings, *, context: bool = True) -> pd.DataFrame:
    """What a judge makes of every point of the answers, without calibration and without what is recognised before judging.

    Columns: answer, card, label, weight, states (its probability), credit (expected) and true (score of the answer by its labels).
    """
    rows: list[dict[str, Any]] = []
    credits = np.array([CREDIT[label] for label in get_args(Label)])
    for answer in answers:
        [(values, _)] = judged(fitted.classifiers, [answer], embeddings)
        alone: Stage = fitted.aggregate.alone
        probabilities = fitted.aggregate.decide(values) if context else alone.probabilities(values)
        weights = {point.id: point.weight for point in deck.get(answer.card, answer.lang).points}
        for point, p in zip(fitted.classifiers[answer.card, answer.lang].points, probabilities, strict=True):
            rows.append(
                {
                    "answer": answer.id,
                    "card": answer.card,
                    "label": answer.labels[point],
                    "weight": weights[point],
                    "states": p[0],
                    "credit": float(p @ credits),
                    "true": true_score(answer, deck),
                }
            )
    return pd.DataFrame(rows)


def scores(points: pd.DataFrame) -> pd.DataFrame:
    """One row an answer: card, true score, score from the expected credits."""
    columns = {column: (column, "first") for column in ("card", "true")}
    sums = points.assign(got=points["credit"] * points["weight"]).groupby("answer")
    found = sums.agg(**columns, got=("got", "sum"), weight=("weight", "sum"))
    return found.assign(score=100 * found["got"] / found["weight"]).drop(columns=["got", "weight"]).reset_index()


def row(name: str, points: pd.DataFrame) -> dict[str, str]:
    """AUC of the points (stated against contradicted or absent), Spearman and mean absolute error of the scores, with intervals."""
    clear, found = points[points["label"] != "half"], scores(points)
    return {
        "judge": name,
        "AUC": shown(interval(lambda d: float(roc_auc_score(d["label"] == "states", d["states"])), clear, "card")),
        "Spearman": shown(interval(lambda d: float(spearmanr(d["score"], d["true"]).statistic), found, "card")),
        "MAE": shown(interval(lambda d: float(np.mean(np.abs(d["score"] - d["true"]))), found, "card"), 1),
    }


def command(
    batches: Annotated[str, typer.Option(help="batches of passages to train on")] = "abcdh",
    cache: Annotated[Path, typer.Option(help="file that keeps embeddings between runs")] = Path(".cache/embeddings.npz"),
    out: OutOption = RESULTS,
) -> None:
    """The trained judge fitted again without each of its parts; nothing is fitted to the answers reported on."""
    deck = load_deck()
    embeddings = Remembered(OfflineEmbeddings(), cache)
    tables: dict[str, list[dict[str, str]]] = {part: [] for part in SETS}
    cases: list[dict[str, Any]] = []
    for name, parts in tqdm(WITHOUT.items(), desc="judges", unit="judge"):
        fitted = fit_judge(deck, batches, embeddings, parts)
        for part, table in tables.items():
            answers = load_gold(deck, "unseen" if part == "unseen" else "reporting")
            for label, context in [(name, True), (CONTEXT, False)] if parts == ALL else [(name, True)]:
                points = predictions(fitted, deck, answers, embeddings, context=context)
                table.append(row(label, points))
                cases += [
                    {"judge": label, "set": part, **{str(k): v for k, v in case.items()}}
                    for case in scores(points).round(4).to_dict("records")
                ]
    embeddings.save()
    about = (
        "Each judge is fitted again without one part. The judge alone is measured, without the recognition of empty, echoed or hostile "
        "answers before it. 95% bootstrap intervals by question in brackets.\n"
    )
    sizes = {part: len({case["answer"] for case in cases if case["set"] == part}) for part in SETS}
    parts_of_report = [about] + [f"## {title} ({sizes[part]} answers)\n\n{markdown_table(tables[part])}" for part, title in SETS.items()]
    typer.echo(
        write_report("ablation", "What each part of the trained judge adds", parts_of_report, cases, out).read_text(encoding="utf-8")
    )
