"""What a learner deletes is gone from the file too, and only theirs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.export.delete import delete_learner_data
from bot.export.rows import owned_tables
from bot.memory import database
from bot.memory.database import StoreError
from bot.memory.store import Store
from bot.memory.tables import Learner
from tests.export.conftest import ANSWERS, RECORDING, fill

WORDS = ANSWERS["ja"].split("\n")[0].encode()


def counts(store: Store) -> dict[str, int]:
    with store.session() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in owned_tables()}


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_nothing_of_the_learner_is_left(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.update_learner(name="花子", daily_minutes=45)
    (tmp_path / "test.sqlite3.0001.backup").write_bytes(WORDS)
    (tmp_path / "other.sqlite3.0001.backup").write_bytes(b"kept")
    before = counts(store)
    assert all(before.values())
    assert WORDS in on_disk(tmp_path)
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / RECORDING).write_bytes(b"sound")
    (tmp_path / "recordings" / "theirs.ogg").write_bytes(b"sound")
    assert delete_learner_data(store, tmp_path / "recordings") == before
    assert counts(store) == {**dict.fromkeys(before, 0), "learner": 1}
    assert (store.learner().name, store.learner().daily_minutes) == ("local", 20)
    assert WORDS not in on_disk(tmp_path)
    assert "花子".encode() not in on_disk(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.backup")) == ["other.sqlite3.0001.backup"]
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["theirs.ogg"]
    assert store.open_interview() is None
    fill(store)  # and the store is as good as new


def test_others_stay(store: Store, tmp_path: Path) -> None:
    fill(store)
    other = Store(str(store.engine.url), 2)
    kept = fill(other, "en")
    (tmp_path / "test.sqlite3.0001.backup").write_bytes(b"theirs too")
    delete_learner_data(store, tmp_path / "recordings")
    assert len(other.interview(kept).turns) == 5
    assert other.items()
    assert store.items() == []
    assert WORDS not in on_disk(tmp_path)
    assert (tmp_path / "test.sqlite3.0001.backup").exists()
    with store.session() as session:
        assert session.scalar(select(func.count()).select_from(Learner)) == 2
    other.close()


def test_while_another_program_reads_the_rows_go_and_it_is_said(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    store.engine.dispose()
    monkeypatch.setattr(database, "BUSY_MS", 50)
    reader = sqlite3.connect(tmp_path / "test.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM attempt").fetchone()
    with pytest.raises(StoreError) as caught:
        delete_learner_data(store, tmp_path / "recordings")
    assert caught.value.reason == "locked"
    reader.close()
    assert counts(store)["attempt"] == 0
    delete_learner_data(store, tmp_path / "recordings")
    assert WORDS not in on_disk(tmp_path)
