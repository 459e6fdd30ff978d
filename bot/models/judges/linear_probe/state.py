"""Reads the model's final hidden state at the end of a prompt, through the log-probabilities of a fixed set of tokens.

The server hands out no hidden state of a prompt whose beginning it has cached. But the logit of a token is the product of its output
vector and the final hidden state, so the logits of a thousand tokens are a linear image of that state, which is all a linear probe needs. A
bias lifts the chosen tokens above all others; a constant is lost and taken off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from bot.models.endpoint import Endpoint
from bot.models.errors import judge_errors

State = npt.NDArray[np.float32]

# The model's single tokens for the replies on offer; their logits are read beside those drawn at random.
REPLIES = {"Yes": 9454, "No": 2753, **{str(digit): 15 + digit for digit in range(10)}}
_DRAWN, _SEED = 1024, 0
# Ids below are single bytes and punctuation, those above rarer than one in a million.
_FIRST, _LAST = 200, 60_000
_BIAS = 60.0
_FLOOR = 1e-30
# Nothing but the bias may come between logits and probabilities.
_SAMPLING = {"temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0, "samplers": ["temperature"], "post_sampling_probs": True}


@cache
def tokens() -> tuple[int, ...]:
    """Ids of the tokens that are read, in ascending order; the same in every version, since probes are fitted to them."""
    drawn = np.random.default_rng(_SEED).choice(np.arange(_FIRST, _LAST), _DRAWN, replace=False)
    return tuple(sorted({*REPLIES.values(), *(int(token) for token in drawn)}))


class StateReader:
    """Reads states on the embedded server. `prompt_tokens` counts what was evaluated, without what the cache held."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        bias = {str(token): _BIAS for token in tokens()}
        self._wanted: dict[str, Any] = {"logprobs": True, "top_logprobs": len(bias), "logit_bias": bias, **_SAMPLING}

    def read(self, system: str, shared: str, endings: Sequence[str], *, anew: bool = True) -> Iterator[tuple[State, int, int]]:
        """For each ending of the prompt its state, shape (tokens,), with prompt and generated tokens. Raises JudgeError.

        With `anew` the shared beginning is read on its own first and never taken from an earlier answer, so that the same input gives
        the same numbers to the last bit, whatever was asked before.
        """
        spent = self._beginning(system, shared) if anew else 0
        for ending in endings:
            with judge_errors():
                reply = self._ask(system, shared + ending, cache_prompt=True, **self._wanted)
                state = _state(reply["choices"][0]["logprobs"]["content"][0])
                evaluated = int(reply["timings"]["prompt_n"]) + spent
            yield state, evaluated, 1
            spent = 0

    def _beginning(self, system: str, shared: str) -> int:
        with judge_errors():
            return int(self._ask(system, shared, max_tokens=0, cache_prompt=False)["timings"]["prompt_n"])

    def _ask(self, system: str, user: str, **options: Any) -> Any:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        body = {"model": self._endpoint.model, "messages": messages, "max_tokens": 1, **options}
        return cast(Any, self._endpoint.client.post("/chat/completions", body=body, cast_to=object))


def _state(content: Any) -> State:
    """Log-probabilities of the chosen tokens, less their mean. ValueError when the server gave others."""
    given = {int(entry["id"]): float(entry["prob"]) for entry in content["top_probs"]}
    values = np.array([given.get(token, np.nan) for token in tokens()])
    if not np.isfinite(values).all():
        raise ValueError("the server did not give the tokens that were asked for")
    logits = np.log(np.maximum(values, _FLOOR))
    return np.asarray(logits - logits.mean(), dtype=np.float32)
