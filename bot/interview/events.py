"""What happens in an interview, as plain data for the page and the terminal to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.grading.grader import Grade
from bot.grading.verdict import PointVerdict
from bot.interview.summary import Summary
from knowledge.schema import Card, KeyPoint

Remark = Literal["repeat", "hint", "no_more_hints", "explain", "skipped", "recorded", "not_found", "asked_about"]


@dataclass(frozen=True)
class Asked:
    """The interviewer asks question `number` of `total`. `reason` is why it was chosen; what it is about would be a hint."""

    card: Card
    text: str
    number: int
    total: int
    reason: str | None = None


@dataclass(frozen=True)
class Remarked:
    """The interviewer says something that is neither a question nor feedback. `text` comes from the card."""

    remark: Remark
    text: str = ""


@dataclass(frozen=True)
class Stored:
    """The answer is in the store and will be graded; `only` names the point when it answers a follow-up."""

    card: Card
    only: str | None = None


@dataclass(frozen=True)
class Judged:
    """One point was judged; the rest is still to come."""

    card: Card
    verdict: PointVerdict


@dataclass(frozen=True)
class Graded:
    """An attempt was graded. `total` is the question's grade with follow-ups counted in, `before` the earlier attempt's on a retry."""

    card: Card
    attempt_id: str
    grade: Grade
    total: Grade
    follow_up_point: str | None = None
    before: Grade | None = None


@dataclass(frozen=True)
class Disputed:
    """A verdict was judged again; `changed` when the second judgement raised it. `failed` when it could not be judged."""

    point: KeyPoint
    changed: bool
    failed: bool = False


@dataclass(frozen=True)
class FollowedUp:
    """The interviewer asks about a point that was missed."""

    card: Card
    point: KeyPoint


@dataclass(frozen=True)
class Finished:
    """The interview is over."""

    summary: Summary


Event = Asked | Remarked | Stored | Judged | Graded | Disputed | FollowedUp | Finished
