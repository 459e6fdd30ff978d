"""Finds the sentence of an answer that carries a point. A quote is always a slice of the answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings
from rapidfuzz import fuzz

from bot.grading.text import Sentence
from bot.grading.verdict import Quote

# Embedding similarity finds paraphrases, shared wording tells apart the near ones; e5's cosines lie within about 0.2.
WORDING_WEIGHT = 0.1


class Evidence:
    """The sentences of one answer, embedded once."""

    def __init__(self, sentences: Sequence[Sentence], embeddings: Embeddings) -> None:
        self.sentences = sentences
        self._embeddings = embeddings
        self._vectors: npt.NDArray[np.float32] | None = None

    def quote(self, claim: str) -> Quote | None:
        """The sentence nearest to a claim; None when the answer has no sentences."""
        if not self.sentences:
            return None
        return self.quote_of(int(np.argmax(self.similarities(claim))))

    def quote_of(self, number: int) -> Quote:
        """The sentence with this number, from 0. IndexError if there is none."""
        sentence = self.sentences[number]
        return Quote(sentence.verbatim, sentence.start, sentence.end)

    def similarities(self, claim: str) -> npt.NDArray[np.float32]:
        """One similarity a sentence, higher is nearer. Shape (sentences,)."""
        if self._vectors is None:
            self._vectors = np.asarray(self._embeddings.embed_documents([s.clean for s in self.sentences]), dtype=np.float32)
        meaning = self._vectors @ np.asarray(self._embeddings.embed_query(claim), dtype=np.float32)
        wording = np.asarray([fuzz.token_set_ratio(claim, s.clean) / 100 for s in self.sentences], dtype=np.float32)
        return meaning + WORDING_WEIGHT * wording
