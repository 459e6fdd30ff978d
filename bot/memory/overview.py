"""One learner's memory at one moment: read from the store once, then asked by the planner and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from bot.memory.due import Due, Known, due_list, known_points, retention_for, review_minutes
from bot.memory.reviews import schedule_of
from bot.memory.schedule import Schedule
from bot.memory.store import Store
from bot.memory.strength import Floats
from bot.memory.tables import now
from knowledge.deck import Deck
from knowledge.schema import Card, Language


@dataclass(frozen=True)
class Overview:
    """What is remembered, what is due, and by which curve, in the language of the cards `asked`."""

    now: datetime
    lang: Language
    schedule: Schedule
    retention: float
    interview_on: date | None
    daily_minutes: int
    asked: tuple[Card, ...]
    known: tuple[Known, ...]

    @cached_property
    def parts(self) -> Floats:
        """What `pooled` takes: a row of (credit, lack, retrievability, weight) for each point that was met, in their order."""
        columns = (
            [entry.credit for entry in self.known],
            [entry.lack for entry in self.known],
            [entry.retrievability for entry in self.known],
            [entry.point.weight for entry in self.known],
        )
        return np.array(columns, dtype=np.float64).T

    @cached_property
    def review_minutes(self) -> float:
        """How many minutes today's review takes at most."""
        return review_minutes(self.daily_minutes, self.known, self.asked)

    @cached_property
    def due(self) -> tuple[Due, ...]:
        """What is due today, most urgent first; worked out when it is first asked for."""
        return tuple(due_list(self.known, self.now))


def overview(store: Store, deck: Deck, lang: Language, at: datetime | None = None) -> Overview:
    """The learner's memory now. Raises StoreError."""
    at = at or now()
    learner, items = store.learner(), store.items(points_only=True)
    schedule = schedule_of(learner)
    retention = retention_for(at, learner.interview_on)
    known = known_points(items, deck, lang, schedule, retention, at)
    return Overview(
        now=at,
        lang=lang,
        schedule=schedule,
        retention=retention,
        interview_on=learner.interview_on,
        daily_minutes=learner.daily_minutes,
        asked=tuple(deck.in_language(lang)),
        known=tuple(known),
    )
