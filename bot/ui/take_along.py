"""The part of the progress page that gives a learner's data to the learner: files to keep, a file to take in, and deleting everything."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import gradio as gr

from bot.export.errors import ExportError
from bot.export.tables import TableFormat
from bot.export.write import Export, write_export
from bot.services import Services
from bot.text import t
from knowledge.schema import Language

log = logging.getLogger(__name__)


class _Kind(NamedTuple):
    what: Export
    suffix: str
    format: TableFormat = "csv"


KINDS = {
    "report_pdf": _Kind("report", ".pdf"),
    "report_md": _Kind("report", ".md"),
    "anki": _Kind("anki", ".apkg"),
    "csv": _Kind("attempts", ".zip", "csv"),
    "json": _Kind("attempts", ".zip", "json"),
    "parquet": _Kind("attempts", ".zip", "parquet"),
    "learner": _Kind("learner", ".zip"),
}
# Asked in the browser, so that one click too many deletes nothing.
_CONFIRM = "(lang, _) => [lang, confirm(lang === 'ja' ? {ja} : {en})]"


class TakeAlong:
    """Builds the section; what was made is offered as a download."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services, self._language = services, language
        # Removed when the program ends; the latest file made is all it holds, and deleting everything empties it.
        self._folder = tempfile.TemporaryDirectory(prefix="mensetsu-")
        lang = services.settings.language
        with gr.Accordion(t("take.title", lang), open=False, elem_id="m-take") as self.box:
            with gr.Row():
                self.kind = gr.Dropdown(_choices(lang), value="report_pdf", label=t("take.kind", lang), elem_id="m-take-kind")
                self.make = gr.Button(t("take.make", lang), scale=0, elem_id="m-take-make")
            self.file = gr.File(visible=False, interactive=False, label=t("take.file", lang), elem_id="m-take-file")
            self.upload = gr.UploadButton(t("take.import", lang), file_types=[".zip"], size="sm", elem_id="m-take-import")
            self.delete = gr.Button(t("take.delete", lang), size="sm", elem_id="m-take-delete")
            self.told = gr.HTML(padding=False, elem_id="m-take-told")
        self._confirmed = gr.Checkbox(visible=False)

    @property
    def labels(self) -> list[Any]:
        """What `relabel` sets, in its order."""
        return [self.box, self.kind, self.make, self.file, self.upload, self.delete, self.told]

    def relabel(self, lang: Language) -> list[Any]:
        """Every fixed text in a language; what was made before is put away."""
        return [
            gr.update(label=t("take.title", lang)),
            gr.update(label=t("take.kind", lang), choices=_choices(lang)),
            gr.update(value=t("take.make", lang)),
            gr.update(label=t("take.file", lang), visible=False),
            gr.update(label=t("take.import", lang)),
            gr.update(value=t("take.delete", lang)),
            "",
        ]

    def wire(self, guard: Callable[[Callable[..., list[Any]], list[Any]], Callable[..., Any]], alert: gr.HTML) -> None:
        """Makes files, takes them in, and deletes after asking."""
        outputs = [self.file, self.told]
        self.make.click(guard(self._make, outputs), [self.kind, self._language], [alert, *outputs])
        self.upload.upload(guard(self._import, outputs), [self.upload, self._language], [alert, *outputs])
        quoted = {lang: repr(t("take.confirm", lang)) for lang in ("ja", "en")}
        self.delete.click(guard(self._delete, outputs), [self._language, self._confirmed], [alert, *outputs], js=_CONFIRM.format(**quoted))

    def _make(self, kind: str, lang: Language) -> list[Any]:
        path = self._emptied() / f"mensetsu-{kind.replace('_', '-')}-{datetime.now().astimezone():%Y%m%d}{KINDS[kind].suffix}"
        try:
            make_export(self._services, kind, path, lang)
        except ExportError as error:
            log.warning("export: %s %s", error.reason, error)
            return [gr.update(visible=False), _note(error.sentence(Path(path.name), lang))]
        return [gr.update(value=str(path), visible=True), ""]

    def _import(self, path: str, lang: Language) -> list[Any]:
        from bot.export.learner import import_learner

        try:
            counts = import_learner(self._services.store, Path(path))
        except ExportError as error:
            log.warning("import: %s %s", error.reason, error)
            return [gr.update(visible=False), _note(error.sentence(Path(Path(path).name), lang))]
        text = t("take.imported", lang, interviews=counts.get("interview", 0), attempts=counts.get("attempt", 0))
        return [gr.update(visible=False), _note(text)]

    def _delete(self, lang: Language, confirmed: bool) -> list[Any]:
        if not confirmed:
            return [gr.skip(), gr.skip()]
        from bot.export.delete import delete_learner_data

        delete_learner_data(self._services.store, self._services.settings.recordings)
        self._emptied()
        return [gr.update(value=None, visible=False), _note(t("take.deleted", lang))]

    def _emptied(self) -> Path:
        folder = Path(self._folder.name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def make_export(services: Services, kind: str, path: Path, lang: Language) -> None:
    """Writes one of KINDS as a single file; tables, which are several, are put into a zip. Raises ExportError or StoreError."""
    what, _, table_format = KINDS[kind]
    if what != "attempts":
        write_export(services.store, services.deck, what, path, lang)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        written = write_export(services.store, services.deck, what, Path(folder), lang, format=table_format)
        with ZipFile(path, "w") as archive:
            for file in written.paths:
                archive.write(file, file.name)


def _choices(lang: Language) -> list[tuple[str, str]]:
    return [(t(f"take.{kind}", lang), kind) for kind in KINDS]


def _note(text: str) -> str:
    return f'<p class="m-note" role="status">{escape(text)}</p>'
