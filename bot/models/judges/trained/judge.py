"""The trained judge: the bank's classifiers where they fit, the language model for everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.base import Claim, Decision, Judge, JudgeRequest
from bot.models.judges.features import Array, windows
from bot.models.judges.trained.aggregate import load_aggregate, summaries
from bot.models.judges.trained.classifier import CLASSES, CardClassifier, load_classifier

# A misconception is named only when the point it is about is more likely contradicted than not.
NAMED_FROM = 0.5
_STATES, _HALF, _CONTRADICTS, _ABSENT = range(len(CLASSES))


class TrainedJudge:
    """Decides the points of the bank's cards in well under a second; a question without classifiers goes to `fallback`."""

    def __init__(self, fallback: Judge, embeddings: Embeddings | None = None) -> None:
        self._fallback = fallback
        self._embeddings = embeddings or OfflineEmbeddings()

    @property
    def name(self) -> str:
        """Backend and model of both parts."""
        return f"trained · {OfflineEmbeddings.name} + {self._fallback.name}"

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        """One calibrated decision a claim, in order. Raises JudgeError when the fallback is needed and fails."""
        classifier = _classifier(request)
        if classifier is None:
            yield from self._fallback.decide(request)
            return
        passages = windows(request.answer.split("\n"), request.lang)
        vectors = np.asarray(self._embeddings.embed_documents(passages), dtype=np.float32)
        probabilities = classifier.probabilities(passages, vectors)
        decisions = load_aggregate().decide(np.stack([summaries(of_point) for of_point in probabilities]))
        decided: dict[str, Array] = {}
        for claim in request.claims:
            if claim.kind == "point":
                p = decisions[classifier.points.index(claim.id)]
                decided[claim.id] = p.astype(np.float32)
                sentence = _deciding(p, probabilities[classifier.points.index(claim.id)][: request.answer.count("\n") + 1])
                yield Decision(claim, float(p[_STATES]), float(p[_HALF]), float(p[_CONTRADICTS]), sentence=sentence)
        yield from self._misconceptions(request.claims, decided, classifier, passages, vectors, probabilities)

    def _misconceptions(
        self,
        claims: Sequence[Claim],
        decided: dict[str, Array],
        classifier: CardClassifier,
        passages: list[str],
        vectors: Array,
        probabilities: Array,
    ) -> Iterator[Decision]:
        """For each contradicted point, the misconception about it that is nearest to the contradicting passage."""
        beliefs = [claim for claim in claims if claim.kind == "misconception"]
        if not beliefs:
            return
        texts = np.asarray(self._embeddings.embed_documents([claim.text for claim in beliefs]), dtype=np.float32)
        asserted = {claim.id: 0.0 for claim in beliefs}
        for point, p in decided.items():
            about = [n for n, claim in enumerate(beliefs) if point in claim.about]
            if not about or p[_CONTRADICTS] < NAMED_FROM:
                continue
            passage = int(np.argmax(probabilities[classifier.points.index(point)][:, _CONTRADICTS]))
            nearest = beliefs[max(about, key=lambda n: float(texts[n] @ vectors[passage]))]
            asserted[nearest.id] = max(asserted[nearest.id], float(p[_CONTRADICTS]))
        for claim in beliefs:
            yield Decision(claim, asserted[claim.id])


def _deciding(decision: npt.NDArray[np.float64], sentences: Array) -> int:
    """The sentence that speaks most for what was decided, from the class probabilities of each, shape (sentences, classes)."""
    if decision[_CONTRADICTS] > decision[_STATES] + decision[_HALF]:
        return int(np.argmax(sentences[:, _CONTRADICTS]))
    return int(np.argmax(sentences[:, _STATES] + 0.5 * sentences[:, _HALF]))


def _classifier(request: JudgeRequest) -> CardClassifier | None:
    """The classifier that was trained for exactly this card's text; a follow-up asks about some of its points."""
    if request.card is None:
        return None
    classifier = load_classifier(request.card.id, request.lang, request.card.digest, OfflineEmbeddings.name)
    wanted = {claim.id for claim in request.claims if claim.kind == "point"}
    return classifier if classifier is not None and wanted <= set(classifier.points) else None
