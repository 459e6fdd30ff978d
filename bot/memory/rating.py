"""From verdicts to FSRS ratings, by a fixed rule."""

from __future__ import annotations

from enum import StrEnum

from fsrs import Rating

from bot.grading.verdict import Verdict


class Circumstance(StrEnum):
    """How a point came up: what it takes to produce it differs."""

    FREE = "free"  # first answer to the whole question, no hint
    DRILL = "drill"  # asked for this point alone, days later
    HINTED = "hinted"  # after a hint
    FOLLOW_UP = "follow_up"  # asked for after it was missed a minute ago
    RETRY = "retry"  # answered again after the feedback was read


# A card's score from which it counts as known well, known, and half known.
EASY_FROM, GOOD_FROM, HARD_FROM = 90.0, 60.0, 35.0

# What a verdict says about memory, against recalling it freely: a cue or feedback just read makes it easier to say, not better known.
EVIDENCE = {
    Circumstance.FREE: 1.0,
    Circumstance.DRILL: 0.7,
    Circumstance.HINTED: 0.5,
    Circumstance.FOLLOW_UP: 0.3,
    Circumstance.RETRY: 0.2,
}


def rate_point(verdict: Verdict, circumstance: Circumstance, first: bool) -> Rating:
    """The rating of a key point; `first` when it was never reviewed before.

    ============  ===========================  ======  ======================
    circumstance  hit                          partly  missed or contradicted
    ============  ===========================  ======  ======================
    free          good; easy when first        hard    again
    drill         good                         hard    again
    hinted        hard                         again   again
    follow-up     hard                         again   again
    retry         hard                         again   again
    ============  ===========================  ======  ======================

    A point said unasked at its first meeting was known before this program came along, which is FSRS's "easy".
    """
    if verdict in {Verdict.MISSED, Verdict.CONTRADICTED}:
        return Rating.Again
    unaided = circumstance in {Circumstance.FREE, Circumstance.DRILL}
    if verdict is Verdict.PARTLY:
        return Rating.Hard if unaided else Rating.Again
    if not unaided:
        return Rating.Hard
    return Rating.Easy if first and circumstance is Circumstance.FREE else Rating.Good


def rate_card(score: float, circumstance: Circumstance, first: bool) -> Rating:
    """The rating of a whole question from its score in [0, 100].

    From 60 good, from 35 hard, else again; easy from 90 at the first meeting; hints and retries earn at most hard.
    """
    if score < HARD_FROM:
        return Rating.Again
    if score < GOOD_FROM or circumstance is not Circumstance.FREE:
        return Rating.Hard
    return Rating.Easy if first and score >= EASY_FROM else Rating.Good
