"""Judge by log-probabilities: one yes/no token a claim from any OpenAI-compatible chat endpoint. The embedded default."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError, judge_errors
from bot.models.judges.base import Decision, JudgeRequest
from bot.models.judges.prompts import SYSTEM, shared_prompt

TOP = 20
_FLOOR = 1e-6


class LogprobJudge:
    """Reads P(yes) from the first token. Costs a prefill and one token a claim; claims share the prefill of the answer."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = f"logprobs · {endpoint.model}"
        extra = {"cache_prompt": True} if endpoint.embedded else None
        self._chat = endpoint.chat(max_tokens=1, logprobs=True, top_logprobs=TOP, extra_body=extra)

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        """One raw decision a claim, in order. Raises JudgeError."""
        shared = shared_prompt(request)
        for claim in request.claims:
            with judge_errors():
                message = self._chat.invoke(
                    [SystemMessage(SYSTEM), HumanMessage(f"{shared}\nStatement: {claim.text}\nAsserted? Yes or No.")]
                )
                usage = message.usage_metadata
                decision = Decision(
                    claim,
                    stated=yes_probability(first_token(message.response_metadata)),
                    raw=True,
                    prompt_tokens=usage["input_tokens"] if usage else 0,
                    generated_tokens=usage["output_tokens"] if usage else 0,
                )
            yield decision


def first_token(metadata: Mapping[str, Any]) -> dict[str, float]:
    """Log-probability by token for the first token of a reply. Raises JudgeError when the endpoint gave none."""
    content = (metadata.get("logprobs") or {}).get("content") or []
    if not content:
        raise JudgeError("unreadable", "the reply carries no log-probabilities")
    return {entry["token"]: float(entry["logprob"]) for entry in content[0]["top_logprobs"]}


def yes_probability(top: Mapping[str, float]) -> float:
    """P(yes) against P(no) over the spellings among the top tokens. Raises JudgeError when the model said neither."""
    yes = sum(math.exp(value) for token, value in top.items() if token.strip().casefold() in {"yes", "はい"})
    no = sum(math.exp(value) for token, value in top.items() if token.strip().casefold() in {"no", "いいえ"})
    if not yes + no >= _FLOOR:  # NaN too
        raise JudgeError("unreadable", "neither yes nor no is among the first tokens")
    return min(max(yes / (yes + no), _FLOOR), 1 - _FLOOR)
