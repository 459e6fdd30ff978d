"""How long the memory takes with a hundred thousand stored answers, on SQLite and PostgreSQL, and whether it grows while it is used."""

from __future__ import annotations

import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
import typer
from sqlalchemy import text
from tqdm import tqdm

from bot.interview.planner import Plan, choose, wording
from bot.memory import progress
from bot.memory.due import forecast, timetable
from bot.memory.overview import Overview, overview
from bot.memory.schedule import local_day
from bot.memory.store import Question, Store
from bot.memory.tables import Turn, now
from bot.services import spare_collector
from evals.options import OutOption, SeedOption
from evals.postgres import NoPostgres, private_server
from evals.practice import SPOKEN_EVERY, answer_of, graded, history, store_history
from evals.report import RESULTS, markdown_table, write_report
from evals.synthetic import synthetic_cards
from knowledge.deck import Deck
from knowledge.schema import Card, Language

T = TypeVar("T")
LANG: Language = "ja"
READ_MS, WRITE_MS = 100.0, 10.0
# What the pages ask for at once.
NEWEST, IN_PROGRESS, WEAK_SHOWN, FORECAST_DAYS = 50, 15, 10, 28
# Turns before memory is looked at the first time: what is made once is made by then.
SETTLED = 200
# More than that a turn is not flat: keeping anything of a turn takes at least one block.
FLAT_BLOCKS = 0.2


class Taken(NamedTuple):
    """Milliseconds that something took, and those for which this process had a processor."""

    wall: float
    cpu: float


class Timing(NamedTuple):
    """Something that is measured: how it is called, what it may take at the 95th percentile (None: no aim), and how long it took."""

    what: str
    aim: float | None
    taken: list[Taken]


class Growth(NamedTuple):
    """Memory after so many turns: Python's live blocks, and what the process holds (None where the system does not say)."""

    turns: int
    blocks: int
    resident_mb: float | None


def command(
    attempts: Annotated[int, typer.Option(min=10, help="stored answers")] = 100_000,
    cards: Annotated[int, typer.Option(min=2, help="synthetic cards")] = 2_000,
    runs: Annotated[int, typer.Option(min=2, help="how often each is measured; storing five times as often")] = 40,
    turns: Annotated[int, typer.Option(min=0, help="stored turns over which memory is watched")] = 1_000,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
) -> None:
    """Due list, choice, storing, lists and pages among many stored answers; memory over many turns."""
    typer.echo(run(attempts, cards, runs, turns, seed, out).read_text(encoding="utf-8"))


def run(attempts: int, cards: int, runs: int, turns: int, seed: int = 0, out: Path = RESULTS, *, postgres: bool = True) -> Path:
    """Builds the databases, measures, and writes `memory.md` and `memory.jsonl`; returns the path of the report."""
    deck = Deck(synthetic_cards(2 * cards, seed))
    spare_collector()  # as the services do with their deck
    asked = deck.in_language(LANG)
    cases: list[dict[str, Any]] = []
    parts = []
    with _databases(postgres) as urls:
        stores = {name: Store(url) for name, url in urls.items()}
        began = time.perf_counter()
        rows = _fill(list(stores.values()), asked, attempts, seed)
        parts.append(
            f"{attempts} answers, every {SPOKEN_EVERY}rd of them spoken, to {len(asked)} synthetic cards of {len(asked[0].points)} points "
            f"over ten years ({rows} rows, seed {seed}), inserted in {time.perf_counter() - began:.0f} s into {' and '.join(stores)}. "
            "Aims are for the 95th percentile of the time on the clock; the last column is what this process computed meanwhile "
            "(the server of PostgreSQL not counted), which other work on the machine delays but hardly adds to. "
            f"Load average before: {_load()}.\n"
        )
        for name, store in stores.items():
            timings = [*reading(store, deck, runs), *storing(store, asked, 5 * runs)]
            grown = growth(store, asked, turns) if turns else []
            parts.append(
                f"## {name}\n\n{_version(store)} {_remembered(store, deck)}\n\n" + markdown_table([_row(timing) for timing in timings])
            )
            if grown:
                parts.append(_told(grown))
            cases += [
                {
                    "database": name,
                    "what": t.what,
                    "milliseconds": [round(x.wall, 2) for x in t.taken],
                    "cpu": [round(x.cpu, 2) for x in t.taken],
                }
                for t in timings
            ]
            cases += [{"database": name, "what": "memory", **step._asdict()} for step in grown]
            store.close()
    if postgres and len(urls) == 1:
        parts.append("PostgreSQL was not measured: its server or psycopg is not installed.\n")
    parts.append(f"Load average at the end: {_load()}.\n")
    return write_report("memory", "Memory with many stored answers", parts, cases, out)


