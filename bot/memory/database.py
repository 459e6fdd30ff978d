"""Opens the database and brings its schema up to date."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

import alembic.command
import alembic.config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

log = logging.getLogger(__name__)

StoreReason = Literal["locked", "readonly", "full", "newer", "damaged", "driver", "unavailable"]
BUSY_MS = 5000
_OF_SQLITE: tuple[tuple[str, StoreReason], ...] = (
    ("SQLITE_BUSY", "locked"),
    ("SQLITE_LOCKED", "locked"),
    ("SQLITE_READONLY", "readonly"),
    ("SQLITE_PERM", "readonly"),
    ("SQLITE_FULL", "full"),
    ("SQLITE_IOERR_WRITE", "full"),  # of a quota, or a limit to the size of files
    ("SQLITE_IOERR_SHMSIZE", "full"),  # of a disk too full for the index of the write-ahead log
    ("SQLITE_NOTADB", "damaged"),
    ("SQLITE_CORRUPT", "damaged"),
)
_OF_SYSTEM: dict[int, StoreReason] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EACCES: "readonly",
    errno.EPERM: "readonly",
    errno.EROFS: "readonly",
}


class StoreError(RuntimeError):
    """The database cannot do what is needed. `reason` is what the person is told; the message is for the log."""

    def __init__(self, reason: StoreReason, message: str) -> None:
        super().__init__(message)
        self.reason: StoreReason = reason


@contextmanager
def store_errors() -> Iterator[None]:
    """Raises StoreError in place of SQLAlchemy's and the file system's errors."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_reason(error), str(error).splitlines()[0]) from error
    except sqlite3.Error as error:
        raise StoreError(_reason_of(error), str(error)) from error
    except OSError as error:
        raise StoreError(_OF_SYSTEM.get(error.errno or 0, "unavailable"), str(error)) from error
    except ImportError as error:
        raise StoreError("driver", str(error)) from error


def _reason(error: SQLAlchemyError) -> StoreReason:
    if isinstance(error, NoSuchModuleError):
        return "driver"
    return _reason_of(error.orig if isinstance(error, DBAPIError) else None)


def _reason_of(cause: BaseException | None) -> StoreReason:
    name = getattr(cause, "sqlite_errorname", "") or ""
    return next((reason for start, reason in _OF_SQLITE if name.startswith(start)), "unavailable")


def open_database(url: str) -> Engine:
    """An engine whose schema is current. Raises StoreError."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError("unavailable", "the URL of the database cannot be parsed") from error
    with store_errors():
        is_sqlite = parsed.get_backend_name() == "sqlite"
        if is_sqlite and parsed.database and not parsed.database.startswith(("file:", ":")):
            _check_folder(Path(parsed.database).parent)
        engine = create_engine(parsed, hide_parameters=True)  # they hold answers, and errors go to the log
        event.listen(engine, "connect", _prepare_sqlite if is_sqlite else _prepare_server)
        _migrate(engine)
    return engine


def _check_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):  # of which SQLite says no more than that it cannot open the file
        raise StoreError("readonly", f"{folder} cannot be written")


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _prepare_server(connection: Any, _record: Any) -> None:
    """Has times come in UTC: psycopg reads those of a named zone slowly."""
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.commit()


def _migrate(engine: Engine) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == script.get_current_head():
            return
        if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError("newer", f"the database is at revision {current}, which this version does not know")
    if current is not None:
        _back_up(engine, current)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # whose driver begins no transaction for DDL; half a migration could never be taken up again
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
    log.info("database brought to revision %s", script.get_current_head())


def _back_up(engine: Engine, revision: str) -> None:
    """A copy of a SQLite file beside it, named after the revision it holds; a server's database is backed up by whoever runs it."""
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or database.startswith((":", "file:")):
        return
    path = Path(f"{database}.{revision}.backup")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)  # not a copied file: what is still in the write-ahead log belongs to it too
    log.info("database of revision %s copied to %s", revision, path)
