"""The tables hold every attempt with every column, and a spreadsheet runs nothing in them."""

from __future__ import annotations

import codecs
import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from bot.export.tables import TABLE_FORMATS, write_attempts
from bot.memory.store import Question, Store
from bot.memory.tables import Attempt, MisconceptionRow, PointRow
from tests.export.conftest import ANSWERS, fill

COLUMNS = ["interview_id", "mode", "question_position", *(column.name for column in Attempt.__table__.columns)]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_opens_in_a_spreadsheet(store: Store, tmp_path: Path) -> None:
    interview_id = fill(store)
    paths = write_attempts(store, tmp_path / "new" / "out", "csv")
    assert [path.name for path in paths] == ["attempts.csv", "points.csv", "misconceptions.csv"]
    assert paths[0].read_bytes().startswith(codecs.BOM_UTF8)
    attempts, points, misconceptions = map(rows, paths)
    stored = [attempt for turn in store.interview(interview_id).turns for attempt in turn.attempts]
    assert list(attempts[0]) == COLUMNS
    assert [a["id"] for a in attempts] == [a.id for a in sorted(stored, key=lambda a: (a.answered_at, a.id))]
    first = attempts[0]
    assert (first["answer"], first["interview_id"], first["hints"]) == (ANSWERS["ja"], interview_id, "2")
    assert float(first["score"]) == stored[0].score
    assert first["no_answer"] == ""
    assert len(points) == sum(len(a.points) for a in stored)
    assert {p["attempt_id"] for p in points} <= {a["id"] for a in attempts}
    assert list(points[0]) == [column.name for column in PointRow.__table__.columns]
    assert [m["misconception_id"] for m in misconceptions] == ["improves-training-fit", "l2-zeroes"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\n=", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(store: Store, tmp_path: Path, start: str) -> None:
    answer = f"{start}HYPERLINK(\"http://x\",'y')"
    interview_id = store.create_interview("ja", "practice", {}, [Question("mlops", "?")])
    store.add_attempt(store.interview(interview_id).turns[0], "ja", answer)
    [attempt] = rows(write_attempts(store, tmp_path, "csv")[0])
    assert attempt["answer"] == f"'{answer}"
    [found] = json.loads(write_attempts(store, tmp_path, "json")[0].read_text(encoding="utf-8"))
    assert found["answer"] == answer
    assert pd.read_parquet(write_attempts(store, tmp_path, "parquet")[0])["answer"].tolist() == [answer]


def test_json_nests_the_verdicts(store: Store, tmp_path: Path) -> None:
    fill(store)
    [path] = write_attempts(store, tmp_path, "json")
    attempts = json.loads(path.read_text(encoding="utf-8"))
    assert "正則化" in path.read_text(encoding="utf-8")
    assert list(attempts[0]) == [*COLUMNS, "points", "misconceptions"]
    assert [p["point_id"] for p in attempts[0]["points"]] == ["penalty", "norms", "l1-zeros", "l2-shrinks", "when-which", "elastic-net"]
    assert set(attempts[0]["points"][0]) == {column.name for column in PointRow.__table__.columns} - {"attempt_id"}
    assert set(attempts[0]["misconceptions"][0]) == {column.name for column in MisconceptionRow.__table__.columns} - {"attempt_id"}
    assert attempts[0]["answered_at"].endswith("+00:00")
    assert attempts[0]["truncated"] is False


def test_parquet_has_the_same_types_with_and_without_rows(store: Store, tmp_path: Path) -> None:
    empty = [pd.read_parquet(path) for path in write_attempts(store, tmp_path / "a", "parquet")]
    fill(store)
    full = [pd.read_parquet(path) for path in write_attempts(store, tmp_path / "b", "parquet")]
    assert [list(frame.dtypes.items()) for frame in empty] == [list(frame.dtypes.items()) for frame in full]
    attempts, points, _ = full
    types = attempts.dtypes.astype(str)
    assert types[["position", "score", "truncated"]].tolist() == ["Int64", "Float64", "boolean"]
    assert types["answered_at"] == "datetime64[us, UTC]"
    assert list(attempts.columns) == COLUMNS
    assert attempts["answer"][0] == ANSWERS["ja"]
    assert len(points) == 14


@pytest.mark.parametrize("format", TABLE_FORMATS)
def test_only_the_learners_own(store: Store, tmp_path: Path, format: str) -> None:
    fill(store)
    other = Store(str(store.engine.url), 2)
    paths = write_attempts(other, tmp_path, format)  # type: ignore[arg-type]
    other.close()
    if format == "json":
        assert json.loads(paths[0].read_text(encoding="utf-8")) == []
    elif format == "csv":
        assert [rows(path) for path in paths] == [[], [], []]
    else:
        assert [len(pd.read_parquet(path)) for path in paths] == [0, 0, 0]
