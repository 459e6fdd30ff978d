"""Opening databases that are new, old, newer, locked, read-only or not there."""

from __future__ import annotations

import os
import sqlite3
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.memory import database
from bot.memory.database import StoreError, open_database
from bot.memory.store import Question, Store
from bot.memory.tables import Base, UtcDateTime


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_the_migrations_make_what_the_tables_declare(tmp_path: Path) -> None:
    engine = open_database(url(tmp_path / "a.db"))
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        assert {c["name"] for c in inspector.get_columns(table.name)} == {c.name for c in table.columns}
        assert {i["name"] for i in inspector.get_indexes(table.name)} == {i.name for i in table.indexes}
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    Store(url(tmp_path / "new" / "deep" / "a.db")).close()
    assert (tmp_path / "new" / "deep" / "a.db").is_file()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    open_database(url(file)).dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'future'")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StoreError) as caught:
        open_database(url(file))
    assert caught.value.reason == "newer"
    assert file.read_bytes() == before


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    file = tmp_path / "a.db"
    store = Store(url(file))
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError) as caught:
        store.create_interview("ja", "practice", {}, [Question("regularization", "?")])
    assert caught.value.reason == "locked"
    holder.execute("ROLLBACK")
    holder.close()
    assert store.create_interview("ja", "practice", {}, [Question("regularization", "?")])
    store.close()


def test_a_read_only_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a.db"
    Store(url(file)).close()
    store = Store(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(StoreError) as caught:
        store.create_interview("ja", "practice", {}, [Question("regularization", "?")])
    assert caught.value.reason == "readonly"
    assert not (tmp_path / "file:").exists()
    store.close()


def test_a_read_only_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root, as whom tests may run, can write everywhere
    with pytest.raises(StoreError) as caught:
        open_database(url(tmp_path / "a.db"))
    assert caught.value.reason == "readonly"


def test_what_the_database_reports_quotes_no_answer(tmp_path: Path) -> None:
    answer = " ".join(["what", "she", "said"])
    store = Store(url(tmp_path / "a.db"))
    interview = store.interview(store.create_interview("ja", "practice", {}, [Question("regularization", "?")]))
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER no BEFORE INSERT ON attempt BEGIN SELECT RAISE(FAIL, 'no'); END"))
    with pytest.raises(StoreError) as caught:
        store.add_attempt(interview.turns[0], "ja", answer)
    reported = "".join(traceback.format_exception(caught.value))
    assert "INSERT INTO attempt" in reported
    assert answer not in reported
    store.close()


@pytest.mark.skipif(os.name == "nt", reason="POSIX path")
def test_a_path_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as caught:
        open_database(url(tmp_path / "file" / "a.db"))
    assert caught.value.reason == "unavailable"


def test_what_is_not_a_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is no database, but long enough to look like a file of one" * 20)
    with pytest.raises(StoreError) as caught:
        open_database(url(tmp_path / "a.db"))
    assert caught.value.reason == "damaged"


def test_a_full_database_says_so(tmp_path: Path) -> None:
    store = Store(url(tmp_path / "a.db"))
    with store.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        connection.commit()
    with pytest.raises(StoreError) as caught:
        store.create_interview("ja", "practice", {}, [Question("regularization", "?" * 500_000)])
    assert caught.value.reason == "full"
    store.close()


def test_times_are_kept_in_utc_and_need_a_zone() -> None:
    column = UtcDateTime()
    tokyo = datetime(2026, 12, 10, 9, 0, tzinfo=timezone(timedelta(hours=9)))
    assert column.process_bind_param(tokyo, None) == datetime(2026, 12, 10, 0, 0, tzinfo=UTC)  # type: ignore[arg-type]
    for dialect, value in ((sqlite.dialect(), "2026-12-10 00:00:00.000000"), (postgresql.dialect(), tokyo)):
        read = column.dialect_impl(dialect).result_processor(dialect, None)
        assert (read(value), read(value).tzinfo, read(None)) == (datetime(2026, 12, 10, tzinfo=UTC), UTC, None)  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="zone"):
        column.process_bind_param(datetime(2026, 12, 10), None)  # type: ignore[arg-type]
