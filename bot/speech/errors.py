"""What can go wrong with audio, each with the reason the page has a sentence for."""

from __future__ import annotations

from typing import Literal

AudioReason = Literal["empty", "corrupt", "no_audio", "too_long", "silent", "noisy", "other_language"]
ListenReason = Literal["missing", "corrupt", "unreachable", "disk", "failed"]


class AudioError(ValueError):
    """A recording that cannot be taken as an answer; the message is for the log.

    Reasons: "empty" (no bytes or no samples), "corrupt" (cannot be decoded), "no_audio" (a file without an audio track), "too_long",
    "silent" (nobody speaks; music without words too), "noisy" (too noisy to be understood), "other_language".
    """

    def __init__(self, reason: AudioReason, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class ListenError(RuntimeError):
    """The recogniser cannot be had or failed; typed answers remain possible. The message is for the log."""

    def __init__(self, reason: ListenReason, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason
