"""The relational schema. Every row belongs to a learner; the embedded default has one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, MetaData, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the database; ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:
        """Makes an aware time in UTC of what comes: text from SQLite. Thousands are read for a page, so it does no more than that."""
        if dialect.name == "sqlite":
            return _of_text
        return lambda time: time if time is None or time.tzinfo is UTC else time.astimezone(UTC)


def _of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def now() -> datetime:
    """The current time, aware."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random identifier."""
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    """Declarative base with named constraints, so that migrations can drop them by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON}


class Learner(Base):
    """A person who practises, with what the schedule needs to know of them.

    `fsrs_parameters` are their own, None for the defaults; `fsrs_recalls` is how many recalls there were when a fit was last tried.
    """

    __tablename__ = "learner"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    daily_minutes: Mapped[int] = mapped_column(default=20)
    interview_on: Mapped[date | None]
    fsrs_parameters: Mapped[list[float] | None] = mapped_column(JSON)
    fsrs_recalls: Mapped[int] = mapped_column(default=0)


class Interview(Base):
    """One session with its plan."""

    __tablename__ = "interview"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    lang: Mapped[str] = mapped_column(String(2))
    mode: Mapped[str] = mapped_column(String(16))
    plan: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    turns: Mapped[list[Turn]] = relationship(back_populates="interview", order_by="Turn.position", cascade="all, delete-orphan")

    __table_args__ = (Index("ix_interview_open", "learner_id", "ended_at", "created_at"),)


class Turn(Base):
    """One question of an interview. `follow_up_point` is the point asked about now, if a follow-up is open.

    With `point_id` the turn asks for that point alone. `reason` is why it was chosen. `draft` is what was said and not yet sent.
    """

    __tablename__ = "turn"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id", ondelete="CASCADE"))
    position: Mapped[int]
    card_id: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    skipped: Mapped[bool] = mapped_column(default=False)
    hints: Mapped[int] = mapped_column(default=0)
    follow_up_point: Mapped[str | None] = mapped_column(String(60))
    point_id: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(20))
    draft: Mapped[str | None] = mapped_column(Text)

    interview: Mapped[Interview] = relationship(back_populates="turns")
    attempts: Mapped[list[Attempt]] = relationship(back_populates="turn", order_by="Attempt.position", cascade="all, delete-orphan")

    __table_args__ = (UniqueConstraint("interview_id", "position"), Index("ix_turn_card", "card_id", "point_id", "asked_at"))


class Attempt(Base):
    """One answer, to the question or (with `follow_up_point`) for one point alone. Stored before it is graded: state "pending".

    `asked` is the wording answered to, `hints` how many were given before, `duration` the seconds from question to answer;
    `delivery_score` in [0, 100] is for how it was spoken, where that was.
    """

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turn.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    position: Mapped[int]
    card_id: Mapped[str] = mapped_column(String(60))
    lang: Mapped[str] = mapped_column(String(2))
    follow_up_point: Mapped[str | None] = mapped_column(String(60))
    answer: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(default=now)
    duration: Mapped[float | None]
    asked: Mapped[str] = mapped_column(Text, default="")
    hints: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(12), default="pending")
    score: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    no_answer: Mapped[str | None] = mapped_column(String(20))
    failure: Mapped[str | None] = mapped_column(String(20))
    spoke_to_grader: Mapped[bool] = mapped_column(default=False)
    listed_terms: Mapped[bool] = mapped_column(default=False)
    truncated: Mapped[bool] = mapped_column(default=False)
    judge: Mapped[str] = mapped_column(String(200), default="")
    calibration: Mapped[str] = mapped_column(String(12), default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    prompt_tokens: Mapped[int] = mapped_column(default=0)
    generated_tokens: Mapped[int] = mapped_column(default=0)
    graded_at: Mapped[datetime | None]
    delivery_score: Mapped[float | None]

    turn: Mapped[Turn] = relationship(back_populates="attempts")
    points: Mapped[list[PointRow]] = relationship(cascade="all, delete-orphan", order_by="PointRow.position")
    misconceptions: Mapped[list[MisconceptionRow]] = relationship(cascade="all, delete-orphan")
    speech: Mapped[SpeechRow | None] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        UniqueConstraint("turn_id", "position"),
        Index("ix_attempt_learner_card", "learner_id", "card_id", "answered_at"),
        # With what the progress page asks of thousands of answers, so that it need not go to each.
        Index("ix_attempt_learner_time", "learner_id", "answered_at", "follow_up_point", "score", "delivery_score"),
        Index("ix_attempt_asked", "learner_id", "lang", "follow_up_point", "card_id"),
    )


class PointRow(Base):
    """The verdict on one key point of an attempt, with its probabilities and quote; `doubted` when it may have been misheard."""

    __tablename__ = "point_verdict"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    point_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int]
    weight: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
    hit: Mapped[float]
    partly: Mapped[float]
    contradicted: Mapped[float]
    quote: Mapped[str | None] = mapped_column(Text)
    quote_start: Mapped[int | None]
    quote_end: Mapped[int | None]
    doubted: Mapped[bool] = mapped_column(default=False)


class MisconceptionRow(Base):
    """A misconception that an attempt asserts."""

    __tablename__ = "misconception_verdict"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    misconception_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    probability: Mapped[float]
    quote: Mapped[str | None] = mapped_column(Text)
    quote_start: Mapped[int | None]
    quote_end: Mapped[int | None]


class SpeechRow(Base):
    """How a spoken answer was heard and delivered. `corrected` when the transcript was changed before it was graded.

    `audio` names the recording in the data folder, where the person asked to keep it.
    """

    __tablename__ = "speech"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    heard: Mapped[dict[str, Any]]
    delivery: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    corrected: Mapped[bool] = mapped_column(default=False)
    audio: Mapped[str | None] = mapped_column(String(80))


class Review(Base):
    """One review of a key point, or with an empty `point_id` of a whole question, as FSRS is told of it.

    `retrievability` is what was predicted just before, None at the first; `credit` in [0, 1] is what was reached.
    """

    __tablename__ = "review"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    point_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    card_id: Mapped[str] = mapped_column(String(60))
    circumstance: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str] = mapped_column(String(12))
    rating: Mapped[int]
    credit: Mapped[float]
    retrievability: Mapped[float | None]
    reviewed_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_review_learner_card", "learner_id", "card_id", "point_id", "reviewed_at"),
        Index("ix_review_learner_time", "learner_id", "reviewed_at"),
    )


class MemoryRow(Base):
    """What all reviews of a point, or with an empty `point_id` of a whole question, come to. Can be computed anew from them."""

    __tablename__ = "memory"

    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), primary_key=True)
    card_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    point_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    stability: Mapped[float]
    difficulty: Mapped[float]
    last_review: Mapped[datetime]
    reviews: Mapped[int]
    lapses: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
    credit: Mapped[float]
    lack: Mapped[float]
    dismissed_at: Mapped[datetime | None]


class Dispute(Base):
    """A verdict the candidate does not accept, with what a second judgement in other words gave. `point_id` names what it is about."""

    __tablename__ = "dispute"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    point_id: Mapped[str] = mapped_column(String(60))
    claimed: Mapped[str] = mapped_column(String(12))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    again: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index("ix_dispute_attempt", "attempt_id"),)
