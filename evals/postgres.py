"""A PostgreSQL server of our own, for as long as a measurement takes."""

from __future__ import annotations

import importlib.util
import os
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


@contextmanager
def private_server() -> Iterator[str | None]:
    """The URL of a new server with its usual settings in a folder of its own; None where there is no PostgreSQL or psycopg.

    It listens to no port, only to a socket in that folder.
    """
    binaries, user = _binaries(), _user()
    if binaries is None or user is None or importlib.util.find_spec("psycopg") is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="mensetsu-pg-"))  # short: the path of a socket may not be long
    try:
        if user:
            shutil.chown(folder, SERVER_USER)
        initdb: list[str | Path] = [
            binaries / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
        ]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
        command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, text=False, **user) as server,
        ):
            try:
                url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
                _wait_for(url, server)
                yield url
            finally:
                server.terminate()
                server.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    """The folder of the server's programs; Debian keeps them off the path."""
    found = [Path(path).resolve().parent for path in [shutil.which("initdb"), *Path("/usr/lib/postgresql").glob("*/bin/initdb")] if path]
    return next((folder for folder in found if (folder / "postgres").is_file()), None)


def _user() -> dict[str, Any] | None:
    """Whom the server runs as: its own user when we are root, else whoever we are; None when there is no such user."""
    if os.name != "posix":
        return None
    if os.geteuid() != 0:
        return {}
    import pwd

    try:
        return {"user": SERVER_USER, "group": pwd.getpwnam(SERVER_USER).pw_gid, "extra_groups": []}
    except KeyError:
        return None


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
