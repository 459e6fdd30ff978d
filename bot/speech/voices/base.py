"""What a voice is, and how one thread breaks off what another is saying."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
VoiceReason = Literal["missing", "failed"]


class VoiceError(RuntimeError):
    """Nothing can be said aloud; the text remains. `reason` is "missing" (the extra is not installed) or "failed"."""

    def __init__(self, reason: VoiceReason, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class Interrupted(Exception):
    """What was being said was broken off on request."""


class Stop:
    """A request to break off, made by another thread. Once made it stands."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._call: Callable[[], None] | None = None
        self._made = False

    @property
    def made(self) -> bool:
        """Whether somebody asked."""
        return self._made

    def make(self) -> None:
        """Asks for it. May be called more than once and from any thread."""
        with self._lock:
            self._made = True
            if self._call is not None:
                self._call()

    def then(self, call: Callable[[], None] | None) -> None:
        """What ends the work under way as soon as the request is made, or at once if it was; None when there is none any more."""
        with self._lock:
            self._call = call
            if call is not None and self._made:
                call()


class Voice(Protocol):
    """A voice for one language.

    `name` tells apart whatever sounds different, so it holds the versions of model and package; `rate` is in Hz.
    One thread at a time may use a voice.
    """

    name: str
    rate: int

    def load(self) -> None:
        """Brings the model into memory, unless it is there. Raises VoiceError."""

    def say(self, sentence: str, speed: float = 1.0, stop: Stop | None = None) -> Samples:
        """A sentence, as `reading.read` wrote it, as mono float32 in [-1, 1]; empty when nothing in it can be said.

        `speed` 2.0 takes half the time. Raises VoiceError, and Interrupted when `stop` was made.
        """
