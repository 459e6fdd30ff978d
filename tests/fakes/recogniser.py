"""A recogniser that says what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.speech.audio import Samples
from bot.speech.errors import ListenError
from bot.speech.heard import RATE, Word
from knowledge.schema import Language


@dataclass
class FakeRecogniser:
    """Gives the next text for each chunk, one word for each piece between bars, spread over the chunk; "" when all are given.

    `plain` are the texts without the terms. A text "!" fails. While `held` is set nothing is given.
    """

    texts: Sequence[str] = ()
    plain: Sequence[str] = ()
    probability: float = 0.9
    spoken: tuple[str, float] = ("ja", 0.99)
    not_ready: ListenError | None = None
    name: str = "fake"
    held: threading.Event = field(default_factory=threading.Event)
    prompts: list[str] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    given: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})

    def __post_init__(self) -> None:
        self.held.set()

    def ready(self) -> None:
        """Fails if told to."""
        if self.not_ready:
            raise self.not_ready

    def words(self, samples: Samples, lang: Language, prompt: str, *, quick: bool = False) -> tuple[Word, ...]:
        """The next text."""
        self.held.wait(20)
        self.prompts.append(prompt)
        self.lengths.append(samples.size / RATE)
        texts, number = (self.plain if quick else self.texts), self.given[quick]
        self.given[quick] += 1
        text = texts[number] if number < len(texts) else ""
        if text == "!":
            raise ListenError("unreachable", "told to fail")
        pieces = text.split("|") if text else []
        step = samples.size / RATE / max(1, len(pieces))
        return tuple(Word(piece, n * step, (n + 1) * step, self.probability) for n, piece in enumerate(pieces))

    def language(self, samples: Samples) -> tuple[str, float]:
        """What it was told is spoken."""
        return self.spoken
