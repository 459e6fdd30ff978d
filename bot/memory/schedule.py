"""When a point or a card is due: FSRS-6 through the fsrs package, with a desired retention that rises before an interview."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
from fsrs import Card, Rating, Scheduler, State
from fsrs.scheduler import DEFAULT_PARAMETERS

Floats = npt.NDArray[np.float64]

# Anki's default; practice for an interview is not worth more than that until its date is near.
RETENTION = 0.90
# What is aimed at on the last days, and from how many days before the interview on it is approached.
RETENTION_AT_INTERVIEW = 0.97
APPROACH_DAYS = 30
LONGEST_INTERVAL_DAYS = 365
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Recall:
    """What is remembered of a point or card. `stability` is the days after which retrievability is 90%; `difficulty` is 1 to 10."""

    stability: float
    difficulty: float
    last_review: datetime
    reviews: int
    lapses: int


class Schedule:
    """One learner's forgetting curve. Pure: the same reviews always give the same state."""

    def __init__(self, parameters: Sequence[float] | None = None) -> None:
        """With the 21 parameters of FSRS-6, or its defaults. ValueError for others."""
        # No steps of minutes: nobody sits an interview again ten minutes later. No fuzz: the same history gives the same date.
        self._scheduler = Scheduler(
            parameters or DEFAULT_PARAMETERS, RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False
        )
        self._decay = -self._scheduler.parameters[20]
        self._factor = 0.9 ** (1 / self._decay) - 1

    def review(self, recall: Recall | None, rating: Rating, at: datetime) -> Recall:
        """The state after a review; `recall` is None before the first. A clock that went back counts as standing still."""
        at = at.astimezone(UTC)
        if recall is None:
            before = Card(card_id=0, due=at)
        else:
            at = max(at, recall.last_review)
            before = Card(0, State.Review, None, recall.stability, recall.difficulty, at, recall.last_review)
        after, _ = self._scheduler.review_card(before, rating, at)
        assert after.stability is not None
        assert after.difficulty is not None
        lapsed = recall is not None and rating is Rating.Again
        return Recall(
            float(after.stability),
            float(after.difficulty),
            at,
            (recall.reviews if recall else 0) + 1,
            (recall.lapses if recall else 0) + lapsed,
        )

    def replay(self, reviews: Iterable[tuple[Rating, datetime]]) -> Recall | None:
        """The state after all these reviews, whatever their order; None without any."""
        recall: Recall | None = None
        for rating, at in sorted(reviews, key=lambda review: review[1]):
            recall = self.review(recall, rating, at)
        return recall

    def retrievability(self, stability: float, last_review: datetime, now: datetime) -> float:
        """Probability of recall now, in (0, 1]."""
        elapsed = max(0.0, (now - last_review).total_seconds() / DAY)
        return float(self.retrievabilities(np.array([stability]), np.array([elapsed]))[0])

    def retrievabilities(self, stability: Floats, elapsed: Floats) -> Floats:
        """Probability of recall `elapsed` days after the last review, for many at once: (1 + F t / S)^decay, as FSRS-6 has it.

        The package counts whole days; here fractions count too, so that a list sorted by it does not jump at midnight.
        """
        curve: Floats = (1 + self._factor * np.maximum(elapsed, 0.0) / stability) ** self._decay
        return curve

    def intervals(self, stability: Floats, retention: float) -> Floats:
        """Days from the last review until retrievability falls to `retention`, at least 1 and at most a year."""
        days: Floats = stability / self._factor * (retention ** (1 / self._decay) - 1)
        return np.clip(np.round(days), 1.0, LONGEST_INTERVAL_DAYS)


def desired_retention(today: date, interview_on: date | None) -> float:
    """The retrievability below which something is due: 0.90, rising in a line to 0.97 over the last 30 days before an interview."""
    if interview_on is None or interview_on < today:
        return RETENTION
    share = max(0.0, 1 - (interview_on - today).days / APPROACH_DAYS)
    return RETENTION + share * (RETENTION_AT_INTERVIEW - RETENTION)


def local_day(moment: datetime) -> date:
    """The calendar day of a moment where the program runs, daylight saving included."""
    return moment.astimezone().date()


def end_of_day(now: datetime) -> datetime:
    """The last moment of the local day: what falls due in the evening is shown in the morning."""
    return start_of_day(local_day(now) + timedelta(days=1))


def start_of_day(day: date) -> datetime:
    """The moment at which a day begins where the program runs."""
    midnight = datetime.combine(day, datetime.min.time())
    return datetime.fromtimestamp(midnight.timestamp(), UTC)  # astimezone() errs where clocks are put forward at midnight
