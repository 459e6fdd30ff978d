"""Who foretells recall: our schedule, and what it is compared with. Each sees a learner's answers before, never the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from fsrs import Rating
from scipy.optimize import minimize_scalar

from bot.grading.verdict import Verdict
from bot.memory.rating import Circumstance, rate_point
from bot.memory.schedule import Recall, Schedule
from evals.learners import Bools, Floats, Ints, Memory

BEGINNING = datetime(2026, 1, 5, tzinfo=UTC)
# A probability of 0 or 1 that turns out wrong would cost infinitely much.
SURE = 1e-4
FOLDS = 5


@dataclass(frozen=True)
class History:
    """One learner's reviews in order, items by steps: when, whether recalled, and with what true probability."""

    at: Floats
    recalled: Bools
    truth: Floats

    @property
    def elapsed(self) -> Floats:
        """Days before each review but the first."""
        gaps: Floats = np.diff(self.at, axis=1)
        return gaps

    @property
    def lapses(self) -> Ints:
        """Failures before each review but the first, the first not counted: it was no lapse, the item was new."""
        failed = (~self.recalled).astype(np.int64)
        failed[:, 0] = 0
        return np.cumsum(failed, axis=1)[:, :-1]


def observe(memory: Memory, items: int, reviews: int, rng: np.random.Generator) -> History:
    """Answers at times that no scheduler chose: first within 30 days, then after gaps between 1 and 60 days, even on a log scale."""
    everything = np.arange(items)
    gaps = np.exp(rng.uniform(0, np.log(60), (items, reviews)))
    at = np.cumsum(np.column_stack([rng.uniform(0, 30, items), gaps]), axis=1)
    truth, recalled = np.empty_like(at), np.empty(at.shape, dtype=np.bool_)
    for step in range(reviews + 1):
        truth[:, step] = memory.recall(everything, at[:, step])
        recalled[:, step] = rng.random(items) < truth[:, step]
        memory.practise(everything, recalled[:, step], at[:, step])
    return History(at, recalled, truth)


def by_schedule(history: History, schedule: Schedule) -> Floats:
    """Ours: retrievability just before each review but the first, by the product's rule of ratings."""
    predicted = np.empty_like(history.elapsed)
    for item, (times, answers) in enumerate(zip(history.at, history.recalled, strict=True)):
        recall: Recall | None = None
        for step, (day, said) in enumerate(zip(times, answers, strict=True)):
            at = BEGINNING + timedelta(days=float(day))
            if recall is not None:
                predicted[item, step - 1] = schedule.retrievability(recall.stability, recall.last_review, at)
            recall = schedule.review(recall, rating(bool(said), recall is None), at)
    return predicted


def rating(said: bool, first: bool) -> Rating:
    """What the product makes of a whole question's point, said or missed."""
    return rate_point(Verdict.HIT if said else Verdict.MISSED, Circumstance.FREE, first)


def by_sm2(history: History) -> Floats:
    """SM-2, which gives no probabilities: 0.9^(elapsed/interval), as the public benchmark of schedulers reads its intervals.

    Grades are FSRS's ratings plus one (again 2, good 4, easy 5). Source: Wozniak (1990); srs-benchmark, models/sm_2.py.
    """
    items, steps = history.recalled.shape
    interval, easiness, repetitions = np.zeros(items), np.full(items, 2.5), np.zeros(items)
    predicted = np.empty((items, steps - 1))
    for step in range(steps):
        if step:
            predicted[:, step - 1] = 0.9 ** (history.elapsed[:, step - 1] / interval)
        said = history.recalled[:, step]
        repetitions = np.where(said, repetitions + 1, 1)
        interval = np.where(repetitions == 1, 1.0, np.where(repetitions == 2, 6.0, interval * easiness))
        grade = np.where(said, 5.0 if step == 0 else 4.0, 2.0)
        easiness = np.clip(easiness + 0.1 - (5 - grade) * (0.08 + (5 - grade) * 0.02), 1.3, None)
    return predicted


def by_half_life(histories: Sequence[History]) -> list[Floats]:
    """One forgetting curve for everything, 2^(-elapsed/half-life), its half-life fitted on the learners of the other folds."""
    half_lives = []
    for fold in range(min(FOLDS, len(histories))):
        others = [history for number, history in enumerate(histories) if number % FOLDS != fold]
        elapsed = np.concatenate([history.elapsed.ravel() for history in others])
        recalled = np.concatenate([history.recalled[:, 1:].ravel() for history in others])
        half_lives.append(_half_life(elapsed, recalled))
    return [np.exp2(-history.elapsed / half_lives[number % FOLDS]) for number, history in enumerate(histories)]


def _half_life(elapsed: Floats, recalled: Bools) -> float:
    def loss(logarithm: float) -> float:
        return log_loss(np.exp2(-elapsed / np.exp(logarithm)), recalled)

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 9.0), method="bounded").x))


def by_mean(histories: Sequence[History]) -> list[Floats]:
    """A constant: how often the other learners recalled."""
    said = np.array([h.recalled[:, 1:].sum() for h in histories])
    asked = np.array([h.recalled[:, 1:].size for h in histories])
    return [np.full(h.elapsed.shape, (said.sum() - said[n]) / (asked.sum() - asked[n])) for n, h in enumerate(histories)]


def log_loss(predicted: Floats, recalled: Bools) -> float:
    """Mean negative log-likelihood, in nats."""
    p = np.clip(predicted, SURE, 1 - SURE)
    return float(-np.where(recalled, np.log(p), np.log1p(-p)).mean())


def rmse_bins(predicted: Floats, history: History) -> float:
    """Calibration: root of the mean squared gap between mean forecast and share recalled over bins, weighted by their reviews.

    Bins are those of the public benchmark of FSRS (srs-benchmark, rmse_matrix): the whole parts of the logarithms of the interval (base
    3.62), of the number of the review (base 1.89) and of the lapses before it (base 1.73, none apart).
    """
    elapsed, lapses = history.elapsed, history.lapses
    number = np.broadcast_to(np.arange(2, elapsed.shape[1] + 2), elapsed.shape)
    keys = np.stack([_whole(elapsed, 3.62), _whole(number, 1.89), np.where(lapses == 0, -1.0, _whole(np.maximum(lapses, 1), 1.73))])
    _, index = np.unique(keys.reshape(3, -1), axis=1, return_inverse=True)
    index = index.ravel()
    size = np.bincount(index)
    gap = (np.bincount(index, predicted.ravel()) - np.bincount(index, history.recalled[:, 1:].ravel().astype(float))) / size
    return float(np.sqrt((size * gap**2).sum() / size.sum()))


def _whole(value: Floats | Ints, base: float) -> Floats:
    logarithms: Floats = np.floor(np.log(value) / np.log(base))
    return logarithms
