"""A classifier for sentences spoken to whoever grades, by words and meaning: it finds wordings the rules of `injection` do not know."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.features import Array
from bot.models.judges.trained.classifier import CardClassifier, read_classifier
from knowledge.schema import LANGUAGES, Language

PARAMETERS = Path(__file__).parent / "parameters"
# What the parameters are for, in place of a card's points.
TARGET = "spoken to the grader"
# Honest sentences must not be lost: high, on what was left out and on the gold answers alike. Attacks that slip through meet the judge.
SURE = 0.85
# Beside a sentence that surely is, another is put aside sooner: people who try it go on for more than a sentence. Of 2,271 sentences of
# gold and unseen answers 16 reach this.
BESIDE = 0.15


def addressed_probabilities(texts: Sequence[str], lang: Language) -> Array:
    """How likely each sentence is spoken to whoever grades instead of about the subject. Shape (texts,)."""
    if not texts:
        return np.zeros(0, dtype=np.float32)
    vectors = np.asarray(OfflineEmbeddings().embed_documents(list(texts)), dtype=np.float32)
    return np.asarray(_classifier(lang).probabilities(texts, vectors)[0, :, 0])


def parameters_of(lang: Language) -> Path:
    """Where the parameters for a language lie."""
    return PARAMETERS / f"addressed.{lang}.npz"


@cache
def _classifier(lang: Language) -> CardClassifier:
    found = read_classifier(parameters_of(lang), lang, TARGET, OfflineEmbeddings.name)
    assert found is not None, f"the parameters for {', '.join(LANGUAGES)} come with the program"
    return found
