"""JSON Lines from a file or standard input to a file or standard output; what stands in the way is told in one sentence."""

from __future__ import annotations

import errno
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, NoReturn

import typer

from bot.exits import stop
from bot.text import t
from knowledge.schema import Language

log = logging.getLogger(__name__)

Sink = Callable[[dict[str, Any]], None]
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def lines_and_sink(file: Path | None, out: Path | None, lang: Language) -> Iterator[tuple[Iterator[bytes], Sink]]:
    """The lines of the input as they come in, and a function that writes one record to the output at once."""
    if file and out and out.exists() and file.exists() and file.samefile(out):
        stop(t("file.same", lang, path=file))
    with _opened_input(file, lang) as source, _opened_output(out, lang) as sink:
        yield _lines(source, file, lang), lambda record: _write(sink, record, out, lang)


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
