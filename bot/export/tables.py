"""All attempts as tables, for a spreadsheet or a notebook."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sqlalchemy import JSON, Boolean, Column, ColumnElement, DateTime, Float, Integer, Select, select

from bot.export.errors import writing
from bot.export.files import written
from bot.memory.store import Store
from bot.memory.tables import Attempt, Interview, MisconceptionRow, PointRow, Turn

TableFormat = Literal["csv", "json", "parquet"]
TABLE_FORMATS: tuple[TableFormat, ...] = ("csv", "json", "parquet")

# With these a spreadsheet begins a formula, with the full-width ones too where Japanese is set.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What an attempt belongs to, before its own columns.
_CONTEXT: tuple[tuple[str, ColumnElement[Any]], ...] = (
    ("interview_id", Interview.__table__.c.id),
    ("mode", Interview.__table__.c.mode),
    ("question_position", Turn.__table__.c.position),
)


class Table(NamedTuple):
    """Rows with the columns they come from, by name."""

    name: str
    columns: dict[str, ColumnElement[Any]]
    rows: list[tuple[Any, ...]]


def write_attempts(store: Store, folder: Path, format: TableFormat) -> list[Path]:
    """Writes all attempts of the learner, one row each, oldest first; returns the paths written.

    As JSON one file, in which each attempt holds its "points" and "misconceptions"; as CSV or Parquet these are files of their own, tied to
    the attempts by "attempt_id". CSV is UTF-8 with a byte order mark, and text that a spreadsheet would run as a formula begins with an
    apostrophe. The folder is made when there is none. Raises ExportError or StoreError.
    """
    tables = _read(store)
    with writing():
        folder.mkdir(parents=True, exist_ok=True)
    if format == "json":
        return [_write_json(folder / "attempts.json", tables)]
    write: Callable[[Path, Table], None] = _write_csv if format == "csv" else _write_parquet
    paths = []
    for table in tables:
        path = folder / f"{table.name}.{format}"
        write(path, table)
        paths.append(path)
    return paths


def _read(store: Store) -> list[Table]:
    """Attempts, points and misconceptions."""
    attempts = {**dict(_CONTEXT), **{column.name: column for column in Attempt.__table__.columns}}
    order = (Attempt.answered_at, Attempt.id)
    mine = Attempt.learner_id == store.learner_id
    found = []
    with store.session() as session:
        query: Select[Any] = select(*attempts.values()).select_from(Attempt).join(Turn).join(Interview).where(mine).order_by(*order)
        found.append(Table("attempts", attempts, [tuple(row) for row in session.execute(query)]))
        for name, kind, then in (
            ("points", PointRow, PointRow.position),
            ("misconceptions", MisconceptionRow, MisconceptionRow.misconception_id),
        ):
            columns: dict[str, ColumnElement[Any]] = {column.name: column for column in kind.__table__.columns}
            of = select(*columns.values()).join_from(kind, Attempt, kind.attempt_id == Attempt.id)
            found.append(Table(name, columns, [tuple(row) for row in session.execute(of.where(mine).order_by(*order, then))]))
    return found


def _write_csv(path: Path, table: Table) -> None:
    with written(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows([_csv_cell(value) for value in row] for row in table.rows)


def _csv_cell(value: Any) -> Any:
    """A value as it stands in CSV."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, date) else value


def _write_json(path: Path, tables: Sequence[Table]) -> Path:
    attempts, *parts = ([dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables)
    for table, rows in zip(tables[1:], parts, strict=True):
        by_attempt: dict[str, list[dict[str, Any]]] = {attempt["id"]: [] for attempt in attempts}
        for row in rows:
            by_attempt[row.pop("attempt_id")].append(row)
        for attempt in attempts:
            attempt[table.name] = by_attempt[attempt["id"]]
    with written(path) as part, part.open("w", encoding="utf-8") as file:
        json.dump(attempts, file, ensure_ascii=False, indent=1, default=_moment)
        file.write("\n")
    return path


def _moment(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written as JSON")


def _write_parquet(path: Path, table: Table) -> None:
    with written(path) as part:
        import pandas as pd

        frame = pd.DataFrame(
            {
                name: pd.Series([row[n] for row in table.rows], dtype=_parquet_type(column))
                for n, (name, column) in enumerate(table.columns.items())
            }
        )
        frame.to_parquet(part, engine="pyarrow", index=False)


def _parquet_type(column: ColumnElement[Any]) -> str:
    """The type of a column, declared rather than read off its values: of a column that is empty there would be none."""
    assert isinstance(column, Column)
    kind = column.type
    kind = getattr(kind, "impl_instance", kind)
    if isinstance(kind, DateTime):
        return "datetime64[us, UTC]"
    for of, name in ((Boolean, "boolean"), (Integer, "Int64"), (Float, "Float64"), (JSON, "string")):
        if isinstance(kind, of):
            return name
    return "string"
