"""What to practise day by day before an interview: our way, and the ways it is compared with."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bot.grading.verdict import Verdict
from bot.interview.planner import Plan, choose
from bot.memory.due import MINUTES_POINT, MINUTES_WHOLE, Known, due_list, known_points, review_minutes, timetable
from bot.memory.reviews import Item
from bot.memory.schedule import Recall, Schedule, desired_retention, local_day
from evals.learners import Floats, Ints, Memory
from evals.predictors import BEGINNING, rating
from knowledge.deck import Deck
from knowledge.schema import Card, Language

LANG: Language = "en"
# When people sit down, and when they are interviewed: hours of the day, in days.
EVENING, MORNING = 0.75, 0.4


@dataclass(frozen=True)
class Bank:
    """The questions and their points, numbered through."""

    deck: Deck
    cards: tuple[Card, ...]
    first: Mapping[str, int]
    weight: Floats

    def items(self, question: Question) -> Ints:
        """The numbers of the points that a question asks for."""
        start = self.first[question.card.id]
        if question.point is None:
            return np.arange(start, start + len(question.card.points))
        return np.array([start + question.point])


@dataclass(frozen=True)
class Question:
    """A whole question, or the point of it with this number alone."""

    card: Card
    point: int | None = None

    @property
    def minutes(self) -> float:
        """How long it takes to answer and to read about."""
        return MINUTES_WHOLE if self.point is None else MINUTES_POINT


def bank_of(deck: Deck) -> Bank:
    """The bank of a deck."""
    cards = tuple(deck.in_language(LANG))
    sizes = np.cumsum([0, *(len(card.points) for card in cards)])
    weight = np.array([float(point.weight) for card in cards for point in card.points])
    return Bank(deck, cards, {card.id: int(start) for card, start in zip(cards, sizes, strict=False)}, weight)


class Policy(ABC):
    """One learner's way of practising. It sees answers, never the truth."""

    def __init__(self, bank: Bank, days: int, daily_minutes: float, seed: int) -> None:
        self.bank = bank
        self.days = days
        self.daily_minutes = daily_minutes
        self.rng = random.Random(seed)

    @abstractmethod
    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        """The questions of a day, as many as there may be time for; each is answered before the next is asked for."""

    def answered(self, question: Question, said: Sequence[bool], day: int) -> None:  # noqa: B027, for those that go by no answers
        """Takes note of an answer, point by point."""


class Shuffled(Policy):
    """Random order, none twice a day."""

    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        """See Policy."""
        yield from (Question(card) for card in self.rng.sample(self.bank.cards, len(self.bank.cards)))


class Rotation(Policy):
    """One after the other in the order of the bank, round and round."""

    _next = 0

    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        """See Policy."""
        while True:
            yield Question(self.bank.cards[self._next % len(self.bank.cards)])
            self._next += 1


class WorstTopic(Policy):
    """The topic with the lowest mean score so far, those never asked first; within it the question asked least; none twice a day."""

    def __init__(self, bank: Bank, days: int, daily_minutes: float, seed: int) -> None:
        super().__init__(bank, days, daily_minutes, seed)
        self._scores: defaultdict[str, float] = defaultdict(float)
        self._answers: defaultdict[str, int] = defaultdict(int)
        self._asked: defaultdict[str, int] = defaultdict(int)

    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        """See Policy."""
        left = {card.id: card for card in self.bank.cards}
        while left:
            worst = min(left.values(), key=lambda c: (self._mean(c.topic), self._asked[c.id]))
            yield Question(left.pop(worst.id))

    def answered(self, question: Question, said: Sequence[bool], day: int) -> None:
        """See Policy."""
        self._asked[question.card.id] += 1
        weight = sum(point.weight for point, hit in zip(question.card.points, said, strict=True) if hit)
        self._scores[question.card.topic] += weight / question.card.total_weight
        self._answers[question.card.topic] += 1

    def _mean(self, topic: str) -> float:
        return self._scores[topic] / self._answers[topic] if self._answers[topic] else -1.0


