"""Chooses the judge backend by asking the endpoint once what it can do."""

from __future__ import annotations

import logging
from collections.abc import Callable

import openai

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError, check_key
from bot.models.judges.base import Claim, Judge, JudgeRequest
from bot.models.judges.decisions import DecisionsJudge
from bot.models.judges.json_verdicts import JsonJudge
from bot.models.judges.linear_probe.judge import LinearProbeJudge
from bot.models.judges.linear_probe.parameters import has_probes
from bot.models.judges.logprobs import LogprobJudge
from bot.models.judges.systemone import SystemOneJudge
from bot.models.judges.trained import TrainedJudge
from bot.settings import JudgeBackend

log = logging.getLogger(__name__)

# Best first: typed decisions are calibrated, log-probabilities are probabilities at least, stances in words are neither.
_BACKENDS: dict[str, Callable[[Endpoint], Judge]] = {
    "decisions": DecisionsJudge,
    "systemone": SystemOneJudge,
    "logprobs": LogprobJudge,
    "json": JsonJudge,
}
# Not tried on endpoints: a strong model needs no classifiers. It can be asked for by name wherever there are log-probabilities.
_TRAINED = "trained"
_TRIAL = JudgeRequest("Is the sky blue?", "Yes, it is blue.", "en", (Claim("trial", "The sky is blue."),))


def make_judge(endpoint: Endpoint, backend: JudgeBackend = "auto") -> Judge:
    """The judge for an endpoint; with "auto" the best backend that passes a trial. Raises JudgeError when none does."""
    check_key(endpoint.key)
    if backend == _TRAINED or (backend == "auto" and endpoint.embedded):
        judge: Judge = TrainedJudge(_general(endpoint))
    else:
        judge = _probe(endpoint) if backend == "auto" else _BACKENDS[backend](endpoint)
    log.info("judge %s", judge.name)
    return judge


def _general(endpoint: Endpoint) -> Judge:
    """The judge for questions without classifiers: linear probes where they were fitted to this very model file."""
    return LinearProbeJudge(endpoint) if has_probes(endpoint.sha256) else LogprobJudge(endpoint)


def _probe(endpoint: Endpoint) -> Judge:
    failure: JudgeError | None = None
    for make in _BACKENDS.values():
        judge = make(endpoint)
        try:
            list(judge.decide(_TRIAL))
        except JudgeError as error:
            if not _another_may_work(error):
                raise
            log.info("%s does not work here: %s", judge.name, error)
            failure = error
        else:
            return judge
    assert failure is not None
    raise failure


def _another_may_work(error: JudgeError) -> bool:
    """Whether the failure is one of this backend only. Keys may be good for some paths alone; the last backend tells a wrong one."""
    nobody_there = isinstance(error.__cause__, openai.APIConnectionError)
    return error.reason not in {"busy", "timeout"} and not nobody_there
