"""What is due today, what will be, and how the days until an interview are filled. Pure functions over what is remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from bot.memory.reviews import Item
from bot.memory.schedule import DAY, Schedule, desired_retention, end_of_day, local_day
from bot.memory.strength import Evidence, discounts
from knowledge.deck import Deck
from knowledge.schema import Card, Frequency, KeyPoint, Language

# What is asked more often in interviews is forgotten at a higher price.
FREQUENCY_FACTOR: Mapping[Frequency, float] = {"very-common": 1.5, "common": 1.2, "uncommon": 1.0, "rare": 0.8}
# From this share of a card's weight on, the whole question is asked again rather than its points one by one.
WHOLE_FROM = 0.5
# An answer of a minute or two and the reading of its feedback; a point alone takes a few sentences.
MINUTES_WHOLE, MINUTES_POINT = 3.0, 1.0
# The most of a day that goes to reviews while there are questions that were never answered.
REVIEW_SHARE = 0.5


@dataclass(frozen=True)
class Due:
    """Something to ask again: a point alone, or with `point` None the whole question, on account of its `points`.

    `retrievability` is the lowest among them, `urgency` the sum of weight times what is forgotten times interview frequency.
    """

    card: Card
    point: KeyPoint | None
    points: tuple[KeyPoint, ...]
    retrievability: float
    urgency: float
    last_review: datetime
    missed: bool

    @property
    def minutes(self) -> float:
        """How long it will take."""
        return MINUTES_WHOLE if self.point is None else MINUTES_POINT


class Known(NamedTuple):
    """A point that was met, with its card in the learner's language, its retrievability now and its evidence discounted to now.

    `urgency` is its weight times what is forgotten times interview frequency.
    """

    card: Card
    point: KeyPoint
    item: Item
    retrievability: float
    due_in_days: float
    credit: float
    lack: float
    urgency: float

    @property
    def evidence(self) -> Evidence:
        """What speaks for and against its being known."""
        return Evidence(self.credit, self.lack)


def known_points(items: Iterable[Item], deck: Deck, lang: Language, schedule: Schedule, retention: float, now: datetime) -> list[Known]:
    """Every point that was met and still exists, once, under its card's present name and as it was last under any of its names."""
    latest: dict[tuple[str, str], tuple[Card, KeyPoint, Item]] = {}
    cards: dict[str, tuple[Card, dict[str, KeyPoint]] | None] = {}
    for item in items:
        name, point_id = item.card_id, item.point_id
        if name not in cards:
            cards[name] = _found(deck, name, lang)
        found = cards[name]
        if found is None or (point := found[1].get(point_id)) is None:
            continue  # a whole question, or the card or point was deleted since; its attempts stay in the history
        entry = found[0], point, item
        other = latest.setdefault((found[0].id, point_id), entry)
        if other is not entry and other[2].last_review < item.last_review:
            latest[found[0].id, point_id] = entry
    if not latest:
        return []
    asked, points, met = zip(*latest.values(), strict=True)
    stability = np.array([item.stability for item in met])
    elapsed = np.array([(now - item.last_review).total_seconds() for item in met]) / DAY
    recall = schedule.retrievabilities(stability, elapsed)
    left = schedule.intervals(stability, retention) - elapsed
    kept = discounts(elapsed)
    credit, lack = kept * [item.credit for item in met], kept * [item.lack for item in met]
    urgency = (1 - recall) * [point.weight * FREQUENCY_FACTOR[card.frequency] for card, point in zip(asked, points, strict=True)]
    # Columns rather than rows: there are thousands, for every page.
    numbers = (column.tolist() for column in (recall, left, credit, lack, urgency))
    return list(map(Known, asked, points, met, *numbers))


def _found(deck: Deck, name: str, lang: Language) -> tuple[Card, dict[str, KeyPoint]] | None:
    """A card by any of its names, with its points by id; None if there is none any more."""
    try:
        card = deck.get(name, lang)
    except KeyError:
        return None
    return card, {point.id: point for point in card.points}


