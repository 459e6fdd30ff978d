"""The log: causes are in it; the key, passwords and answers are not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.log import set_up_logging
from bot.models.judges import Claim, Judge, JudgeError, JudgeRequest
from bot.models.provider import ModelProvider
from bot.settings import Settings
from tests.fakes import openai_endpoint as wire
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint

KEY = "sk-test-0123456789abcdef"
log = logging.getLogger("bot.anything")


@pytest.fixture(autouse=True)
def _own_root() -> Iterator[None]:
    """The root logger is left as it was found: pytest's own handlers hang on it."""
    root = logging.getLogger()
    level, root.handlers, kept = root.level, [], root.handlers
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = kept
    root.setLevel(level)


def settings(**options: object) -> Settings:
    return Settings(**{"openai_api_key": SecretStr(KEY), **options})  # type: ignore[arg-type]


@contextmanager
def judging(settings: Settings) -> Iterator[Judge]:
    """A judge on the endpoint of the settings; hangs up at the end."""
    provider = ModelProvider(settings)
    yield provider.judge()
    provider.close()
    if provider.endpoint:
        provider.endpoint.http.close()


def written(settings: Settings) -> str:
    for handler in logging.getLogger().handlers:
        handler.flush()
    return settings.log_file.read_text(encoding="utf-8")


def test_cause_is_written() -> None:
    set_up_logging(settings())
    log.warning("no model: %s", "unreachable")
    assert "WARNING bot.anything: no model: unreachable" in written(settings())


def test_key_is_left_out_of_message_arguments_and_traceback() -> None:
    set_up_logging(settings())
    log.warning("key is %s", KEY)
    log.warning({"authorization": f"Bearer {KEY}"})
    try:
        try:
            raise ValueError(f"inner {KEY}")
        except ValueError as error:
            raise RuntimeError(f"outer {KEY}") from error
    except RuntimeError:
        log.exception("failed with %r", KEY)
    text = written(settings())
    assert KEY not in text
    assert text.count("[key]") == 5
    assert "ValueError: inner [key]" in text
    assert "RuntimeError: outer [key]" in text


@pytest.mark.parametrize(
    ("option", "url"),
    [
        ("database_url", "postgresql://user:p4ssw%40rd-long@db/mensetsu"),
        ("chroma_url", "http://user:p4ssw%40rd-long@chroma:8000"),
        ("openai_base_url", "http://user:p4ssw%40rd-long@models/v1"),
        ("database_url", "postgresql//user:p4ssw%40rd-long@db/mensetsu"),
        ("database_url", "postgresql://user:p4ssw@rd-long@db:port/mensetsu"),
        ("chroma_url", "http://user:p4ssw@rd-long@[::1"),
    ],
)
def test_passwords_of_urls_are_left_out(option: str, url: str) -> None:
    set_up_logging(settings(**{option: url}))
    log.warning("cannot open %s", url)
    log.warning("password authentication failed: p4ssw@rd-long")
    text = written(settings())
    assert "p4ssw" not in text
    assert text.count("[key]") == 2


def test_what_stands_in_for_a_key_is_an_ordinary_word() -> None:
    set_up_logging(settings(openai_api_key=SecretStr("ollama")))
    log.warning("ollama cannot be reached")
    assert "ollama cannot be reached" in written(settings())


def test_a_second_set_up_replaces_the_first() -> None:
    set_up_logging(settings())
    set_up_logging(settings())
    log.warning("once")
    assert written(settings()).count("once") == 1


def test_log_that_cannot_be_written_goes_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("where the folder should be", encoding="utf-8")
    set_up_logging(settings(data_dir=tmp_path / "file"))
    log.info("chatter")
    log.warning("cause %s", KEY)
    assert capsys.readouterr().err.partition(" WARNING ")[2] == "bot.anything: cause [key]\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_costs_the_line_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mensetsu.log").symlink_to("/dev/full")
    set_up_logging(settings(data_dir=tmp_path))
    log.warning("cause")
    assert capsys.readouterr().err == ""


def test_grading_leaves_neither_key_nor_answer_in_the_log(fake: FakeEndpoint, tmp_path: Path) -> None:
    answer = "L1 drives weights to zero, she said."
    using = settings(openai_base_url=fake.url, model="m", request_timeout=5, request_retries=0, cache_dir=tmp_path)
    set_up_logging(using)
    request = JudgeRequest("What is L1?", answer, "en", (Claim("p1", "It makes weights zero."),))
    echo = f"{KEY} {answer}"
    with judging(using) as judge:
        for fault in (None, wire.status(401, message=echo), wire.status(500, message=echo), wire.garbage(echo), wire.garbage(f'"{echo}"')):
            fake.faults = {CHAT: fault} if fault else {}
            try:
                list(judge.decide(request))
            except JudgeError as error:
                log.warning("ungraded: %s", error.reason, exc_info=error)
    text = written(using)
    assert "judge logprobs · m" in text
    assert "ungraded: key" in text
    assert "ungraded: unreadable" in text
    assert KEY not in text


def test_httpx_is_quiet(fake: FakeEndpoint, tmp_path: Path) -> None:
    using = settings(openai_base_url=fake.url, model="m", cache_dir=tmp_path)
    set_up_logging(using)
    with judging(using) as judge:
        list(judge.decide(JudgeRequest("?", "what she said", "en", (Claim("p1", "It is."),))))
    text = written(using)
    assert "what she said" not in text
    assert "HTTP Request" not in text


def test_a_thread_that_speaks_after_the_end_does_not_open_the_file_again(tmp_path: Path) -> None:
    set_up_logging(Settings(data_dir=tmp_path))
    [handler] = logging.getLogger().handlers
    handler.close()
    handler.handle(logging.LogRecord("late", logging.INFO, __file__, 1, "too late", (), None))
    assert "too late" not in (tmp_path / "mensetsu.log").read_text(encoding="utf-8")
