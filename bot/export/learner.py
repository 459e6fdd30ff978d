"""Takes everything that is stored of a learner from one database to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from bot.export.archive import opened_archive, write_archive
from bot.export.errors import ExportError
from bot.export.merge import Merge
from bot.export.rows import LEARNER, owned_by, owned_tables, plain
from bot.memory.store import Store
from bot.memory.tables import now

_BATCH = 1000


def export_learner(store: Store, path: Path) -> dict[str, int]:
    """Writes everything of the learner into one .zip file, whole or not at all; returns the rows a table.

    Raises ExportError or StoreError.
    """
    with store.session() as session:
        _hold(session)
        return write_archive(path, now(), _tables(session, store.learner_id))


def import_learner(store: Store, path: Path) -> dict[str, int]:
    """Takes in what `export_learner` wrote, all or nothing; returns the rows a table.

    Rows that are there already are replaced and keep their ids, so that importing twice is the same as once; what was added here since
    stays. Everything becomes the learner's of this store. Raises ExportError or StoreError.
    """
    tables = {table.name: table for table in owned_tables()}
    with opened_archive(path) as archive:
        if unknown := sorted(archive.tables - tables.keys()):
            raise ExportError("newer", f"table {unknown[0]}")
        if LEARNER.name not in archive.tables:
            raise ExportError("damaged", "no learner")
        with store.session() as session:
            try:
                merge = Merge(session, store.learner_id)
                counts = {name: merge.put(table, archive.rows(name)) for name, table in tables.items() if name in archive.tables}
                merge.finish()
            except IntegrityError as error:
                raise ExportError("conflict", str(error.orig)) from error
            except DataError as error:
                raise ExportError("damaged", type(error.orig).__name__) from error
            if counts[LEARNER.name] != 1:
                raise ExportError("damaged", "not one learner")
    return counts


def _hold(session: Session) -> None:
    """All that is read in the transaction is of one moment, though answers may come in meanwhile."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN"))
    else:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _tables(session: Session, learner_id: int) -> Iterator[tuple[str, Iterator[Mapping[str, Any]]]]:
    for table in owned_tables():
        mine = owned_by(table, learner_id)
        assert mine is not None
        query = select(table).where(mine).order_by(*table.primary_key)
        found = session.execute(query, execution_options={"yield_per": _BATCH}).mappings()
        yield table.name, (plain({str(name): value for name, value in row.items()}) for row in found)
