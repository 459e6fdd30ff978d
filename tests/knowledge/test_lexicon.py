"""Word matches: terms in every spoken form, and the share of a request that a card's words cover."""

from __future__ import annotations

import pytest

from knowledge.deck import Deck
from knowledge.lexicon import Lexicon, fold, words


@pytest.fixture(scope="module")
def lexicon(bank: Deck) -> Lexicon:
    return Lexicon(bank)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Elastic-Net", "elastic net"),
        ("ＲＯＣ", "roc"),
        ("regularisation", "Regularization"),
        ("random forests", "random forest"),
        ("リッジ", "リッジー"),
        ("エラスティック・ネット", "エラスティック ネット"),
    ],
)
def test_spellings_of_one_term_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(("one", "other"), [("bias", "bia"), ("loss", "los"), ("L1", "L2"), ("再現率", "適合率")])
def test_different_terms_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_words_are_stems_and_pairs_of_characters() -> None:
    assert words("Encoding categories") == {"encod", "categor"}
    assert words("交差検証を") == {"交差", "差検", "検証"}
    assert words("する") == frozenset()


@pytest.mark.parametrize(
    ("request_text", "card"),
    [
        ("ラッソ回帰", "regularization"),
        ("エルツー", "regularization"),
        ("the lasso", "regularization"),
        ("スモート", "imbalanced-data"),
        ("SMOTE", "imbalanced-data"),
    ],
)
def test_a_term_points_to_its_card_in_any_spoken_form(lexicon: Lexicon, request_text: str, card: str) -> None:
    scores = lexicon.glossary(request_text)
    assert max(scores, key=scores.__getitem__) == card
    assert all(0 < score <= 1 for score in scores.values())


def test_a_term_inside_another_word_does_not_count(lexicon: Lexicon) -> None:
    assert lexicon.glossary("lasso")
    assert lexicon.glossary("classof") == {}


def test_the_longest_term_counts_alone(bank: Deck) -> None:
    ridge = bank.get("regularization", "en")
    terms = Lexicon(Deck([ridge]))
    assert set(terms._terms_in(fold("an Elastic Net"))) == {"elastic net"}


def test_coverage_is_the_share_of_words_a_card_has(lexicon: Lexicon) -> None:
    shares = lexicon.coverage("ridge penalty", ["regularization", "ab-testing"])
    assert shares["regularization"] == pytest.approx(1.0)
    assert shares["ab-testing"] < 0.5
    assert lexicon.coverage("を", ["regularization"]) == {"regularization": 0.0}
    assert lexicon.coverage("ridge", []) == {}


def test_an_empty_deck_knows_no_words() -> None:
    assert Lexicon(Deck([])).glossary("ridge") == {}
