"""The texts of a deck and what a filter leaves of them."""

from __future__ import annotations

import pytest

from knowledge.catalogue import Catalogue, Filter
from knowledge.centring import script_of
from knowledge.deck import Deck


@pytest.fixture(scope="module")
def catalogue(bank: Deck) -> Catalogue:
    return Catalogue(bank)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), None),
        (Filter(topic="mlops"), {"model-deployment", "model-monitoring", "ab-testing", "mlops"}),
        (Filter(topic="mlops/monitoring"), {"model-monitoring"}),
        (Filter(topic="mlops/mon"), set()),
        (Filter(topic="ml"), set()),
        (Filter(topic="mlops", difficulty="nightmare"), set()),
    ],
)
def test_a_branch_or_a_leaf_leaves_its_cards(catalogue: Catalogue, bank: Deck, wanted: Filter, expected: set[str] | None) -> None:
    everything = {card.id for card in bank}
    assert catalogue.allowed(wanted).cards == (everything if expected is None else expected)


def test_a_language_keeps_the_texts_of_both(catalogue: Catalogue) -> None:
    # A card in Japanese may be found by its English text.
    assert catalogue.allowed(Filter(lang="ja")).text_set == set(catalogue.texts)


def test_a_kind_leaves_its_texts(catalogue: Catalogue) -> None:
    allowed = catalogue.allowed(Filter(topic="mlops/monitoring", kind="answer"))
    assert set(allowed.texts) == {"model-monitoring/ja/answer", "model-monitoring/en/answer"}


def test_a_filter_is_worked_out_once(catalogue: Catalogue) -> None:
    assert catalogue.allowed(Filter(topic="mlops")) is catalogue.allowed(Filter(topic="mlops"))


def test_texts_of_a_card_come_in_every_language(catalogue: Catalogue) -> None:
    assert catalogue.texts_of_card("regularization", "answer") == ["regularization/en/answer", "regularization/ja/answer"]
    assert catalogue.texts_of_card("absent", "answer") == []


def test_samples_hold_both_scripts_and_stay_small(catalogue: Catalogue) -> None:
    for sample in (catalogue.passage_sample(), catalogue.query_sample()):
        scripts = [script_of(text) for text in sample]
        for script in ("japanese", "latin"):
            assert 32 <= scripts.count(script) <= 64
