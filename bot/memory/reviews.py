"""Reviews and what they come to: written together with a grade, read as a whole for the due list and the progress page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from fsrs import Rating
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.grading.grader import Grade
from bot.grading.verdict import Verdict
from bot.memory.rating import EVIDENCE, Circumstance, rate_card, rate_point
from bot.memory.schedule import DAY, Recall, Schedule
from bot.memory.strength import Evidence
from bot.memory.tables import Attempt, Learner, MemoryRow, Review, Turn

WHOLE_CARD = ""


class Item(NamedTuple):
    """What is remembered of a point, or with an empty `point_id` of a whole question. Evidence is as of the last review."""

    card_id: str
    point_id: str
    stability: float
    last_review: datetime
    reviews: int
    lapses: int
    verdict: str
    credit: float
    lack: float
    dismissed_at: datetime | None

    @property
    def dismissed(self) -> bool:
        """Whether the learner said it is no weakness, and nothing was answered since."""
        return self.dismissed_at is not None and self.dismissed_at >= self.last_review


def circumstance_of(turn: Turn, attempt: Attempt) -> Circumstance:
    """How the points of an attempt came up."""
    if attempt.follow_up_point is not None and turn.point_id is None:
        return Circumstance.FOLLOW_UP
    if attempt.position:
        earlier = [a for a in turn.attempts if a.position < attempt.position and a.follow_up_point == attempt.follow_up_point]
        if any(a.state not in {"pending", "ungraded"} for a in earlier):  # on the others there was no feedback to read
            return Circumstance.RETRY
    if attempt.hints:
        return Circumstance.HINTED
    return Circumstance.FREE if turn.point_id is None else Circumstance.DRILL


def schedule_of(learner: Learner) -> Schedule:
    """The learner's own forgetting curve, or the default one."""
    return Schedule(learner.fsrs_parameters)


def record(session: Session, turn: Turn, attempt: Attempt, grade: Grade, *, again: bool) -> None:
    """Writes the reviews of a graded attempt, if it is graded `again` in place of those of its earlier grade.

    An answer that could not be graded, or was none (empty, noise, the question again), says nothing about memory; "I don't know" does.
    """
    schedule = schedule_of(session.get_one(Learner, attempt.learner_id))
    rows = _rows(session, attempt.learner_id, attempt.card_id)
    withdrawn = set(session.scalars(select(Review.point_id).where(Review.attempt_id == attempt.id))) if again else set()
    says_something = grade.state == "graded" or grade.no_answer == "dont_know"
    if not withdrawn and all(row.last_review < attempt.answered_at for row in rows.values()):
        if says_something:  # what was remembered when it was answered is what is remembered now
            reviews = _reviews(schedule, lambda point: _recall(rows.get(point)), circumstance_of(turn, attempt), attempt, grade)
            session.add_all(reviews)
            for review in reviews:
                row = rows.get(review.point_id)
                evidence = Evidence() if row is None else Evidence(row.credit, row.lack)
                _write(session, row, review, *_come_to(schedule, [review], _recall(row), evidence))
        return
    session.execute(delete(Review).where(Review.attempt_id == attempt.id))
    history = _history(session, attempt.learner_id, attempt.card_id)
    touched = withdrawn
    if says_something:

        def before(point: str) -> Recall | None:
            return schedule.replay(
                (Rating(r.rating), r.reviewed_at) for r in history.get(point, ()) if r.reviewed_at <= attempt.answered_at
            )

        for review in _reviews(schedule, before, circumstance_of(turn, attempt), attempt, grade):
            session.add(review)
            history.setdefault(review.point_id, []).append(review)
            touched.add(review.point_id)
    _settle(session, schedule, rows, {point: history.get(point, []) for point in touched})


def recompute(session: Session, learner_id: int, card_id: str, point_ids: Iterable[str]) -> None:
    """Brings what is remembered of some points of a card in line with all their reviews."""
    schedule = schedule_of(session.get_one(Learner, learner_id))
    history = _history(session, learner_id, card_id)
    _settle(session, schedule, _rows(session, learner_id, card_id), {point: history.get(point, []) for point in point_ids})


def histories(session: Session, learner_id: int) -> dict[tuple[str, str], list[tuple[Rating, datetime]]]:
    """All reviews by card and point, each in order of time."""
    found: dict[tuple[str, str], list[tuple[Rating, datetime]]] = {}
    for review in _in_order(session, learner_id):
        found.setdefault((review.card_id, review.point_id), []).append((Rating(review.rating), review.reviewed_at))
    return found


def recompute_all(session: Session, learner_id: int) -> None:
    """Brings what is remembered of everything in line with the reviews, by the learner's schedule as it is now."""
    schedule = schedule_of(session.get_one(Learner, learner_id))
    by_item: dict[tuple[str, str], list[_Past]] = {}
    for review in _in_order(session, learner_id):
        by_item.setdefault((review.card_id, review.point_id), []).append(review)
    changed = []
    for (card_id, point_id), past in by_item.items():
        recall, _ = _come_to(schedule, past)
        key = {"learner_id": learner_id, "card_id": card_id, "point_id": point_id}
        changed.append({**key, "stability": recall.stability, "difficulty": recall.difficulty})
    if changed:
        session.execute(update(MemoryRow), changed)


