"""Whether the same content gets the same score: in both languages, with fillers, misheard, politely, hesitantly, at greater length."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer
from scipy.stats import pearsonr
from tqdm import tqdm

from bot.grading.grader import Grader
from bot.grading.rubric import rubric_of_card
from evals.cached import CachedGrader
from evals.gold import load_gold, true_score
from evals.options import JudgeOption, LimitOption, OutOption, SeedOption, evenly
from evals.report import RESULTS, interval, markdown_table, shown, write_report
from evals.services import graded_with
from evals.variants import VARIANTS
from knowledge.deck import Deck
from knowledge.schema import LANGUAGES

# Answers that say something; nothing can be lost from the others.
KINDS = ("strong", "terse", "half", "paraphrase")


def command(judge: JudgeOption = "auto", limit: LimitOption = 56, seed: SeedOption = 0, out: OutOption = RESULTS) -> None:
    """Scores of the same content said otherwise."""
    with graded_with(judge) as (grader, services):
        path = run(grader, services.deck, limit=limit, seed=seed, out=out)
    typer.echo(path.read_text(encoding="utf-8"))


def run(grader: Grader | CachedGrader, deck: Deck, *, limit: int | None = None, seed: int = 0, out: Path = RESULTS) -> Path:
    """Grades answers and their variants and writes `parity.md` and `parity.jsonl`; returns the path of the report."""
    gold = load_gold(deck, "reporting")
    spoken = [answer for answer in gold if answer.kind in KINDS]
    spoken = evenly(spoken, limit, seed)
    cases = []
    for answer in tqdm(spoken, unit="answer"):
        card = deck.get(answer.card, answer.lang)
        rng = random.Random(f"{seed}{answer.id}")
        plain = _score(grader, deck, answer.card, answer.lang, answer.answer)
        for name, change in VARIANTS.items():
            varied = _score(grader, deck, answer.card, answer.lang, change(answer.answer, card, rng))
            cases.append({"id": answer.id, "card": answer.card, "variant": name, "plain": plain, "varied": varied})
    frame = pd.DataFrame(cases).dropna()
    translated = pd.DataFrame([_translation(grader, deck, card_id) for card_id in dict.fromkeys(card.id for card in deck)]).dropna()
    scored = [
        {
            "card": a.card,
            "score": _score(grader, deck, a.card, a.lang, a.answer),
            "truth": true_score(a, deck),
            "length": float(np.log(len(a.answer))) - (0.0 if a.lang == "ja" else float(np.log(2.6))),
        }
        for a in tqdm(gold, unit="answer")
    ]
    parts = [
        f"Judge: {grader.judge.name}. Gold set, reporting half, kinds {', '.join(KINDS)}: n = {frame['id'].nunique()} answers, each varied "
        f"{len(VARIANTS)} ways, seed {seed}. 95% bootstrap intervals by question.\n",
        "## The same answer said otherwise\n\n" + markdown_table([_row(name, rows) for name, rows in frame.groupby("variant", sort=False)]),
        f"## The model answers of the cards in Japanese and English (n = {len(translated)})\n\n"
        + markdown_table(
            [
                {
                    "mean ja": f"{translated['ja'].mean():.1f}",
                    "mean en": f"{translated['en'].mean():.1f}",
                    "mean absolute difference": shown(interval(lambda d: float((d["ja"] - d["en"]).abs().mean()), translated, "card"), 1),
                }
            ]
        ),
        "## Length\n\nPartial correlation of score and log length given the score that the labels give: "
        + shown(interval(_partial, pd.DataFrame(scored).dropna(), "card"))
        + f" (n = {len(scored)}).\n",
    ]
    return write_report("parity", "Parity", parts, cases, out)


def _translation(grader: Grader | CachedGrader, deck: Deck, card_id: str) -> dict[str, Any]:
    scores: dict[str, Any] = {lang: _score(grader, deck, card_id, lang, deck.get(card_id, lang).answer) for lang in LANGUAGES}
    return {"card": card_id} | scores


def _score(grader: Grader | CachedGrader, deck: Deck, card_id: str, lang: Any, answer: str) -> float | None:
    grade = grader.grade(rubric_of_card(deck.get(card_id, lang)), answer)
    return grade.score.value if grade.score else None


def _row(name: Any, rows: pd.DataFrame) -> dict[str, str]:
    change = rows.assign(change=rows["varied"] - rows["plain"])
    return {
        "variant": str(name),
        "n": str(len(rows)),
        "mean change": shown(interval(lambda d: float(d["change"].mean()), change, "card"), 1),
        "mean absolute change": shown(interval(lambda d: float(d["change"].abs().mean()), change, "card"), 1),
        "95th percentile": f"{change['change'].abs().quantile(0.95):.1f}",
    }


def _partial(data: pd.DataFrame) -> float:
    """Correlation of the residuals of score and length after a line in the truth is taken off each."""
    residuals = [data[name] - np.polyval(np.polyfit(data["truth"], data[name], 1), data["truth"]) for name in ("score", "length")]
    return float(pearsonr(*residuals).statistic)
