"""What the page and the terminal share: made cheaply, opened when used, closed whatever was opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.grading.rubric import rubric_of_card
from bot.interview.planner import Plan
from bot.memory.database import StoreError
from bot.services import Services
from bot.settings import Settings
from knowledge.index import IndexUnavailable
from tests.fakes.openai_endpoint import CHAT, EMBEDDINGS, FakeEndpoint


@pytest.fixture
def services(fake: FakeEndpoint, tmp_path: Path) -> Iterator[Services]:
    """On the fake endpoint, for judging and for embedding."""
    fake.serves.add(EMBEDDINGS)
    services = Services(
        Settings(
            openai_base_url=fake.url,
            openai_api_key=SecretStr("sk-test-0123456789"),
            model="m",
            embeddings="tiny",
            cache_dir=tmp_path / "cache",
            request_retries=0,
        )
    )
    yield services
    services.close()


def test_making_and_closing_them_touches_nothing(services: Services, fake: FakeEndpoint, tmp_path: Path) -> None:
    services.close()
    assert list(tmp_path.iterdir()) == []
    assert fake.seen == []


def test_a_database_that_cannot_be_opened_ends_the_start(services: Services, fake: FakeEndpoint, tmp_path: Path) -> None:
    (tmp_path / "data" / "mensetsu.sqlite3").mkdir(parents=True)
    with pytest.raises(StoreError):
        services.start()
    assert services.models.status.phase == "idle"
    assert fake.seen == []


def test_grading_with_an_endpoint_fetches_no_weights_and_opens_no_database(services: Services, fake: FakeEndpoint, tmp_path: Path) -> None:
    rubric = rubric_of_card(services.deck.get("regularization", "en")).only("penalty", "Why?")
    assert services.grader.grade(rubric, "It adds a penalty to the loss, so that large weights cost something.").state == "graded"
    assert fake.count(CHAT) > 0
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["baselines.json"]
    assert not (tmp_path / "data").exists()


def test_an_interview_is_found_again(services: Services) -> None:
    begun = services.begin(Plan("en", cards=("regularization",)))
    assert services.session(begun.id).card(begun.interview.turns[0]).id == "regularization"
    with pytest.raises(KeyError):
        services.session("no such interview")


def test_a_broken_index_finds_nothing_and_is_tried_again(services: Services, fake: FakeEndpoint) -> None:
    fake.serves.remove(EMBEDDINGS)
    assert services.find("regularization", "en") is None
    with pytest.raises(IndexUnavailable):
        services.index()
    assert fake.count(EMBEDDINGS) == 2


def test_the_end_of_an_interview_tries_a_fit(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr("bot.services.refit", tried.append)
    session = services.begin(Plan("en", cards=("regularization",)))
    list(session.ask())
    assert tried == []
    list(session.end())
    services.close()
    assert tried == [services.store]
