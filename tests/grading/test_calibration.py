"""Raw P(yes) becomes a probability against the same question with an empty answer; what a judge calibrated itself is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.grading.calibration import Calibration, Calibrator, fitted
from bot.models.judges import Claim, Decision, JudgeRequest

CLAIM = Claim("p1", "L1 makes weights zero.")
REQUEST = JudgeRequest("What is L1?", "It makes weights zero.", "en", (CLAIM,))


class RawJudge:
    """A fake judge: raw 0.9 for an answer, raw 0.2 for anything else."""

    name = "fake · raw"

    def __init__(self, *, raw: bool = True) -> None:
        self.raw = raw
        self.asked: list[str] = []

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        self.asked.append(request.answer)
        for claim in request.claims:
            yield Decision(claim, 0.9 if request.answer == REQUEST.answer else 0.2, raw=self.raw)


@pytest.mark.parametrize("empty", [0.01, 0.5, 0.99])
def test_calibration_keeps_the_order_of_answers(empty: float) -> None:
    calibrated = [Calibration().apply(stated, empty) for stated in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert calibrated == sorted(calibrated)
    assert 0 < calibrated[0] < calibrated[-1] < 1


def test_yes_from_a_judge_that_says_yes_to_nothing_counts_less() -> None:
    assert Calibration().apply(0.9, empty=0.8) < Calibration().apply(0.9, empty=0.1)


def test_a_raw_decision_is_calibrated_against_the_empty_answer(tmp_path: Path) -> None:
    [decision] = Calibrator(tmp_path / "baselines.json").calibrated(RawJudge(), REQUEST)
    assert decision.stated == pytest.approx(Calibration().apply(0.9, 0.2))
    assert not decision.raw


def test_the_empty_answer_is_asked_about_once(tmp_path: Path) -> None:
    file = tmp_path / "baselines.json"
    for _ in range(2):  # the second time from the file
        judge = RawJudge()
        calibrator = Calibrator(file)
        for _ in range(2):
            list(calibrator.calibrated(judge, REQUEST))
    assert judge.asked == [REQUEST.answer, REQUEST.answer]


def test_a_calibrated_decision_is_left_alone(tmp_path: Path) -> None:
    judge = RawJudge(raw=False)
    [decision] = Calibrator(tmp_path / "baselines.json").calibrated(judge, REQUEST)
    assert decision == Decision(CLAIM, 0.9)
    assert judge.asked == [REQUEST.answer]


@pytest.mark.parametrize("content", ["", "[]", '{"a": "b"}', "{"])
def test_a_broken_file_is_made_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "baselines.json"
    file.write_text(content, encoding="utf-8")
    assert len(list(Calibrator(file).calibrated(RawJudge(), REQUEST))) == 1
    judge = RawJudge()
    list(Calibrator(file).calibrated(judge, REQUEST))
    assert judge.asked == [REQUEST.answer]


def test_a_file_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where the folder should be", encoding="utf-8")
    [decision] = Calibrator(tmp_path / "file" / "baselines.json").calibrated(RawJudge(), REQUEST)
    assert decision.stated == pytest.approx(Calibration().apply(0.9, 0.2))


def test_the_fitted_parameters_have_a_name() -> None:
    assert re.fullmatch("[0-9a-f]{12}", fitted())
