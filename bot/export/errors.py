"""What stands in the way of writing or reading an export, as one sentence a person can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from bot.text import t
from knowledge.schema import Language

ExportReason = Literal[
    "unwritable",
    "full",
    "folder",
    "not_a_folder",
    "missing",
    "unreadable",
    "suffix",
    "package",
    "no_interview",
    "unknown_interview",
    "nothing_missed",
    "foreign",
    "damaged",
    "newer",
    "oversized",
    "conflict",
    "other_learner",
]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PACKAGES = {"fpdf": "fpdf2"}


class ExportError(RuntimeError):
    """An export or import that cannot be. `reason` is what the person is told; the message is for the log and holds no answers."""

    def __init__(self, reason: ExportReason, message: str = "", **values: str) -> None:
        super().__init__(message or reason)
        self.reason: ExportReason = reason
        self.values = values

    def sentence(self, path: Path, lang: Language) -> str:
        """What a person is told; `path` is the file or folder they named."""
        return t(f"export.error.{self.reason}", lang, **{"path": path, **self.values})


@contextmanager
def writing() -> Iterator[None]:
    """Raises ExportError in place of the file system's errors and of an ImportError of what writes a format."""
    try:
        yield
    except IsADirectoryError as error:
        raise ExportError("folder", str(error)) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise ExportError("not_a_folder", str(error)) from error
    except OSError as error:
        raise ExportError("full" if error.errno in _FULL else "unwritable", str(error)) from error
    except ImportError as error:
        module = (error.name or str(error)).partition(".")[0]
        raise ExportError("package", str(error), name=_PACKAGES.get(module, module)) from error


@contextmanager
def reading() -> Iterator[None]:
    """Raises ExportError in place of the file system's errors."""
    try:
        yield
    except FileNotFoundError as error:
        raise ExportError("missing", str(error)) from error
    except IsADirectoryError as error:
        raise ExportError("folder", str(error)) from error
    except OSError as error:
        raise ExportError("unreadable", str(error)) from error
