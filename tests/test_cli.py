"""The command as a real process: what it prints where, in which language, with which status, and that nothing is lost when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.memory.store import Store
from bot.text import t
from tests.fakes.openai_endpoint import CHAT, EMBEDDINGS, FakeEndpoint, stall
from tests.test_killed import wait_for

ROOT = Path(__file__).parents[1]
KEY = "sk-test-0123456789abcdef"
ANSWER = "Regularization adds a penalty to the loss. L1 uses absolute values."
GOOD = json.dumps({"id": "good", "lang": "en", "answer": ANSWER, "card": "seed:2"})
NOTHING = json.dumps({"id": "nothing", "answer": "わかりません", "card": "seed:1"})
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Start]:
    """Starts `mensetsu` with the fake endpoint and folders of its own; ends what still runs."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(
        *arguments: str,
        program: tuple[str, ...] = ("-c", "from bot.cli import main; main()"),
        stdout: int = subprocess.PIPE,
        **environment: str,
    ) -> subprocess.Popen[bytes]:
        settings = {
            "MENSETSU_DATA_DIR": str(tmp_path / "data"),
            "MENSETSU_CACHE_DIR": str(tmp_path / "cache"),
            "MENSETSU_JUDGE": "logprobs",
            "OPENAI_BASE_URL": fake.url,
            "OPENAI_API_KEY": KEY,
        }
        process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            env={**os.environ, **settings, **environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        with process:  # closes its pipes
            if process.poll() is None:
                process.kill()


def say(process: subprocess.Popen[bytes], line: str | bytes) -> None:
    assert process.stdin is not None
    process.stdin.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout is not None
    record: dict[str, object] = json.loads(process.stdout.readline())
    return record


def ended(process: subprocess.Popen[bytes], status: int) -> str:
    """What is left on standard error, once the process has ended with this status."""
    _, error = process.communicate(timeout=120)
    assert process.returncode == status, error.decode()
    assert b"Traceback" not in error
    return error.decode()


def test_grade_line_by_line(start: Start, tmp_path: Path) -> None:
    process = start("grade", MENSETSU_LANGUAGE="en")
    for line, record_id, state in (
        (b"\xef\xbb\xbf" + GOOD.encode(), "good", "graded"),
        (b'{"id": "euc", "answer": "\xa4\xa2", "card": "seed:1"}', None, "error"),
        (NOTHING, "nothing", "no_answer"),
        ('{"id": 7, "answer": "\\ud800"}', "7", "error"),
        (GOOD, "good", "graded"),
    ):
        say(process, line)
        record = heard(process)  # had before the next line is given
        assert (record["id"], record["state"]) == (record_id, state)
    assert ended(process, 1).strip() == t("cli.lines_wrong", "en", count=2)
    assert not (tmp_path / "cache" / "weights").exists()
    log = (tmp_path / "data" / "mensetsu.log").read_text(encoding="utf-8")
    assert "judge logprobs" in log
    assert KEY not in log
    assert "penalty" not in log


def test_grade_into_a_pipe_that_is_closed(start: Start) -> None:
    process = start("grade")
    say(process, NOTHING)
    assert heard(process)["id"] == "nothing"
    assert process.stdout is not None
    process.stdout.close()
    say(process, NOTHING)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(120) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_grade_onto_a_full_disk(start: Start) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = start("grade", stdout=full.fileno())
        say(process, NOTHING)
        assert ended(process, 1).strip() == t("file.full", "ja", path="stdout")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGINT")
def test_grade_stopped_keeps_what_was_graded(start: Start, fake: FakeEndpoint, tmp_path: Path) -> None:
    fake.faults[CHAT] = stall
    (tmp_path / "in.jsonl").write_text(f"{NOTHING}\n{GOOD}\n", encoding="utf-8")
    process = start("grade", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"))
    wait_for(lambda: fake.count(CHAT) >= 1)
    process.send_signal(signal.SIGINT)
    assert ended(process, 130).strip() == t("cli.interrupted_grade", "ja")
    assert [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()] == ["nothing"]


def test_points_of_a_reference_and_the_same_file_graded(start: Start, fake: FakeEndpoint, tmp_path: Path) -> None:
    claim = "A stack gives back what was put in last."
    fake.reply = json.dumps({"claims": [claim]})
    fake.yes = 0.97
    line = {
        "id": "s",
        "lang": "en",
        "question": "What is a stack?",
        "reference": "A stack gives back what was put in last. Push adds at the top.",
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + '\n{"question": "?"}\n', encoding="utf-8")
    process = start("points", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "points.jsonl"), MENSETSU_LANGUAGE="en")
    assert ended(process, 1).strip() == t("cli.lines_wrong", "en", count=1)
    pointed, wrong = map(json.loads, (tmp_path / "points.jsonl").read_text(encoding="utf-8").splitlines())
    assert [point["text"] for point in pointed["points"]] == [claim, "Push adds at the top."]
    assert wrong["state"] == "error"
    (tmp_path / "answers.jsonl").write_text(json.dumps({**pointed, "answer": "The last one in comes out first."}), encoding="utf-8")
    process = start("grade", str(tmp_path / "answers.jsonl"))
    assert heard(process)["state"] == "graded"
    ended(process, 0)


def test_points_when_the_model_is_of_no_help(start: Start, fake: FakeEndpoint) -> None:
    fake.reply = "I would rather not."
    process = start("points", MENSETSU_LANGUAGE="en")
    say(process, json.dumps({"lang": "en", "question": "What is a stack?", "reference": "Last in, first out."}))
    assert heard(process)["failure"] == "unreadable"
    assert ended(process, 0).strip() == t("cli.points_unaided", "en", count=1)


def test_points_without_a_model(start: Start, tmp_path: Path) -> None:
    settings = {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": "", "MENSETSU_JUDGE": "auto", "MENSETSU_WEIGHTS": str(tmp_path / "none.gguf")}
    process = start("points", MENSETSU_LANGUAGE="en", **settings)
    assert ended(process, 1).strip() == t("cause.missing", "en")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGINT")
def test_practice_stopped_while_grading_keeps_the_answer(start: Start, fake: FakeEndpoint, tmp_path: Path) -> None:
    fake.faults[CHAT] = stall
    process = start("practice", "--lang", "en")
    say(process, ANSWER)
    wait_for(lambda: fake.count(CHAT) >= 1)
    process.send_signal(signal.SIGINT)
    assert ended(process, 130).strip() == t("cli.interrupted_practice", "en")
    store = Store(f"sqlite:///{tmp_path / 'data' / 'mensetsu.sqlite3'}")
    left = store.open_interview()
    store.close()
    assert left is not None
    assert [(a.answer, a.state) for a in left.turns[0].attempts] == [(ANSWER, "pending")]


def test_practice_without_input_ends_while_the_index_is_coming_up(start: Start) -> None:
    """The embeddings are native code in a thread of its own: the process must not crash by ending meanwhile."""
    process = start("practice", "--count", "1")
    assert ended(process, 0) == ""


def test_search_tells_its_language_and_finds(start: Start, fake: FakeEndpoint) -> None:
    fake.serves.add(EMBEDDINGS)
    process = start("search", "regularization", "--lang", "en", "--limit", "1", MENSETSU_EMBEDDINGS="tiny")
    assert process.stdout is not None
    assert b"regularization" in process.stdout.read()
    assert ended(process, 0) == ""
    assert fake.count(EMBEDDINGS) > 0


def test_the_page_on_a_port_in_use(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(program=("app.py",), MENSETSU_PORT=port, MENSETSU_LANGUAGE="en")
        assert ended(process, 1).strip() == t("error.port", "en", port=port)
