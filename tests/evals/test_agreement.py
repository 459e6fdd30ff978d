"""Agreement on the gold set's development half must not fall below the lower end of its measured interval."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.trained import TrainedJudge
from evals.gold import load_gold
from evals.points import grade_gold, point_rows, score_rows
from knowledge.deck import load_deck
from tests.fakes.fixed_judge import FixedJudge

# Every second answer of the development half: 56 answers, about a minute.
STEP = 2


def test_agreement_has_not_dropped(tmp_path: Path) -> None:
    deck = load_deck()
    grader = Grader(TrainedJudge(FixedJudge()), OfflineEmbeddings(), Calibrator(tmp_path / "b.json"))
    cases = [case for _, case in grade_gold(grader, deck, load_gold(deck, "development")[::STEP])]
    frame = pd.DataFrame([{k: v for k, v in case.items() if k != "points"} for case in cases])
    points = pd.DataFrame([{"card": c["card"], "lang": c["lang"], **p} for c in cases for p in c["points"]])
    assert frame["quotes_stand"].all()
    assert float(score_rows(frame)[0]["Spearman"].split()[0]) >= 0.88
    assert float(point_rows(points)[0]["AUC"].split()[0]) >= 0.98
