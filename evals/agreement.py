"""How far scores agree with human graders, beside baselines that know nothing of the subject."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from langchain_core.embeddings import Embeddings
from langchain_core.messages import HumanMessage
from scipy.stats import pearsonr
from sklearn.metrics import cohen_kappa_score
from tqdm import tqdm

from bot.grading.grader import Grader
from bot.grading.rubric import rubric_of_reference
from bot.grading.score import score
from bot.models.embeddings import OfflineEmbeddings
from bot.models.endpoint import Endpoint
from evals.cached import CachedGrader
from evals.human import (
    SETS,
    DataError,
    HumanSet,
    Scores,
    embedding_cosine,
    load_human,
    mean_of_others,
    out_of_fold,
    sample,
    similarity_features,
)
from evals.options import DataOption, JudgeOption, LimitOption, OutOption, SeedOption, data_folder
from evals.remembered import Remembered
from evals.report import RESULTS, fingerprint, interval, markdown_table, mean_interval, shown, write_report
from evals.services import graded_with

NAIVE = (
    "Grade the student's answer to the question against the reference answer.\nQuestion: {question}\nReference: {reference}\n"
    "Student's answer: {answer}\nReply with a grade from 0 to 10 and nothing else."
)


def command(
    sets: Annotated[str, typer.Option(help=f"which of {', '.join(SETS)}, separated by commas")] = ",".join(SETS),
    judge: JudgeOption = "auto",
    data: DataOption = None,
    limit: LimitOption = 240,
    naive: Annotated[int, typer.Option(help="answers of each set to ask the same model for a number about", min=0)] = 60,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Agreement with human graders, nothing fitted on their sets."""
    chosen = [SETS[name] for name in sets.split(",") if name in SETS]
    try:
        frames = {which.name: load_human(data_folder(data), which) for which in chosen}
    except DataError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    with graded_with(judge) as (grader, services):
        for path in run(grader, frames, limit=limit, seed=seed, out=out, endpoint=services.models.endpoint, naive=naive):
            typer.echo(path.read_text(encoding="utf-8"))


def run(
    grader: Grader | CachedGrader,
    frames: dict[str, pd.DataFrame],
    *,
    limit: int | None = None,
    seed: int = 0,
    out: Path = RESULTS,
    endpoint: Endpoint | None = None,
    naive: int = 0,
) -> Iterator[Path]:
    """Grades a sample of each set and writes `agreement-<set>.md` and `.jsonl`; the path of each report as soon as it is there."""
    embeddings = Remembered(OfflineEmbeddings(), Path(".cache/embeddings.npz"))
    for name, data in frames.items():
        which = SETS[name]
        rows = _with_baselines(data, which, embeddings)
        rows = sample(rows, which, limit, seed)
        graded = [_graded(grader, row) for row in tqdm(rows.to_dict("records"), desc=name, unit="answer")]
        rows = rows.assign(judge=[g["predicted"] for g in graded], points=[g["points"] for g in graded])
        asked = _naive(endpoint, rows, naive, seed) if endpoint is not None and naive else pd.DataFrame()
        left = rows.dropna(subset=["judge"])
        cases = [
            {"set": name, "question": fingerprint(r["question"]), "answer": fingerprint(r["answer"]), "human": r["score"], **g}
            for r, g in _pairs(rows, graded)
        ]
        parts = [
            f"{which.what}, from {which.where}. Judge: {grader.judge.name}. n = {len(left)} answers to {left['question'].nunique()} "
            f"questions, {len(rows) - len(left)} ungraded and left out; seed {seed}. 95% bootstrap intervals by question in brackets.\n",
            markdown_table(_table(left, asked, data, which)),
        ]
        embeddings.save()
        yield write_report(f"agreement-{name}", "Agreement with human graders", parts, cases, out)


def _pairs(rows: pd.DataFrame, graded: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(rows.to_dict("records"), graded, strict=True))  # type: ignore[arg-type]


def _with_baselines(data: pd.DataFrame, which: HumanSet, embeddings: Embeddings) -> pd.DataFrame:
    """Out-of-fold predictions of the baselines for every row of a set, each fitted on the other questions."""
    score, groups = data["score"].to_numpy(dtype=float), data["question"].tolist()
    features = similarity_features(data)
    cosine = embedding_cosine(data, embeddings)
    return data.assign(
        mean=mean_of_others(score, groups),
        length=out_of_fold(features[:, 3:], score, groups),
        similarity=out_of_fold(features, score, groups),
        embedding=out_of_fold(np.hstack([features, cosine]), score, groups),
    )


