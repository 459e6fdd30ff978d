"""An answer laid against what was heard of it: when a piece of it was said, what of it is doubtful, and how certain it is.

A person may correct a transcript before it is graded. What they typed was not heard, and is certain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, pairwise

from rapidfuzz.distance import Indel

from bot.speech.heard import Heard, Span, Word

Piece = tuple[int, int]
# Of a word that was typed over, single letters are found again by chance; so much of it must stand to be the word that was heard.
STILL_THERE = 0.5


class Alignment:
    """Which characters of an answer were said in which word. Made once for an answer, then asked."""

    def __init__(self, heard: Heard, answer: str) -> None:
        self._answer = answer
        transcript = heard.text
        lead = "".join(word.text for word in heard.words)
        shift = len(lead) - len(lead.lstrip())
        ends = [max(0, min(end - shift, len(transcript))) for end in accumulate((len(word.text) for word in heard.words), initial=0)]
        owner: list[Word | None] = [None] * len(transcript)
        for word, (start, end) in zip(heard.words, pairwise(ends), strict=True):
            owner[start:end] = [word] * (end - start)
        self._words: list[Word | None] = [None] * len(answer)
        for block in Indel.opcodes(transcript, answer):
            if block.tag == "equal":
                self._words[block.dest_start : block.dest_end] = owner[block.src_start : block.src_end]
        left = Counter(id(word) for word in self._words if word)
        self._words = [word if word and left[id(word)] >= STILL_THERE * len(word.text) else None for word in self._words]

    def said(self, start: int, end: int) -> Span | None:
        """When the characters from `start` to `end` of the answer were said; None when none of them was heard."""
        words = [word for word in self._words[start:end] if word is not None]
        return Span(words[0].start, words[-1].end) if words else None

    @property
    def without_doubtful(self) -> str | None:
        """The answer less the words that may have been misheard; None when it has none."""
        doubtful = list(self._doubtful())
        if not doubtful:
            return None
        kept = []
        position = 0
        for start, end in doubtful:
            kept.append(self._answer[position:start])
            position = end
        return "".join([*kept, self._answer[position:]])

    @property
    def certainty(self) -> float:
        """Mean probability of the answer's characters, in [0, 1]: the recogniser's for what was heard, 1 for what was typed."""
        counted = [
            (word.probability if word else 1.0) for character, word in zip(self._answer, self._words, strict=True) if character.strip()
        ]
        return sum(counted) / len(counted) if counted else 1.0

    def _doubtful(self) -> Iterator[Piece]:
        """Stretches of the answer that doubtful words make up."""
        start: int | None = None
        for position, word in enumerate([*self._words, None]):
            doubtful = word is not None and word.doubtful
            if doubtful and start is None:
                start = position
            elif not doubtful and start is not None:
                yield start, position
                start = None
