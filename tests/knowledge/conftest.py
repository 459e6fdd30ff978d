"""Shared by the tests of the knowledge: the bank, read once."""

from __future__ import annotations

import pytest

from knowledge.deck import Deck, load_deck


@pytest.fixture(scope="session")
def bank() -> Deck:
    """All cards of the house."""
    return load_deck()


@pytest.fixture(scope="session")
def three(bank: Deck) -> Deck:
    """Two cards of one leaf and one from far away."""
    return Deck(card for card in bank if card.id in ("regularization", "bias-variance", "model-monitoring"))
