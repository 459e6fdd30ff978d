"""Grades are kept by what they depend on; what could not be graded is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.grading.rubric import rubric_of_card
from bot.models.errors import JudgeError
from evals.cached import CachedGrader
from knowledge.deck import load_deck
from tests.fakes.fixed_judge import FixedJudge
from tests.fakes.word_embeddings import WordEmbeddings

RUBRIC = rubric_of_card(load_deck().get("regularization", "en"))
ANSWER = "Regularization adds a penalty on large weights."


@pytest.fixture
def judge() -> FixedJudge:
    return FixedJudge({"penalty": 0.9})


@pytest.fixture
def cached(judge: FixedJudge, tmp_path: Path) -> Iterator[CachedGrader]:
    grader = CachedGrader(Grader(judge, WordEmbeddings(), Calibrator(tmp_path / "b.json")), tmp_path / "grades.sqlite")
    yield grader
    grader.close()


def test_an_answer_is_graded_once_and_comes_back_whole(cached: CachedGrader, judge: FixedJudge) -> None:
    first = cached.grade(RUBRIC, ANSWER)
    assert cached.grade(RUBRIC, ANSWER) == first
    assert len(judge.requests) == 1
    cached.grade(RUBRIC, ANSWER + " And more.")
    assert len(judge.requests) == 2


def test_what_could_not_be_graded_is_tried_again(cached: CachedGrader, judge: FixedJudge) -> None:
    judge.failure = JudgeError("busy", "429")
    assert cached.grade(RUBRIC, ANSWER).state == "ungraded"
    judge.failure = None
    assert cached.grade(RUBRIC, ANSWER).state == "graded"
