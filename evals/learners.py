"""Made-up learners: what they truly remember, by models of forgetting that differ from each other and from the product's.

They are no people. Their figures are chosen, not fitted to anyone's answers: in the mean a point read about once is recalled by two
thirds to four fifths on the next day and by a quarter to three fifths after a week; what was known before, by a half to nine tenths.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from fsrs.scheduler import DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Even what is remembered is left out now and then, in speaking or in grading.
MOST_SLIP = 0.06
# Pavlik and Anderson (2005), experiment 1; time outside a session counts for this share of its seconds.
ACT_DECAY, ACT_SCALE, ACT_THRESHOLD, ACT_NOISE, ACT_OUTSIDE = 0.177, 0.217, -0.704, 0.255, 0.025
# One reading of an explanation counts for more than one of their five-second trials: by so much activation.
ACT_READING = 0.95
_SECONDS = 86_400 * ACT_OUTSIDE


class Memory(Protocol):
    """One learner's true memory of all items. Times are days from the first day on, the past negative."""

    def recall(self, items: Ints, at: Floats | float) -> Floats:
        """Probability that each of these items would be said at a time, each item at its own or all at one."""
        ...

    def practise(self, items: Ints, recalled: Bools, at: Floats | float) -> None:
        """Takes in that these items were asked for, said or not, and then read about."""
        ...


@dataclass(frozen=True)
class Person:
    """What is drawn alike for every model: how easily each item sticks (median 1), what was known before, and since when."""

    rng: np.random.Generator
    ease: Floats
    known: Bools
    since: Floats
    slip: float

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.ease)


def person(seed: int, learner: int, items: int) -> Person:
    """One learner; the items are equally hard for all learners of a seed, but for a part of one's own."""
    hardness = np.random.default_rng([seed, 1]).normal(0, 0.5, items)
    rng = np.random.default_rng([seed, 2, learner])
    ease = np.exp(rng.normal(0, 0.4) + hardness + rng.normal(0, 0.3, items))
    share = rng.beta(2, 3)
    return Person(rng, ease, rng.random(items) < share, rng.uniform(5, 120, items), rng.uniform(0, MOST_SLIP))


class _Curve(ABC):
    """Memory as one strength in days per item and a curve that falls with time over strength; nothing before the first reading."""

    def __init__(self, who: Person, first: Floats, before: Floats) -> None:
        self._first = first
        self._strength = np.where(who.known, before, first)
        self._last = -who.since
        self._met = who.known.copy()
        self._said = 1 - who.slip

    @abstractmethod
    def curve(self, ratio: Floats) -> Floats:
        """Recall when so many times the strength has passed."""

    @abstractmethod
    def grown(self, items: Ints, strength: Floats, recall: Floats) -> Floats:
        """The strength after a success that had this probability."""

    @abstractmethod
    def fallen(self, items: Ints, strength: Floats) -> Floats:
        """The strength after a failure and a reading."""

    def recall(self, items: Ints, at: Floats | float) -> Floats:
        """See Memory."""
        left = self.curve((at - self._last[items]) / self._strength[items])
        return np.where(self._met[items], self._said * left, 0.0)

    def practise(self, items: Ints, recalled: Bools, at: Floats | float) -> None:
        """See Memory."""
        strength = self._strength[items]
        left = self.curve((at - self._last[items]) / strength)
        after = np.where(recalled, self.grown(items, strength, left), self.fallen(items, strength))
        self._strength[items] = np.where(self._met[items], after, self._first[items])
        self._last[items] = at
        self._met[items] = True