def reading(store: Store, deck: Deck, runs: int) -> list[Timing]:
    """What is read to choose questions and to show the pages."""
    plan = Plan(lang=LANG)
    seen = overview(store, deck, LANG)
    chosen = choose(plan, deck, seen.due, store.asked_cards(LANG), random.Random(0))
    word = deck.in_language(LANG)[0].title.split()[-1]
    return [
        _timed("due list", READ_MS, runs, lambda: overview(store, deck, LANG).due),
        _timed(
            "next questions, on top of it: counts and choice",
            READ_MS,
            runs,
            lambda: choose(plan, deck, seen.due, store.asked_cards(LANG), random.Random()),
        ),
        _timed(
            f"their wordings ({len(chosen)} questions)",
            None,
            runs,
            lambda: [wording(c.card, c.point, store.last_wording(c.card.id, c.point.id if c.point else None)) for c in chosen],
        ),
        _timed("progress page's data", READ_MS, runs, lambda: _progress(store, deck)),
        _timed(f"weak points with what was said ({WEAK_SHOWN})", None, runs, lambda: _weak(store, deck)),
        _timed("review page's forecast and timetable, on top of the due list", None, runs, lambda: _ahead(seen, deck)),
        _timed(f"attempts, newest {NEWEST}", None, runs, lambda: store.attempts(limit=NEWEST)),
        _timed("attempts, search for a word in few of them", None, runs, lambda: store.attempts(word, (), NEWEST)),
        _timed("attempts, search for a word in none", None, runs, lambda: store.attempts("no such word", (), NEWEST)),
        _timed("interview to be resumed", None, runs, store.open_interview),
    ]


def storing(store: Store, cards: Sequence[Card], runs: int) -> list[Timing]:
    """A turn's writes, each apart: the answer, its grade, and what the session does beside them."""
    timings = {
        what: Timing(what, aim, [])
        for what, aim in (
            ("storing an interview of 5 questions", None),
            ("storing an answer", WRITE_MS),
            ("storing its grade, with reviews and memory", WRITE_MS),
            ("grade stored once more", None),
            ("closing the turn", None),
            ("reading the interview back", None),
        )
    }
    every = list(timings.values())
    for number, (turn, card) in enumerate(_turns(store, cards, runs, every[0].taken)):
        said = [(number >> place) % 3 > 0 for place in range(len(card.points))]
        grade = graded(card, said, answer_of(card))
        attempt = _clocked(every[1].taken, partial(store.add_attempt, turn, LANG, answer_of(card)))
        _clocked(every[2].taken, partial(store.save_grade, attempt, grade))
        _clocked(every[3].taken, partial(store.save_grade, attempt, grade))
        _clocked(every[4].taken, partial(store.update_turn, turn.id, closed_at=now()))
        _clocked(every[5].taken, partial(store.interview, turn.interview_id))
    return every


