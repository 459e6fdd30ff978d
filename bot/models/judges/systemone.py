"""Judge by a decision model behind POST /v1/systemone (llama.cpp's server, Ollama and others)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from bot.models.endpoint import Endpoint
from bot.models.errors import judge_errors
from bot.models.judges.base import Decision, JudgeRequest
from bot.models.judges.decisions import STANCES, predicate_question, stance_question
from bot.models.judges.prompts import shared_prompt


class SystemOneJudge:
    """Typed decisions of a decision model: a choice for each key point, a noul (its boolean) for each misconception."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = f"systemone · {endpoint.model}"
        self._endpoint = endpoint

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        """All decisions of one request. Raises JudgeError."""
        questions = {
            claim.id: {"type": "choice", "instructions": stance_question(claim.text), "criteria": STANCES}
            if claim.kind == "point"
            else {"type": "noul", "instructions": predicate_question(claim.text)}
            for claim in request.claims
        }
        state = {"model": self._endpoint.model, "state": shared_prompt(request), "questions": questions}
        with judge_errors():
            body = cast(Any, self._endpoint.client.post("/systemone", body=state, cast_to=object))
            answers, usage = body["answers"], body.get("usage") or {}
            for index, claim in enumerate(request.claims):
                answer = answers[claim.id]
                tokens = (int(usage.get("input_tokens", 0)), int(usage.get("output_tokens", 0))) if index == 0 else (0, 0)
                if claim.kind == "misconception":
                    yield Decision(claim, float(answer["noul"]), 0, 0, False, *tokens)
                else:
                    p = answer["probabilities"]
                    yield Decision(claim, float(p["states"]), float(p["half"]), float(p["contradicts"]), False, *tokens)
