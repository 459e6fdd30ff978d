"""Forgets a learner."""

from __future__ import annotations

import glob
from pathlib import Path

from sqlalchemy import Engine, Table, delete, func, select, text

from bot.export.rows import owned_by, owned_tables
from bot.memory.database import StoreError, store_errors
from bot.memory.store import Store
from bot.memory.tables import Base, Learner, SpeechRow

SPEECH: Table = Base.metadata.tables[SpeechRow.__tablename__]


def delete_learner_data(store: Store, recordings: Path) -> dict[str, int]:
    """Deletes everything of the learner; what stays is a learner without settings or answers. Returns the rows deleted a table.

    `recordings` is the folder in which recordings of answers were kept.

    A SQLite file is written anew so that no answer lingers in it, and when nobody else practises in it, the backups beside it go too.
    Raises StoreError; when only the cleaning fails ("locked" while another program reads), the rows are gone all the same.
    """
    counts: dict[str, int] = {}
    with store.session() as session:
        mine = owned_by(SPEECH, store.learner_id)
        assert mine is not None
        kept = [name for name in session.scalars(select(SPEECH.c.audio).where(mine)) if name]
        for table in reversed(owned_tables()):
            mine = owned_by(table, store.learner_id)
            assert mine is not None
            counts[table.name] = session.scalar(select(func.count()).select_from(table).where(mine)) or 0
            session.execute(delete(table).where(mine))
        alone = not session.scalar(select(func.count()).select_from(Learner))
        session.add(Learner(id=store.learner_id, name="local"))
    with store_errors():
        for name in kept:
            (recordings / Path(name).name).unlink(missing_ok=True)  # a name from an imported file leads nowhere else
    if store.engine.dialect.name == "sqlite":
        with store_errors():
            _clean(store.engine)
            if alone:
                _remove_backups(store.engine)
    return counts


def _clean(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))
        # What was deleted is still in the write-ahead log until that is emptied.
        busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar()
    if busy:
        raise StoreError("locked", "the write-ahead log could not be emptied")


def _remove_backups(engine: Engine) -> None:
    """The copies made before the schema changed."""
    database = engine.url.database
    if database and not database.startswith((":", "file:")):
        for path in Path(database).parent.glob(f"{glob.escape(Path(database).name)}.*.backup"):
            path.unlink()
