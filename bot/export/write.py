"""Writes any of the things a learner may take along. What stands in the way is an ExportError with a sentence for the person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from bot.export.errors import ExportError, writing
from bot.export.files import write_bytes
from bot.export.tables import TableFormat
from bot.memory.store import Store
from knowledge.deck import Deck
from knowledge.schema import Language

Export = Literal["report", "anki", "attempts", "disputes", "learner"]


class Written(NamedTuple):
    """The files written, and for flash cards how many there are."""

    paths: list[Path]
    cards: int | None = None


def write_export(
    store: Store, deck: Deck, what: Export, path: Path, lang: Language, *, interview: str | None = None, format: TableFormat = "csv"
) -> Written:
    """Writes an export to `path`, or for "attempts" into that folder in `format`.

    A report is of one interview, the latest unless `interview` is its id, as Markdown or PDF by the path's suffix. Raises ExportError or
    StoreError.
    """
    if what == "attempts":
        from bot.export.tables import write_attempts

        return Written(write_attempts(store, path, format))
    if what == "learner":
        from bot.export.learner import export_learner

        export_learner(store, path)
        return Written([path])
    if what == "anki":
        return _anki(store, deck, path, lang)
    write_bytes(path, _disputes(store, deck) if what == "disputes" else _report(store, deck, path, lang, interview))
    return Written([path])


def _disputes(store: Store, deck: Deck) -> bytes:
    from bot.export.disputes import disputes_jsonl

    return disputes_jsonl(store, deck).encode()


def _report(store: Store, deck: Deck, path: Path, lang: Language, interview: str | None) -> bytes:
    from bot.export.gather import latest_interview

    make = _report_writers().get(path.suffix.lower())
    if make is None:
        raise ExportError("suffix", choices=".md, .pdf")
    return make(store, deck, interview or latest_interview(store), lang)


def _report_writers() -> dict[str, Callable[[Store, Deck, str, Language], bytes]]:
    def markdown(store: Store, deck: Deck, interview: str, lang: Language) -> bytes:
        from bot.export.report import interview_markdown

        return interview_markdown(store, deck, interview, lang).encode()

    def pdf(store: Store, deck: Deck, interview: str, lang: Language) -> bytes:
        with writing():  # the package may be missing
            from bot.export.pdf import interview_pdf
        return interview_pdf(store, deck, interview, lang)

    return {".md": markdown, ".pdf": pdf}


def _anki(store: Store, deck: Deck, path: Path, lang: Language) -> Written:
    if path.suffix.lower() != ".apkg":
        raise ExportError("suffix", choices=".apkg")
    with writing():
        from bot.export.anki import missed_points_deck, package
    cards = missed_points_deck(store, deck, lang)
    if not cards.notes:
        raise ExportError("nothing_missed")
    write_bytes(path, package(cards))
    return Written([path], len(cards.notes))
