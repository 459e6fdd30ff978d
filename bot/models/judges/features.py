"""Features of a passage for the trained judge: hashed n-grams weighted by TF-IDF, and the passage's embedding."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bot.models.judges.clauses import clauses
from knowledge.schema import Language

Array = npt.NDArray[np.float32]

# Japanese is not cut into words: n-grams of characters carry terms, particles and negation endings alike.
NGRAMS: dict[Language, tuple[int, int]] = {"ja": (1, 4), "en": (1, 3)}
BUCKETS = 1 << 18
# What is longer than this is also looked at clause by clause, in characters. Chosen on development answers: from 50 on in Japanese, an
# answer with its facts inverted (seed 3) would reach the half-right one; in English longer pieces hold two claims that seem to contradict.
# The aggregate was fitted with the same lengths.
CLAUSE: dict[Language, int] = {"ja": 60, "en": 60}
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def ngrams(text: str, lang: Language) -> Counter[int]:
    """How often each n-gram occurs, by hash bucket: characters in Japanese, words in English; NFKC, lower case."""
    text = unicodedata.normalize("NFKC", text).casefold()
    units: Sequence[str] = "".join(text.split()) if lang == "ja" else _WORD.findall(text)
    least, most = NGRAMS[lang]
    joint = "" if lang == "ja" else " "
    counts: Counter[int] = Counter()
    for size in range(least, most + 1):
        for start in range(len(units) - size + 1):
            counts[zlib.crc32(joint.join(units[start : start + size]).encode()) % BUCKETS] += 1
    return counts


def tf_idf(texts: Sequence[str], lang: Language, columns: npt.NDArray[np.int32], idf: Array) -> Array:
    """Sublinear TF-IDF of the known n-grams, each row of length one. `columns` are sorted buckets. Shape (texts, columns)."""
    matrix = np.zeros((len(texts), len(columns)), dtype=np.float32)
    for row, text in enumerate(texts):
        counts = ngrams(text, lang)
        buckets = np.fromiter(counts, dtype=np.int64, count=len(counts))
        at = np.searchsorted(columns, buckets)
        known = (at < len(columns)) & (columns[np.minimum(at, len(columns) - 1)] == buckets)
        frequency = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))[known]
        matrix[row, at[known]] = (1 + np.log(frequency)) * idf[at[known]]
        length = np.linalg.norm(matrix[row])
        if length:
            matrix[row] /= length
    return matrix


def windows(sentences: Sequence[str], lang: Language) -> list[str]:
    """Every sentence alone and every two neighbours joined: what may state a point. Then the same of the clauses of long sentences.

    Speech that was written down without full stops comes as few, long sentences that state several points each.
    """
    joint = "" if lang == "ja" else " "
    found = [*sentences, *(joint.join(pair) for pair in pairwise(sentences))]
    for sentence in sentences:
        pieces = [sentence[start:end].strip() for start, end in clauses(sentence, 0, len(sentence), CLAUSE[lang])]
        if len(pieces) > 1:
            found += [*pieces, *(joint.join(pair) for pair in pairwise(pieces))]
    return found
