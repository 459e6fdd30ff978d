"""The states that an answer's states are compared with: those about an answer that is the text asked about, or that says nothing."""

from __future__ import annotations

from bot.models.judges.base import Claim
from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.features import State
from bot.models.judges.linear_probe.state import StateReader
from knowledge.schema import Language

# Of the questions somebody is at; a pair is 8 kB and a second or more to read.
_KEPT = 1024


class Anchors:
    """Reads anchors and keeps the last ones: they depend on question and claim, and on no answer."""

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._kept: dict[tuple[str, str, str, str], tuple[State, State]] = {}

    def of(self, question: str, claim: Claim, lang: Language) -> tuple[State, State, int]:
        """The states when the claim is affirmed and when nothing is said, and how many prompt tokens were read: none when known.

        Raises JudgeError.
        """
        key, spent = (question, claim.kind, claim.text, lang), 0
        if key not in self._kept:
            read = [self._read(question, text, claim, lang) for text in (claim.text, prompts.NOTHING[lang])]
            spent = sum(prompt_tokens for _, prompt_tokens in read)
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = read[0][0], read[1][0]
        return *self._kept[key], spent

    def _read(self, question: str, answer: str, claim: Claim, lang: Language) -> tuple[State, int]:
        beginning = prompts.anchor(question, answer, lang)
        state, prompt_tokens, _ = next(self._reader.read(prompts.SYSTEM, beginning, [prompts.ending(claim)]))
        return state, prompt_tokens
