"""Databases of the first release open with everything in them, whatever gets in the way, and can be gone back to."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Connection, create_engine, inspect, text

import bot.memory
from bot.grading.grader import Grade
from bot.grading.score import Score, score
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Quote
from bot.memory import database
from bot.memory.database import StoreError, open_database
from bot.memory.store import Question, Spoken, Store, grade_of
from bot.memory.tables import Base
from tests.disk import largest_file

MIGRATIONS = Path(bot.memory.__file__).parent / "migrations"
MORNING = datetime(2026, 10, 1, 8, tzinfo=UTC)
GRADE = Grade(
    "graded",
    (
        PointVerdict("penalty", 5, Distribution(0.91, 0.05, 0.01), Quote("罰則", 4, 6)),
        PointVerdict("norms", 3, Distribution(0.1, 0.2, 0.6)),
    ),
    (MisconceptionVerdict("l2-zeroes", 0.8),),
    Score(62.5, 50.1, 74.9),
    judge="fake · fixed",
    seconds=1.25,
    prompt_tokens=300,
    generated_tokens=8,
)

# What the first release wrote: an interview with a graded answer, a follow-up that could not be graded and one just given; another that ended.
ROWS = """
INSERT INTO learner (id, name, created_at) VALUES (1, 'local', '2026-10-01 08:00:00.000000');
INSERT INTO interview (id, learner_id, lang, mode, plan, created_at, ended_at) VALUES
  ('open', 1, 'ja', 'practice', '{"count": 2}', '2026-10-01 08:00:00.000000', NULL),
  ('ended', 1, 'en', 'exam', '{}', '2026-09-01 08:00:00.000000', '2026-09-01 09:00:00.000000');
INSERT INTO turn (id, interview_id, position, card_id, question, asked_at, closed_at, skipped, hints, follow_up_point) VALUES
  ('t0', 'open', 0, 'regularization', '正則化とは?', '2026-10-01 08:00:00.000000', NULL, false, 2, 'norms'),
  ('t1', 'open', 1, 'mlops', 'MLOpsとは?', NULL, NULL, false, 0, NULL),
  ('t2', 'ended', 0, 'roc-auc', 'What is AUC?', '2026-09-01 08:00:00.000000', '2026-09-01 08:30:00.000000', true, 0, NULL);
INSERT INTO attempt (id, turn_id, learner_id, position, card_id, lang, follow_up_point, answer, answered_at, state, score, low, high, no_answer,
    failure, spoke_to_grader, truncated, judge, seconds, prompt_tokens, generated_tokens, graded_at) VALUES
  ('a0', 't0', 1, 0, 'regularization', 'ja', NULL, '正則化は罰則です。👍', '2026-10-01 08:00:00.000000', 'graded', 62.5, 50.1, 74.9, NULL,
    NULL, false, false, 'fake · fixed', 1.25, 300, 8, '2026-10-01 08:00:00.000000'),
  ('a1', 't0', 1, 1, 'regularization', 'ja', 'norms', 'L1とL2', '2026-10-01 08:00:00.000000', 'ungraded', NULL, NULL, NULL, NULL,
    'timeout', false, false, 'fake · fixed', 30, 0, 0, '2026-10-01 08:00:00.000000'),
  ('a2', 't0', 1, 2, 'regularization', 'ja', 'norms', 'L1', '2026-10-01 08:00:00.000000', 'pending', NULL, NULL, NULL, NULL,
    NULL, false, false, '', 0, 0, 0, NULL);
INSERT INTO point_verdict (attempt_id, point_id, position, weight, verdict, hit, partly, contradicted, quote, quote_start, quote_end) VALUES
  ('a0', 'penalty', 0, 5, 'hit', 0.91, 0.05, 0.01, '罰則', 4, 6),
  ('a0', 'norms', 1, 3, 'contradicted', 0.1, 0.2, 0.6, NULL, NULL, NULL);
