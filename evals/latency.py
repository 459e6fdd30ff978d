"""Seconds and tokens of a graded answer, beside asking the same model for JSON with score and feedback."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from typing import Annotated, Any

import httpx
import typer
from langchain_core.messages import HumanMessage, SystemMessage
from tqdm import tqdm

from bot.grading.grader import Grade, Grader
from bot.grading.rubric import Rubric, rubric_of_card
from bot.grading.verdict import PointVerdict
from bot.models.endpoint import Endpoint
from evals.gold import load_gold
from evals.options import JudgeOption, OutOption, SeedOption, evenly
from evals.report import RESULTS, markdown_table, write_report
from evals.services import services_for
from knowledge.deck import Deck

# What tools of this kind ask for; written for this comparison, about as long as theirs.
NAIVE = (
    "You are an interviewer. Grade the answer to the question against the reference. Reply with JSON: "
    '{"score": 0-100, "feedback": "...", "strengths": ["..."], "weaknesses": ["..."], "follow_up": "..."}. '
    "90-100: complete and precise. 70-89: mostly right, small gaps. 50-69: half of the points. "
    "30-49: vague or partly wrong. 0-29: wrong or empty."
)
ASKED_FOR_JSON = "same model asked for JSON"
KINDS = ("strong", "half", "paraphrase")


def command(
    limit: Annotated[int, typer.Option(help="answers to grade")] = 12,
    naive: Annotated[int, typer.Option(help="answers to ask the naive prompt about")] = 4,
    judge: JudgeOption = "auto",
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Time and tokens per graded answer, the first verdict, page start and peak memory."""
    with services_for(judge) as services:
        endpoint = services.models.endpoint
        assert endpoint is not None
        cases = [_timed(services.grader, services.deck, *item) for item in tqdm(_answers(services.deck, limit, seed), unit="answer")]
        asked = _answers(services.deck, naive, seed)
        free = [_without_card(services.grader, services.deck, *item) for item in tqdm(asked, unit="answer")]
        later = [_without_card(services.grader, services.deck, *_other(services.deck, item)) for item in tqdm(asked, unit="answer")]
        compared = [_naive(endpoint, services.deck, *item) for item in tqdm(asked, unit="answer")]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        name = services.models.status.judge
    start = page_start()
    path = write_report(
        "latency", "Latency", _parts(cases, free, later, compared, peak, start, name), [*cases, *free, *later, *compared], out
    )
    typer.echo(path.read_text(encoding="utf-8"))


def _answers(deck: Deck, limit: int, seed: int) -> list[tuple[str, str, Any]]:
    """Answers about as long as a spoken one, spread over cards and both languages."""
    fitting = [g for g in load_gold(deck) if g.kind in KINDS]
    return [(g.card, g.answer, g.lang) for g in evenly(fitting, limit, seed)]


def _other(deck: Deck, item: tuple[str, str, Any]) -> tuple[str, str, Any]:
    """Another answer to the same question: what is read once a question has been read by then."""
    card, answer, lang = item
    others = [g.answer for g in load_gold(deck) if (g.card, g.lang) == (card, lang) and g.kind in KINDS and g.answer != answer]
    return card, others[0], lang


def _timed(grader: Grader, deck: Deck, card: str, answer: str, lang: Any) -> dict[str, Any]:
    return _streamed("bank", grader, rubric_of_card(deck.get(card, lang)), card, answer, lang)


def _without_card(grader: Grader, deck: Deck, card: str, answer: str, lang: Any) -> dict[str, Any]:
    """The same points as for a question that has no card: judged by the language model."""
    rubric = replace(rubric_of_card(deck.get(card, lang)), card_id=None, misconceptions=())
    return _streamed("no card", grader, rubric, card, answer, lang)


def _streamed(way: str, grader: Grader, rubric: Rubric, card: str, answer: str, lang: Any) -> dict[str, Any]:
    began = time.perf_counter()
    first = None
    for outcome in grader.stream(rubric, answer):
        if isinstance(outcome, PointVerdict) and first is None:
            first = time.perf_counter() - began
        if isinstance(outcome, Grade):
            grade = outcome
    return {
        "way": way,
        "card": card,
        "lang": lang,
        "words": len(answer.split()) if lang == "en" else len(answer),
        "first_verdict": first,
        "seconds": time.perf_counter() - began,
        "prompt_tokens": grade.prompt_tokens,
        "generated_tokens": grade.generated_tokens,
        "score": grade.score.value if grade.score else None,
    }


def _naive(endpoint: Endpoint, deck: Deck, card_id: str, answer: str, lang: Any) -> dict[str, Any]:
    card = deck.get(card_id, lang)
    chat = endpoint.chat(max_tokens=400)
    began = time.perf_counter()
    message = chat.invoke([SystemMessage(NAIVE), HumanMessage(f"Question: {card.question}\nReference: {card.answer}\nAnswer: {answer}")])
    usage = message.usage_metadata
    return {
        "way": "naive",
        "card": card_id,
        "lang": lang,
        "seconds": time.perf_counter() - began,
        "prompt_tokens": usage["input_tokens"] if usage else 0,
        "generated_tokens": usage["output_tokens"] if usage else 0,
        "reply": str(message.content),
    }


def page_start(timeout: float = 60.0) -> float:
    """Seconds from the command to the first answer of the page, on a free port, in a process of its own."""
    import os
    import socket
    import tempfile

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MENSETSU_PORT": str(port), "MENSETSU_DATA_DIR": folder}
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main()", "serve"], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            while time.perf_counter() - began < timeout:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/", timeout=2).status_code == 200:
                        return time.perf_counter() - began
                except httpx.TransportError:
                    time.sleep(0.05)
            return float("nan")
        finally:
            process.terminate()
            process.wait()


def _parts(
    cases: list[dict[str, Any]],
    free: list[dict[str, Any]],
    later: list[dict[str, Any]],
    compared: list[dict[str, Any]],
    peak: float,
    start: float,
    judge: str,
) -> list[str]:
    def median(rows: list[dict[str, Any]], key: str) -> float:
        return float(statistics.median(row[key] for row in rows))

    rows = [
        {
            "way": way,
            "n": str(len(data)),
            "median s": f"{median(data, 'seconds'):.1f}",
            "longest s": f"{max(row['seconds'] for row in data):.1f}",
            "median first verdict s": f"{median(data, 'first_verdict'):.1f}" if way != ASKED_FOR_JSON else "",
            "prompt tokens": f"{median(data, 'prompt_tokens'):.0f}",
            "generated tokens": f"{median(data, 'generated_tokens'):.0f}",
        }
        for way, data in (
            ("bank card, trained judge", cases),
            ("no card, language model, first answer to a question", free),
            ("no card, language model, later answers to it", later),
            (ASKED_FOR_JSON, compared),
        )
        if data
    ]
    return [
        f"Judge: {judge}. Gold answers of the kinds {', '.join(KINDS)}, both languages.\n",
        markdown_table(rows),
        f"Peak memory of this process, model included: {peak:.2f} GB. Page answers {start:.1f} s after the command.\n",
    ]
