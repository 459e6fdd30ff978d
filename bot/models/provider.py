"""Brings the model up in the background and hands out a judge that waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from bot.models.endpoint import Endpoint, configured_endpoint
from bot.models.errors import Reason
from bot.models.judges import Decision, Judge, JudgeError, JudgeRequest, make_judge
from bot.models.server import EmbeddedServer
from bot.models.weights import CODER_1_5B, WeightsError, ensure_weights, known_sha256
from bot.settings import Settings

log = logging.getLogger(__name__)

Phase = Literal["idle", "fetching", "loading", "ready", "failed"]


@dataclass(frozen=True)
class ModelStatus:
    """Where the model stands. `done` and `total` are bytes while fetching; `reason` says why it failed."""

    phase: Phase = "idle"
    done: int = 0
    total: int = 0
    reason: str = ""
    judge: str = ""


class ModelProvider:
    """Owns the model: an endpoint that was configured, else the embedded server with its weights."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._status = ModelStatus()
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._judge: Judge | None = None
        self._failure: Reason = "no_model"
        self._endpoint: Endpoint | None = None
        self._server: EmbeddedServer | None = None

    @property
    def status(self) -> ModelStatus:
        """A snapshot, safe to read from any thread."""
        return self._status

    def cause(self, failure: Reason) -> str:
        """The failure, or what kept the model from coming up where that is the failure, which says more."""
        return self._status.reason or failure if failure == "no_model" else failure

    @property
    def endpoint(self) -> Endpoint | None:
        """Where the model is served, once it is up."""
        return self._endpoint

    def start(self) -> None:
        """Begins to bring the model up, or tries again after a failure. Returns at once."""
        with self._lock:
            if self._status.phase not in {"idle", "failed"}:
                return
            self._ready.clear()
            self._status = ModelStatus("loading")
        threading.Thread(target=self._bring_up, name="model", daemon=True).start()

    def wait(self, timeout: float | None = None) -> ModelStatus:
        """The status once it is "ready" or "failed", or after `timeout` seconds whatever it is then."""
        self._ready.wait(timeout)
        return self._status

    def close(self) -> None:
        """Stops the embedded server and hangs up on an endpoint."""
        if self._endpoint is not None:
            self._endpoint.http.close()
        if self._server is not None:
            self._server.close()
            self._server = None

    def judge(self) -> Judge:
        """A judge that can be asked at once: it waits while the model loads. Starts the model when that was not done yet."""
        self.start()
        return _WaitingJudge(self)

    def wait_for_judge(self) -> Judge:
        """The judge itself, once the model is up. Raises JudgeError when it cannot be had; a later call tries again."""
        self.start()
        self.wait()
        if self._judge is None:
            raise JudgeError(self._failure, f"the model did not come up: {self._status.reason}")
        return self._judge

    def _bring_up(self) -> None:
        try:
            self._endpoint = configured_endpoint(self._settings) or self._embedded()
            self._judge = make_judge(self._endpoint, self._settings.judge)
            self._settle(ModelStatus("ready", judge=self._judge.name))
        except JudgeError as error:
            self._fail(error.reason, error.reason, error)
        except WeightsError as error:
            self._fail("no_model", error.reason, error)
        except Exception as error:
            # llama.cpp and the clients raise what they like; a model that does not come up must not leave people waiting.
            log.exception("no model: %s", type(error).__name__)
            self._fail("no_model", "corrupt" if self._endpoint is None else "unreachable", error)

    def _fail(self, failure: Reason, reason: str, error: Exception) -> None:
        log.warning("no model: %s: %s", reason, error)
        self._failure = failure
        self._settle(ModelStatus("failed", reason=reason))

    def _settle(self, status: ModelStatus) -> None:
        with self._lock:  # or a start in between would be told that it is over
            self._status = status
            self._ready.set()

    def _embedded(self) -> Endpoint:
        def progress(done: int, total: int) -> None:
            self._status = ModelStatus("fetching", done, total)

        weights = ensure_weights(CODER_1_5B, self._settings.cache_dir, given=self._settings.weights, progress=progress)
        self._status = ModelStatus("loading")
        self._server = EmbeddedServer(weights, threads=self._settings.threads)
        return Endpoint(
            self._server.url,
            self._server.model,
            SecretStr("none"),
            embedded=True,
            timeout=600,
            retries=0,
            sha256=known_sha256(weights, CODER_1_5B),
        )


class _WaitingJudge:
    """A judge from the first moment on; its name is that of the real one once it is known."""

    def __init__(self, provider: ModelProvider) -> None:
        self._provider = provider

    @property
    def name(self) -> str:
        return self._provider.status.judge

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        yield from self._provider.wait_for_judge().decide(request)
