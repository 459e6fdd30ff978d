"""The interview in a terminal: what cannot be saved or graded is tried again at the press of Enter, and never twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.grading.text import MAX_CHARACTERS
from bot.interview.planner import Plan
from bot.memory import database
from bot.memory.store import Store
from bot.models.judges import JudgeError
from bot.services import Services
from bot.settings import Settings
from bot.terminal import interview
from bot.text import t
from tests.fakes.fixed_judge import FixedJudge
from tests.fakes.word_embeddings import WordEmbeddings

ANSWER = "正則化は損失関数に罰則項を加えて過学習を抑えます。"
END = "終わり"
Step = str | Callable[[], str]


@pytest.fixture
def judge() -> FixedJudge:
    return FixedJudge({"penalty": 0.97})


@pytest.fixture
def services(tmp_path: Path, judge: FixedJudge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr(database, "BUSY_MS", 50)
    services = Services(Settings(cache_dir=tmp_path))
    services.__dict__["grader"] = Grader(judge, WordEmbeddings(), Calibrator(tmp_path / "b.json"))
    yield services
    services.close()


@pytest.fixture
def talk(services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Says one thing after the other; a step that is a function is called first. Input ends after the last. Gives what was shown."""

    def talk(*steps: Step, mode: str = "practice") -> str:
        left = iter(steps)

        def heard(_prompt: str = "") -> str:
            step = next(left, None)
            if step is None:
                raise EOFError
            return step() if callable(step) else step

        monkeypatch.setattr("builtins.input", heard)
        interview(services, Plan("ja", mode, cards=("regularization", "roc-auc")))  # type: ignore[arg-type]
        return capsys.readouterr().out.replace("\n", "")

    return talk


def answers(store: Store) -> list[tuple[str, str]]:
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT answer, state FROM attempt ORDER BY answered_at")
        return [(row[0], row[1]) for row in rows]


def test_an_answer_that_cannot_be_saved_is_sent_again(services: Services, talk: Callable[..., str]) -> None:
    locks: list[sqlite3.Connection] = []

    def while_locked() -> str:
        locks.append(sqlite3.connect(services.settings.data_dir / "mensetsu.sqlite3", isolation_level=None))
        locks[0].execute("BEGIN IMMEDIATE")
        return ANSWER

    def once_free() -> str:
        locks[0].execute("ROLLBACK")
        locks[0].close()
        return ""

    shown = talk(while_locked, "", once_free)
    assert shown.count(t("error.locked", "ja")) == 2
    assert shown.count(t("cli.not_saved", "ja")) == 2
    assert answers(services.store) == [(ANSWER, "graded")]
    assert t("cli.lost", "ja") not in shown


def test_input_that_ends_before_an_answer_is_saved(services: Services, talk: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> str:
        raise database.StoreError("full", "no space")

    monkeypatch.setattr(services.store, "add_attempt", fail)
    assert t("cli.lost", "ja") in talk(ANSWER)


@pytest.mark.parametrize("mode", ["practice", "exam"])
def test_an_answer_is_not_saved_twice(services: Services, talk: Callable[..., str], monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    real = {name: getattr(services.store, name) for name in ("save_grade", "update_turn")}
    failed: list[str] = []

    def failing(name: str) -> Callable[..., None]:
        def once(*args: object, **values: object) -> None:
            if not failed and (name == "save_grade" or "closed_at" in values):
                failed.append(name)
                raise database.StoreError("full", "no space")
            real[name](*args, **values)

        return once

    for name in real:
        monkeypatch.setattr(services.store, name, failing(name))
    shown = talk(ANSWER, "", END, mode=mode)
    assert failed
    assert t("error.full", "ja") in shown
    assert answers(services.store) == [(ANSWER, "graded")]


def test_enter_grades_again(services: Services, talk: Callable[..., str], judge: FixedJudge) -> None:
    judge.failure = JudgeError("busy", "429")

    def recovered() -> str:
        judge.failure = None
        return ""

    shown = talk(ANSWER, "", recovered, END)
    assert shown.count(t("cli.ungraded", "ja", cause=t("cause.busy", "ja"))) == 2
    assert answers(services.store) == [(ANSWER, "graded")]


def test_what_an_earlier_run_could_not_grade_is_offered(services: Services, talk: Callable[..., str], judge: FixedJudge) -> None:
    judge.failure = JudgeError("key", "401")
    talk(ANSWER)
    judge.failure = None
    assert t("cli.ungraded", "ja", cause=t("cause.key", "ja")) in talk("y", "", END)
    assert answers(services.store) == [(ANSWER, "graded")]


def test_an_unfinished_interview_is_ended_when_not_wanted(services: Services, talk: Callable[..., str]) -> None:
    talk(ANSWER)
    first = services.store.open_interview()
    talk("いいえ", ANSWER, END)
    assert first is not None
    assert services.store.interview(first.id).ended_at is not None
    assert services.store.open_interview() is None


def test_a_long_answer_is_kept_whole_and_told_to_be_graded_in_part(services: Services, talk: Callable[..., str]) -> None:
    long = "".join(f"正則化の{number}つ目の要点は罰則です。" for number in range(7000))
    assert t("input.too_long", "ja", limit=MAX_CHARACTERS) in talk(long, END)
    assert answers(services.store) == [(long, "graded")]
