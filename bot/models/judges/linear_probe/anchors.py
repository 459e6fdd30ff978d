"""The states that an answer's states are compared with: those about an answer that is the text asked about, or that says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.models.judges.base import Claim
from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.state import State, StateReader
from knowledge.schema import Language

# Sets of claims of the questions somebody is at; each claim takes 8 kB and seconds to read.
_KEPT = 256

Anchor = tuple[State, State]


class Anchors:
    """Reads anchors and keeps the last ones: they depend on question and claims, and on no answer."""

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._kept: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Anchor]] = {}

    def of(self, question: str, claims: Sequence[Claim], lang: Language) -> tuple[list[Anchor], int]:
        """For each claim the states when it is affirmed and when nothing is said, and how many prompt tokens were read: none when known.

        The same question and claims give the same numbers to the last bit. Raises JudgeError.
        """
        key, spent = (lang, question, tuple((claim.kind, claim.text) for claim in claims)), 0
        if key not in self._kept:
            endings = [prompts.ending(claim) for claim in claims]
            read = [
                next(self._reader.read(prompts.SYSTEM, prompts.anchor(question, claim.text, lang), [ending]))
                for claim, ending in zip(claims, endings, strict=True)
            ]
            nothing = list(self._reader.read(prompts.SYSTEM, prompts.anchor(question, prompts.NOTHING[lang], lang), endings))
            spent = sum(prompt_tokens for _, prompt_tokens, _ in [*read, *nothing])
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = [(one[0], other[0]) for one, other in zip(read, nothing, strict=True)]
        return self._kept[key], spent
