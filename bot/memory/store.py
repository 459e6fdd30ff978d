"""Interviews, turns, attempts and what is remembered of them. The only place that writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from fsrs import Rating
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session, selectinload, sessionmaker

from bot.grading.grader import Grade
from bot.grading.score import Score
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Quote
from bot.memory import reviews
from bot.memory.database import open_database, store_errors
from bot.memory.reviews import Item
from bot.memory.tables import Attempt, Base, Dispute, Interview, Learner, MemoryRow, MisconceptionRow, PointRow, SpeechRow, Turn, now

LOCAL_LEARNER = 1
# The same words again so soon are a second click, not a second try.
SAME_ANSWER_SECONDS = 60.0
_EVERYTHING = selectinload(Interview.turns).selectinload(Turn.attempts)


class Question(NamedTuple):
    """A question of an interview to be stored; with `point_id` it asks for that point alone. `reason` says why it was chosen."""

    card_id: str
    text: str
    point_id: str | None = None
    reason: str | None = None


class Spoken(NamedTuple):
    """What is stored of how an answer was spoken: as it was heard, whether it was corrected, and the recording's name if it is kept."""

    heard: dict[str, Any]
    corrected: bool = False
    audio: str | None = None


class Store:
    """One learner's part of a database. Objects it returns are detached snapshots: read them, change them through the store."""

    def __init__(self, url: str, learner_id: int = LOCAL_LEARNER) -> None:
        """Opens the database and makes the learner if there is none of that id. Raises StoreError."""
        self.engine: Engine = open_database(url)
        self.learner_id = learner_id
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        with self.session() as session:
            if session.get(Learner, learner_id) is None:
                session.add(Learner(id=learner_id, name="local"))

    def close(self) -> None:
        """Gives the connections back."""
        self.engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back when it raises. Raises StoreError."""
        with store_errors(), self._sessions.begin() as session:
            yield session

    @contextmanager
    def _alone(self) -> Iterator[Session]:
        """A transaction during which no other one (of another tab) writes for the learner: what is read in it stays true in it."""
        with self.session() as session:
            # Held, so that nobody has to read it again: a session forgets what nobody holds.
            _learner = session.scalars(
                update(Learner).where(Learner.id == self.learner_id).values(name=Learner.name).returning(Learner)
            ).all()
            yield session

    def learner(self) -> Learner:
        """The learner, with their settings."""
        with self.session() as session:
            return session.get_one(Learner, self.learner_id)

    def update_learner(self, **values: Any) -> None:
        """Sets columns of the learner."""
        self._update(Learner, self.learner_id, values)

    def items(self, *, points_only: bool = False) -> list[Item]:
        """Everything the learner has met: points, and whole questions unless `points_only`."""
        with self.session() as session:
            return reviews.items(session, self.learner_id, points_only=points_only)

    def histories(self) -> dict[tuple[str, str], list[tuple[Rating, datetime]]]:
        """All reviews by card and point ("" for the whole question), each in order of time."""
        with self.session() as session:
            return reviews.histories(session, self.learner_id)

    def settle_fit(self, recalls: int, parameters: Sequence[float] | None) -> None:
        """Notes that a fit was tried with so many recalls; with `parameters` all memory is computed anew. ValueError for bad ones."""
        with self._alone() as session:
            learner = session.get_one(Learner, self.learner_id)
            learner.fsrs_recalls = recalls
            if parameters is not None:
                learner.fsrs_parameters = list(parameters)
                reviews.recompute_all(session, self.learner_id)

    def dismiss(self, card_id: str, point_id: str) -> None:
        """Notes that the learner does not hold a point for a weakness; it stands until the next answer to it."""
        self._update(MemoryRow, (self.learner_id, card_id, point_id), {"dismissed_at": now()})

    def create_interview(self, lang: str, mode: str, plan: dict[str, Any], questions: Sequence[Question]) -> str:
        """The id of a new interview with a turn for each question."""
        with self.session() as session:
            turns = [
                Turn(position=n, card_id=q.card_id, question=q.text, point_id=q.point_id, reason=q.reason) for n, q in enumerate(questions)
            ]
            interview = Interview(learner_id=self.learner_id, lang=lang, mode=mode, plan=plan, turns=turns)
            session.add(interview)
        return interview.id

    def interview(self, interview_id: str) -> Interview:
        """An interview with its turns, attempts and verdicts; KeyError if there is none."""
        with self.session() as session:
            found = session.scalar(
                select(Interview)
                .where(Interview.id == interview_id)
                .options(*(_EVERYTHING.selectinload(part) for part in (Attempt.points, Attempt.misconceptions, Attempt.speech)))
            )
        if found is None:
            raise KeyError(interview_id)
        return found

    def open_interview(self) -> Interview | None:
        """The latest interview that was begun and not ended, to be resumed."""
        with self.session() as session:
            found = session.scalar(
                select(Interview.id)
                .join(Interview.turns)
                .join(Turn.attempts)
                .where(Interview.learner_id == self.learner_id, Interview.ended_at.is_(None))
                .order_by(Interview.created_at.desc())
                .limit(1)
            )
        return None if found is None else self.interview(found)

    def asked_cards(self, lang: str) -> dict[str, int]:
        """How often each card was answered in a language."""
        with self.session() as session:
            counted = session.execute(
                select(Attempt.card_id, func.count())
                .where(Attempt.learner_id == self.learner_id, Attempt.lang == lang, Attempt.follow_up_point.is_(None))
                .group_by(Attempt.card_id)
            )
            return {row[0]: row[1] for row in counted}

    def last_wording(self, card_id: str, point_id: str | None = None) -> str | None:
        """The words in which a card, or a point of it, was asked last; None if it never was."""
        with self.session() as session:
            found: str | None = session.scalar(
                select(Turn.question)
                .join(Turn.interview)
                .where(
                    Interview.learner_id == self.learner_id, Turn.card_id == card_id, Turn.point_id == point_id, Turn.asked_at.is_not(None)
                )
                .order_by(Turn.asked_at.desc())
                .limit(1)
            )
        return found

    def attempts(self, text: str = "", card_ids: Sequence[str] = (), limit: int = 50) -> list[Attempt]:
        """The latest attempts, newest first, with their verdicts.

        With `text` only those whose answer holds it, in any case, or whose card is among `card_ids`.
        """
        query = select(Attempt).where(Attempt.learner_id == self.learner_id)
        if text:
            query = query.where(Attempt.answer.icontains(text, autoescape=True) | Attempt.card_id.in_(card_ids))
        with self.session() as session:
            return list(
                session.scalars(
                    query.order_by(Attempt.answered_at.desc())
                    .limit(limit)
                    .options(*(selectinload(part) for part in (Attempt.points, Attempt.misconceptions, Attempt.speech)))
                )
            )

    def last_said(self, card_id: str, point_id: str) -> str | None:
        """The sentence quoted for a point's latest verdict; None when nothing was said about it."""
        with self.session() as session:
            row = session.execute(
                select(PointRow.quote)
                .join(Attempt, Attempt.id == PointRow.attempt_id)
                .where(Attempt.learner_id == self.learner_id, Attempt.card_id == card_id, PointRow.point_id == point_id)
                .order_by(Attempt.answered_at.desc())
                .limit(1)
            ).first()
        return row[0] if row else None

    def insert_turn(self, interview_id: str, position: int, question: Question) -> None:
        """Puts a question into an interview at a position; those from there on move back by one."""
        with self._alone() as session:
            turns = session.scalars(
                select(Turn).where(Turn.interview_id == interview_id, Turn.position >= position).order_by(Turn.position.desc())
            )
            for turn in turns:
                turn.position += 1
                session.flush()  # one by one from the last, so that no two share a position on the way
            session.add(
                Turn(
                    interview_id=interview_id,
                    position=position,
                    card_id=question.card_id,
                    question=question.text,
                    point_id=question.point_id,
                    reason=question.reason,
                )
            )

    def update_turn(self, turn_id: str, **values: Any) -> None:
        """Sets columns of a turn."""
        self._update(Turn, turn_id, values)

    def end_interview(self, interview_id: str) -> None:
        """Marks an interview as ended, so that it is not offered for resuming."""
        self._update(Interview, interview_id, {"ended_at": now()})

    def _update(self, table: type[Base], key: Any, values: dict[str, Any]) -> None:
        with self.session() as session:
            row = session.get_one(table, key)
            for name, value in values.items():
                setattr(row, name, value)

    def add_attempt(
        self,
        turn: Turn,
        lang: str,
        answer: str,
        follow_up_point: str | None = None,
        asked: str | None = None,
        spoken: Spoken | None = None,
    ) -> str:
        """Stores an answer before anything else is done with it; returns its id.

        `asked` are the words answered to, else the turn's question. The latest answer sent once more is not stored twice.
        """
        # PostgreSQL takes no NUL and neither reads lone surrogates; nothing a person says is in them.
        answer = answer.replace("\0", "").encode("utf-8", "replace").decode()
        at = now()
        with self._alone() as session:
            latest = session.scalar(select(Attempt).where(Attempt.turn_id == turn.id).order_by(Attempt.position.desc()).limit(1))
            if latest is not None and _same(latest, answer, follow_up_point, at):
                return latest.id
            since = turn.asked_at if latest is None else latest.graded_at or latest.answered_at
            attempt = Attempt(
                turn_id=turn.id,
                learner_id=self.learner_id,
                position=0 if latest is None else latest.position + 1,
                card_id=turn.card_id,
                lang=lang,
                follow_up_point=follow_up_point,
                asked=asked or turn.question,
                hints=session.get_one(Turn, turn.id).hints,
                answered_at=at,
                duration=None if since is None else max(0.0, (at - since).total_seconds()),
                answer=answer,
            )
            if spoken is not None:
                attempt.speech = SpeechRow(heard=spoken.heard, corrected=spoken.corrected, audio=spoken.audio)
            session.add(attempt)
            session.get_one(Turn, turn.id).draft = None  # it is an answer now
        return attempt.id

    def save_draft(self, turn_id: str, text: str | None) -> None:
        """Keeps what was said so far and not sent, in case the page is closed or the machine stops."""
        self._update(Turn, turn_id, {"draft": text})

    def save_delivery(self, attempt_id: str, delivery: dict[str, Any]) -> None:
        """Stores how a spoken answer was delivered."""
        with self.session() as session:
            session.get_one(SpeechRow, attempt_id).delivery = delivery
            session.get_one(Attempt, attempt_id).delivery_score = delivery["score"]

    def add_dispute(self, attempt_id: str, point_id: str, claimed: str, before: Distribution) -> str:
        """Stores that a verdict is not accepted, with the probabilities it rests on; returns the dispute's id.

        One that could not be settled is taken up again rather than stored twice.
        """
        with self._alone() as session:
            dispute = session.scalar(select(Dispute).where(Dispute.attempt_id == attempt_id, Dispute.point_id == point_id))
            if dispute is None:
                dispute = Dispute(
                    attempt_id=attempt_id, learner_id=self.learner_id, point_id=point_id, claimed=claimed, before=_probabilities(before)
                )
                session.add(dispute)
        return dispute.id

    def settled_disputes(self, attempt_id: str) -> set[str]:
        """The points of an attempt that were disputed and judged again."""
        with self.session() as session:
            return set(session.scalars(select(Dispute.point_id).where(Dispute.attempt_id == attempt_id, Dispute.again.is_not(None))))

    def settle_dispute(self, dispute_id: str, again: Distribution) -> None:
        """Stores what the second judgement gave."""
        self._update(Dispute, dispute_id, {"again": _probabilities(again)})

    def disputes(self) -> list[tuple[Dispute, Attempt]]:
        """All disputes with the attempts they are about, oldest first."""
        with self.session() as session:
            rows = session.execute(
                select(Dispute, Attempt)
                .join(Attempt, Attempt.id == Dispute.attempt_id)
                .where(Dispute.learner_id == self.learner_id)
                .order_by(Dispute.created_at)
            )
            return [(dispute, attempt) for dispute, attempt in rows]

    def save_grade(self, attempt_id: str, grade: Grade) -> None:
        """Writes the outcome of grading an attempt in place of any earlier one."""
        with self._alone() as session:
            attempt = session.get_one(Attempt, attempt_id)
            again = attempt.state != "pending"
            attempt.state = grade.state
            attempt.score, attempt.low, attempt.high = (
                (grade.score.value, grade.score.low, grade.score.high) if grade.score else (None, None, None)
            )
            attempt.no_answer, attempt.failure = grade.no_answer, grade.failure
            attempt.spoke_to_grader, attempt.listed_terms, attempt.truncated = grade.spoke_to_grader, grade.listed_terms, grade.truncated
            attempt.judge, attempt.calibration, attempt.seconds = grade.judge, grade.calibration, grade.seconds
            attempt.prompt_tokens, attempt.generated_tokens = grade.prompt_tokens, grade.generated_tokens
            attempt.graded_at = now()
            if again:
                for rows in (PointRow, MisconceptionRow):
                    session.execute(delete(rows).where(rows.attempt_id == attempt_id))
            # Added past the attempt, whose lists would first be read.
            session.add_all(_point_row(attempt_id, n, verdict) for n, verdict in enumerate(grade.points))
            session.add_all(
                MisconceptionRow(
                    attempt_id=attempt_id, misconception_id=m.misconception_id, probability=m.probability, **_quote_columns(m.quote)
                )
                for m in grade.misconceptions
            )
            reviews.record(session, session.get_one(Turn, attempt.turn_id), attempt, grade, again=again)


