"""Whether the 0.5B model can judge the plain points and leave only the unsure ones to the 1.5B: what that costs and what it saves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from pydantic import SecretStr

from bot.models.embeddings import OfflineEmbeddings
from bot.models.endpoint import Endpoint
from bot.models.judges.base import JudgeRequest
from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.state import StateReader
from bot.models.server import EmbeddedServer
from bot.models.weights import CODER_0_5B, CODER_1_5B, Weights, ensure_weights
from bot.settings import Settings
from evals.gold import load_gold
from evals.options import OutOption, evenly
from evals.probe import auc, left_out, spearman
from evals.probe_data import Example, answers, cleaned
from evals.remembered import Remembered
from evals.report import RESULTS, interval, markdown_table, shown, write_report
from evals.states import States, features
from knowledge.deck import Deck, load_deck

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
TIMED_ANSWERS = 6
SMALL, LARGE = "0.5B", "1.5B"
MODELS = {SMALL: CODER_0_5B, LARGE: CODER_1_5B}


@contextmanager
def reader_of(weights: Weights) -> Iterator[StateReader]:
    """A reader of a packaged model's states, on a server of its own. Raises WeightsError."""
    server = EmbeddedServer(ensure_weights(weights, Settings().cache_dir))
    try:
        endpoint = Endpoint(server.url, server.model, SecretStr("none"), embedded=True, timeout=600, retries=0)
        with endpoint.http:
            yield StateReader(endpoint)
    finally:
        server.close()


def cascaded(small: pd.DataFrame, large: pd.DataFrame, share: float) -> pd.DataFrame:
    """The small model's judgements, but for this share of the points, the ones it is least sure of, which have the large one's."""
    sureness = (small["states"] - 0.5).abs().rank(method="first", pct=True)
    return small.mask(sureness <= share, large)


def seconds_a_point(reader: StateReader, groups: list[list[Example]]) -> float:
    """Mean seconds to judge a point, the answer being read anew for each answer as the product does."""
    began, count = time.perf_counter(), 0
    for examples in groups:
        shared = prompts.beginning(JudgeRequest(examples[0].question, cleaned(examples[0]), examples[0].lang, ()))
        count += sum(1 for _ in reader.read(prompts.SYSTEM, shared, [prompts.about_statement(one.text) for one in examples]))
    return (time.perf_counter() - began) / count


def row(share: float, judged: pd.DataFrame, seconds: dict[str, float]) -> dict[str, str]:
    """AUC of stated against contradicted or absent points, Spearman of the answers' mean credit, mean seconds a point."""
    cost = seconds[LARGE] if share == 1 else seconds[SMALL] + share * seconds[LARGE]
    return {
        "left to the 1.5B": f"{share:.0%}" if share < 1 else "all, no first pass",
        "AUC": shown(interval(auc, judged[judged["label"] != "half"], "group")),
        "Spearman of answers": shown(interval(spearman, judged, "group")),
        "seconds a point": f"{cost:.2f}",
    }


def command(
    cache: Annotated[Path, typer.Option(help="folder that keeps states between runs")] = Path(".cache"), out: OutOption = RESULTS
) -> None:
    """The 0.5B model as a first pass before the 1.5B: points of gold answers, each card judged by probes fitted to the other cards."""
    deck = load_deck()
    embeddings = Remembered(OfflineEmbeddings(), cache / "embeddings.npz")
    examples = answers(deck, "development")
    judged, seconds = {}, {}
    for (name, weights), file in zip(MODELS.items(), ("states-small.sqlite", "states.sqlite"), strict=True):
        with reader_of(weights) as reader:
            seconds[name] = seconds_a_point(reader, _timed(deck, examples))
            values, used = features(examples, States(cache / file, reader), embeddings)
        judged[name] = left_out(values, used, [examples[0].source])
    embeddings.save()
    # What counts is which of two points is the surer one, so nothing is calibrated between the two probes.
    rows = [row(share, cascaded(judged[SMALL], judged[LARGE], share), seconds) for share in SHARES]
    about = (
        f"Gold answers, development half: n = {len(examples)} points of {judged[LARGE]['group'].nunique()} cards. Probes fitted to the "
        "gold answers to the other cards alone, the same features beside the states of either model. The points of which the 0.5B is least "
        "sure are left to the 1.5B. Seconds are those of reading answer and points, measured one model after the other "
        f"({len(_timed(deck, examples))} answers). 95% bootstrap intervals by card in brackets.\n\n"
    )
    cases: list[dict[str, Any]] = [
        {"model": name, **{str(k): v for k, v in case.items()}} for name, data in judged.items() for case in data.to_dict("records")
    ]
    typer.echo(write_report("cascade", "The smaller model as a first pass", [about + markdown_table(rows)], cases, out).read_text("utf-8"))


def _timed(deck: Deck, examples: list[Example]) -> list[list[Example]]:
    """The points of some answers, evenly taken, answer by answer."""
    wanted = {gold.answer for gold in evenly(load_gold(deck, "development"), TIMED_ANSWERS)}
    by_answer: dict[str, list[Example]] = {}
    for example in examples:
        if example.answer in wanted:
            by_answer.setdefault(example.answer, []).append(example)
    return list(by_answer.values())
