"""The part of the progress page that gives a learner's data to the learner: files to keep, a file to take in, and deleting everything."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import gradio as gr

from bot.memory.export.errors import ExportError
from bot.services import Services
from bot.text import t
from knowledge.schema import Language

log = logging.getLogger(__name__)

KINDS = ("report_pdf", "report_md", "anki", "csv", "json", "parquet", "learner")
_SUFFIXES = {
    "report_pdf": ".pdf",
    "report_md": ".md",
    "anki": ".apkg",
    "learner": ".zip",
    "csv": ".zip",
    "json": ".json",
    "parquet": ".zip",
}
# Asked in the browser, so that one click too many deletes nothing.
_CONFIRM = "(lang, _) => [lang, confirm(lang === 'ja' ? {ja} : {en})]"


class TakeAlong:
    """Builds the section; what was made is offered as a download."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services, self._language = services, language
        lang = services.settings.language
        with gr.Accordion(t("take.title", lang), open=False, elem_id="m-take") as self.box:
            with gr.Row():
                self.kind = gr.Dropdown(_choices(lang), value=KINDS[0], label=t("take.kind", lang), elem_id="m-take-kind")
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
        self.delete.click(
            guard(self._delete, outputs),
            [self._language, self._confirmed],
            [alert, *outputs],
            js=_CONFIRM.format(**quoted),
        )

    def _make(self, kind: str, lang: Language) -> list[Any]:
        try:
            path = make_export(self._services, kind, lang)
        except ExportError as error:
            log.warning("export: %s %s", error.reason, error)
            return [gr.update(visible=False), _note(error.sentence(Path(t("take.file", lang)), lang))]
        return [gr.update(value=str(path), visible=True), ""]

    def _import(self, path: str, lang: Language) -> list[Any]:
        from bot.memory.export.learner import import_learner

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
        from bot.memory.export.delete import delete_learner_data

        delete_learner_data(self._services.store)
        return [gr.update(visible=False), _note(t("take.deleted", lang))]


def make_export(services: Services, kind: str, lang: Language) -> Path:
    """The path of a new file of this kind in a temporary folder, named after its kind and the day. Raises ExportError or StoreError."""
    folder = Path(tempfile.mkdtemp(prefix="mensetsu-"))
    path = folder / f"mensetsu-{kind.replace('_', '-')}-{datetime.now().astimezone():%Y%m%d}{_SUFFIXES[kind]}"
    store, deck = services.store, services.deck
    if kind.startswith("report"):
        from bot.memory.export.gather import latest_interview

        interview = latest_interview(store)
        if kind == "report_md":
            from bot.memory.export.report import interview_markdown

            path.write_text(interview_markdown(store, deck, interview, lang), encoding="utf-8")
        else:
            from bot.memory.export.pdf import interview_pdf

            path.write_bytes(interview_pdf(store, deck, interview, lang))
    elif kind == "anki":
        from bot.memory.export.anki import missed_points_deck, package

        path.write_bytes(package(missed_points_deck(store, deck, lang)))
    elif kind == "learner":
        from bot.memory.export.learner import export_learner

        export_learner(store, path)
    else:
        from bot.memory.export.tables import write_attempts

        written = write_attempts(store, folder / "tables", kind)  # type: ignore[arg-type]
        if len(written) == 1:
            written[0].rename(path)
        else:
            with ZipFile(path, "w") as archive:
                for file in written:
                    archive.write(file, file.name)
    return path


def _choices(lang: Language) -> list[tuple[str, str]]:
    return [(t(f"take.{kind}", lang), kind) for kind in KINDS]


def _note(text: str) -> str:
    return f'<p class="m-note" role="status">{escape(text)}</p>'
