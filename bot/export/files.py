"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.export.errors import writing


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A temporary file to write, which takes the place of `path` at the end of the block and is gone when the block raises.

    Raises ExportError when it cannot be written.
    """
    with writing():
        if path.is_dir():
            raise IsADirectoryError(path)
        # In the same folder: only within one file system is renaming a single step.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        part = Path(name)
        try:
            yield part
            _flush(part)
            part.chmod(_mode(path))
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all. Raises ExportError."""
    with written(path) as part:
        part.write_bytes(data)


def _flush(part: Path) -> None:
    """What is renamed before it is on the disk may be empty after a power cut."""
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, else only the owner's: answers are nobody else's business."""
    return path.stat().st_mode & 0o777 if path.exists() else 0o600
