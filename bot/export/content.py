"""What the report of one interview says, before it takes the form of Markdown or PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.grading.verdict import Verdict

# Of the page's marks ✕ is in few fonts; × stands for it here.
MARKS = {Verdict.HIT: "✓", Verdict.PARTLY: "◐", Verdict.MISSED: "○", Verdict.CONTRADICTED: "×"}
Kind = Literal["answer", "again", "follow_up"]


@dataclass(frozen=True)
class Point:
    """A key point with its verdict. `truth` is the point in the card's words where it was not hit."""

    verdict: Verdict
    label: str
    weight: int
    unsure: bool = False
    quote: str | None = None
    truth: str | None = None
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wrong:
    """Something said that is not true, beside the key points."""

    quote: str | None
    correction: str


@dataclass(frozen=True)
class Exchange:
    """One answer, to the words `asked`, and what came of it; a follow-up's score is what it made of the question's."""

    kind: Kind
    asked: str
    answer: str
    score: str | None
    notes: tuple[str, ...]
    points: tuple[Point, ...]
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True)
class Asked:
    """A question with everything said to it; `facts` stand below its title."""

    number: int
    title: str
    text: str
    facts: tuple[str, ...]
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True)
class Topic:
    """A topic with its mean score in [0, 100]."""

    name: str
    mean: float
    questions: int


@dataclass(frozen=True)
class Report:
    """An interview as it is told. `closing` holds headings with what stands below them."""

    title: str
    facts: tuple[str, ...]
    score: float | None
    overall: str
    topics: tuple[Topic, ...]
    questions: tuple[Asked, ...]
    closing: tuple[tuple[str, tuple[str, ...]], ...]
