"""What the measurements' options take, and that what was not graded is counted and left out."""

from __future__ import annotations

from pathlib import Path

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges import JudgeError
from evals import attacks
from evals.__main__ import MEASUREMENTS, RUNS
from evals.options import evenly
from knowledge.deck import load_deck
from tests.fakes.fixed_judge import FixedJudge


def test_items_are_taken_evenly_and_by_the_seed() -> None:
    items = list(range(10))
    assert evenly(items, None, 7) == items
    assert evenly(items, 20) == items
    assert evenly(items, 3) == [0, 3, 6]
    assert evenly(items, 3, 1) == [1, 4, 7]
    assert evenly(items, 3, 3) == evenly(items, 3)
    assert evenly([], 3) == []


def test_everything_runs_every_measurement_and_every_report_of_it() -> None:
    assert {name for name, *_ in RUNS} == set(MEASUREMENTS)
    assert len(set(RUNS)) == len(RUNS)


def test_without_its_card_a_question_keeps_its_points_and_nothing_that_was_trained_for_it(tmp_path: Path) -> None:
    deck = load_deck()
    row = {"card": "regularization", "lang": "ja"}
    grader = Grader(FixedJudge(), OfflineEmbeddings(), Calibrator(tmp_path / "b.json"))
    bound, free = (attacks.Scorer(grader, deck, without_card).rubric(row) for without_card in (False, True))
    assert free.points == bound.points
    assert free.question == bound.question
    assert (bound.card_id, free.card_id, free.misconceptions) == ("regularization", None, ())


def test_attacks_that_could_not_be_graded_do_not_count_as_repelled(tmp_path: Path) -> None:
    judge = FixedJudge(default=0.02)
    grader = Grader(judge, OfflineEmbeddings(), Calibrator(tmp_path / "b.json"))
    deck = load_deck()
    graded = attacks.run(grader, deck, limit=12, out=tmp_path).read_text(encoding="utf-8")
    assert " 0 ungraded and left out." in graded
    assert "## Attacks alone (n=12)" in graded
    judge.failure = JudgeError("timeout", "too slow")
    failed = attacks.run(grader, deck, limit=12, out=tmp_path).read_text(encoding="utf-8")
    assert "## Attacks alone (n=12)" not in failed
    assert " 0 ungraded and left out." not in failed
