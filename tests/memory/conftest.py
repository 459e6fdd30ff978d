"""Databases of both kinds, and time zones to be in."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bot.memory.store import Store

# PostgreSQL does not run as root; its packages bring this user along.
SERVER_USER = "postgres"
# The server lives as long as the pipe on this shell's standard input, so it goes with the tests even when they are killed.
SERVE = 'folder=$1; shift; "$@" & server=$!; read -r _; kill -INT $server; wait $server; rm -rf -- "$folder"'
# Nothing it holds outlives the tests, so it waits for no disk. No TCP port: the socket in a private folder is the only way in.
OPTIONS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0"),
    *("max_wal_size=64MB", "max_connections=30", "listen_addresses="),
)
# A database is some 300 files, made in memory ten times as fast.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 1 << 30
START_SECONDS = 60.0


def programs() -> Path | None:
    """The folder of PostgreSQL's server, the newest where there are several."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if (config := shutil.which("pg_config")) is not None:
        folders.append(Path(subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()))
    if (initdb := shutil.which("initdb")) is not None:
        folders.append(Path(initdb).resolve().parent)
    found = [folder for folder in folders if (folder / "initdb").is_file() and (folder / "postgres").is_file()]
    return max(found, key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))], default=None)


def as_server_user() -> dict[str, Any]:
    """Whom a process of the server runs as: PostgreSQL's own user when we are root, else whoever we are."""
    if os.geteuid() != 0:
        return {}
    import pwd

    try:
        return {"user": SERVER_USER, "group": pwd.getpwnam(SERVER_USER).pw_gid, "extra_groups": []}
    except KeyError:
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {SERVER_USER}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, gone at the end."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: pip install -e .[postgresql]")
    binaries = programs()
    if binaries is None or os.name != "posix":
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    user = as_server_user()
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES
    # not among pytest's folders: the path of a socket has to be short
    folder = Path(tempfile.mkdtemp(prefix="mensetsu-pg-", dir=MEMORY if roomy else None))
    if user:
        shutil.chown(folder, SERVER_USER)
    data, log = folder / "data", folder / "log"
    initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
    options = [part for option in OPTIONS for part in ("-c", option)]
    command = ["sh", "-c", SERVE, "sh", folder, binaries / "postgres", "-D", data, "-k", folder, *options]
    url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=folder, start_new_session=True, **user) as server,
    ):
        assert server.stdin is not None
        try:
            wait_for(url, server, log)
            yield url
        finally:
            server.stdin.close()
            server.wait(START_SECONDS)
    assert not folder.exists(), "the server's shell removes the folder when the server has ended"


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    engine = create_engine(url)
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
    engine.dispose()


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
