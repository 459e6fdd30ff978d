"""How a command ends: what stands in its way is told in one sentence, the cause goes to the log, and the status says it."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import typer
from pydantic import ValidationError

from bot.memory.database import StoreError
from bot.settings import Settings
from bot.text import catalogue, t
from knowledge.deck import CardError
from knowledge.errors import IndexUnavailable
from knowledge.schema import Language

log = logging.getLogger(__name__)

FAILED = 1
INTERRUPTED = 130


def stop(sentence: str, status: int = FAILED) -> NoReturn:
    """Ends the program with one sentence on standard error."""
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(status)


def read_settings(lang: Language | None = None) -> Settings:
    """The options of the environment, or one sentence on the first that is not valid."""
    try:
        return Settings()
    except ValidationError as error:
        stop(settings_sentence(error, lang or ("en" if os.environ.get("MENSETSU_LANGUAGE") == "en" else "ja")))


def settings_sentence(error: ValidationError, lang: Language) -> str:
    """Which variable is not valid and what it should hold. The value is not quoted: it could be the key."""
    first = error.errors()[0]
    name = str(first["loc"][0]).upper()
    kind = f"settings.{first['type']}"
    context = first.get("ctx", {})
    values: dict[str, object] = {key: context[key] for key in ("gt", "ge", "le") if key in context}
    if "expected" in context:
        values["choices"] = ", ".join(re.findall("'([^']+)'", context["expected"]))
    detail = t(kind if kind in catalogue(lang) else "settings.other", lang, **values)
    return t("error.settings", lang, name=name if name.startswith("OPENAI_") else f"MENSETSU_{name}", detail=detail)


@contextmanager
def told(settings: Settings, lang: Language, interrupted: str = "cli.interrupted") -> Iterator[None]:
    """Turns what goes wrong inside the block into one sentence; `interrupted` is the key of the one for Ctrl+C."""
    try:
        yield
    except CardError as error:
        log.error("cards: %s", error)
        stop(t("error.cards", lang, faults=error))
    except StoreError as error:
        stop(store_sentence(error, settings, lang))
    except IndexUnavailable as error:
        log.error("no index: %s", error)
        stop(t("error.index", lang, reason=t(f"index.{error.reason}", lang)))
    except BrokenPipeError:
        _close_output()
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        stop(t(interrupted, lang), INTERRUPTED)
    except Exception as error:
        if not isinstance(error, typer.Exit):
            log.exception("command: %s", type(error).__name__)
            stop(t("cli.unexpected", lang, path=settings.log_file))
        raise


def store_sentence(error: StoreError, settings: Settings, lang: Language) -> str:
    """What a person is told about a database that does not do what is needed; the cause goes to the log."""
    log.error("store: %s: %s", error.reason, error)
    return t(f"error.{error.reason}", lang, path=settings.data_dir)


def _close_output() -> None:
    """Nobody reads on; what is still in the buffer must not complain at the end."""
    with suppress(AttributeError, OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(command: Callable[[], object]) -> NoReturn:
    """Runs a command and leaves the process with its status."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    status: int | str | None = FAILED
    try:
        command()
        status = 0
    except SystemExit as end:
        status = end.code
    except KeyboardInterrupt:
        status = INTERRUPTED
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        _close_output()
    logging.shutdown()
    if any(thread.daemon for thread in threading.enumerate()):
        # The model or the index may still be coming up, deep in native code that does not survive the interpreter's end:
        # without this the process ends in a segmentation fault or an abort.
        os._exit(status if isinstance(status, int) else FAILED if status else 0)
    sys.exit(status)
