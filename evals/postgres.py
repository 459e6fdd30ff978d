"""A PostgreSQL server of our own, for as long as a measurement or a test takes."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

# PostgreSQL does not run as root; its packages bring this user along.
SERVER_USER = "postgres"
START_SECONDS = 60.0
# The server lives as long as the pipe on this shell's standard input, so it goes with the program even when that is killed.
_SERVE = 'folder=$1; shift; "$@" & server=$!; read -r _; kill -INT $server; wait $server; cd /; rm -rf -- "$folder"'
# What nobody will need again waits for no disk.
_CARELESS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0"),
    *("max_wal_size=64MB", "max_connections=30"),
)
# A database is some 300 files, made in memory ten times as fast.
_MEMORY, _ENOUGH_BYTES = Path("/dev/shm"), 1 << 30


class NoPostgres(RuntimeError):
    """There is no server to start; the message says what to install."""


@contextmanager
def private_server(*, careless: bool = False) -> Iterator[str]:
    """The URL of a new server in a folder of its own, gone with it at the end. Raises NoPostgres.

    It listens to no port, only to a socket in that folder. Its settings are the usual ones, or with `careless` those that are fast and
    lose everything in a crash.
    """
    binaries, user = _binaries(), _user()
    roomy = careless and _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES
    folder = Path(tempfile.mkdtemp(prefix="mensetsu-pg-", dir=_MEMORY if roomy else None))  # short: the path of a socket may not be long
    if user:
        shutil.chown(folder, SERVER_USER)
    data, log = folder / "data", folder / "log"
    initdb: list[str | Path] = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
    options = [part for option in ("listen_addresses=", *(_CARELESS if careless else ())) for part in ("-c", option)]
    command: list[str | Path] = ["sh", "-c", _SERVE, "sh", folder, binaries / "postgres", "-D", data, "-k", folder, *options]
    url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=folder, start_new_session=True, **user) as server,
    ):
        assert server.stdin is not None
        try:
            _wait_for(url, server)
            yield url
        finally:
            server.stdin.close()
            server.wait(START_SECONDS)


def _binaries() -> Path:
    """The folder of the server's programs, the newest where there are several; Debian keeps them off the path."""
    if os.name != "posix" or importlib.util.find_spec("psycopg") is None:
        raise NoPostgres("psycopg is not installed: pip install -e .[postgresql]")
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if (initdb := shutil.which("initdb")) is not None:
        folders.append(Path(initdb).resolve().parent)
    found = [folder for folder in folders if (folder / "postgres").is_file()]
    if not found:
        raise NoPostgres("PostgreSQL's server is not installed: apt-get install postgresql")
    return max(found, key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))])


def _user() -> dict[str, Any]:
    """Whom the server runs as: its own user when we are root, else whoever we are."""
    if os.geteuid() != 0:
        return {}
    import pwd

    try:
        return {"user": SERVER_USER, "group": pwd.getpwnam(SERVER_USER).pw_gid, "extra_groups": []}
    except KeyError as error:
        raise NoPostgres(f"PostgreSQL does not run as root, and there is no user {SERVER_USER}") from error


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    engine.dispose()
