"""The recogniser that is used, and where it stands: fetched, loaded, ready."""

from __future__ import annotations

from functools import cached_property

from bot.settings import Settings
from bot.speech.recogniser import Recogniser
from bot.text import t
from knowledge.schema import Language


class Hearing:
    """Owns the recogniser. Nothing is fetched or loaded before something is said."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._done, self._total = 0, 0

    @cached_property
    def recogniser(self) -> Recogniser:
        """The embedded recogniser, or the transcription endpoint that was configured."""
        if self._settings.transcription != "embedded":
            from bot.speech.endpoint import EndpointRecogniser

            return EndpointRecogniser(self._settings)
        from bot.speech.whisper import WhisperRecogniser

        return WhisperRecogniser(self._settings.cache_dir, progress=self._progress)

    def told(self, lang: Language) -> str:
        """What a person should know while they wait; empty when the recogniser is there."""
        if self._total and self._done < self._total:
            return t("speech.getting_ready", lang, percent=100 * self._done // self._total)
        return ""

    def close(self) -> None:
        """Hangs up on an endpoint."""
        close = getattr(self.__dict__.get("recogniser"), "close", None)
        if close is not None:
            close()

    def _progress(self, done: int, total: int) -> None:
        self._done, self._total = done, total
