"""The judge for questions without trained classifiers: linear probes on what the embedded model holds at the end of each question."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from langchain_core.embeddings import Embeddings

from bot.models.embeddings import OfflineEmbeddings
from bot.models.endpoint import Endpoint
from bot.models.judges.base import Claim, Decision, JudgeRequest
from bot.models.judges.linear_probe.anchors import Anchors
from bot.models.judges.linear_probe.features import Floats, overlap, seen
from bot.models.judges.linear_probe.parameters import REFERENCE, STATEMENT, load_probe
from bot.models.judges.linear_probe.prompts import SYSTEM, beginning, ending
from bot.models.judges.linear_probe.state import StateReader


class LinearProbeJudge:
    """Decides every claim by one prefill, and two more the first time it is asked about.

    Raises ValueError when made for a model that no probe was fitted to.
    """

    def __init__(self, endpoint: Endpoint, embeddings: Embeddings | None = None) -> None:
        self.name = f"linear probe · {endpoint.model}"
        self._statement, self._reference = load_probe(STATEMENT, endpoint.sha256), load_probe(REFERENCE, endpoint.sha256)
        self._reader = StateReader(endpoint)
        self._anchors = Anchors(self._reader)
        self._embeddings = embeddings or OfflineEmbeddings()

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        """One calibrated decision a claim, in order. Raises JudgeError."""
        pieces = request.answer.split("\n")
        vectors = np.asarray(self._embeddings.embed_documents(pieces), dtype=np.float64)
        texts = np.asarray(self._embeddings.embed_documents([claim.text for claim in request.claims]), dtype=np.float64)
        # All anchors first: reading one in between would push the answer out of the server's cache.
        anchors, spent = self._anchors.of(request.question, request.claims, request.lang)
        states = self._reader.read(SYSTEM, beginning(request), [ending(claim) for claim in request.claims])
        for claim, vector, (affirmed, nothing), (state, here, generated_tokens) in zip(request.claims, texts, anchors, states, strict=True):
            row = seen(state, affirmed, nothing, overlap(claim.text, pieces, vector, vectors))
            yield self._decision(claim, row, here + spent, generated_tokens)
            spent = 0

    def _decision(self, claim: Claim, row: Floats, prompt_tokens: int, generated_tokens: int) -> Decision:
        probe = self._reference if claim.kind == "reference" else self._statement
        states, half, contradicts, _absent = (float(p) for p in probe.probabilities(row))
        return Decision(claim, states, half, contradicts, False, prompt_tokens, generated_tokens)