def due_list(known: Sequence[Known], now: datetime) -> list[Due]:
    """What falls due by the end of the local day, most urgent first; points whose weakness was dismissed are left out.

    When half of a card's weight is due, the whole question is asked.
    """
    rest_of_day = (end_of_day(now) - now).total_seconds() / DAY
    by_card: defaultdict[str, list[Known]] = defaultdict(list)
    for entry in known:
        if entry.due_in_days <= rest_of_day and not entry.item.dismissed:
            by_card[entry.card.id].append(entry)
    due: list[Due] = []
    for entries in by_card.values():
        card = entries[0].card
        if sum(entry.point.weight for entry in entries) >= WHOLE_FROM * card.total_weight:
            due.append(_asked_together(entries))
        else:
            due.extend(_asked_alone(entry) for entry in entries)
    return sorted(due, key=lambda d: (-d.urgency, d.card.id, d.point.id if d.point else ""))


def _asked_alone(entry: Known) -> Due:
    missed = entry.item.verdict != "hit"
    return Due(entry.card, entry.point, (entry.point,), entry.retrievability, entry.urgency, entry.item.last_review, missed)


def _asked_together(entries: Sequence[Known]) -> Due:
    worst = sorted(entries, key=lambda entry: (-entry.urgency, entry.point.id))
    return Due(
        worst[0].card,
        None,
        tuple(entry.point for entry in worst),
        min(entry.retrievability for entry in entries),
        sum(entry.urgency for entry in worst),
        max(entry.item.last_review for entry in entries),
        any(entry.item.verdict != "hit" for entry in entries),
    )


def review_minutes(daily_minutes: float, known: Iterable[Known], cards: Iterable[Card]) -> float:
    """How much of a day's minutes reviews may take: half of them until every card was met, for what was never met is not known at all.

    On made-up learners with twenty minutes a day this leaves as much known at an interview as reviews first, or more; with five it makes no
    difference (evals/results/schedule.md).
    """
    met = {entry.card.id for entry in known}
    return daily_minutes if all(card.id in met for card in cards) else REVIEW_SHARE * daily_minutes


def within(due: Sequence[Due], minutes: float) -> list[Due]:
    """The most urgent that fit into so many minutes; always at least one if anything is due."""
    chosen: list[Due] = []
    left = minutes
    for entry in due:
        if entry.minutes <= left or not chosen:
            chosen.append(entry)
            left -= entry.minutes
    return chosen


def forecast(known: Sequence[Known], now: datetime, days: int) -> list[int]:
    """How many points fall due on this local day, the next, and so on; what is overdue counts for today."""
    counts = [0] * days
    for entry in known:
        day = max(0, (local_day(now + timedelta(days=entry.due_in_days)) - local_day(now)).days)
        if day < days and not entry.item.dismissed:
            counts[day] += 1
    return counts


@dataclass(frozen=True)
class Timetable:
    """Which cards to go through once more on which day before an interview, and those for which there is no time."""

    days: Mapping[date, tuple[Card, ...]]
    left_out: tuple[Card, ...]


def timetable(cards: Sequence[Card], known: Sequence[Known], schedule: Schedule, now: datetime, on: date, daily_minutes: int) -> Timetable:
    """Plans backwards from an interview: the cards with most to lose by then get the last days before it, the others earlier ones.

    What is to lose is each point's weight times interview frequency times the probability of not recalling it on the day; a point never
    met counts whole. Nothing is planned for the day itself.
    """
    today = local_day(now)
    days_left = (on - today).days
    at_interview: dict[tuple[str, str], float] = {}
    if known:
        stability = np.array([entry.item.stability for entry in known])
        elapsed = np.array([(now - entry.item.last_review).total_seconds() for entry in known]) / DAY + max(0, days_left)
        recall = schedule.retrievabilities(stability, elapsed)
        at_interview = {(e.card.id, e.point.id): float(r) for e, r in zip(known, recall, strict=True)}

    def to_lose(card: Card) -> float:
        lost = sum(point.weight * (1 - at_interview.get((card.id, point.id), 0.0)) for point in card.points)
        return lost * FREQUENCY_FACTOR[card.frequency]

    order = sorted(cards, key=lambda card: (-to_lose(card), card.id))
    a_day = max(1, int(daily_minutes // MINUTES_WHOLE))
    days: dict[date, tuple[Card, ...]] = {}
    for back in range(1, days_left + 1):
        chosen = order[(back - 1) * a_day : back * a_day]
        if not chosen:
            break
        days[on - timedelta(days=back)] = tuple(chosen)
    return Timetable(dict(sorted(days.items())), tuple(order[max(0, days_left) * a_day :]))


def retention_for(now: datetime, interview_on: date | None) -> float:
    """The desired retention of a learner today."""
    return desired_retention(local_day(now), interview_on)
