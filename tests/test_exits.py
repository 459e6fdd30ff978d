"""What stands in the way of a command is one sentence in the person's language, its cause is in the log, and the status says so."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import services
from bot.cli import app
from bot.memory import database
from bot.memory.store import Store
from bot.text import t
from knowledge.deck import CARDS, load_deck
from knowledge.schema import Language
from tests.fakes import openai_endpoint as wire
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint

KEY = "sk-test-0123456789abcdef"
ANSWER = "Regularization adds a penalty to the loss. L1 uses absolute values."
LINE = json.dumps({"id": "a", "lang": "en", "answer": ANSWER, "card": "seed:2"})
NOTHING = json.dumps({"id": "n", "answer": "わかりません", "card": "seed:1"})
NOBODY = "http://127.0.0.1:1/v1"
LANGUAGES: tuple[Language, ...] = ("ja", "en")


@pytest.fixture(autouse=True)
def _own_root() -> Iterator[None]:
    """The root logger is left as it was found."""
    root = logging.getLogger()
    level, root.handlers, kept = root.level, [], root.handlers
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = kept
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _endpoint(fake: FakeEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OPENAI_BASE_URL": fake.url,
        "OPENAI_API_KEY": KEY,
        "MENSETSU_CACHE_DIR": str(tmp_path / "cache"),
        "MENSETSU_JUDGE": "logprobs",
        "MENSETSU_REQUEST_TIMEOUT": "0.5",
        "MENSETSU_REQUEST_RETRIES": "0",
        "MENSETSU_EMBEDDINGS": "tiny",  # or the index would take a minute to come up
    }.items():
        monkeypatch.setenv(name, value)


def told(*arguments: str, status: int = 1, given: str = "") -> str:
    """What a command writes to standard error."""
    result: Result = CliRunner().invoke(app, list(arguments), input=given)
    assert result.exit_code == status, result.output
    return result.stderr.strip()


def logged(tmp_path: Path) -> str:
    text = (tmp_path / "data" / "mensetsu.log").read_text(encoding="utf-8")
    assert KEY not in text
    assert "penalty" not in text
    return text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "value", "kind", "values"),
    [
        ("MENSETSU_PORT", "http", "int_parsing", {}),
        ("MENSETSU_PORT", "0", "greater_than_equal", {"ge": 1}),
        ("MENSETSU_PORT", "70000", "less_than_equal", {"le": 65535}),
        ("MENSETSU_REQUEST_TIMEOUT", "0", "greater_than", {"gt": 0.0}),
        ("MENSETSU_REQUEST_TIMEOUT", "soon", "float_parsing", {}),
        ("MENSETSU_JUDGE", "oracle", "literal_error", {"choices": "auto, trained, decisions, systemone, logprobs, json"}),
        ("OPENAI_BASE_URL", f"localhost/{KEY}", "value_error", {}),
    ],
)
def test_a_bad_setting(
    monkeypatch: pytest.MonkeyPatch, lang: Language, name: str, value: str, kind: str, values: dict[str, object]
) -> None:
    monkeypatch.setenv("MENSETSU_LANGUAGE", lang)
    monkeypatch.setenv(name, value)
    assert told("grade") == t("error.settings", lang, name=name, detail=t(f"settings.{kind}", lang, **values))


def _newer(file: Path) -> None:
    Store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'future'")
    connection.close()


def _damaged(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database, but long enough to look like a file of one" * 20)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("prepare", "url", "reason"),
    [
        (_newer, "", "newer"),
        (_damaged, "", "damaged"),
        (lambda file: file.mkdir(parents=True), "", "unavailable"),
        (None, "postgresql//user:p4ssword@host/db", "unavailable"),
        (None, "postgresql://user:p4ssword@host:port/db", "unavailable"),
        (None, "http://[::1", "unavailable"),
        (None, "oracle9://user:p4ssword@host/db", "driver"),
    ],
)
def test_a_database_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Language, prepare: Callable[[Path], None] | None, url: str, reason: str
) -> None:
    if prepare:
        prepare(tmp_path / "data" / "mensetsu.sqlite3")
    monkeypatch.setenv("MENSETSU_DATABASE_URL", url)
    assert told("practice", "--lang", lang) == t(f"error.{reason}", lang, path=tmp_path / "data")
    assert f"store: {reason}: " in logged(tmp_path)
    assert "p4ssword" not in logged(tmp_path)


def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    file = tmp_path / "data" / "mensetsu.sqlite3"
    Store(f"sqlite:///{file}").close()
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert told("practice") == t("error.locked", "ja", path=tmp_path / "data")
    holder.close()


def test_grading_needs_no_database(tmp_path: Path) -> None:
    _newer(tmp_path / "data" / "mensetsu.sqlite3")
    assert told("grade", given=NOTHING, status=0) == ""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("file", "out", "key", "path"),
    [
        ("none.jsonl", None, "missing", "none.jsonl"),
        ("folder", None, "folder", "folder"),
        ("in.jsonl", "folder", "folder", "folder"),
        ("in.jsonl", "no/such/out.jsonl", "unwritable", "no/such/out.jsonl"),
        ("in.jsonl", "in.jsonl", "same", "in.jsonl"),
        ("in.jsonl", "/dev/full", "full", "/dev/full"),
    ],
)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Language, file: str, out: str | None, key: str, path: str
) -> None:
    monkeypatch.setenv("MENSETSU_LANGUAGE", lang)
    (tmp_path / "folder").mkdir()
    (tmp_path / "in.jsonl").write_text(NOTHING, encoding="utf-8")
    arguments = [str(tmp_path / file), *(("--out", str(tmp_path / out)) if out else ())]
    assert told("grade", *arguments) == t(f"file.{key}", lang, path=tmp_path / path)
    assert (tmp_path / "in.jsonl").read_text(encoding="utf-8") == NOTHING


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (wire.status(401, message=f"Incorrect API key provided: {KEY}"), "key"),
        (wire.status(429), "busy"),
        (wire.status(404), "refused"),
        (wire.stall, "timeout"),
        (wire.trickle, "timeout"),
        (wire.cut, "unreachable"),
        (wire.garbage("<html>", "text/html"), "unreadable"),
    ],
)
def test_an_endpoint_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: FakeEndpoint, fault: Callable[[wire._Handler], None], cause: str
) -> None:
    monkeypatch.setenv("MENSETSU_LANGUAGE", "en")
    fake.faults[CHAT] = fault
    assert told("grade", given=LINE) == t("cli.lines_ungraded", "en", count=1, reason=t(f"cause.{cause}", "en"))
    assert f"ungraded: {cause}" in logged(tmp_path)
    assert not (tmp_path / "cache" / "weights").exists()


def test_an_endpoint_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", NOBODY)
    assert told("grade", given=LINE) == t("cli.lines_ungraded", "ja", count=1, reason=t("cause.unreachable", "ja"))


@pytest.mark.parametrize(("content", "cause"), [(b"GGUF" + b"\0" * 1000, "corrupt"), (None, "missing")])
def test_weights_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, cause: str) -> None:
    if content:
        (tmp_path / "bad.gguf").write_bytes(content)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("MENSETSU_WEIGHTS", str(tmp_path / "bad.gguf"))
    assert told("grade", given=LINE) == t("cli.lines_ungraded", "ja", count=1, reason=t(f"cause.{cause}", "ja"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MENSETSU_CHROMA_URL", "http://127.0.0.1:1", "unreachable"),
        ("MENSETSU_CHROMA_URL", "chroma", "unreachable"),
        ("OPENAI_BASE_URL", NOBODY, "embedding"),
        ("MENSETSU_CACHE_DIR", "/dev/null", "read-only"),
    ],
)
def test_an_index_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Language, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    assert told("search", "L1", "--lang", lang) == t("error.index", lang, reason=t(f"index.{reason}", lang))
    assert "no index: " in logged(tmp_path)


def _broken(folder: Path) -> None:
    (folder / "ja.md").write_text("---\nid: [\n---\n", encoding="utf-8")


def _twice(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("another"))


def _untranslated(folder: Path) -> None:
    (folder / "en.md").unlink()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("fault", "names"), [(_broken, "ja.md"), (_twice, "another"), (_untranslated, "en.md")])
def test_cards_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Language, fault: Callable[[Path], None], names: str
) -> None:
    shutil.copytree(CARDS / "roc-auc", tmp_path / "cards" / "roc-auc")
    fault(tmp_path / "cards" / "roc-auc")
    monkeypatch.setattr(services, "load_deck", lambda: load_deck(tmp_path / "cards"))
    sentence = told("practice", "--lang", lang)
    assert sentence.startswith(t("error.cards", lang, faults=""))
    assert names in sentence
    assert "cards: " in logged(tmp_path)


def test_a_plan_that_nothing_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", NOBODY)
    assert told("practice", "--topic", "cooking", "--lang", "en") == t("start.nothing_fits", "en")


def test_a_host_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENSETSU_HOST", "192.0.2.1")
    assert told("serve") == t("error.host", "ja", host="192.0.2.1", port=7860)


def test_a_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("MENSETSU_PORT", port)
        assert told("serve") == t("error.port", "ja", port=port)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_nobody_thought_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Language) -> None:
    def fail() -> None:
        raise RuntimeError(f"with {KEY}")

    monkeypatch.setenv("MENSETSU_LANGUAGE", lang)
    monkeypatch.setattr(services, "load_deck", fail)
    assert told("grade") == t("cli.unexpected", lang, path=tmp_path / "data" / "mensetsu.log")
    assert "RuntimeError: with [key]" in logged(tmp_path)


@pytest.mark.parametrize("option", [("--lang", "fr"), ("--difficulty", "impossible")])
def test_an_option_that_is_not_on_offer(option: tuple[str, str]) -> None:
    assert option[1] in told("search", "L1", *option, status=2)


def test_the_help_of_grade_tells_the_format() -> None:
    result = CliRunner().invoke(app, ["grade", "--help"])
    for word in ("answer", "card", "seed:2", "reference", "points", "Status 1"):
        assert word in result.output
