"""How far verdicts and scores agree with the labels of the gold set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from scipy.stats import spearmanr
from sklearn.metrics import f1_score, precision_recall_fscore_support, roc_auc_score
from tqdm import tqdm

from bot.grading.grader import Grader
from bot.grading.rubric import rubric_of_card
from evals.cached import CachedGrader
from evals.gold import CREDIT, GoldAnswer, Part, load_gold, true_score
from evals.options import JudgeOption, LimitOption, OutOption, SeedOption, evenly
from evals.report import RESULTS, expected_calibration_error, interval, markdown_table, shown, write_report
from evals.services import graded_with
from knowledge.deck import Deck

VERDICT_OF_LABEL = {"states": "hit", "half": "partly", "contradicts": "contradicted", "absent": "missed"}


def grade_gold(grader: Grader | CachedGrader, deck: Deck, answers: list[GoldAnswer]) -> Iterator[tuple[GoldAnswer, dict[str, Any]]]:
    """Each answer with what the grader made of it, as plain data."""
    for answer in answers:
        card = deck.get(answer.card, answer.lang)
        grade = grader.grade(rubric_of_card(card), answer.answer)
        yield (
            answer,
            {
                "id": answer.id,
                "card": answer.card,
                "lang": answer.lang,
                "kind": answer.kind,
                "state": grade.state,
                "score": grade.score.value if grade.score else None,
                "low": grade.score.low if grade.score else None,
                "high": grade.score.high if grade.score else None,
                "true_score": true_score(answer, deck),
                "seconds": grade.seconds,
                "prompt_tokens": grade.prompt_tokens,
                "quotes_stand": all(v.quote is None or v.quote.text in answer.answer for v in grade.points),
                "points": [
                    {
                        "point": v.point_id,
                        "label": answer.labels[v.point_id],
                        "verdict": v.verdict.value,
                        "hit": v.distribution.hit,
                        "expected": v.distribution.expected,
                        "contradicted": v.distribution.contradicted,
                    }
                    for v in grade.points
                ],
            },
        )


def command(
    part: Annotated[str, typer.Option(help="development, reporting, all, or unseen: answers by another writer")] = "reporting",
    judge: JudgeOption = "auto",
    limit: LimitOption = None,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Agreement of verdicts and scores with the gold set."""
    with graded_with(judge) as (grader, services):
        path = run(grader, services.deck, part=part, limit=limit, seed=seed, out=out)  # type: ignore[arg-type]
    typer.echo(path.read_text(encoding="utf-8"))


def run(
    grader: Grader | CachedGrader, deck: Deck, *, part: Part = "reporting", limit: int | None = None, seed: int = 0, out: Path = RESULTS
) -> Path:
    """Grades the gold set and writes `points-<part>.md` and `.jsonl`; returns the path of the report."""
    answers = evenly(load_gold(deck, part), limit, seed)
    cases = [case for _, case in tqdm(grade_gold(grader, deck, answers), total=len(answers), unit="answer")]
    graded = [case for case in cases if case["state"] != "ungraded"]
    frame, points = as_frames(cases)
    parts = [
        f"Judge: {grader.judge.name}. Gold set, {part} questions: n = {len(graded)} answers, {len(points)} point judgements, "
        f"{len(cases) - len(graded)} ungraded. 95% bootstrap intervals by question in brackets.\n",
        "## Scores\n\n" + markdown_table(score_rows(frame)),
        "## Points\n\n" + markdown_table(point_rows(points)),
        "## Verdicts\n\n" + markdown_table(verdict_rows(points)),
        "## By kind of answer\n\n" + markdown_table(kind_rows(frame)),
    ]
    return write_report(f"points-{part}", "Agreement with the gold set", parts, cases, out)


def as_frames(cases: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Graded answers, a row each, and their points, a row each; what was not graded is left out."""
    graded = [case for case in cases if case["state"] != "ungraded"]
    frame = pd.DataFrame([{k: v for k, v in case.items() if k != "points"} for case in graded])
    points = pd.DataFrame([{"card": c["card"], "lang": c["lang"], "kind": c["kind"], **p} for c in graded for p in c["points"]])
    return frame, points


def score_rows(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Agreement of scores with labels, over all answers and by language."""
    rows = []
    for name, data in [("all", frame), *frame.groupby("lang")]:
        rows.append(
            {
                "answers": f"{name} (n={len(data)})",
                "Spearman": shown(interval(_spearman, data, "card")),
                "MAE": shown(interval(lambda d: float((d["score"] - d["true_score"]).abs().mean()), data, "card"), 1),
                "coverage of 80% interval": f"{np.mean((data['low'] <= data['true_score']) & (data['true_score'] <= data['high'])):.2f}",
                "quotes that stand": f"{data['quotes_stand'].mean():.3f}",
                "median seconds": f"{data['seconds'].median():.1f}",
            }
        )
    return rows


def point_rows(points: pd.DataFrame) -> list[dict[str, str]]:
    """Agreement of verdicts with labels. AUC is of stated points against contradicted and absent ones by P(hit)."""
    rows = []
    for name, data in [("all", points), *points.groupby("lang")]:
        clear = data[data["label"] != "half"]
        truth = np.asarray([VERDICT_OF_LABEL[label] for label in data["label"]])
        rows.append(
            {
                "points": f"{name} (n={len(data)})",
                "AUC": shown(interval(_auc, clear, "card")),
                "AUC against contradicted": shown(interval(_auc, clear[clear["label"] != "absent"], "card")),
                "F1 of hit": f"{f1_score(truth == 'hit', data['verdict'] == 'hit'):.3f}",
                "macro F1": f"{f1_score(truth, data['verdict'], average='macro'):.3f}",
                "Spearman": shown(interval(lambda d: _rank(d["expected"], [CREDIT[x] for x in d["label"]]), data, "card")),
                "ECE": f"{expected_calibration_error(data['hit'].to_numpy(), (data['label'] == 'states').to_numpy()):.3f}",
                "Brier": f"{np.mean((data['hit'] - (data['label'] == 'states')) ** 2):.3f}",
            }
        )
    return rows


def verdict_rows(points: pd.DataFrame) -> list[dict[str, str]]:
    """Precision, recall and F1 of each verdict."""
    names = list(dict.fromkeys(VERDICT_OF_LABEL.values()))
    truth = [VERDICT_OF_LABEL[label] for label in points["label"]]
    precision, recall, f1, support = precision_recall_fscore_support(truth, points["verdict"], labels=names, zero_division=0)
    return [
        {"verdict": n, "precision": f"{p:.3f}", "recall": f"{r:.3f}", "F1": f"{f:.3f}", "n": str(int(s))}
        for n, p, r, f, s in zip(names, precision, recall, f1, support, strict=True)
    ]


def kind_rows(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Mean score by kind of answer beside the mean of the labels."""
    return [
        {
            "kind": str(kind),
            "n": str(len(data)),
            "mean score": f"{data['score'].mean():.1f}",
            "labels say": f"{data['true_score'].mean():.1f}",
            "highest": f"{data['score'].max():.0f}",
            "lowest": f"{data['score'].min():.0f}",
        }
        for kind, data in frame.groupby("kind", sort=False)
    ]


def _spearman(data: pd.DataFrame) -> float:
    return _rank(data["score"], data["true_score"])


def _rank(left: Any, right: Any) -> float:
    return float(spearmanr(left, right).statistic)


def _auc(data: pd.DataFrame) -> float:
    truth = data["label"] == "states"
    return float(roc_auc_score(truth, data["hit"])) if truth.nunique() == 2 else float("nan")
