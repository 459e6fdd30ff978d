"""What each open tab hears: the live session of a microphone, and what was heard for the answer that is being made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bot.speech.heard import RATE, Heard, joined
from bot.speech.listener import Listener
from knowledge.schema import Language

Samples = npt.NDArray[np.float32]


@dataclass
class Microphone:
    """One tab's microphone. `heard` and `samples` are what was said for the present answer so far, in one or several recordings,
    `lang` and `turn_id` say for which question.

    Until `waits_until` silence is not counted, until `quiet_until` sound that still comes in is dropped; both by the monotonic clock.
    """

    listener: Listener | None = None
    heard: Heard | None = None
    samples: Samples = field(default_factory=lambda: np.zeros(0, np.float32))
    partial: str = ""
    lang: Language = "ja"
    turn_id: str = ""
    waits_until: float = 0.0
    quiet_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    meanwhile: ExitStack = field(default_factory=ExitStack)

    def listen(self, make: Callable[[], Listener], meanwhile: AbstractContextManager[None] | None = None) -> Listener:
        """The live session, made when there is none; `meanwhile` is entered with it and left at its end."""
        with self.lock:
            if self.listener is None:
                self.meanwhile.enter_context(meanwhile or nullcontext())
                self.listener, self.partial, self.waits_until = make(), "", 0.0
            return self.listener

    def keep(self, heard: Heard, samples: Samples) -> None:
        """Adds a recording to what was said for this answer."""
        self.heard = heard if self.heard is None else joined(self.heard, heard)
        self.samples = np.concatenate([self.samples, samples])

    def stop(self) -> Listener | None:
        """Takes the live session away, for whoever finishes or closes it."""
        with self.lock:
            listener, self.listener = self.listener, None
            self.meanwhile.close()
            return listener

    def forget(self) -> None:
        """Nothing was said any more: the answer was sent or given up."""
        if (listener := self.stop()) is not None:
            listener.close()
        self.heard, self.samples, self.partial = None, np.zeros(0, np.float32), ""

    @property
    def seconds(self) -> float:
        """Length of what was recorded for this answer, without the recording under way."""
        return len(self.samples) / RATE


class Microphones:
    """The microphones of all open tabs."""

    def __init__(self) -> None:
        self._of: dict[str, Microphone] = {}
        self._lock = threading.Lock()

    def of(self, tab: str | None) -> Microphone:
        """A tab's microphone."""
        with self._lock:
            return self._of.setdefault(tab or "", Microphone())

    def close(self, tab: str | None) -> None:
        """The tab is gone."""
        with self._lock:
            microphone = self._of.pop(tab or "", None)
        if microphone is not None:
            microphone.forget()
