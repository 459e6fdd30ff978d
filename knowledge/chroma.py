"""Opens Chroma in a folder or on a server. A folder it cannot read is set aside."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
import uuid
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError

from knowledge.errors import IndexUnavailable, reason_for, translated

_DATABASE = "chroma.sqlite3"
_SERVER_TIMEOUT = 5.0
_LOCK_TIMEOUT = 5.0
_log = logging.getLogger(__name__)


def connect(url: str) -> Client:
    """A client of the Chroma server at http(s)://host:port. Raises IndexUnavailable."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise IndexUnavailable("unreachable", f"{url!r} is no address of a Chroma server; write http://HOST:PORT")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    try:
        # Chroma's own client waits without limit; a server that is not there should be known at once.
        httpx.get(f"{parts.scheme}://{parts.hostname}:{port}/api/v2/heartbeat", timeout=_SERVER_TIMEOUT).raise_for_status()
        return cast(Client, chromadb.HttpClient(parts.hostname, port, ssl=secure, settings=Settings(anonymized_telemetry=False)))
    except (httpx.HTTPError, ValueError, ChromaError) as error:
        raise IndexUnavailable("unreachable", f"no Chroma server answers at {parts.hostname}:{port}: {error}") from error


def open_folder(folder: Path) -> Client:
    """A client of the embedded Chroma in a folder, created if need be.

    A folder of another version or with broken files is renamed and an empty one takes its place. Raises IndexUnavailable.
    """
    check_writable(folder)
    _check_lock(folder / _DATABASE)
    try:
        return _start(folder)
    except (ChromaError, ValueError) as error:
        if reason_for(error) != "failed":
            raise IndexUnavailable(reason_for(error), f"{folder}: {error}") from error
        _set_aside(folder, error)
    with translated(f"{folder}"):
        return _start(folder)


def close(client: Client) -> None:
    """Lets go of the folder, or of the connections to the server, which Chroma itself leaves open."""
    client.close()
    for side in (client, cast(Client, client._admin_client)):  # each has a session of its own
        session = getattr(side._server, "_session", None)
        if session is not None:
            session.close()


def remove_orphans(folder: Path) -> None:
    """Deletes the vector files of deleted collections, which Chroma leaves in its folder."""
    # The folders first: one that appears in between belongs to a collection the database already names.
    found = [path for path in folder.iterdir() if path.is_dir()]
    with closing(sqlite3.connect(f"{(folder / _DATABASE).resolve().as_uri()}?mode=ro", uri=True)) as database:
        known = {row[0] for row in database.execute("SELECT id FROM segments")}
    for path in found:
        if path.name not in known:
            shutil.rmtree(path, ignore_errors=True)


def restart(client: Client) -> None:
    """Opens the embedded Chroma's files anew, in place: collections read before stay usable.

    Raises IndexUnavailable if that fails; the client is then closed.
    """
    try:
        with translated("opening the index again"):
            client._server.start()
    except IndexUnavailable:
        client.close()
        raise


def check_writable(folder: Path) -> None:
    """Makes the folder if need be and writes a little to it. Raises IndexUnavailable with the reason if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 65536)
            probe.flush()
    except OSError as error:
        raise IndexUnavailable(reason_for(error), f"{folder} cannot be written: {error.strerror}") from error


def _check_lock(database: Path) -> None:
    """Raises IndexUnavailable if another process holds the database, for which Chroma would wait a quarter of an hour."""
    if not database.is_file():
        return
    try:
        with closing(sqlite3.connect(database, timeout=_LOCK_TIMEOUT)) as connection:
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.DatabaseError as error:  # what else may be wrong with it, Chroma tells more exactly
        if reason_for(error) == "locked":
            raise IndexUnavailable("locked", f"{database}: {error}") from error


def _start(folder: Path) -> Client:
    try:
        client = cast(Client, chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False)))
    except BaseException:
        # Chroma keeps the half-started system for this path and would hand it out again.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        SharedSystemClient._identifier_to_refcount.pop(str(folder), None)
        raise
    try:
        _read_a_little(client)
    except BaseException:
        client.close()
        raise
    return client


def _read_a_little(client: Client) -> None:
    """Reads a vector of every collection: a database may open and still lack a table or a file."""
    for collection in client.list_collections():
        vectors = collection.get(limit=1, include=["embeddings"])["embeddings"]
        if vectors is not None and len(vectors):
            collection.query(query_embeddings=np.asarray([vectors[0]], np.float32), n_results=1, include=["distances"])


def _set_aside(folder: Path, error: Exception) -> None:
    aside = folder.with_name(f"{folder.name}.broken-{datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}")
    with translated(f"setting {folder} aside"):
        folder.rename(aside)
    _log.warning("The index in %s cannot be read (%s). It was set aside as %s and is built again.", folder, error, aside.name)