def _probabilities(p: Distribution) -> dict[str, float]:
    return {"hit": p.hit, "partly": p.partly, "contradicted": p.contradicted}


def _same(latest: Attempt, answer: str, follow_up_point: str | None, at: datetime) -> bool:
    alike = (latest.answer, latest.follow_up_point) == (answer, follow_up_point)
    return alike and abs((at - latest.answered_at).total_seconds()) < SAME_ANSWER_SECONDS


def grade_of(attempt: Attempt) -> Grade | None:
    """The stored grade of an attempt; None while it is pending."""
    if attempt.state == "pending":
        return None
    value = None
    if attempt.score is not None and attempt.low is not None and attempt.high is not None:
        value = Score(attempt.score, attempt.low, attempt.high)
    return Grade(
        state=attempt.state,  # type: ignore[arg-type]
        points=tuple(
            PointVerdict(row.point_id, row.weight, Distribution(row.hit, row.partly, row.contradicted), _quote(row), row.doubted)
            for row in attempt.points
        ),
        misconceptions=tuple(MisconceptionVerdict(row.misconception_id, row.probability, _quote(row)) for row in attempt.misconceptions),
        score=value,
        no_answer=attempt.no_answer,  # type: ignore[arg-type]
        failure=attempt.failure,  # type: ignore[arg-type]
        spoke_to_grader=attempt.spoke_to_grader,
        listed_terms=attempt.listed_terms,
        truncated=attempt.truncated,
        judge=attempt.judge,
        calibration=attempt.calibration,
        seconds=attempt.seconds,
        prompt_tokens=attempt.prompt_tokens,
        generated_tokens=attempt.generated_tokens,
    )


def _point_row(attempt_id: str, position: int, verdict: PointVerdict) -> PointRow:
    p = verdict.distribution
    return PointRow(
        attempt_id=attempt_id,
        point_id=verdict.point_id,
        position=position,
        weight=verdict.weight,
        verdict=verdict.verdict.value,
        hit=p.hit,
        partly=p.partly,
        contradicted=p.contradicted,
        doubted=verdict.doubted,
        **_quote_columns(verdict.quote),
    )


def _quote_columns(quote: Quote | None) -> dict[str, Any]:
    if quote is None:
        return {"quote": None, "quote_start": None, "quote_end": None}
    return {"quote": quote.text, "quote_start": quote.start, "quote_end": quote.end}


def _quote(row: PointRow | MisconceptionRow) -> Quote | None:
    if row.quote is None or row.quote_start is None or row.quote_end is None:
        return None
    return Quote(row.quote, row.quote_start, row.quote_end)
