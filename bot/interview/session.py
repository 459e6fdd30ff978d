"""The state of an interview from turn to turn. Everything that must survive a crash is in the store."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from bot.grading.follow_up import heaviest_gap, with_follow_up
from bot.grading.grader import Grade, Grader, with_second_opinion
from bot.grading.misheard import as_heard, checked
from bot.grading.rubric import rubric_of_card
from bot.grading.verdict import PointVerdict, Verdict
from bot.interview.events import Asked, Disputed, Event, Finished, FollowedUp, Graded, Judged, Remarked, Stored
from bot.interview.intents import Intent, recognise
from bot.interview.planner import Choice, Plan, choose, wording
from bot.interview.spoken import first_point_at
from bot.interview.summary import Answered, Summary, summarise
from bot.memory.overview import overview
from bot.memory.store import Question, Spoken, Store, grade_of
from bot.memory.tables import Attempt, Interview, Turn, now
from bot.models.errors import JudgeError
from bot.speech.alignment import Alignment
from bot.speech.delivery.report import as_data, deliver
from bot.speech.heard import from_data
from knowledge.deck import Deck
from knowledge.schema import Card, KeyPoint, Language

Finder = Callable[[str, Language], str | None]


class NothingFits(ValueError):
    """No question fits the plan."""


class Means(NamedTuple):
    """What an interview is held with. `grader` is called when the first answer is graded, `finder` with a request, `ended` at the end."""

    store: Store
    deck: Deck
    grader: Callable[[], Grader]
    finder: Finder | None = None
    ended: Callable[[], None] | None = None


class InterviewSession:
    """One interview. Its methods yield events; state is read back from the store after every step."""

    def __init__(self, means: Means, interview_id: str) -> None:
        """Opens a stored interview; KeyError if there is none."""
        self._store, self._deck, self._grader, self._finder, self._ended = means
        self.interview: Interview = self._store.interview(interview_id)

    @classmethod
    def begin(cls, means: Means, plan: Plan) -> InterviewSession:
        """A new interview by a plan; a review without minutes takes those the learner has for it today. Raises NothingFits."""
        store, deck = means.store, means.deck
        seen = overview(store, deck, plan.lang)
        if plan.minutes is None:
            plan = replace(plan, minutes=seen.review_minutes)
        choices = choose(plan, deck, seen.due, store.asked_cards(plan.lang), random.Random())
        if not choices:
            raise NothingFits
        questions = [_question(store, choice) for choice in choices]
        return cls(means, store.create_interview(plan.lang, plan.mode, plan.as_data(), questions))

    @property
    def id(self) -> str:
        """The interview's id in the store."""
        return self.interview.id

    @property
    def lang(self) -> Language:
        """The language of the interview."""
        return "en" if self.interview.lang == "en" else "ja"

    @property
    def turn(self) -> Turn | None:
        """The question being dealt with; None when all are closed."""
        return next((turn for turn in self.interview.turns if turn.closed_at is None), None)

    @property
    def finished(self) -> bool:
        """Whether the interview has ended."""
        return self.interview.ended_at is not None

    def card(self, turn: Turn) -> Card:
        """The card of a turn."""
        return self._deck.get(turn.card_id, self.lang)

    def attempt(self, attempt_id: str) -> Attempt:
        """One of the interview's attempts; KeyError if it is none."""
        return self._find(attempt_id)[1]

    def ask(self) -> Iterator[Event]:
        """Asks the current question; ends the interview when there is none left."""
        turn = self.turn
        if turn is None:
            yield from self.end()
            return
        if turn.asked_at is None:
            self._store.update_turn(turn.id, asked_at=now())
            self._reload()
        yield Asked(self.card(turn), turn.question, turn.position + 1, len(self.interview.turns), turn.reason)

    def resume(self) -> Iterator[Event]:
        """Takes up where the interview was left: grades what was answered and not graded, and asks what was not asked yet."""
        turn = self.turn
        if turn is None or turn.asked_at is None:
            yield from self.ask()
            return
        pending = [attempt for attempt in turn.attempts if attempt.state == "pending"]
        if self.interview.mode != "exam":
            for attempt in pending:
                yield from self.grade_attempt(attempt.id)
            if not pending and turn.follow_up_point:
                yield FollowedUp(self.card(turn), self.card(turn).point(turn.follow_up_point))

    def respond(self, text: str, spoken: Spoken | None = None) -> Iterator[Event]:
        """What follows from something the candidate said: a request is met, anything else is an answer."""
        intent = recognise(text)
        if intent is None:
            yield from self.answer(text, spoken)
        else:
            yield from self.act(intent, text)

    def act(self, intent: Intent, text: str = "") -> Iterator[Event]:
        """Meets a request."""
        turn = self.turn
        if intent is Intent.END or turn is None:
            yield from self.end()
            return
        card = self.card(turn)
        if intent is Intent.REPEAT:
            point = turn.follow_up_point
            yield Remarked("repeat", card.point(point).follow_up if point else turn.question)
        elif intent is Intent.EXPLAIN:
            yield Remarked("explain", card.explanation)
        elif intent is Intent.HINT:
            yield from self._hint(turn, card)
        elif intent is Intent.ASK_ABOUT:
            yield from self._ask_about(turn, text)
        else:
            skipped = intent is Intent.SKIP and not turn.attempts
            self._store.update_turn(turn.id, closed_at=now(), skipped=skipped, follow_up_point=None)
            self._reload()
            if skipped:
                yield Remarked("skipped")
            yield from self.ask()

    def answer(self, text: str, spoken: Spoken | None = None) -> Iterator[Event]:
        """Stores an answer to what was asked last, then grades it (in an exam only at the end). `spoken` says how it was heard."""
        turn = self.turn
        if turn is None:
            yield from self.end()
            return
        point = turn.follow_up_point or turn.point_id
        asked = self.card(turn).point(turn.follow_up_point).follow_up if turn.follow_up_point else turn.question
        attempt_id = self._store.add_attempt(turn, self.lang, text, point, asked, spoken)
        if self.interview.mode == "exam":
            self._store.update_turn(turn.id, closed_at=now())
            self._reload()
            yield Remarked("recorded")
            yield from self.ask()
            return
        self._reload()
        yield Stored(self.card(turn), point)
        yield from self.grade_attempt(attempt_id)

    def retry(self) -> Iterator[Event]:
        """Asks the current question again, dropping an open follow-up; the next answer is a new attempt at it."""
        if (turn := self.turn) is not None:
            self._store.update_turn(turn.id, follow_up_point=None)
            self._reload()
            yield from self.ask()

    def grade_attempt(self, attempt_id: str) -> Iterator[Event]:
        """Grades a stored attempt (again), verdict by verdict, and but for an exam asks the follow-up it calls for."""
        turn, attempt = self._find(attempt_id)
        card = self.card(turn)
        rubric = rubric_of_card(card)
        if attempt.follow_up_point:
            rubric = rubric.only(attempt.follow_up_point, attempt.asked or card.point(attempt.follow_up_point).follow_up)
        before = self._earlier_total(turn, attempt)
        alignment = Alignment(from_data(attempt.speech.heard), attempt.answer) if attempt.speech else None
        rest = alignment.without_doubtful if alignment else None
        without_doubtful = None if rest is None else self._grader().grade(rubric, rest)
        for outcome in self._grader().stream(rubric, attempt.answer):
            if isinstance(outcome, PointVerdict):
                yield Judged(card, checked(outcome, without_doubtful))
                continue
            if alignment is not None and attempt.speech is not None:
                outcome = as_heard(outcome, without_doubtful, alignment.certainty)
                delivery = deliver(from_data(attempt.speech.heard), first_point_at(outcome, alignment))
                self._store.save_delivery(attempt_id, as_data(delivery))
            self._store.save_grade(attempt_id, outcome)
            self._reload()
            turn, _ = self._find(attempt_id)
            yield Graded(card, attempt_id, outcome, self.total(turn) or outcome, attempt.follow_up_point, before)
        if self.interview.mode != "exam" and turn.closed_at is None and turn.point_id is None:
            yield from self._follow_up(turn, card)

    def dispute(self, point_id: str) -> Iterator[Event]:
        """Notes that the candidate does not accept a verdict of the current question, and has the point judged again in other words."""
        turn = self.turn
        attempt = self._judged(turn, point_id) if turn else None
        grade = grade_of(attempt) if attempt else None
        if turn is None or attempt is None or grade is None or point_id not in {point.id for point in self.disputable()}:
            return
        card = self.card(turn)
        point = card.point(point_id)
        words = wording(card, point, attempt.asked)
        dispute = self._store.add_dispute(attempt.id, point_id, "hit", grade.of(point_id).distribution)
        try:
            second = self._grader().second_opinion(rubric_of_card(card).only(point_id, words), attempt.answer)
        except JudgeError:
            yield Disputed(point, changed=False, failed=True)
            return
        self._store.settle_dispute(dispute, second)
        better = with_second_opinion(grade, point_id, second)
        if better is not grade:
            self._store.save_grade(attempt.id, better)
            self._reload()
            turn, _ = self._find(attempt.id)
        yield Disputed(point, changed=better is not grade)
        if better is not grade:
            yield Graded(card, attempt.id, better, self.total(turn) or better, None)

    def disputable(self) -> list[KeyPoint]:
        """The points of the current question whose verdict could be better and was not judged a second time yet.

        Once only: averaged again and again, any score would end at the second judgement.
        """
        turn = self.turn
        total = self.total(turn) if turn else None
        if turn is None or total is None or total.state != "graded" or self.interview.mode == "exam":
            return []
        settled = {(a.id, point) for a in turn.attempts for point in self._store.settled_disputes(a.id)}
        card = self.card(turn)
        judged = [(v.point_id, self._judged(turn, v.point_id)) for v in total.points if v.verdict is not Verdict.HIT]
        return [card.point(point) for point, attempt in judged if attempt is not None and (attempt.id, point) not in settled]

    def _judged(self, turn: Turn, point_id: str) -> Attempt | None:
        """The latest attempt in which a point was judged."""
        judged = [a for a in turn.attempts if a.state == "graded" and any(row.point_id == point_id for row in a.points)]
        return judged[-1] if judged else None

    def grade_pending(self) -> Iterator[Event]:
        """Grades every attempt that was stored and not graded; an exam's feedback."""
        for turn in self.interview.turns:
            for attempt in turn.attempts:
                if attempt.state == "pending":
                    yield from self.grade_attempt(attempt.id)

    def regrade(self) -> Iterator[Event]:
        """Grades again every attempt that could not be graded; of a finished interview it then gives the summary anew."""
        for turn in self.interview.turns:
            for attempt in turn.attempts:
                if attempt.state == "ungraded":
                    yield from self.grade_attempt(attempt.id)
        if self.finished:
            yield Finished(self.summary())

    def end(self) -> Iterator[Event]:
        """Grades what is pending, closes the interview and sums it up."""
        if not self.finished:
            yield from self.grade_pending()
            self._store.end_interview(self.id)
            self._reload()
            if self._ended is not None:
                self._ended()
        yield Finished(self.summary())

    def summary(self) -> Summary:
        """The summary of the questions that were put so far."""
        put = [turn for turn in self.interview.turns if turn.asked_at is not None and (turn.attempts or turn.skipped)]
        return summarise([Answered(self.card(turn), self.total(turn)) for turn in put])

    def total(self, turn: Turn) -> Grade | None:
        """The grade of a question: its latest attempt, raised by the follow-ups answered after it."""
        totals = self.totals(turn)
        return totals[-1] if totals else None

    def totals(self, turn: Turn) -> list[Grade | None]:
        """The grade of a question as it stood after each of its attempts."""
        grade: Grade | None = None
        reached: list[Grade | None] = []
        for attempt in turn.attempts:
            latest = grade_of(attempt)
            if latest is not None and attempt.follow_up_point == turn.point_id:
                grade = latest
            elif latest is not None and grade is not None:
                grade = with_follow_up(grade, latest)
            reached.append(grade)
        return reached

    def followed_up(self, turn: Turn) -> list[str]:
        """The points asked about in follow-ups since the latest attempt at the question."""
        points: list[str] = []
        for attempt in turn.attempts:
            point = attempt.follow_up_point
            points = [] if point is None or point == turn.point_id else [*points, point]
        return points

    def _follow_up(self, turn: Turn, card: Card) -> Iterator[Event]:
        total = self.total(turn)
        gap = None
        if total is not None and total.state != "ungraded":
            gap = heaviest_gap(total.points, self.followed_up(turn))
        self._store.update_turn(turn.id, follow_up_point=gap.point_id if gap else None)
        self._reload()
        if gap is not None:
            yield FollowedUp(card, card.point(gap.point_id))

    def _hint(self, turn: Turn, card: Card) -> Iterator[Event]:
        """The card's nudge first, then its explanation; the points themselves are never given away."""
        nudges = (card.hint, card.explanation)
        if turn.hints < len(nudges):
            self._store.update_turn(turn.id, hints=turn.hints + 1)
            self._reload()
            yield Remarked("hint", nudges[turn.hints])
        else:
            yield Remarked("no_more_hints")

    def _ask_about(self, turn: Turn, text: str) -> Iterator[Event]:
        wanted = self._finder(text, self.lang) if self._finder else None
        if wanted is None:
            yield Remarked("not_found")
            return
        card = self._deck.get(wanted, self.lang)
        question = _question(self._store, Choice(card, None, "chosen"))
        if turn.attempts:
            self._store.update_turn(turn.id, closed_at=now(), follow_up_point=None)
        self._store.insert_turn(self.id, turn.position + bool(turn.attempts), question)
        self._reload()
        yield Remarked("asked_about", card.title)
        yield from self.ask()

    def _earlier_total(self, turn: Turn, attempt: Attempt) -> Grade | None:
        if attempt.follow_up_point != turn.point_id:
            return None
        earlier = [grade_of(a) for a in turn.attempts if a.position < attempt.position and a.follow_up_point == turn.point_id]
        return next((grade for grade in reversed(earlier) if grade is not None and grade.state != "ungraded"), None)

    def _find(self, attempt_id: str) -> tuple[Turn, Attempt]:
        for turn in self.interview.turns:
            for attempt in turn.attempts:
                if attempt.id == attempt_id:
                    return turn, attempt
        raise KeyError(attempt_id)

    def _reload(self) -> None:
        self.interview = self._store.interview(self.id)


def next_words(store: Store, card: Card, point: KeyPoint | None) -> str:
    """The words in which a card, or a point alone, will be asked next: other ones than the last time. Raises StoreError."""
    return wording(card, point, store.last_wording(card.id, point.id if point else None))


def _question(store: Store, choice: Choice) -> Question:
    return Question(choice.card.id, next_words(store, choice.card, choice.point), choice.point.id if choice.point else None, choice.reason)
