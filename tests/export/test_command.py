"""`mensetsu export` writes what it is asked for, says where, and says in one sentence what stands in its way."""

from __future__ import annotations

import builtins
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.export_command import Export, export_file, import_file
from bot.log import set_up_logging
from bot.services import Services
from bot.settings import Settings
from bot.text import catalogue, t
from knowledge.schema import Language
from tests.export.conftest import ANSWERS, fill

LANGUAGES: tuple[Language, ...] = ("ja", "en")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache"))
    yield services
    services.close()


def stopped(services: Services, what: Export, path: Path, capsys: pytest.CaptureFixture[str], lang: Language = "ja", **options: Any) -> str:
    """The one sentence on standard error."""
    with pytest.raises(typer.Exit) as caught:
        export_file(services, what, path, lang, **options)
    assert caught.value.exit_code == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    return error.strip()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("what", "name", "begins"),
    [
        ("report", "r.md", "# "),
        ("report", "r.PDF", "%PDF-"),
        ("anki", "d.apkg", "PK"),
        ("learner", "l.zip", "PK"),
    ],
)
def test_what_is_written(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Language, what: Export, name: str, begins: str
) -> None:
    fill(services.store, lang)
    path = tmp_path / name
    assert export_file(services, what, path, lang) == [path]
    assert path.read_bytes().startswith(begins.encode())
    told = t("export.written_cards", lang, path=path, count=6) if what == "anki" else t("export.written", lang, path=path)
    assert capsys.readouterr().out == f"{told}\n"


@pytest.mark.parametrize(("format", "files"), [("csv", 3), ("json", 1), ("parquet", 3)])
def test_tables(services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], format: Any, files: int) -> None:
    fill(services.store)
    paths = export_file(services, "attempts", tmp_path / "tables", "en", format=format)
    assert len(paths) == files
    assert capsys.readouterr().out.splitlines() == [t("export.written", "en", path=path) for path in paths]


def test_the_latest_interview_or_the_one_that_is_named(services: Services, tmp_path: Path) -> None:
    first = fill(services.store, "ja")
    fill(services.store, "en")
    [latest] = export_file(services, "report", tmp_path / "a.md", "ja")
    [named] = export_file(services, "report", tmp_path / "b.md", "ja", interview=first)
    assert ANSWERS["en"].split("\n")[0] in latest.read_text(encoding="utf-8")
    assert ANSWERS["ja"].split("\n")[0] in named.read_text(encoding="utf-8")


def test_out_and_in_again(services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(services.store)
    path = tmp_path / "l.zip"
    export_file(services, "learner", path, "ja")
    other = Services(Settings(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache"))
    capsys.readouterr()
    counts = import_file(other, path, "ja")
    assert capsys.readouterr().out == f"{t('export.imported', 'ja', path=path, interviews=1, attempts=5)}\n"
    assert counts["attempt"] == 5
    assert len(other.store.items()) == len(services.store.items())
    with pytest.raises(typer.Exit):
        import_file(other, tmp_path / "nothing.zip", "en")
    assert capsys.readouterr().err.strip() == t("export.error.missing", "en", path=tmp_path / "nothing.zip")
    other.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_stands_in_the_way(services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Language) -> None:
    assert stopped(services, "report", tmp_path / "a.md", capsys, lang) == t("export.error.no_interview", lang)
    assert stopped(services, "anki", tmp_path / "a.apkg", capsys, lang) == t("export.error.nothing_missed", lang)
    fill(services.store)
    path = tmp_path / "a.docx"
    assert stopped(services, "report", path, capsys, lang) == t("export.error.suffix", lang, path=path, choices=".md, .pdf")
    assert stopped(services, "anki", path, capsys, lang) == t("export.error.suffix", lang, path=path, choices=".apkg")
    assert stopped(services, "report", tmp_path / "a.md", capsys, lang, interview="x") == t("export.error.unknown_interview", lang)
    path = tmp_path / "no" / "a.md"
    assert stopped(services, "report", path, capsys, lang) == t("export.error.unwritable", lang, path=path)
    (tmp_path / "file").touch()
    assert stopped(services, "attempts", tmp_path / "file", capsys, lang) == t("export.error.not_a_folder", lang, path=tmp_path / "file")
    assert not list(tmp_path.glob("a.*"))


@pytest.mark.parametrize(
    ("module", "name", "what", "file"),
    [("fpdf", "fpdf2", "report", "a.pdf"), ("genanki", "genanki", "anki", "a.apkg"), ("pandas", "pandas", "attempts", "folder")],
)
def test_a_library_that_is_missing(
    services: Services,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
    what: Export,
    file: str,
) -> None:
    fill(services.store)
    monkeypatch.delitem(sys.modules, "bot.export.pdf", raising=False)
    monkeypatch.delitem(sys.modules, "bot.export.anki", raising=False)
    imported = builtins.__import__

    def without(wanted: str, *rest: Any) -> Any:
        if wanted.partition(".")[0] == module:
            raise ModuleNotFoundError(f"No module named {wanted!r}", name=wanted)
        return imported(wanted, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert stopped(services, what, tmp_path / file, capsys, format="parquet") == t("export.error.package", "ja", name=name)


def test_the_log_holds_the_cause_and_no_answer(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    fill(services.store)
    with caplog.at_level(logging.INFO):
        stopped(services, "learner", tmp_path / "no" / "l.zip", capsys)
    assert "unwritable" in caplog.text
    assert ANSWERS["ja"][:10] not in caplog.text


def test_the_log_does_not_tell_of_which_characters_a_report_is_made(services: Services, tmp_path: Path) -> None:
    fill(services.store)
    root = logging.getLogger()
    level, root.handlers, kept = root.level, [], root.handlers
    try:
        set_up_logging(services.settings)
        export_file(services, "report", tmp_path / "r.pdf", "ja")
        logging.getLogger("bot").info("done")
        log = services.settings.log_file.read_text(encoding="utf-8")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers = kept
        root.setLevel(level)
    assert "done" in log
    assert "fontTools" not in log


def test_every_reason_has_a_sentence() -> None:
    from typing import get_args

    from bot.export.errors import ExportReason

    for lang in LANGUAGES:
        assert {key.rpartition(".")[2] for key in catalogue(lang) if key.startswith("export.error.")} == set(get_args(ExportReason))


def test_the_page_starts_without_what_exports_need() -> None:
    import subprocess

    heavy = "pandas, pyarrow, genanki, fpdf, fontTools, matplotlib"
    code = f"import sys, bot.export_command; print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert found.stdout.strip() == "[]"
