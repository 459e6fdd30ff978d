"""Variants of an answer keep what it says."""

from __future__ import annotations

import random

import pytest

from evals.variants import VARIANTS
from knowledge.deck import load_deck
from knowledge.schema import LANGUAGES, Language


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_differs_and_keeps_the_words(name: str, lang: Language) -> None:
    card = load_deck().get("regularization", lang)
    varied = VARIANTS[name](card.answer, card, random.Random(1))
    assert varied != card.answer
    assert varied == VARIANTS[name](card.answer, card, random.Random(1))
    if name == "misheard":
        assert 0.9 < len(varied) / len(card.answer) < 1.2
    else:
        middle = card.answer.split("。" if lang == "ja" else ". ")[2]
        assert middle in varied