class PowerMemory(_Curve):
    """A power law, (1 + t/s)^-d, whose strength grows by a learner's own factor, only weakly the more the less was left."""

    def __init__(self, who: Person) -> None:
        """Decay, growth and first strength are drawn."""
        n, rng = who.size, who.rng
        self._decay = 0.35 * np.exp(rng.normal(0, 0.25))
        self._growth = 2.5 * np.exp(rng.normal(0, 0.3)) * who.ease**0.3
        super().__init__(who, 2.0 * who.ease * np.exp(rng.normal(0, 0.3, n)), 40.0 * who.ease * np.exp(rng.normal(0, 0.5, n)))

    def curve(self, ratio: Floats) -> Floats:
        """See _Curve."""
        fall: Floats = (1 + ratio) ** -self._decay
        return fall

    def grown(self, items: Ints, strength: Floats, recall: Floats) -> Floats:
        """See _Curve."""
        more: Floats = strength * (1 + self._growth[items] * (0.25 + 0.75 * (1 - recall)))
        return more

    def fallen(self, items: Ints, strength: Floats) -> Floats:
        """See _Curve."""
        return np.maximum(self._first[items], 0.3 * strength)


class ExponentialMemory(_Curve):
    """Exponential forgetting, 2^(-t/h), with a full spacing effect: a success at once adds nothing, an unlikely one most."""

    def __init__(self, who: Person) -> None:
        """Growth, what a failure leaves, and first half-life are drawn."""
        n, rng = who.size, who.rng
        self._growth = 3.0 * np.exp(rng.normal(0, 0.3)) * who.ease**0.3
        self._left = rng.uniform(0.2, 0.6)
        super().__init__(who, 3.0 * who.ease * np.exp(rng.normal(0, 0.3, n)), 75.0 * who.ease * np.exp(rng.normal(0, 0.5, n)))

    def curve(self, ratio: Floats) -> Floats:
        """See _Curve."""
        return np.exp2(-ratio)

    def grown(self, items: Ints, strength: Floats, recall: Floats) -> Floats:
        """See _Curve."""
        more: Floats = strength * (1 + self._growth[items] * (1 - recall))
        return more

    def fallen(self, items: Ints, strength: Floats) -> Floats:
        """See _Curve."""
        return np.maximum(self._first[items], self._left * strength)


class ActivationMemory:
    """ACT-R's declarative memory: every practice leaves a trace that decays by a power law, the faster the fresher the memory was.

    No strength that grows: spacing helps because traces left late decay slowly. Source: Pavlik and Anderson (2005), Cognitive Science 29.
    """

    def __init__(self, who: Person) -> None:
        """What was known before was met three to eight times within the last 400 days; ease and decay are drawn."""
        n, rng = who.size, who.rng
        self._bonus = ACT_READING + 0.5 * np.log(who.ease) + rng.normal(0, 0.15, n)
        self._decay = ACT_DECAY * np.exp(rng.normal(0, 0.1))
        self._said = 1 - who.slip
        self._count = np.zeros(n, dtype=np.int64)
        self._times = np.full((n, 8), -np.inf)
        self._decays = np.ones((n, 8))
        met = np.where(who.known, rng.integers(3, 9, n), 0)
        past = -np.sort(rng.uniform(20, 400, (n, 8)), axis=1)[:, ::-1]
        for number in range(8):
            items = np.flatnonzero(met > number)
            self._add(items, past[items, number])

    def recall(self, items: Ints, at: Floats | float) -> Floats:
        """See Memory."""
        odds = (self._activation(items, at) - ACT_THRESHOLD) / ACT_NOISE
        said: Floats = self._said / (1 + np.exp(-np.clip(odds, -500, 500)))
        return said

    def practise(self, items: Ints, recalled: Bools, at: Floats | float) -> None:
        """See Memory: said or read, the trace is the same."""
        self._add(items, np.broadcast_to(at, items.shape))

    def _activation(self, items: Ints, at: Floats | float) -> Floats:
        elapsed = np.maximum((np.broadcast_to(at, items.shape)[:, None] - self._times[items]) * _SECONDS, 1.0)
        with np.errstate(divide="ignore"):
            active: Floats = self._bonus[items] + np.log((elapsed ** -self._decays[items]).sum(axis=1))
        return active

    def _add(self, items: Ints, at: Floats) -> None:
        decay = ACT_SCALE * np.exp(self._activation(items, at)) + self._decay
        if items.size and self._count[items].max() == self._times.shape[1]:
            self._times = np.pad(self._times, ((0, 0), (0, 8)), constant_values=-np.inf)
            self._decays = np.pad(self._decays, ((0, 0), (0, 8)), constant_values=1.0)
        self._times[items, self._count[items]] = at
        self._decays[items, self._count[items]] = decay
        self._count[items] += 1


