"""`mensetsu export`: a report, flash cards, tables, or everything that is stored; and taking that in again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import typer

from bot.exits import stop
from bot.memory.export.errors import ExportError
from bot.memory.export.tables import TableFormat
from bot.services import Services
from bot.text import t
from knowledge.schema import Language

log = logging.getLogger(__name__)

Export = Literal["report", "anki", "attempts", "disputes", "learner"]


def export_file(
    services: Services, what: Export, path: Path, lang: Language, *, interview: str | None = None, format: TableFormat = "csv"
) -> list[Path]:
    """Writes an export, tells where it is, and returns the paths written; what stands in the way ends the program with one sentence.

    A report is of one interview, the latest unless `interview` is its id, as Markdown or PDF by the path's suffix (.md or .pdf). "attempts"
    takes a folder and the `format` of the tables. Raises StoreError.
    """
    with _told(path, lang):
        if what == "report":
            return _report(services, path, lang, interview)
        if what == "anki":
            return _anki(services, path, lang)
        if what == "disputes":
            from bot.memory.export.disputes import disputes_jsonl
            from bot.memory.export.files import write_bytes

            write_bytes(path, disputes_jsonl(services.store, services.deck).encode())
            return _written([path], lang)
        if what == "attempts":
            from bot.memory.export.tables import write_attempts

            return _written(write_attempts(services.store, path, format), lang)
        from bot.memory.export.learner import export_learner

        export_learner(services.store, path)
        return _written([path], lang)


def import_file(services: Services, path: Path, lang: Language) -> dict[str, int]:
    """Takes in what the export "learner" wrote, tells how much it was, and returns the rows a table.

    What stands in the way ends the program with one sentence, and nothing is taken in then. Raises StoreError.
    """
    from bot.memory.export.learner import import_learner

    with _told(path, lang):
        counts = import_learner(services.store, path)
        typer.echo(t("export.imported", lang, path=path, interviews=counts.get("interview", 0), attempts=counts.get("attempt", 0)))
        return counts


def _report(services: Services, path: Path, lang: Language, interview: str | None) -> list[Path]:
    from bot.memory.export.errors import writing
    from bot.memory.export.files import write_bytes
    from bot.memory.export.gather import latest_interview

    suffix = path.suffix.lower()
    if suffix not in {".md", ".pdf"}:
        raise ExportError("suffix", choices=".md, .pdf")
    found = interview or latest_interview(services.store)
    if suffix == ".md":
        from bot.memory.export.report import interview_markdown

        data = interview_markdown(services.store, services.deck, found, lang).encode()
    else:
        with writing():
            from bot.memory.export.pdf import interview_pdf
        data = interview_pdf(services.store, services.deck, found, lang)
    write_bytes(path, data)
    return _written([path], lang)


def _anki(services: Services, path: Path, lang: Language) -> list[Path]:
    from bot.memory.export.errors import writing
    from bot.memory.export.files import write_bytes

    if path.suffix.lower() != ".apkg":
        raise ExportError("suffix", choices=".apkg")
    with writing():
        from bot.memory.export.anki import missed_points_deck, package
    deck = missed_points_deck(services.store, services.deck, lang)
    if not deck.notes:
        raise ExportError("nothing_missed")
    write_bytes(path, package(deck))
    typer.echo(t("export.written_cards", lang, path=path, count=len(deck.notes)))
    return [path]


def _written(paths: list[Path], lang: Language) -> list[Path]:
    for path in paths:
        typer.echo(t("export.written", lang, path=path))
    return paths


@contextmanager
def _told(path: Path, lang: Language) -> Iterator[None]:
    try:
        yield
    except ExportError as error:
        log.error("export: %s: %s", error.reason, error)
        stop(error.sentence(path, lang))
