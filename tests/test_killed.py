"""kill -9 while an answer is being graded: the next start offers to resume and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.memory.store import Store
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint, stall

ANSWER = "正則化は損失関数に罰則項を加えて過学習を抑える手法です。L1は一部の係数をゼロにします。"


def practice(tmp_path: Path, fake: FakeEndpoint) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "MENSETSU_DATA_DIR": str(tmp_path),
        "OPENAI_BASE_URL": fake.url,
        "MENSETSU_JUDGE": "logprobs",
        "MENSETSU_CACHE_DIR": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-c", "from bot.cli import main; main()", "practice", "--count", "2"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(condition: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_while_grading_and_resumed(tmp_path: Path, fake: FakeEndpoint) -> None:
    fake.faults[CHAT] = stall
    first = practice(tmp_path, fake)
    assert first.stdin is not None
    first.stdin.write(ANSWER + "\n")
    first.stdin.flush()
    wait_for(lambda: fake.count(CHAT) >= 1)
    first.send_signal(signal.SIGKILL)
    first.communicate()

    store = Store(f"sqlite:///{tmp_path / 'mensetsu.sqlite3'}")
    left = store.open_interview()
    assert left is not None
    assert [(a.answer, a.state) for a in left.turns[0].attempts] == [(ANSWER, "pending")]

    fake.faults.clear()
    second = practice(tmp_path, fake)
    output, _ = second.communicate("y\n終わり\n", timeout=120)
    done = store.interview(left.id)
    store.close()
    assert [(a.answer, a.state) for a in done.turns[0].attempts] == [(ANSWER, "graded")]
    assert done.turns[0].attempts[0].points
    assert done.ended_at is not None
    assert second.returncode == 0, output
