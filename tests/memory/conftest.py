"""Databases of both kinds, and time zones to be in."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from bot.memory.store import Store
from evals.postgres import NoPostgres, private_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, gone at the end."""
    with ExitStack() as server:
        try:
            url = server.enter_context(private_server(careless=True))
        except NoPostgres as reason:
            pytest.skip(str(reason))
        yield url
    assert not Path(str(make_url(url).query["host"])).exists(), "the server's shell removes the folder when the server has ended"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that was opened once."""
    file = tmp_path_factory.mktemp("template") / "opened.sqlite3"
    Store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a database on the server that was opened once."""
    with on_server(postgres_url) as connection:
        connection.execute(text("CREATE DATABASE opened"))
    Store(named(postgres_url, "opened")).close()
    return "opened"


@contextmanager
def on_server(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@contextmanager
def new_on_server(url: str, template: str = "template1") -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    with on_server(url) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield named(url, name)
    with on_server(url) as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind in turn in which nothing was done yet; a copy, for making the tables takes longer than most tests."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.sqlite3")
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
    else:
        with new_on_server(request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind in turn without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
    else:
        with new_on_server(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture
def zone() -> Iterator[Callable[[str], None]]:
    """Puts the program into a time zone until the end of the test."""
    if not hasattr(time, "tzset"):
        pytest.skip("needs a system on which the time zone of a process can be set")
    with pytest.MonkeyPatch.context() as patch:

        def live_in(name: str) -> None:
            patch.setenv("TZ", name)
            time.tzset()

        yield live_in
    time.tzset()