class _Past(NamedTuple):
    """What of a review its item's memory is computed from."""

    card_id: str
    point_id: str
    rating: int
    reviewed_at: datetime
    credit: float
    circumstance: str


def _in_order(session: Session, learner_id: int) -> Iterator[_Past]:
    columns = (Review.card_id, Review.point_id, Review.rating, Review.reviewed_at, Review.credit, Review.circumstance)
    query = select(*columns).where(Review.learner_id == learner_id).order_by(Review.reviewed_at, Review.attempt_id, Review.point_id)
    return (_Past._make(row) for row in session.execute(query))


def _history(session: Session, learner_id: int, card_id: str) -> dict[str, list[Review]]:
    """All reviews of a card by point. Not asked for in order of time: SQLite would then go through every review of the learner."""
    found: dict[str, list[Review]] = {}
    for review in session.scalars(select(Review).where(Review.learner_id == learner_id, Review.card_id == card_id)):
        found.setdefault(review.point_id, []).append(review)
    return found


def _reviews(
    schedule: Schedule, recall_before: Callable[[str], Recall | None], circumstance: Circumstance, attempt: Attempt, grade: Grade
) -> list[Review]:
    """The reviews that a grade comes to, each against what was remembered when it was answered, whenever that is graded."""

    def review(point_id: str, rate: Callable[[bool], Rating], verdict: str | None, credit: float) -> Review:
        before = recall_before(point_id)
        rating = rate(before is None)
        return Review(
            attempt_id=attempt.id,
            point_id=point_id,
            learner_id=attempt.learner_id,
            card_id=attempt.card_id,
            circumstance=circumstance.value,
            verdict=verdict or _of_rating(rating),
            rating=int(rating),
            credit=credit,
            retrievability=before and schedule.retrievability(before.stability, before.last_review, attempt.answered_at),
            reviewed_at=attempt.answered_at,
        )

    # What may only have been misheard says nothing about memory, neither for the point nor against it.
    found = [
        review(p.point_id, partial(rate_point, p.verdict, circumstance), p.verdict.value, p.credit) for p in grade.points if not p.doubted
    ]
    if attempt.follow_up_point is None and grade.score is not None:
        found.append(review(WHOLE_CARD, partial(rate_card, grade.score.value, circumstance), None, grade.score.value / 100))
    return found


def _of_rating(rating: Rating) -> str:
    """The verdict that a whole question's rating stands for."""
    verdicts = {Rating.Again: Verdict.MISSED, Rating.Hard: Verdict.PARTLY}
    return verdicts.get(rating, Verdict.HIT).value


def _settle(session: Session, schedule: Schedule, rows: Mapping[str, MemoryRow], history: Mapping[str, Sequence[Review]]) -> None:
    """Writes what the reviews of these points come to; a point without any is forgotten."""
    for point, unsorted in history.items():
        row = rows.get(point)
        reviews = sorted(unsorted, key=lambda review: (review.reviewed_at, review.attempt_id))
        if reviews:
            _write(session, row, reviews[-1], *_come_to(schedule, reviews))
        elif row is not None:
            session.delete(row)


def _write(session: Session, row: MemoryRow | None, latest: Review, recall: Recall, evidence: Evidence) -> None:
    """Writes what is remembered after the latest review of a point."""
    if row is None:
        row = MemoryRow(learner_id=latest.learner_id, card_id=latest.card_id, point_id=latest.point_id)
        session.add(row)
    row.stability, row.difficulty, row.last_review = recall.stability, recall.difficulty, recall.last_review
    row.reviews, row.lapses = recall.reviews, recall.lapses
    row.credit, row.lack = evidence.credit, evidence.lack
    row.verdict = latest.verdict


def _come_to(
    schedule: Schedule, reviews: Sequence[Review | _Past], recall: Recall | None = None, evidence: Evidence | None = None
) -> tuple[Recall, Evidence]:
    """What some reviews in order of time come to, after what there was before them."""
    evidence = evidence or Evidence()
    for past in reviews:
        before = recall
        recall = schedule.review(recall, Rating(past.rating), past.reviewed_at)
        days = 0.0 if before is None else (recall.last_review - before.last_review).total_seconds() / DAY
        evidence = evidence.after(days).plus(past.credit, EVIDENCE[Circumstance(past.circumstance)])
    assert recall is not None, "no reviews"
    return recall, evidence


def _recall(row: MemoryRow | None) -> Recall | None:
    return None if row is None else Recall(row.stability, row.difficulty, row.last_review, row.reviews, row.lapses)


def _rows(session: Session, learner_id: int, card_id: str) -> dict[str, MemoryRow]:
    """What is remembered of a card, by point."""
    found = session.scalars(select(MemoryRow).where(MemoryRow.learner_id == learner_id, MemoryRow.card_id == card_id))
    return {row.point_id: row for row in found}


_COLUMNS = [MemoryRow.__table__.c[name] for name in Item._fields]


def items(session: Session, learner_id: int, *, points_only: bool = False) -> list[Item]:
    """Everything a learner has met, in no particular order; whole questions are left out with `points_only`."""
    query = select(*_COLUMNS).where(MemoryRow.learner_id == learner_id)
    if points_only:
        query = query.where(MemoryRow.point_id != WHOLE_CARD)
    # Past the mapper, which takes as long for each row as the database does.
    return [Item._make(row) for row in session.connection().execute(query).all()]
