"""`mensetsu export`: a report, flash cards, tables, or everything that is stored; and taking that in again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bot.exits import stop
from bot.export.errors import ExportError
from bot.export.tables import TableFormat
from bot.export.write import Export, write_export
from bot.services import Services
from bot.text import t
from knowledge.schema import Language

log = logging.getLogger(__name__)


def export_file(
    services: Services, what: Export, path: Path, lang: Language, *, interview: str | None = None, format: TableFormat = "csv"
) -> list[Path]:
    """Writes an export, tells where it is, and returns the paths written; what stands in the way ends the program with one sentence.

    The arguments are those of write_export(). Raises StoreError.
    """
    with _told(path, lang):
        written = write_export(services.store, services.deck, what, path, lang, interview=interview, format=format)
    for file in written.paths:
        if written.cards is None:
            typer.echo(t("export.written", lang, path=file))
        else:
            typer.echo(t("export.written_cards", lang, path=file, count=written.cards))
    return written.paths


def import_file(services: Services, path: Path, lang: Language) -> dict[str, int]:
    """Takes in what the export "learner" wrote, tells how much it was, and returns the rows a table.

    What stands in the way ends the program with one sentence, and nothing is taken in then. Raises StoreError.
    """
    from bot.export.learner import import_learner

    with _told(path, lang):
        counts = import_learner(services.store, path)
    typer.echo(t("export.imported", lang, path=path, interviews=counts.get("interview", 0), attempts=counts.get("attempt", 0)))
    return counts


@contextmanager
def _told(path: Path, lang: Language) -> Iterator[None]:
    try:
        yield
    except ExportError as error:
        log.error("export: %s: %s", error.reason, error)
        stop(error.sentence(path, lang))
