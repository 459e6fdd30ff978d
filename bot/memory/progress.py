"""What the progress page shows, computed from what is stored: strength, patterns, practice, and whether predictions of recall hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select

from bot.grading.verdict import Verdict
from bot.memory.due import Known
from bot.memory.overview import Overview
from bot.memory.rating import Circumstance
from bot.memory.schedule import local_day, start_of_day
from bot.memory.store import Store
from bot.memory.strength import Evidence, Standing, Strength, pooled, strengths
from bot.memory.tables import Attempt, Review
from knowledge.deck import Deck
from knowledge.schema import Tag

# More than anyone answers in the weeks shown; a bound on what a page reads.
MOST_ATTEMPTS, MOST_REVIEWS = 5000, 2000
WEEKS = 26
# Predicted retrievabilities are grouped so for comparing with what was recalled.
BIN_EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 1.0)
# A pattern is named only when it shows on so many cards.
LEAST_CARDS = 2


@dataclass(frozen=True)
class TopicStrength:
    """A topic with its strength; `met` of its `points` were judged at least once."""

    topic: str
    strength: Strength
    met: int
    points: int


@dataclass(frozen=True)
class PointStrength:
    """A point with its strength now."""

    known: Known
    strength: Strength


@dataclass(frozen=True)
class Pattern:
    """A kind of point (definition, trade-off, ...) that goes well or badly across cards."""

    tag: Tag
    strength: Strength
    cards: int


class Practice(NamedTuple):
    """One answer on a local day, with scores in [0, 100] for what was said and for how, where there are such."""

    day: date
    score: float | None
    delivery: float | None = None


@dataclass(frozen=True)
class Week:
    """The answers of one week, from its Monday on: mean credit in [0, 1] with an 80% interval of the share known."""

    monday: date
    answers: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class RecallBin:
    """Reviews whose predicted retrievability lay between `low` and `high`: the mean prediction, what was recalled, and its 80% interval."""

    low: float
    high: float
    predicted: float
    recalled: float
    recalled_low: float
    recalled_high: float
    reviews: int


def point_strengths(seen: Overview) -> list[PointStrength]:
    """Every point that was met with its strength now, weakest first."""
    found = strengths([entry.evidence for entry in seen.known], [entry.retrievability for entry in seen.known])
    pairs = [PointStrength(entry, strength) for entry, strength in zip(seen.known, found, strict=True)]
    return sorted(pairs, key=lambda p: (p.strength.high, p.strength.value, p.known.card.id, p.known.point.id))


def weak_points(seen: Overview) -> list[PointStrength]:
    """Points that are weak with confidence or were missed last time, those whose loss weighs most first; dismissed ones are left out."""
    weak = [
        pair
        for pair in point_strengths(seen)
        if not pair.known.item.dismissed and (pair.strength.standing is Standing.WEAK or pair.known.item.verdict != Verdict.HIT.value)
    ]
    return sorted(weak, key=lambda p: (p.strength.standing is not Standing.WEAK, -p.known.point.weight * (1 - p.strength.value)))


def topic_strengths(seen: Overview, deck: Deck) -> list[TopicStrength]:
    """Every topic the deck has a card of, in deck order; a topic nothing is known of has no evidence."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(seen.known):
        places[entry.card.topic].append(place)
    found = []
    for topic, (points, weight) in deck.extents[seen.lang].items():
        met = seen.parts[places[topic]]
        found.append(TopicStrength(topic, pooled(met, points - len(met), weight - float(met[:, 3].sum())), len(met), points))
    return found


def patterns(seen: Overview) -> list[Pattern]:
    """Kinds of points about which something can be said, weakest first: from the tags on the cards, never from a model."""
    places: defaultdict[Tag, list[int]] = defaultdict(list)
    for place, entry in enumerate(seen.known):
        for tag in entry.point.tags:
            places[tag].append(place)
    found = [Pattern(tag, pooled(seen.parts[own]), len({seen.known[place].card.id for place in own})) for tag, own in places.items()]
    told = [p for p in found if p.cards >= LEAST_CARDS and p.strength.standing is not Standing.UNKNOWN]
    return sorted(told, key=lambda p: p.strength.value)


def practised(store: Store) -> list[Practice]:
    """The latest answers to whole questions, newest first."""
    columns = Attempt.__table__.c
    query = (
        select(columns.answered_at, columns.score, columns.delivery_score)
        .where(columns.learner_id == store.learner_id, columns.follow_up_point.is_(None))
        .order_by(columns.answered_at.desc())
        .limit(MOST_ATTEMPTS)
    )
    with store.session() as session:
        rows = session.connection().execute(query).all()
    found: list[Practice] = []
    day, begins = date.max, datetime.max.replace(tzinfo=UTC)
    for at, score, delivery in rows:
        if at < begins:  # which day it is locally is looked up once a day
            day = local_day(at)
            begins = start_of_day(day)
        found.append(Practice(day, score, delivery))
    return found


def delivered(answers: Sequence[Practice]) -> list[Practice]:
    """Those of the answers whose delivery has a score, with that as their score."""
    return [Practice(answer.day, answer.delivery) for answer in answers if answer.delivery is not None]


def calendar(answers: Sequence[Practice]) -> dict[date, int]:
    """Answers by local day."""
    return dict(Counter(answer.day for answer in answers))


def weeks(answers: Sequence[Practice], today: date) -> list[Week]:
    """The last weeks in which anything was graded, oldest first; the interval is Jeffreys' for a share of that many answers."""
    by_day: defaultdict[date, list[float]] = defaultdict(list)
    for answer in answers:
        if answer.score is not None:
            by_day[answer.day].append(answer.score / 100)
    scores: defaultdict[date, list[float]] = defaultdict(list)
    for day, own in by_day.items():
        monday = day - timedelta(days=day.weekday())
        if (today - monday).days < 7 * WEEKS:
            scores[monday] += own
    return [Week(monday, len(own), sum(own) / len(own), *_interval(sum(own), len(own))) for monday, own in sorted(scores.items())]


def recall_bins(store: Store) -> list[RecallBin]:
    """Predicted retrievability against what was recalled unaided at the latest reviews; empty bins are left out."""
    query = (
        select(Review.retrievability, Review.rating)
        .where(
            Review.learner_id == store.learner_id,
            Review.retrievability.is_not(None),
            Review.circumstance.in_([Circumstance.FREE.value, Circumstance.DRILL.value]),
        )
        .order_by(Review.reviewed_at.desc())
        .limit(MOST_REVIEWS)
    )
    with store.session() as session:
        rows = session.connection().execute(query).all()
    found: list[RecallBin] = []
    for low, high in pairwise(BIN_EDGES):
        inside = [(float(p), rating > 1) for p, rating in rows if p is not None and low < p <= high]
        if inside:
            hits = sum(recalled for _, recalled in inside)
            predicted = sum(p for p, _ in inside) / len(inside)
            found.append(RecallBin(low, high, predicted, hits / len(inside), *_interval(hits, len(inside)), len(inside)))
    return found


def _interval(successes: float, trials: int) -> tuple[float, float]:
    """80% interval of a share, with Jeffreys' prior."""
    [found] = strengths([Evidence(successes, trials - successes)], [1.0])
    return found.low, found.high
