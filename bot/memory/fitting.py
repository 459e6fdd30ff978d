"""A learner's own forgetting curve: FSRS-6's parameters fitted to their reviews by fsrs-rs, kept only when they foretell better."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from fsrs import Rating
from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

from bot.memory.schedule import DAY, Recall, Schedule

if TYPE_CHECKING:
    from fsrs_rs_python import FSRSItem

    from bot.memory.store import Store

log = logging.getLogger(__name__)

Reviews = Sequence[tuple[Rating, datetime]]

# Recalls to be had before a fit is tried: below some hundreds the defaults, fitted to many thousands of people, are hard to beat.
ENOUGH = 400
# How much that number has to grow before the next try.
GROWTH = 1.25
# The latest part of the recalls, which a fit does not see and is judged by.
HELD_OUT = 0.2
# A probability of 0 or 1 that turns out wrong would cost infinitely much.
_SURE = 1e-4


@dataclass(frozen=True)
class Fit:
    """Fitted parameters, and how they foretell the recalls held out.

    `gain` is how much lower their mean log loss is, in nats, than that of the parameters in use.
    """

    parameters: tuple[float, ...]
    held_out: int
    gain: float
    standard_error: float

    @property
    def better(self) -> bool:
        """Whether the gain is more than its standard error: a learner's curve does not change by chance."""
        return self.gain > self.standard_error


def recalls(histories: Sequence[Reviews]) -> int:
    """How many reviews say something about forgetting: those at least a day after the one before them."""
    return sum(1 for history in histories for _ in _recalled_at(history))


def fit(histories: Sequence[Reviews], in_use: Sequence[float] | None = None) -> Fit | None:
    """Parameters fitted to the earlier recalls and judged by the later ones, against those in use (None: the defaults).

    A history is one item's reviews in order of time. None when either part would be empty. The standard error of the gain treats items as
    the independent units: errors on the same item go together.
    """
    moments = sorted(at for history in histories for _, at in _recalled_at(history))
    if len(moments) < 2:
        return None
    cut = moments[math.ceil(len(moments) * (1 - HELD_OUT)) - 1]
    items = [item for _, item in sorted((found for history in histories for found in _items(history, cut)), key=lambda found: found[0])]
    if not items or cut == moments[-1]:
        return None
    parameters = _optimised(items)
    new, old = Schedule(parameters), Schedule(in_use)
    gains = [[before - after for before, after in zip(losses(h, old, cut), losses(h, new, cut), strict=True)] for h in histories]
    held_out = sum(map(len, gains))
    mean = sum(map(sum, gains)) / held_out
    # Variance of a mean over clusters of unequal size (Cochran 1977, Sampling Techniques, 3rd ed., section 9A.2).
    sums = np.array([sum(own) - mean * len(own) for own in gains if own])
    error = math.sqrt(len(sums) / max(1, len(sums) - 1) * float(np.sum(sums**2))) / held_out
    return Fit(parameters, held_out, mean, error)


def losses(history: Reviews, schedule: Schedule, after: datetime) -> list[float]:
    """Log loss in nats of each recall later than `after`, foretold from all reviews of the item before it."""
    wanted = {n for n, at in _recalled_at(history) if at > after}
    found: list[float] = []
    recall: Recall | None = None
    for n, (rating, at) in enumerate(history):
        if n in wanted and recall is not None:
            p = min(max(schedule.retrievability(recall.stability, recall.last_review, at), _SURE), 1 - _SURE)
            found.append(-math.log(p if rating is not Rating.Again else 1 - p))
        recall = schedule.review(recall, rating, at)
    return found


def refit(store: Store) -> Fit | None:
    """Tries a fit when the learner has enough new recalls since the last try, and adopts it when it is better.

    Returns what was tried, None when it was not time yet. Raises StoreError.
    """
    learner = store.learner()
    histories = list(store.histories().values())
    found = recalls(histories)
    if found < max(ENOUGH, math.ceil(GROWTH * learner.fsrs_recalls)):
        return None
    tried = fit(histories, learner.fsrs_parameters)
    better = tried is not None and tried.better
    store.settle_fit(found, tried.parameters if tried is not None and better else None)
    if tried is not None:
        outcome = "adopted" if better else "kept the ones in use"
        log.info("own schedule: %d recalls, gain %.4f ± %.4f on %d: %s", found, tried.gain, tried.standard_error, tried.held_out, outcome)
    return tried


def _recalled_at(history: Reviews) -> Iterator[tuple[int, datetime]]:
    """Position and time of each review that is at least a day after the one before."""
    for n in range(1, len(history)):
        if (history[n][1] - history[n - 1][1]).total_seconds() >= DAY:
            yield n, history[n][1]


def _items(history: Reviews, until: datetime) -> list[tuple[datetime, FSRSItem]]:
    """What fsrs-rs learns from: for each recall all reviews up to it, with the whole days between, as the scheduler counts them."""
    from fsrs_rs_python import FSRSItem, FSRSReview

    past = [FSRSReview(int(rating), 0 if n == 0 else max(0, (at - history[n - 1][1]).days)) for n, (rating, at) in enumerate(history)]
    return [(at, FSRSItem(past[: n + 1])) for n, at in _recalled_at(history) if at <= until]


def _optimised(items: list[FSRSItem]) -> tuple[float, ...]:
    from fsrs_rs_python import FSRS

    found = FSRS([]).compute_parameters(items)
    # Single precision may leave a bound by a hair, and the scheduler is strict.
    return tuple(float(p) for p in np.clip(found, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS))
