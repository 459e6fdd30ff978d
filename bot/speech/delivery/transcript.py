"""A transcript in which every character knows the word it came from, so that patterns found in it have a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.speech.heard import Word

# Recognisers leave out commas; a silence this long between two words is one.
GAP_SECONDS = 0.3
GAP = "\n"
_PLAIN = str.maketrans({"’": "'", "‘": "'", "〜": "ー", "～": "ー", "~": "ー", "｡": "。", "､": "、"})


def plain(text: str) -> str:
    """A word in NFKC with straight apostrophes; a wave that stands for a long vowel is written ー."""
    return unicodedata.normalize("NFKC", text.translate(_PLAIN))


class Transcript:
    """The words of an answer as one text, with GAP where a silence parts two of them."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        pieces: list[str] = []
        self._owners: list[int] = []
        for index, word in enumerate(words):
            piece = plain(word.text)
            if index + 1 < len(words) and words[index + 1].start - word.end >= GAP_SECONDS:
                piece += GAP
            pieces.append(piece)
            self._owners += [index] * len(piece)
        self.text = "".join(pieces)

    def words(self, start: int, end: int) -> tuple[int, int]:
        """Indices of the first and last word that the characters from `start` to before `end` belong to; both ends hold a letter."""
        return self._owners[start], self._owners[end - 1]

    def time(self, start: int, end: int) -> tuple[float, float]:
        """Seconds at which the words of those characters begin and end."""
        first, last = self.words(start, end)
        return self._words[first].start, self._words[last].end
