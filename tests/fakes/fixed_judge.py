"""A fake judge: says of every claim what it was told to, or fails when it was told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.models.judges import Decision, JudgeError, JudgeRequest


class FixedJudge:
    """`stated` by claim id, `default` for the others. Remembers the requests it was given."""

    name = "fake · fixed"

    def __init__(self, stated: Mapping[str, float] | None = None, default: float = 0.02) -> None:
        self.stated = dict(stated or {})
        self.default = default
        self.failure: JudgeError | None = None
        self.requests: list[JudgeRequest] = []

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        self.requests.append(request)
        for claim in request.claims:
            if self.failure is not None:
                raise self.failure
            yield Decision(claim, self.stated.get(claim.id, self.default), prompt_tokens=10, generated_tokens=1)
