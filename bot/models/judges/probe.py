"""Chooses the judge backend by asking the endpoint once what it can do."""

from __future__ import annotations

import logging

import httpx
from langchain_core.messages import HumanMessage

from bot.models.endpoint import Endpoint
from bot.models.judges.base import Claim, Judge, JudgeError, JudgeRequest
from bot.models.judges.decisions import DecisionsJudge
from bot.models.judges.errors import judge_errors
from bot.models.judges.json_verdicts import JsonJudge
from bot.models.judges.logprobs import LogprobJudge, first_token
from bot.models.judges.systemone import SystemOneJudge
from bot.settings import JudgeBackend

log = logging.getLogger(__name__)

_TRIAL = JudgeRequest("Is the sky blue?", "Yes, it is blue.", "en", (Claim("trial", "The sky is blue."),))


def make_judge(endpoint: Endpoint, backend: JudgeBackend = "auto") -> Judge:
    """The judge for an endpoint; with "auto" the best backend it serves. Raises JudgeError when it cannot be reached."""
    chosen = _probe(endpoint) if backend == "auto" else backend
    log.info("judge backend %s for %s", chosen, endpoint.model)
    makers: dict[str, type[Judge]] = {
        "decisions": DecisionsJudge,
        "systemone": SystemOneJudge,
        "logprobs": LogprobJudge,
        "json": JsonJudge,
    }
    return makers[chosen](endpoint)  # type: ignore[call-arg]


def _probe(endpoint: Endpoint) -> JudgeBackend:
    if endpoint.embedded:
        return "logprobs"
    if _serves(endpoint, "decisions") and _tries(DecisionsJudge(endpoint)):
        return "decisions"
    if _serves(endpoint, "systemone") and _tries(SystemOneJudge(endpoint)):
        return "systemone"
    with judge_errors():
        try:
            message = endpoint.chat(max_tokens=1, logprobs=True, top_logprobs=5).invoke([HumanMessage("Yes or No?")])
            first_token(message.response_metadata)
        except JudgeError:
            return "json"
        except Exception as error:
            # Some endpoints refuse the option itself; whether they can chat at all shows in the next request.
            if getattr(error, "status_code", None) not in {400, 404, 422, 501}:
                raise
            return "json"
    return "logprobs"


def _serves(endpoint: Endpoint, path: str) -> bool:
    """Whether the path exists: an empty request to it is answered with something other than "no such thing"."""
    url = f"{endpoint.url.rstrip('/')}/{path}"
    try:
        reply = httpx.post(
            url, json={}, timeout=min(endpoint.timeout, 10), headers={"Authorization": f"Bearer {endpoint.key.get_secret_value()}"}
        )
    except httpx.TransportError as error:
        raise JudgeError("timeout" if isinstance(error, httpx.TimeoutException) else "unreachable", str(error)) from error
    if reply.status_code in {401, 403}:
        raise JudgeError("key", f"HTTP {reply.status_code}")
    return reply.status_code not in {404, 405, 501}


def _tries(judge: Judge) -> bool:
    try:
        return len(list(judge.decide(_TRIAL))) == 1
    except JudgeError as error:
        log.info("%s does not work here: %s", judge.name, error)
        return False
