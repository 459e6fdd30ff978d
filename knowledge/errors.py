"""Why the index cannot be used."""

from __future__ import annotations

import errno
import sqlite3
from types import TracebackType
from typing import Literal

import httpx

Reason = Literal["read-only", "disk-full", "locked", "unreachable", "embedding", "failed"]

_BY_ERRNO: dict[int, Reason] = {
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "disk-full",
    errno.EFBIG: "disk-full",
    errno.EACCES: "read-only",
    errno.EPERM: "read-only",
    errno.EROFS: "read-only",
    errno.EEXIST: "read-only",
    errno.ENOTDIR: "read-only",
}
# Chroma passes the errors of SQLite and of the system on as text.
_BY_TEXT: tuple[tuple[str, Reason], ...] = (
    ("readonly", "read-only"),
    ("read-only", "read-only"),
    ("permission denied", "read-only"),
    ("unable to open database", "read-only"),
    ("disk is full", "disk-full"),
    ("no space left", "disk-full"),
    ("file too large", "disk-full"),
    ("disk i/o error", "disk-full"),
    ("is locked", "locked"),
)


class IndexUnavailable(RuntimeError):
    """The index cannot be used now. `reason` says why, for the page; the message has the details, for the log."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


def reason_for(error: BaseException) -> Reason:
    """The reason behind an error of Chroma, its server or the disk; "failed" if it is none of the known ones."""
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    if isinstance(error, httpx.HTTPError):
        return "unreachable"
    text = str(error).casefold()
    return next((reason for part, reason in _BY_TEXT if part in text), "failed")


class translated:
    """Turns errors of Chroma, its server and the disk inside the block into IndexUnavailable. NotFoundError passes."""

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        from chromadb.errors import ChromaError, NotFoundError  # slow to import, and loaded by then

        if isinstance(error, NotFoundError):
            return
        if isinstance(error, ChromaError | OSError | httpx.HTTPError | sqlite3.DatabaseError | ValueError):
            raise IndexUnavailable(reason_for(error), f"{self._doing}: {error}") from error
        if isinstance(error, AttributeError) and error.name == "bindings":  # all that Chroma says once it is closed
            raise IndexUnavailable("failed", f"{self._doing}: it is closed") from error
