"""Judge by OpenAI's Decisions API: a choice for each key point, a predicate for each misconception, in one request."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from langchain_openai.decisions import Choice, OpenAIDecisions, Predicate, Score

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError, judge_errors
from bot.models.judges.base import Decision, JudgeRequest
from bot.models.judges.prompts import shared_prompt

# The person at the terminal can do nothing about it.
warnings.filterwarnings("ignore", message="The class `OpenAIDecisions` is in beta")

STANCES = {
    "states": "The candidate asserts it, in whatever words.",
    "half": "The candidate asserts only part of it and leaves an essential part out.",
    "contradicts": "The candidate asserts something incompatible with it, such as swapped terms or a reversed direction.",
    "absent": "The candidate does not say it, or only speaks about the same subject.",
}


def stance_question(text: str) -> str:
    """What is asked about a key point."""
    return f"How does the candidate's answer stand to this statement? Statement: {text}"


def predicate_question(text: str) -> str:
    """What is asked about a misconception."""
    return f"The candidate asserts this: {text}"


class DecisionsJudge:
    """Typed decisions of OpenAI."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = f"decisions · {endpoint.model}"
        self._decisions = OpenAIDecisions(
            model=endpoint.model,
            api_key=endpoint.key,
            base_url=endpoint.url,
            timeout=endpoint.timeout,
            max_retries=endpoint.retries,
            http_client=endpoint.http,
        )

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        """All decisions of one request. A refused question raises JudgeError."""
        questions: dict[str, Choice | Predicate | Score] = {
            claim.id: Choice(instructions=stance_question(claim.text), choices=STANCES)
            if claim.kind == "point"
            else Predicate(instructions=predicate_question(claim.text))
            for claim in request.claims
        }
        with judge_errors():
            response = self._decisions.invoke({"input": shared_prompt(request), "questions": questions})
            usage = response.usage
            for index, claim in enumerate(request.claims):
                if claim.id in response.refusals:
                    raise JudgeError("refused", f"the model declined {claim.id}")
                tokens = (usage.input_tokens or 0, usage.output_tokens or 0) if usage and index == 0 else (0, 0)
                if claim.kind == "misconception":
                    yield Decision(claim, response.predicates[claim.id].probability, 0, 0, False, *tokens)
                else:
                    p = response.choices[claim.id].probabilities
                    yield Decision(claim, p["states"], p["half"], p["contradicts"], False, *tokens)
