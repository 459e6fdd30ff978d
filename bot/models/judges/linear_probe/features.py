"""What a linear probe sees: the model's state, where it stands between two anchors, nearness in meaning and words. Length is none of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from bot.models.judges.linear_probe.state import State

Floats = npt.NDArray[np.float64]
# Of `overlap`, and those columns that are no states.
COUNT = 6
SMALL = COUNT + 2
_TINY = 1e-9
_WORD = re.compile(r"[a-z0-9]+")
NEGATION = re.compile(r"\b(?:not|no|never|without|cannot|\w+n't)\b|ない|ません|なし|ず(?:に|、)")


def seen(state: State, affirmed: State, nothing: State, nearness: Floats) -> Floats:
    """All a probe gets to see of one claim: the state about the answer, its two anchors, and `overlap`'s numbers.

    Shape (3 * tokens + COUNT,). The anchors are the states about an answer that is the text itself and about one that says nothing. Most of
    a state is of the question and the text asked about; what it shares with its anchors says nothing of the answer.
    """
    return np.concatenate([state, affirmed, nothing, nearness])


def columns(rows: Floats, whitening: Floats, *, states: bool) -> Floats:
    """The columns of the linear model, from rows of what is seen. Shape (rows, SMALL), with `states` 3 * tokens more in front.

    Those in front are the state and its differences from both anchors. The others are where the state stands between the anchors, in
    coordinates whitened by `whitening` (tokens, kept): the share of the way from nothing to affirmed, by projection, and the distance
    from nothing as a share of both distances; then `overlap`'s numbers.
    """
    state, affirmed, nothing, nearness = np.split(rows, [len(whitening), 2 * len(whitening), 3 * len(whitening)], axis=1)
    gone, way, left = (state - nothing) @ whitening, (affirmed - nothing) @ whitening, (state - affirmed) @ whitening
    from_nothing, from_affirmed = np.linalg.norm(gone, axis=1), np.linalg.norm(left, axis=1)
    share = (gone * way).sum(axis=1) / np.maximum((way * way).sum(axis=1), _TINY)
    position = np.stack([share, from_nothing / np.maximum(from_nothing + from_affirmed, _TINY)], axis=1)
    whole = [state, state - affirmed, state - nothing] if states else []
    return np.hstack([*whole, position, nearness])


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
