"""Features beside the model's state: nearness in meaning and words shared. Length is none of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

Floats = npt.NDArray[np.float64]
COUNT = 6
_WORD = re.compile(r"[a-z0-9]+")
NEGATION = re.compile(r"\b(?:not|no|never|without|cannot|\w+n't)\b|ない|ません|なし|ず(?:に|、)")


def overlap(text: str, pieces: Sequence[str], vector: Floats, vectors: Floats) -> Floats:
    """How near a text is to the pieces of an answer. Shape (COUNT,). `vectors` has one row a piece.

    Cosine of the nearest piece, of the second nearest and of all pieces together; share of the text's units (words, and pairs of Japanese
    characters) found in the answer; fuzzy similarity of the nearest wording; whether text and nearest piece differ in negation.
    """
    cosines = np.sort(vectors @ vector)[::-1]
    whole = vectors.mean(axis=0)
    nearest = pieces[int(np.argmax(vectors @ vector))]
    wanted, said = units(text), units(" ".join(pieces))
    return np.array(
        [
            cosines[0],
            cosines[min(1, len(cosines) - 1)],
            float(whole @ vector / (np.linalg.norm(whole) or 1.0)),
            len(wanted & said) / max(1, len(wanted)),
            max(fuzz.token_set_ratio(text, piece) for piece in pieces) / 100,
            float(bool(NEGATION.search(text.casefold())) != bool(NEGATION.search(nearest.casefold()))),
        ]
    )


def units(text: str) -> set[str]:
    """The words of a text in Latin letters or digits, and its pairs of Japanese characters, NFKC and in lower case."""
    text = unicodedata.normalize("NFKC", text).casefold()
    japanese = "".join(character for character in text if "\u3040" <= character <= "\u9fff")
    return {*_WORD.findall(text), *(japanese[i : i + 2] for i in range(len(japanese) - 1))}
