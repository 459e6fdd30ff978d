"""Human-graded data: what cannot be used is said in one line, samples are even, baselines do not see their own question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evals.agreement import kappa, within_questions
from evals.human import SETS, DataError, load_human, mean_of_others, out_of_fold, sample, similarity_features

ROWS = pd.DataFrame(
    {
        "question": ["a", "a", "a", "b", "b", "c"],
        "reference": ["r"] * 6,
        "answer": ["one two", "two", "three four", "r", "five", "six"],
        "score": [0.0, 0.5, 1.0, 1.0, 0.0, 0.5],
    }
)


def written(tmp_path: Path, rows: pd.DataFrame) -> Path:
    rows.to_csv(tmp_path / "mohler.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (ROWS.drop(columns=["score"]), "lacks the columns score"),
        (ROWS.assign(score=[0, 0.5, 7, 1, 0, 0.5]), "row 4: score 7"),
        (ROWS.iloc[:0], "no graded answers"),
    ],
    ids=["columns", "range", "empty"],
)
def test_data_that_cannot_be_used_is_named(tmp_path: Path, rows: pd.DataFrame, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        load_human(written(tmp_path, rows), SETS["mohler"])
    assert "mohler.csv" in str(caught.value)


def test_a_missing_file_says_where_it_can_be_had(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mohler\.csv is missing.*Hugging Face.*--data"):
        load_human(tmp_path, SETS["mohler"])


def test_an_empty_file_is_no_csv(tmp_path: Path) -> None:
    (tmp_path / "mohler.csv").write_text("")
    with pytest.raises(DataError, match="not a CSV"):
        load_human(tmp_path, SETS["mohler"])


def test_a_sample_is_even_over_questions_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    rows = load_human(written(tmp_path, ROWS), SETS["mohler"])
    three = sample(rows, SETS["mohler"], 3, seed=1)
    assert sorted(three["question"]) == ["a", "b", "c"]
    assert three.equals(sample(rows, SETS["mohler"], 3, seed=1))
    assert len(sample(rows, SETS["mohler"], None, seed=1)) == 6


def test_baselines_do_not_see_the_question_they_predict() -> None:
    assert mean_of_others(ROWS["score"].to_numpy(), ROWS["question"].tolist())[:3] == pytest.approx([0.5] * 3)
    groups = ["a"] * 20 + ["b"] * 20
    score = np.array([0.0] * 20 + [1.0] * 20)
    # A feature that names the question: of no use when the question is left out.
    predicted = out_of_fold(np.repeat([[0.0], [1.0]], 20, axis=0), score, groups)
    assert np.all(predicted[:20] == 1)
    assert np.all(predicted[20:] == 0)


def test_similarity_features_are_highest_for_the_reference_itself() -> None:
    features = similarity_features(ROWS)
    assert features.shape == (6, 4)
    assert features[3, 1:3] == pytest.approx([1, 1])
    assert np.all(features[[0, 1, 2, 4, 5], 1] == 0)


def test_agreement_measures_have_their_known_values() -> None:
    score = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert kappa(score, score, 5) == pytest.approx(1)
    assert kappa(score[::-1], score, 5) == pytest.approx(-1)
    assert within_questions(ROWS.assign(judge=[0.1, 0.2, 0.3, 0, 0, 0]), "judge") == pytest.approx([1])