def growth(store: Store, cards: Sequence[Card], turns: int, settled: int = SETTLED) -> list[Growth]:
    """Memory while turns are stored, after the first have settled things."""
    found: list[Growth] = []
    step = max(1, turns // 5)
    for number, (turn, card) in enumerate(tqdm(_turns(store, cards, settled + turns + 1), unit="turn", disable=None)):
        if number >= settled and (number - settled) % step == 0:
            gc.collect()
            found.append(Growth(number - settled, sys.getallocatedblocks(), _resident_mb()))
        attempt = store.add_attempt(turn, LANG, answer_of(card))
        store.save_grade(attempt, graded(card, [True] * len(card.points), answer_of(card)))
        store.update_turn(turn.id, closed_at=now())
    return found


@contextmanager
def _databases(postgres: bool) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/memory.sqlite3"}
        if not postgres:
            yield urls
            return
        with ExitStack() as server:
            try:
                urls["PostgreSQL"] = server.enter_context(private_server())
            except NoPostgres as reason:
                typer.echo(str(reason), err=True)
            yield urls


def _fill(stores: Sequence[Store], cards: Sequence[Card], attempts: int, seed: int) -> int:
    rounds = tqdm(history(cards, attempts, now(), seed), total=-(-attempts // len(cards)) + 1, unit="round", disable=None)
    connections = [store.engine.connect() for store in stores]
    count = store_history(connections, rounds)
    for store, connection in zip(stores, connections, strict=True):
        connection.commit()
        connection.close()
        if store.engine.dialect.name == "postgresql":
            # What the server does by itself within minutes of so many new rows.
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as idle:
                idle.execute(text("VACUUM ANALYZE"))
    return count


def _turns(store: Store, cards: Sequence[Card], count: int, creating: list[Taken] | None = None) -> Iterator[tuple[Turn, Card]]:
    """Turns of new interviews, five each, over all the cards in an order that jumps; notes how long the interviews took to store."""
    by_id = {card.id: card for card in cards}
    for first in range(0, count, 5):
        chosen = [cards[(first + place) * 37 % len(cards)] for place in range(min(5, count - first))]
        questions = [Question(card.id, card.question, None, "due") for card in chosen]
        # Where memory is watched nothing is noted: the notes would be what grows.
        identifier = _clocked([] if creating is None else creating, partial(store.create_interview, LANG, "practice", {}, questions))
        for turn in store.interview(identifier).turns:
            yield turn, by_id[turn.card_id]


def _progress(store: Store, deck: Deck) -> None:
    seen, answers = overview(store, deck, LANG), progress.practised(store)
    today = local_day(seen.now)
    progress.topic_strengths(seen, deck)
    progress.patterns(seen)
    progress.weeks(answers, today)
    progress.weeks(progress.delivered(answers), today)
    progress.calendar(answers)
    progress.recall_bins(store)
    store.attempts(limit=IN_PROGRESS)


def _weak(store: Store, deck: Deck) -> None:
    for weak in progress.weak_points(overview(store, deck, LANG))[:WEAK_SHOWN]:
        store.last_said(weak.known.card.id, weak.known.point.id)


def _ahead(seen: Overview, deck: Deck) -> None:
    forecast(seen.known, seen.now, FORECAST_DAYS)
    timetable(deck.in_language(LANG), seen.known, seen.schedule, seen.now, local_day(seen.now), seen.daily_minutes)


def _timed(what: str, aim: float | None, runs: int, do: Callable[[], object]) -> Timing:
    timing = Timing(what, aim, [])
    do()  # the first time fills caches, as a program that has run a while has them
    for _ in range(runs):
        _clocked(timing.taken, do)
    return timing


def _clocked(taken: list[Taken], do: Callable[[], T]) -> T:
    began, ran = time.perf_counter(), time.process_time()
    result = do()
    taken.append(Taken(1000 * (time.perf_counter() - began), 1000 * (time.process_time() - ran)))
    return result


def _row(timing: Timing) -> dict[str, str]:
    p50, p95, worst = np.percentile([taken.wall for taken in timing.taken], [50, 95, 100])
    reached = "" if timing.aim is None else f"{timing.aim:.0f}: {'reached' if p95 <= timing.aim else 'missed'}"
    return {
        "what": timing.what,
        "n": str(len(timing.taken)),
        "p50 ms": f"{p50:.1f}",
        "p95 ms": f"{p95:.1f}",
        "longest ms": f"{worst:.1f}",
        "aim ms": reached,
        "p50 of own CPU ms": f"{np.median([taken.cpu for taken in timing.taken]):.1f}",
    }


def _told(grown: Sequence[Growth]) -> str:
    first, last = grown[0], grown[-1]
    gained = last.blocks - first.blocks
    rows = [
        {
            "turns stored": str(step.turns),
            "live blocks of Python": str(step.blocks),
            "process MB": f"{step.resident_mb:.1f}" if step.resident_mb else "",
        }
        for step in grown
    ]
    return (
        f"Memory over {last.turns} stored turns, after {SETTLED} others: {gained:+d} live blocks "
        f"({'flat' if gained < FLAT_BLOCKS * last.turns else 'not flat'}: a list that kept one object a turn would add {last.turns}).\n\n"
        f"{markdown_table(rows)}"
    )


def _version(store: Store) -> str:
    query = "SELECT sqlite_version()" if store.engine.dialect.name == "sqlite" else "SHOW server_version"
    with store.session() as session:
        return f"Version {session.scalar(text(query))}, usual settings."


def _remembered(store: Store, deck: Deck) -> str:
    seen = overview(store, deck, LANG)
    return f"{len(seen.known)} points remembered, {len(seen.due)} entries on the due list."


def _resident_mb() -> float | None:
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if status.is_file() else None


def _load() -> str:
    return ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
