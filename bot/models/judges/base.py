"""What every judge takes and gives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from knowledge.schema import Language

Kind = Literal["point", "misconception", "reference"]


@dataclass(frozen=True)
class Claim:
    """One typed question: does the answer state this sentence, or, of a "reference", how much of this model answer does it cover?

    `about` names the points that a misconception contradicts.
    """

    id: str
    text: str
    kind: Kind = "point"
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class CardKey:
    """A card of the bank and the hash of its points' texts, for judges that know the card."""

    id: str
    digest: str


@dataclass(frozen=True)
class JudgeRequest:
    """An answer to a question and the claims to decide on it. All of `answer` is untrusted."""

    question: str
    answer: str
    lang: Language
    claims: tuple[Claim, ...]
    card: CardKey | None = None

    @property
    def fence(self) -> str:
        """A mark to delimit the answer that the answer cannot contain by foresight: it depends on all of it."""
        return hashlib.sha256(f"{self.question}\0{self.answer}".encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Decision:
    """Probabilities, each in [0, 1], that the answer states a claim, states half of it, or contradicts it; the rest is: not stated.

    `raw` says that only `stated` was asked for and that it has not been calibrated. `sentence` is the line of the answer that decided it,
    where the judge knows.
    """

    claim: Claim
    stated: float
    partly: float = 0.0
    contradicted: float = 0.0
    raw: bool = False
    prompt_tokens: int = 0
    generated_tokens: int = 0
    sentence: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that are no probabilities: they come from outside."""
        parts = (self.stated, self.partly, self.contradicted)
        # Endpoints round, so a sum may stand a little above one. NaN fails the first test.
        if not all(0 <= p <= 1 for p in parts) or sum(parts) > 1.05:
            raise ValueError(f"{parts} are not probabilities")


class Judge(Protocol):
    """Decides claims one by one. `name` says which backend and model, for the page and for stored attempts."""

    @property
    def name(self) -> str:
        """Backend and model, as shown and stored."""
        ...

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        """Decisions in the order of the claims, each as soon as it is had. Raises JudgeError."""
        ...
