"""What interviews are held with: the real bank, the real database, and a grader with whatever judge a test brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.memory.store import Store
from bot.models.embeddings import OfflineEmbeddings
from knowledge.deck import Deck, load_deck
from tests.fakes.fixed_judge import FixedJudge


@pytest.fixture(scope="session")
def deck() -> Deck:
    return load_deck()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    yield store
    store.close()


@pytest.fixture
def grader(judge: FixedJudge, tmp_path: Path) -> Grader:
    return Grader(judge, OfflineEmbeddings(), Calibrator(tmp_path / "baselines.json"))