INSERT INTO misconception_verdict (attempt_id, misconception_id, probability) VALUES ('a0', 'l2-zeroes', 0.8);
"""
TABLES = ("learner", "interview", "turn", "attempt", "point_verdict", "misconception_verdict")


def configured(connection: Connection) -> alembic.config.Config:
    """Alembic's settings, for this connection."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def first_release(url: str) -> None:
    """Makes a database as the first release left it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        alembic.command.upgrade(configured(connection), "0001")
        on_a_server = engine.dialect.name != "sqlite"  # which keeps the zone
        for statement in filter(str.strip, ROWS.split(";")):
            zoned = re.sub(r"(\.000000)'", r"\1+00'", statement) if on_a_server else statement
            connection.exec_driver_sql(zoned)
    if not on_a_server:
        with engine.connect() as connection:
            connection.execute(text("PRAGMA journal_mode = WAL"))
    engine.dispose()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The SQLite file of a first release."""
    first_release(url(tmp_path / "a.db"))
    return tmp_path / "a.db"


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def contents(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the first release's tables, in the first release's columns."""
    with closing(sqlite3.connect(file)) as connection:
        found = {}
        for table in TABLES:
            columns = re.search(rf"INSERT INTO {table} \(([^)]*)\)", ROWS)
            assert columns is not None
            found[table] = connection.execute(f"SELECT {columns[1]} FROM {table} ORDER BY 1, 2").fetchall()
    return found


def revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def backup(file: Path) -> Path:
    return file.with_name(f"{file.name}.0001.backup")


def reason(file: Path) -> str | None:
    """Why a database does not open; None when it does."""
    try:
        open_database(url(file)).dispose()
    except StoreError as error:
        return error.reason
    return None


# --- what is kept


def test_everything_of_the_first_release_is_kept_and_the_rest_filled_in(empty_url: str) -> None:
    first_release(empty_url)
    store = Store(empty_url)
    learner = store.learner()
    assert (learner.name, learner.created_at) == ("local", MORNING)
    assert (learner.daily_minutes, learner.interview_on, learner.fsrs_parameters) == (20, None, None)
    found = store.open_interview()
    assert found is not None
    assert (found.id, found.lang, found.mode, found.plan, found.created_at, found.ended_at) == (
        *("open", "ja", "practice", {"count": 2}),
        *(MORNING, None),
    )
    first, second = found.turns
    assert (first.id, first.card_id, first.question, first.asked_at) == ("t0", "regularization", "正則化とは?", MORNING)
    assert (first.hints, first.skipped, first.follow_up_point) == (2, False, "norms")
    assert (second.id, second.asked_at) == ("t1", None)
    assert {(turn.point_id, turn.reason) for turn in found.turns} == {(None, None)}
    answer, failed, pending = first.attempts
    assert (answer.answer, answer.answered_at, grade_of(answer)) == ("正則化は罰則です。👍", MORNING, GRADE)
    assert (failed.follow_up_point, failed.state, failed.failure) == ("norms", "ungraded", "timeout")
    assert grade_of(pending) is None
    assert [attempt.hints for attempt in first.attempts] == [2, 2, 2]
    assert {(a.duration, a.asked) for a in first.attempts} == {(None, "")}
    ended = store.interview("ended")
    assert ended.ended_at == datetime(2026, 9, 1, 9, tzinfo=UTC)
    assert ended.turns[0].skipped
    assert store.items() == []
    store.close()


def test_the_old_answers_go_on_where_they_were(empty_url: str) -> None:
    first_release(empty_url)
    store = Store(empty_url)
    points = (PointVerdict("norms", 3, Distribution(1.0)),)
    store.save_grade("a2", Grade("graded", points, score=score(points)))
    [item] = store.items()
    assert (item.card_id, item.point_id, item.reviews, item.verdict) == ("regularization", "norms", 1, "hit")
    turn = store.interview("open").turns[0]
    store.add_attempt(turn, "ja", "もう一度")
    assert [attempt.position for attempt in store.interview("open").turns[0].attempts] == [0, 1, 2, 3]
    store.insert_turn("open", 0, Question("roc-auc", "AUCとは?", reason="chosen"))
    assert [turn.card_id for turn in store.interview("open").turns] == ["roc-auc", "regularization", "mlops"]
    store.close()


def test_scores_of_deliveries_are_found_where_pages_look_for_them(empty_url: str) -> None:
    store = Store(empty_url)
    turn = store.interview(store.create_interview("ja", "practice", {}, [Question("regularization", "正則化とは?")])).turns[0]
    for said, score_of_it in (("速い声", 71.5), ("短い声", None), ("まだ測っていない声", ...)):
        attempt = store.add_attempt(turn, "ja", said, spoken=Spoken({"words": []}))
        if score_of_it is not ...:
            store.save_delivery(attempt, {"score": score_of_it})
    store.close()
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        alembic.command.downgrade(configured(connection), "0003")
    engine.dispose()
    store = Store(empty_url)
    assert [attempt.delivery_score for attempt in store.interview(turn.interview_id).turns[0].attempts] == [71.5, None, None]
    store.close()


def test_an_old_database_ends_up_with_the_tables_of_a_new_one(empty_url: str) -> None:
    first_release(empty_url)
    engine = open_database(empty_url)
    inspector = inspect(engine)
    assert set(inspector.get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    for table in Base.metadata.sorted_tables:
        columns = {c["name"]: c["nullable"] for c in inspector.get_columns(table.name)}
        assert columns == {c.name: bool(c.nullable) for c in table.columns}, table.name
        unique = {c["name"] for c in inspector.get_unique_constraints(table.name)}
        assert {i["name"] for i in inspector.get_indexes(table.name)} - unique == {i.name for i in table.indexes}, table.name
        assert {key["options"].get("ondelete") for key in inspector.get_foreign_keys(table.name)} <= {"CASCADE"}, table.name
    engine.dispose()


# --- the backup


def test_what_was_there_is_copied_beside_first_and_can_be_gone_back_to(old: Path) -> None:
    before = contents(old)
    open_database(url(old)).dispose()
    assert (revision(backup(old)), contents(backup(old)), contents(old)) == ("0001", before, before)
    assert revision(old) > "0001"
    with closing(sqlite3.connect(backup(old))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} == {*TABLES, "alembic_version"}
    # the backup opens as the original did
    backup(old).rename(old.with_name("b.db"))
    store = Store(url(old.with_name("b.db")))
    assert grade_of(store.interview("open").turns[0].attempts[0]) == GRADE
    store.close()


def test_what_is_still_in_the_write_ahead_log_is_copied_too(old: Path) -> None:
    with closing(sqlite3.connect(old)) as holder:  # as long as someone has the file open the log stays
        holder.execute("PRAGMA wal_autocheckpoint = 0")
        holder.execute("UPDATE attempt SET answer = 'at the last moment' WHERE id = 'a2'")
        holder.commit()
        assert b"at the last moment" not in old.read_bytes()
        open_database(url(old)).dispose()
    assert [row for row in contents(backup(old))["attempt"] if "at the last moment" in row]


def test_there_is_nothing_to_copy_of_a_new_database_or_a_current_one(tmp_path: Path) -> None:
    for _ in range(2):
        open_database(url(tmp_path / "a.db")).dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_backup_left_over_from_another_time_is_replaced(old: Path) -> None:
    before = contents(old)
    with closing(sqlite3.connect(backup(old))) as connection:
        connection.execute("CREATE TABLE something_else (x)")
    open_database(url(old)).dispose()
    assert (revision(backup(old)), contents(backup(old))) == ("0001", before)


# --- what gets in the way


def test_a_database_of_a_newer_release_is_refused_and_left_as_it_is(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = old.read_bytes()
    assert reason(old) == "newer"
    assert old.read_bytes() == before
    assert not backup(old).exists()


@pytest.mark.parametrize("size", [5_000, 40_000, 70_000])
def test_a_disk_too_full_for_the_backup_says_so_and_nothing_is_changed(old: Path, size: int) -> None:
    before = contents(old)
    with largest_file(size):
        assert reason(old) == "full"
    assert (revision(old), contents(old)) == ("0001", before)
    assert reason(old) is None
    assert (revision(backup(old)), contents(backup(old)), contents(old)) == ("0001", before, before)


def test_a_disk_that_fills_up_at_any_step_of_a_migration_leaves_the_old_database(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, prepare = contents(old), database._prepare_sqlite
    pages = old.stat().st_size // 4096
    reasons: list[str | None] = []
    while None not in reasons:

        def limited(connection: sqlite3.Connection, record: object, most: int = pages + len(reasons)) -> None:
            prepare(connection, record)
            connection.execute(f"PRAGMA max_page_count = {most}")

        assert (revision(old), contents(old)) == ("0001", before)
        monkeypatch.setattr(database, "_prepare_sqlite", limited)
        reasons.append(reason(old))
    assert set(reasons[:-1]) == {"full"}
    assert len(reasons) > 5
    monkeypatch.setattr(database, "_prepare_sqlite", prepare)
    store = Store(url(old))
    assert (contents(old), store.learner().daily_minutes) == (before, 20)
    store.close()


def test_a_database_another_program_is_writing_to_says_so_and_opens_later(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    before = contents(old)
    with closing(sqlite3.connect(old, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert reason(old) == "locked"
        holder.execute("ROLLBACK")
    assert (revision(old), contents(old)) == ("0001", before)
    assert reason(old) is None
    assert contents(old) == before