def _graded(grader: Grader | CachedGrader, row: dict[Any, Any]) -> dict[str, Any]:
    grade = grader.grade(rubric_of_reference(str(row["question"]), str(row["reference"]), "en"), str(row["answer"]))
    return {
        "predicted": grade.score.value / 100 if grade.score else None,
        "low": grade.score.low / 100 if grade.score else None,
        "high": grade.score.high / 100 if grade.score else None,
        "points": score(grade.points).value / 100 if grade.points else None,
        "state": grade.state,
        "seconds": grade.seconds,
        "prompt_tokens": grade.prompt_tokens,
    }


def _naive(endpoint: Endpoint, rows: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """The same model asked for a number, on some of the same answers."""
    some = rows.sample(min(count, len(rows)), random_state=seed)
    chat = endpoint.chat(max_tokens=4)
    numbers = []
    for row in tqdm(some.to_dict("records"), desc="same model, naively", unit="answer"):
        text = str(chat.invoke([HumanMessage(NAIVE.format(**{k: row[k] for k in ("question", "reference", "answer")}))]).content)
        found = re.search(r"\d+(?:\.\d+)?", text)
        numbers.append(min(1.0, float(found[0]) / 10) if found else np.nan)
    return some.assign(naive=numbers).dropna(subset=["naive"])


def _table(rows: pd.DataFrame, asked: pd.DataFrame, data: pd.DataFrame, which: HumanSet) -> list[dict[str, str]]:
    table = [
        _measures("Mensetsu", rows, "judge", which),
        _measures("of it, the points alone", rows, "points", which),
        _measures("mean of the other questions", rows, "mean", which),
        _measures("answer length, in-set", rows, "length", which),
        _measures("TF-IDF, overlap, length ridge, in-set", rows, "similarity", which),
        _measures("the same with e5 cosine, in-set", rows, "embedding", which),
    ]
    if len(asked):
        table.append(_measures("same model asked for a number", asked, "naive", which))
        table.append(_measures("Mensetsu on those answers", asked, "judge", which))
    if {"grader2_raw", "grader3_raw"} <= set(data.columns) and data[["grader2_raw", "grader3_raw"]].notna().all(axis=1).any():
        both = data.dropna(subset=["grader2_raw", "grader3_raw"])
        other = both.assign(score=both["grader3_raw"] / both["max"], human=both["grader2_raw"] / both["max"])
        table.append(_measures("one human against the other", other, "human", which))
    return table


def _measures(name: str, rows: pd.DataFrame, column: str, which: HumanSet) -> dict[str, str]:
    def shown_of(statistic: Callable[[pd.DataFrame], float]) -> str:
        return shown(interval(statistic, rows, "question"))

    return {
        "grader": name,
        "n": str(len(rows)),
        "Pearson": shown_of(lambda d: pearson(d[column], d["score"])),
        "within question": shown(mean_interval(within_questions(rows, column))),
        "RMSE": shown_of(lambda d: float(np.sqrt(np.mean((d[column] - d["score"]) ** 2)))),
        "QWK": shown_of(lambda d: kappa(d[column].to_numpy(float), d["score"].to_numpy(float), which.steps)),
    }


def pearson(left: Any, right: Any) -> float:
    """Pearson's r; NaN where one side does not vary."""
    if len(left) < 3 or np.ptp(np.asarray(left, dtype=float)) < 1e-9 or np.ptp(np.asarray(right, dtype=float)) < 1e-9:
        return float("nan")
    return float(pearsonr(left, right).statistic)


def within_questions(rows: pd.DataFrame, column: str) -> list[float]:
    """Pearson's r within each question that has three answers and scores that differ."""
    values = [pearson(group[column], group["score"]) for _, group in rows.groupby("question")]
    return [value for value in values if np.isfinite(value)]


def kappa(predicted: Scores, score: Scores, steps: int) -> float:
    """Quadratic weighted kappa of scores rounded to `steps` steps. Source: Cohen (1968)."""
    left, right = np.rint(predicted * steps).astype(int), np.rint(score * steps).astype(int)
    if len(set(left) | set(right)) < 2:
        return float("nan")
    return float(cohen_kappa_score(left, right, weights="quadratic", labels=list(range(steps + 1))))
