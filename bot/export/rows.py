"""Which rows are a learner's, and rows as plain data: read off the tables, so that what is added to them is not forgotten."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Table, select

from bot.memory.tables import Base, Learner

LEARNER: Table = Base.metadata.tables[Learner.__tablename__]


def owned_tables() -> list[Table]:
    """The tables whose rows belong to learners, each after those it refers to."""
    return [table for table in Base.metadata.sorted_tables if owned_by(table, 0) is not None]


def owned_by(table: Table, learner_id: int) -> ColumnElement[bool] | None:
    """The condition that a row belongs to a learner, by foreign keys, however far; None when rows of the table belong to nobody."""
    if table is LEARNER:
        return table.c.id == learner_id
    # The shortest way first: most tables name the learner themselves.
    for key in sorted(table.foreign_keys, key=lambda key: (key.column.table is not LEARNER, key.parent.name)):
        if key.column.table is LEARNER:
            return key.parent == learner_id
        above = owned_by(key.column.table, learner_id)
        if above is not None:
            return key.parent.in_(select(key.column).where(above))
    return None


def learner_columns(table: Table) -> list[str]:
    """The columns that hold a learner's id."""
    if table is LEARNER:
        return ["id"]
    return [key.parent.name for key in table.foreign_keys if key.column.table is LEARNER]


def is_json(column: Column[Any]) -> bool:
    """Whether a column holds JSON, in which None may be stored in two ways."""
    return isinstance(column.type, JSON)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as data that JSON has; times as ISO 8601."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def stored(column: Column[Any], value: Any) -> Any:
    """A value of `plain` as the column takes it. ValueError or OverflowError when it cannot be."""
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column}: is missing")
        return None
    if is_json(column):
        return value
    kind: type = getattr(column.type, "impl_instance", column.type).python_type
    if issubclass(kind, date):
        return _moment(column, kind, value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    if kind is str and isinstance(value, str) and "\0" not in value:
        value.encode()  # UnicodeEncodeError is a ValueError: no database takes half a character
        return value
    if kind is bool and isinstance(value, bool):
        return value
    raise ValueError(f"{column}: is no {kind.__name__}")


def _moment(column: Column[Any], kind: type[date], value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError(f"{column}: is no time")
    moment = kind.fromisoformat(value)
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{column}: has no zone")
    return moment.astimezone(UTC)  # OverflowError at the ends of the calendar
