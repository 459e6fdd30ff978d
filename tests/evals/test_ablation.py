"""What is left out of a judge is left out of it, and scores follow from credits and weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evals.ablation import scores
from evals.pairs import load_pairs
from evals.train import ALL, Parts, fit_card
from knowledge.deck import load_deck
from tests.fakes.word_embeddings import WordEmbeddings

DECK = load_deck()
CARD = DECK.get("regularization", "en")
PASSAGES = [p for p in load_pairs(DECK, "a") if (p.card, p.lang) == (CARD.id, CARD.lang)]


class UnitEmbeddings(WordEmbeddings):
    """Of length one, as those of the judge are."""

    def embed_query(self, text: str) -> list[float]:
        vector = np.array(super().embed_query(text))
        return [float(x) for x in vector / max(1.0, np.linalg.norm(vector))]


@pytest.mark.parametrize(
    ("parts", "words", "meaning"),
    [(ALL, True, True), (replace(ALL, ngrams=False), False, True), (replace(ALL, embedding=False), True, False)],
)
def test_a_classifier_without_features_has_no_weight_on_them(parts: Parts, words: bool, meaning: bool) -> None:
    classifier = fit_card(CARD, PASSAGES, UnitEmbeddings(), parts=parts)
    columns = len(classifier.columns)
    assert bool(np.any(classifier.weights[..., :columns])) is words
    assert bool(np.any(classifier.weights[..., columns:])) is meaning


def test_scores_are_weighted_means_of_credits() -> None:
    points = pd.DataFrame(
        [
            {"answer": "a", "card": "c", "label": "states", "weight": 3, "states": 0.9, "credit": 1.0, "true": 75.0},
            {"answer": "a", "card": "c", "label": "absent", "weight": 1, "states": 0.1, "credit": 0.2, "true": 75.0},
            {"answer": "b", "card": "c", "label": "half", "weight": 2, "states": 0.4, "credit": 0.5, "true": 50.0},
        ]
    )
    found = scores(points).set_index("answer")
    assert found["score"].to_dict() == pytest.approx({"a": 80.0, "b": 50.0})
    assert found["true"].to_dict() == {"a": 75.0, "b": 50.0}
