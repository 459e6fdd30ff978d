"""The classifiers of one card in one language, as numbers in a file. No pickle: arrays and a JSON line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.models.judges.features import Array, tf_idf
from knowledge.schema import Language

PARAMETERS = Path(__file__).parent / "parameters"
CLASSES = ("states", "half", "contradicts", "absent")
# An embedding has length one like the n-gram part; centred it is short, and this scale (chosen on development answers) makes up for it.
EMBEDDING_SCALE = 4.0
FORMAT = 1


@dataclass(frozen=True)
class CardClassifier:
    """One multinomial logistic regression a key point over the features of a passage.

    `weights` has shape (points, classes, columns + dimensions of the embedding), `bias` (points, classes).
    """

    lang: Language
    points: tuple[str, ...]
    columns: npt.NDArray[np.int32]
    idf: Array
    centre: Array
    weights: Array
    bias: Array

    def features(self, passages: Sequence[str], vectors: Array) -> Array:
        """TF-IDF beside the centred, scaled embedding. Shape (passages, columns + dimensions)."""
        return np.hstack([tf_idf(passages, self.lang, self.columns, self.idf), (vectors - self.centre) * EMBEDDING_SCALE])

    def probabilities(self, passages: Sequence[str], vectors: Array) -> Array:
        """Class probabilities of each passage for each point. Shape (points, passages, classes)."""
        logits = np.einsum("pcf,nf->pnc", self.weights, self.features(passages, vectors)) + self.bias[:, None, :]
        e = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True), dtype=np.float32)


def text_hash(points: Iterable[tuple[str, str]]) -> str:
    """What a file of parameters was trained for: ids and texts of the points. A changed card makes its parameters unfit."""
    return hashlib.sha256(json.dumps([FORMAT, sorted(points)], ensure_ascii=False).encode()).hexdigest()[:16]


def parameters_file(card_id: str, lang: Language, folder: Path = PARAMETERS) -> Path:
    """Where the parameters of a card lie."""
    return folder / f"{card_id}.{lang}.npz"


@lru_cache(maxsize=64)
def load_classifier(card_id: str, lang: Language, digest: str, embedding: str) -> CardClassifier | None:
    """The classifiers for a card, or None when there are none that fit its text and the embedding."""
    return read_classifier(parameters_file(card_id, lang), lang, digest, embedding)


def read_classifier(file: Path, lang: Language, digest: str, embedding: str) -> CardClassifier | None:
    """The classifiers of a file, or None when there is none or it is for another text or embedding."""
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as data:
        about = json.loads(str(data["about"]))
        if about["text"] != digest or about["embedding"] != embedding:
            return None
        return CardClassifier(
            lang=lang,
            points=tuple(about["points"]),
            columns=data["columns"].astype(np.int32),
            idf=data["idf"].astype(np.float32),
            centre=data["centre"].astype(np.float32),
            weights=data["weights"].astype(np.float32),
            bias=data["bias"].astype(np.float32),
        )


def save_classifier(classifier: CardClassifier, file: Path, *, digest: str, embedding: str) -> None:
    """Writes the parameters in half precision."""
    about = json.dumps({"text": digest, "embedding": embedding, "points": classifier.points}, ensure_ascii=False)
    np.savez_compressed(
        file,
        about=np.array(about),
        columns=classifier.columns.astype(np.int32),
        **{name: getattr(classifier, name).astype(np.float16) for name in ("idf", "centre", "weights", "bias")},
    )
