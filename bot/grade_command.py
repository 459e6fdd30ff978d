"""`mensetsu grade`: from a file or standard input to a file or standard output, line by line."""

from __future__ import annotations

import errno
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any, NoReturn

import typer

from bot.batch import grade_lines
from bot.exits import stop
from bot.services import Services
from bot.text import t
from knowledge.schema import Language

log = logging.getLogger(__name__)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def grade_file(file: Path | None, out: Path | None, services: Services, lang: Language) -> bool:
    """Grades every line; False when any failed or was left ungraded, which is also told on standard error."""
    if file and out and out.exists() and file.exists() and file.samefile(out):
        stop(t("file.same", lang, path=file))
    failures: Counter[str] = Counter()
    with _opened_input(file, lang) as source, _opened_output(out, lang) as sink:
        for record in grade_lines(_lines(source, file, lang), services.deck, services.grader):
            _write(sink, record, out, lang)
            if record["state"] == "error":
                failures["error"] += 1
            elif record["state"] == "ungraded":
                failures[_cause(services, record["failure"])] += 1
    for cause, count in failures.items():
        key = "cli.lines_wrong" if cause == "error" else "cli.lines_ungraded"
        typer.secho(t(key, lang, count=count, reason=t(f"cause.{cause}", lang) if cause != "error" else ""), err=True, fg="red")
    return not failures


def _opened_input(file: Path | None, lang: Language) -> AbstractContextManager[IO[bytes]]:
    if file is None:
        if sys.stdin is None:
            stop(t("file.no_input", lang))
        if sys.stdin.isatty():
            typer.echo(t("cli.reading_terminal", lang), err=True)
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        _stop_reading(error, file, lang)


def _opened_output(out: Path | None, lang: Language) -> AbstractContextManager[IO[bytes]]:
    try:
        return out.open("wb", buffering=0) if out else nullcontext(sys.stdout.buffer)
    except OSError as error:
        _stop_writing(error, out, lang)


def _lines(source: IO[bytes], file: Path | None, lang: Language) -> Iterator[bytes]:
    try:
        yield from source
    except OSError as error:
        _stop_reading(error, file, lang)


def _write(sink: IO[bytes], record: dict[str, Any], out: Path | None, lang: Language) -> None:
    # UTF-8 whatever the terminal's encoding is: the format is for machines.
    rest = memoryview((json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
    try:
        while rest:
            rest = rest[sink.write(rest) :]
        sink.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _stop_writing(error, out, lang)


def _stop_reading(error: OSError, file: Path | None, lang: Language) -> NoReturn:
    log.error("input: %s", error)
    path = file or "stdin"
    if isinstance(error, FileNotFoundError):
        stop(t("file.missing", lang, path=path))
    stop(t("file.folder" if isinstance(error, IsADirectoryError) else "file.unreadable", lang, path=path))


def _stop_writing(error: OSError, out: Path | None, lang: Language) -> NoReturn:
    log.error("output: %s", error)
    path = out or "stdout"
    if error.errno in _FULL:
        stop(t("file.full", lang, path=path))
    stop(t("file.folder" if isinstance(error, IsADirectoryError) else "file.unwritable", lang, path=path))


def _cause(services: Services, failure: str) -> str:
    """The failure of a grade, or what kept the embedded model from coming up, which says more."""
    return services.models.status.reason or failure if failure == "no_model" else failure
