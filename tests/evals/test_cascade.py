"""The first pass keeps what it is sure of, and pays for itself before anything is left to the larger model."""

from __future__ import annotations

import pandas as pd
import pytest

from evals.cascade import LARGE, SMALL, cascaded, row

SECONDS = {SMALL: 0.5, LARGE: 2.0}


def judged(states: list[float]) -> pd.DataFrame:
    """Points of two cards, two of an answer; the first half of each is stated."""
    return pd.DataFrame(
        {
            "group": ["a"] * 4 + ["b"] * 4,
            "answer": [f"{number // 2}" for number in range(8)],
            "label": ["states", "states", "absent", "absent"] * 2,
            "states": states,
            "expected": states,
            "credit": [1.0, 1.0, 0.0, 0.0] * 2,
        }
    )


def test_the_least_sure_points_have_the_large_models_judgement() -> None:
    small = judged([0.9, 0.55, 0.45, 0.1, 0.8, 0.6, 0.4, 0.2])
    large = judged([1.0] * 8)
    assert cascaded(small, large, 0.25)["states"].tolist() == [0.9, 1.0, 1.0, 0.1, 0.8, 0.6, 0.4, 0.2]
    assert cascaded(small, large, 0)["states"].tolist() == small["states"].tolist()
    assert cascaded(small, large, 1)["states"].tolist() == large["states"].tolist()


@pytest.mark.parametrize(("share", "seconds"), [(0.0, "0.50"), (0.5, "1.50"), (1.0, "2.00")])
def test_a_row_tells_what_it_costs(share: float, seconds: str) -> None:
    told = row(share, judged([0.9, 0.8, 0.2, 0.1, 0.9, 0.4, 0.6, 0.1]), SECONDS)
    assert told["seconds a point"] == seconds
    assert told["AUC"].startswith("0.938 ")
