"""A made-up history is what the store would have written; measuring it runs through and tells apart what was reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text

from bot.memory import reviews
from bot.memory.store import LOCAL_LEARNER, Store, grade_of
from bot.memory.tables import Attempt, Interview, MemoryRow, Review, now
from evals.memory import growth, run
from evals.postgres import private_server
from evals.practice import answer_of, graded, history, store_history
from evals.synthetic import synthetic_cards
from knowledge.schema import Card

ANSWERS = 63


@pytest.fixture
def cards() -> list[Card]:
    return [card for card in synthetic_cards(20, 0) if card.lang == "ja"]


@pytest.fixture
def store(tmp_path: Path, cards: list[Card]) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'memory.sqlite3'}")
    with store.engine.begin() as connection:
        store_history([connection], history(cards, ANSWERS, now(), 0))
    yield store
    store.close()


def test_what_is_remembered_follows_from_the_reviews(store: Store) -> None:
    before = sorted(store.items())
    with store.session() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == ANSWERS
        assert session.scalar(select(func.count()).select_from(Review)) == 5 * ANSWERS
        for row in session.execute(select(MemoryRow.card_id, MemoryRow.point_id)).all():
            reviews.recompute(session, LOCAL_LEARNER, row[0], [row[1]])
    after = sorted(store.items())
    assert len(before) == 50
    for old, new in zip(before, after, strict=True):
        assert old[:2] == new[:2]
        assert old.last_review == new.last_review
        assert (old.reviews, old.lapses, old.verdict) == (new.reviews, new.lapses, new.verdict)
        assert (old.stability, old.credit, old.lack) == pytest.approx((new.stability, new.credit, new.lack))


def test_an_attempt_is_as_if_it_had_been_graded(store: Store, cards: list[Card]) -> None:
    attempt = store.attempts(limit=1)[0]
    grade = grade_of(attempt)
    assert grade is not None
    assert grade.score is not None
    card = next(card for card in cards if card.id == attempt.card_id)
    said = [verdict.verdict == "hit" for verdict in grade.points]
    assert grade.points == graded(card, said, answer_of(card)).points
    assert all(attempt.answer[v.quote.start : v.quote.end] == v.quote.text for v in grade.points if v.quote)
    with store.session() as session:
        interview = session.scalar(select(Interview.id).order_by(Interview.created_at.desc()).limit(1))
        first = session.scalars(select(Review).where(Review.retrievability.is_(None))).all()
    assert interview is not None
    assert len(store.interview(interview).turns) == ANSWERS % 5
    assert len(first) == 50


def test_memory_is_looked_at_while_turns_are_stored(store: Store, cards: list[Card]) -> None:
    seen = growth(store, cards, 10, settled=2)
    assert [step.turns for step in seen] == [0, 2, 4, 6, 8, 10]
    assert all(step.blocks > 0 for step in seen)


def test_the_report_tells_what_was_measured(tmp_path: Path) -> None:
    report = run(40, 8, 2, 0, out=tmp_path, postgres=False).read_text()
    for what in ("## SQLite", "due list", "counts and choice", "storing an answer", "search for a word", "Load average", "40 answers"):
        assert what in report
    cases = [json.loads(line) for line in (tmp_path / "memory.jsonl").read_text().splitlines()]
    assert all(len(case["milliseconds"]) >= 2 for case in cases)


def test_a_private_server_answers_and_leaves_nothing_behind() -> None:
    with private_server() as url:
        if url is None:
            pytest.skip("no PostgreSQL or psycopg here")
        folder = Path(url.rpartition("=")[2])
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        engine.dispose()
        assert folder.is_dir()
    assert not folder.exists()
