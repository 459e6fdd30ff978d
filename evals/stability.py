"""Whether the same answer gets the same grade again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from tqdm import tqdm

from bot.grading.grader import Grader
from bot.grading.rubric import Rubric, rubric_of_card, rubric_of_reference
from evals.gold import load_gold
from evals.options import JudgeOption, LimitOption, OutOption, SeedOption, evenly
from evals.report import RESULTS, markdown_table, write_report
from evals.services import services_for
from knowledge.deck import Deck


def command(
    judge: JudgeOption = "auto",
    limit: LimitOption = 28,
    runs: Annotated[int, typer.Option(min=2, help="how often each answer is graded")] = 5,
    free: Annotated[int, typer.Option(min=0, help="answers that are also graded against the model answer alone, without the card")] = 3,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Spread of the score when the same answer is graded again and again."""
    with services_for(judge) as services:
        path = run(services.grader, services.deck, limit=limit, runs=runs, free=free, seed=seed, out=out)
    typer.echo(path.read_text(encoding="utf-8"))


def run(grader: Grader, deck: Deck, *, limit: int | None = None, runs: int = 5, free: int = 0, seed: int = 0, out: Path = RESULTS) -> Path:
    """Grades answers `runs` times, in rounds so that others come in between, and writes `stability.md`; returns the path."""
    gold = evenly(load_gold(deck), limit, seed)
    items: list[tuple[str, str, Rubric, str]] = [
        ("card", answer.id, rubric_of_card(deck.get(answer.card, answer.lang)), answer.answer) for answer in gold
    ]
    for answer in gold[:free]:
        card = deck.get(answer.card, answer.lang)
        items.append(("reference alone", answer.id, rubric_of_reference(card.question, card.answer, card.lang), answer.answer))
    cases: list[dict[str, Any]] = []
    for round_ in tqdm(range(runs), unit="round"):
        for way, identifier, rubric, text in items:
            grade = grader.grade(rubric, text)
            value = grade.score.value if grade.score else None
            probabilities = [v.distribution.hit for v in grade.points]
            cases.append({"way": way, "id": identifier, "round": round_, "score": value, "probabilities": probabilities})
    frame = pd.DataFrame(cases)
    rows = []
    for group, data in frame.groupby("way"):
        spread = data.groupby("id")["score"].agg(lambda scores: scores.max() - scores.min())
        same = data.groupby("id")["probabilities"].agg(lambda lists: all(values == lists.iloc[0] for values in lists))
        rows.append(
            {
                "graded against": str(group),
                "answers": str(len(spread)),
                "identical to the last bit": f"{int(same.sum())} of {len(same)}",
                "largest spread of a score": f"{spread.max():.1f}",
            }
        )
    parts = [f"Judge: {grader.judge.name}. Each answer graded {runs} times, other answers in between.\n", markdown_table(rows)]
    return write_report("stability", "Stability", parts, cases, out)