class Ours(Policy):
    """The product's practice: the timetable on its days, then what is due and what was never asked in turns, as the planner chooses.

    With `review` the day's review, which asks single points alone, comes between the two.
    """

    def __init__(self, bank: Bank, days: int, daily_minutes: float, seed: int, *, review: bool = False) -> None:
        super().__init__(bank, days, daily_minutes, seed)
        self._review = review
        self._schedule = Schedule()
        self._recall: dict[tuple[str, int], Recall] = {}
        self._items: dict[tuple[str, int], Item] = {}
        self._known: tuple[datetime | None, list[Known]] = (None, [])
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._numbers = {(card.id, point.id): number for card in bank.cards for number, point in enumerate(card.points)}
        self._on = local_day(moment(days + MORNING))

    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        """See Policy."""
        now = moment(day + EVENING)
        done: set[str] = set()
        for question in self._planned(now, minutes):
            # Whole questions are not asked twice a day, and a point not after its question.
            if question.card.id not in done:
                yield question
            if question.point is None:
                done.add(question.card.id)

    def _planned(self, now: datetime, minutes: float) -> Iterator[Question]:
        plan = timetable(self.bank.cards, self.known(now), self._schedule, now, self._on, int(self.daily_minutes))
        yield from (Question(card) for card in plan.days.get(local_day(now), ()))
        reviewed = review_minutes(minutes, self.known(now), self.bank.cards)
        plans = [Plan(LANG, "review", minutes=reviewed)] if self._review else []
        for wish in [*plans, Plan(LANG, count=len(self.bank.cards))]:
            due = due_list(self.known(now), now)
            for choice in choose(wish, self.bank.deck, due, self._asked, self.rng):
                yield Question(choice.card, None if choice.point is None else self._numbers[choice.card.id, choice.point.id])

    def answered(self, question: Question, said: Sequence[bool], day: int) -> None:
        """See Policy."""
        at = moment(day + EVENING)
        card = question.card
        self._asked[card.id] += 1
        numbers = range(len(card.points)) if question.point is None else (question.point,)
        for number, hit in zip(numbers, said, strict=True):
            key = card.id, number
            before = self._recall.get(key)
            after = self._recall[key] = self._schedule.review(before, rating(hit, before is None), at)
            verdict = Verdict.HIT if hit else Verdict.MISSED
            self._items[key] = Item(
                *(card.id, card.points[number].id, after.stability, at, after.reviews, after.lapses, verdict.value, 0.0, 0.0, None)
            )
        self._known = None, []

    def known(self, now: datetime) -> list[Known]:
        """What the product would know of what was met; worked out once between two answers."""
        if self._known[0] != now:
            retention = desired_retention(local_day(now), self._on)
            self._known = now, known_points(self._items.values(), self.bank.deck, LANG, self._schedule, retention, now)
        return self._known[1]


class Seer(Policy):
    """Sees the truth and asks the question with the most to lose if the interview were now. No program can; it shows what is to be won."""

    memory: Memory

    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        """See Policy."""
        everything = np.arange(len(self.bank.weight))
        left = {card.id: card for card in self.bank.cards}
        while left:
            lost = self.bank.weight * (1 - self.memory.recall(everything, day + 1 + MORNING))
            most = max(left.values(), key=lambda c: float(lost[self.bank.items(Question(c))].sum()))
            yield Question(left.pop(most.id))


def moment(day: float) -> datetime:
    """A time, so many days from the first midnight on."""
    return BEGINNING + timedelta(days=day)


def practised(policy: Policy, memory: Memory, chance: Floats) -> float:
    """The share of the bank's weight that would be said on the interview's morning, after every day's minutes were spent.

    Minutes too few for another question are saved for the next day. `chance` decides whether something is said: row by item, column by
    how often it was asked for, so that the same learner has the same luck under every policy.
    """
    bank = policy.bank
    asked = np.zeros(len(bank.weight), dtype=np.int64)
    minutes = 0.0
    for day in range(policy.days):
        minutes += policy.daily_minutes
        for question in policy.questions(day, minutes):
            if question.minutes > minutes:
                break
            minutes -= question.minutes
            items = bank.items(question)
            said = chance[items, asked[items] % chance.shape[1]] < memory.recall(items, day + EVENING)
            memory.practise(items, said, day + EVENING)
            asked[items] += 1
            policy.answered(question, [bool(hit) for hit in said], day)
    everything = np.arange(len(bank.weight))
    return float(np.average(memory.recall(everything, policy.days + MORNING), weights=bank.weight))


POLICIES: dict[str, Callable[[Bank, int, float, int], Policy]] = {
    "ours": Ours,
    "ours, review first": lambda *given: Ours(*given, review=True),
    "random order": Shuffled,
    "worst topic first": WorstTopic,
    "fixed rotation": Rotation,
    "truth known, most lost first": Seer,
}
