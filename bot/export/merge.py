"""Puts a learner's rows into a database: new ones are added, those that are there already are replaced."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Column, Integer, Table, UniqueConstraint, and_, bindparam, func, insert, null, select, update
from sqlalchemy.orm import Session

from bot.export.errors import ExportError
from bot.export.rows import LEARNER, is_json, learner_columns, owned_by, owned_tables, stored
from bot.memory import reviews
from bot.memory.tables import Attempt, Learner, Review, SpeechRow

_BATCH = 500
Row = dict[str, Any]
Key = tuple[Any, ...]


class Merge:
    """One import into a transaction. Tables are put in the order of `owned_tables`."""

    def __init__(self, session: Session, learner_id: int) -> None:
        """Begins; whatever goes wrong from here on, the transaction has to be rolled back."""
        self._session = session
        self._learner_id = learner_id
        self._came_as: int | None = None  # the learner's id where the rows come from
        self._keys: dict[Table, set[Key]] = defaultdict(set)
        self._reviews: Counter[tuple[str, str]] = Counter()
        # Rows that change places would meet on the way: until `finish` those of before stand on the other side of zero.
        self._swap_positions(only_aside=False)

    def put(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
        """Writes plain rows; returns how many. Raises ExportError, IntegrityError or DataError."""
        count = 0
        pending = iter(rows)
        while batch := [self._read(table, row) for row in islice(pending, _BATCH)]:
            self._write(table, batch)
            count += len(batch)
        return count

    def finish(self) -> None:
        """Puts back what was not replaced, and works out anew what is remembered where reviews of two histories came together.

        Raises IntegrityError when a row of before has the place of one that was put, ExportError when what was put cannot be reckoned with.
        """
        self._swap_positions(only_aside=True)
        try:
            reviews.schedule_of(self._session.get_one(Learner, self._learner_id))
            self._recompute()
            self._score_deliveries()
        except (ValueError, TypeError) as error:
            raise ExportError("damaged", f"reviews or settings: {type(error).__name__}") from error

    def _recompute(self) -> None:
        columns = (Review.card_id, Review.point_id)
        counted = self._session.execute(select(*columns, func.count()).where(Review.learner_id == self._learner_id).group_by(*columns))
        apart: dict[str, list[str]] = defaultdict(list)
        for card, point, count in counted:
            if 0 < self._reviews[card, point] < count:
                apart[card].append(point)
        for card, points in apart.items():
            reviews.recompute(self._session, self._learner_id, card, points)

    def _score_deliveries(self) -> None:
        """An archive may be older than the place of a delivery's score beside the answer's."""
        missing = (
            select(Attempt.id, SpeechRow.delivery)
            .join(SpeechRow, SpeechRow.attempt_id == Attempt.id)
            .where(Attempt.learner_id == self._learner_id, Attempt.delivery_score.is_(None), SpeechRow.delivery.is_not(None))
        )
        for attempt_id, delivery in self._session.execute(missing).all():
            score = delivery.get("score") if isinstance(delivery, dict) else None
            if score is not None:
                self._session.execute(update(Attempt).where(Attempt.id == attempt_id).values(delivery_score=float(score)))

    def _swap_positions(self, *, only_aside: bool) -> None:
        for table in owned_tables():
            mine = owned_by(table, self._learner_id)
            assert mine is not None
            for column in _positions(table):
                moved = update(table).where(mine).values({column.name: -1 - column})
                self._session.execute(moved.where(column < 0) if only_aside else moved)

    def _read(self, table: Table, row: Mapping[str, Any]) -> Row:
        """A plain row as it is stored, of this learner. Raises ExportError when it does not fit in."""
        if unknown := sorted(row.keys() - table.columns.keys()):
            raise ExportError("newer", f"{table.name}: column {unknown[0]}")
        for column in table.columns:
            if column.name not in row and (column.primary_key or not (column.nullable or column.default)):
                raise ExportError("damaged", f"{column}: is missing")
        try:
            values = {name: stored(table.c[name], value) for name, value in row.items()}
        except (ValueError, OverflowError) as error:
            raise ExportError("damaged", f"{table.name}: {type(error).__name__}") from error
        for name in learner_columns(table):
            if self._came_as is None:
                self._came_as = values[name]
            if values[name] != self._came_as:
                raise ExportError("damaged", f"{table.name}: a row of another learner")
            values[name] = self._learner_id
        for reference in table.foreign_keys:
            parent, value = reference.column.table, values.get(reference.parent.name)
            if parent is not LEARNER and value is not None and (value,) not in self._keys[parent]:
                raise ExportError("damaged", f"{table.name}: a row belongs to none in {parent.name}")
        key = _key(table, values)
        if key in self._keys[table]:
            raise ExportError("damaged", f"{table.name}: a row is there twice")
        self._keys[table].add(key)
        if table is Review.__table__:
            self._reviews[values["card_id"], values["point_id"]] += 1
        return values

    def _write(self, table: Table, rows: list[Row]) -> None:
        there = self._there(table, rows)
        alike: dict[tuple[bool, frozenset[str], frozenset[str]], list[Row]] = defaultdict(list)
        for row in rows:
            empty = frozenset(name for name, value in row.items() if value is None and is_json(table.c[name]))
            alike[_key(table, row) in there, frozenset(row), empty].append(row)
        for (exists, names, empty), group in alike.items():
            # None in a column of JSON would be stored as JSON's null, which is no NULL to a query.
            values = {name: null() if name in empty else bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
            given = [{f"new_{name}": value for name, value in row.items() if name not in empty} for row in group]
            if exists:
                at = and_(*(column == bindparam(f"new_{column.name}", type_=column.type) for column in table.primary_key))
                self._session.execute(update(table).where(at).values(values), given)
            else:
                self._session.execute(insert(table).values(values), given)

    def _there(self, table: Table, rows: list[Row]) -> set[Key]:
        """The keys of the rows that are there already. Raises ExportError when one is another learner's."""
        keys = {_key(table, row) for row in rows}
        columns = list(table.primary_key)
        mine = owned_by(table, self._learner_id)
        assert mine is not None
        among = select(*columns).where(columns[0].in_({key[0] for key in keys}))
        there = keys & {tuple(found) for found in self._session.execute(among)}
        if there - {tuple(found) for found in self._session.execute(among.where(mine))}:
            raise ExportError("other_learner", f"{table.name}: rows of another learner have the same ids")
        return there


def _key(table: Table, row: Row) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


def _positions(table: Table) -> Iterator[Column[Any]]:
    """The numbers by which rows of a table are ordered, none twice."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield from (column for column in constraint.columns if isinstance(column.type, Integer) and not column.foreign_keys)
