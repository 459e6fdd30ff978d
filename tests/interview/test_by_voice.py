"""A spoken answer through an interview: delivery is kept, misheard terms are asked back, uncertainty widens the interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from bot.grading.grader import Grader
from bot.interview.events import FollowedUp, Graded, Judged
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, Means
from bot.memory.store import Spoken, Store
from bot.models.judges import Decision, JudgeRequest
from bot.speech.delivery.report import from_data
from bot.speech.heard import Heard, Levels, Span, Word, as_data
from knowledge.deck import Deck

SAID = ("正則化は損失に罰則を足して過学習を抑えます。", "エラスティックネット", "は両方を混ぜます。")


class NamesJudge:
    """A fake judge: a point is stated when its word stands in the answer."""

    name = "fake · names"
    words: ClassVar[dict[str, str]] = {}

    def decide(self, request: JudgeRequest) -> Iterator[Decision]:
        for claim in request.claims:
            word = self.words.get(claim.id)
            yield Decision(claim, 0.97 if word and word in request.answer else 0.02)


@pytest.fixture
def judge() -> NamesJudge:
    return NamesJudge()


def spoken(*, doubtful: bool, probability: float = 0.9) -> Spoken:
    ends = (0.2, 9.0, 10.5, 13.0)
    words = tuple(
        Word(text, start, end, probability, doubtful and number == 1)
        for number, (text, start, end) in enumerate(zip(SAID, ends, ends[1:], strict=False))
    )
    return Spoken(as_data(Heard("ja", words, (Span(0.2, 13.0),), 14.0, Levels((-20.0,) * 30, 0.0))))


def answered(store: Store, deck: Deck, grader: Grader, given: Spoken) -> tuple[InterviewSession, list[object]]:
    session = InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", cards=("regularization",)))
    list(session.ask())
    return session, list(session.respond("".join(SAID), given))


def test_what_only_the_hint_brought_is_asked_back_and_says_nothing_of_memory(store: Store, deck: Deck, grader: Grader) -> None:
    elastic = next(p.id for p in deck.get("regularization", "ja").points if "elastic" in p.id)
    NamesJudge.words = {"penalty": "罰則", elastic: "エラスティックネット"}
    session, events = answered(store, deck, grader, spoken(doubtful=True))
    [graded] = [event for event in events if isinstance(event, Graded)]
    assert graded.grade.of(elastic).doubted
    assert graded.grade.of(elastic).credit == 0
    assert not graded.grade.of("penalty").doubted
    assert {event.verdict.point_id for event in events if isinstance(event, Judged) and event.verdict.doubted} == {elastic}
    [asked] = [event for event in events if isinstance(event, FollowedUp)]
    assert asked.point.id == elastic
    assert elastic not in {item.point_id for item in store.items()}
    assert "penalty" in {item.point_id for item in store.items()}
    again = InterviewSession(Means(store, deck, lambda: grader), session.id)  # as it is read back
    assert again.turn is not None
    total = again.total(again.turn)
    assert total is not None
    assert total.of(elastic).doubted


def test_a_sure_word_counts_and_the_delivery_is_kept(store: Store, deck: Deck, grader: Grader) -> None:
    session, events = answered(store, deck, grader, spoken(doubtful=False, probability=0.5))
    [graded] = [event for event in events if isinstance(event, Graded)]
    assert not any(point.doubted for point in graded.grade.points)
    attempt = session.attempt(graded.attempt_id)
    assert attempt.speech is not None
    assert attempt.speech.delivery is not None
    delivery = from_data(attempt.speech.delivery)
    assert delivery.speech_seconds == pytest.approx(12.8)
    first = delivery.figure("first_point")
    assert first is not None
    assert first.value == 0

    typed = InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", cards=("regularization",)))
    list(typed.ask())
    [plain] = [event for event in typed.respond("".join(SAID)) if isinstance(event, Graded)]
    assert plain.grade.score is not None
    assert graded.grade.score is not None
    assert plain.grade.score.value == graded.grade.score.value
    assert graded.grade.score.low == round(max(0, plain.grade.score.low - 10), 1)
    assert graded.grade.score.high == round(plain.grade.score.high + 10, 1)
