"""What turns sound into words."""

from __future__ import annotations

from typing import Protocol

from bot.speech.audio import Samples
from bot.speech.heard import Word
from knowledge.schema import Language


class Recogniser(Protocol):
    """A speech recogniser, here or elsewhere. Its methods may be called from any thread."""

    @property
    def name(self) -> str:
        """What the page and the log call it."""

    def ready(self) -> None:
        """Loads what the first answer would otherwise wait for. Raises ListenError."""

    def words(self, samples: Samples, lang: Language, prompt: str, *, quick: bool = False) -> tuple[Word, ...]:
        """The words of at most 30 s of sound, with times from its beginning; none when there are none.

        The prompt is text of the kind that is expected. `quick` is for a second look that need not find the best spelling.
        Raises ListenError.
        """

    def language(self, samples: Samples) -> tuple[str, float]:
        """The language spoken, as ISO 639-1 code, and how likely it is in [0, 1]; 0 if nothing is known of it. Raises ListenError."""