class FsrsMemory:
    """FSRS-6 with parameters drawn for each learner, and first stability and difficulty drawn for each item."""

    def __init__(self, who: Person) -> None:
        """Parameters are the defaults times a log-normal factor (sigma 0.3), within FSRS's bounds."""
        drawn = np.array(DEFAULT_PARAMETERS) * np.exp(who.rng.normal(0, 0.3, len(DEFAULT_PARAMETERS)))
        self.parameters = np.clip(drawn, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS)
        w = self.parameters
        # Easier items start with more stability and less difficulty; what was known before, like after a few good reviews.
        self._stability = np.where(who.known, 30.0, w[0]) * who.ease
        self._difficulty = np.clip(w[4] - np.where(who.known, np.exp(2 * w[5]), 1) + 1 - 2 * np.log(who.ease), 1, 10)
        self._last = np.where(who.known, -who.since, 0.0)
        self._met = who.known.copy()

    def recall(self, items: Ints, at: Floats | float) -> Floats:
        """See Memory."""
        left = fsrs_curve(self.parameters, self._stability[items], at - self._last[items])
        return np.where(self._met[items], left, 0.0)

    def practise(self, items: Ints, recalled: Bools, at: Floats | float) -> None:
        """See Memory. What was not met before is read about: FSRS's "again" of a first review, already in the first state."""
        after = fsrs_step(self.parameters, self._stability[items], self._difficulty[items], at - self._last[items], recalled)
        for state, new in zip((self._stability, self._difficulty), after, strict=True):
            state[items] = np.where(self._met[items], new, state[items])
        self._last[items] = at
        self._met[items] = True


def fsrs_curve(w: Floats, stability: Floats, elapsed: Floats) -> Floats:
    """FSRS-6's recall after so many days."""
    left: Floats = (1 + (0.9 ** (-1 / w[20]) - 1) * np.maximum(elapsed, 0.0) / stability) ** -w[20]
    return left


def fsrs_step(w: Floats, stability: Floats, difficulty: Floats, elapsed: Floats, recalled: Bools) -> tuple[Floats, Floats]:
    """Stability and difficulty after a review rated good or again, for many items at once; whole days count, as in the package."""
    days = np.floor(elapsed)
    forgotten = 1 - fsrs_curve(w, stability, days)
    good = stability * (1 + np.exp(w[8]) * (11 - difficulty) * stability ** -w[9] * (np.exp(forgotten * w[10]) - 1))
    again = w[11] * difficulty ** -w[12] * ((stability + 1) ** w[13] - 1) * np.exp(forgotten * w[14])
    again = np.minimum(again, stability / np.exp(w[17] * w[18]))
    within_day = np.exp(w[17] * (np.where(recalled, 0, -2) + w[18])) * stability ** -w[19]
    within_day = stability * np.where(recalled, np.maximum(within_day, 1), within_day)
    after = np.maximum(np.where(days < 1, within_day, np.where(recalled, good, again)), 0.001)
    harder = difficulty + (10 - difficulty) * np.where(recalled, 0, 2 * w[6]) / 9
    easiest = w[4] - np.exp(3 * w[5]) + 1
    return after, np.clip(w[7] * easiest + (1 - w[7]) * harder, 1, 10)


MODELS: dict[str, type[PowerMemory] | type[ExponentialMemory] | type[ActivationMemory] | type[FsrsMemory]] = {
    "power law": PowerMemory,
    "exponential": ExponentialMemory,
    "activation": ActivationMemory,
    "drawn FSRS-6": FsrsMemory,
}


def draw(model: str, seed: int, learner: int, items: int) -> Memory:
    """A learner's memory on the first day; the same for the same numbers. KeyError if there is no such model."""
    return MODELS[model](person(seed, learner, items))
