"""A verdict the candidate does not accept: stored, judged again in other words, and never to the candidate's harm."""

from __future__ import annotations

import json

import pytest

from bot.export.disputes import disputes_jsonl
from bot.grading.grader import Grader
from bot.interview.events import Disputed, Graded
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, Means
from bot.memory.store import Store
from bot.models.judges import JudgeError
from knowledge.deck import Deck, load_deck
from tests.fakes.fixed_judge import FixedJudge

ANSWER = "正則化は損失関数に罰則項を加えて過学習を抑えます。L1は絶対値、L2は二乗の和を使います。"


@pytest.fixture
def judge() -> FixedJudge:
    return FixedJudge({"penalty": 0.97, "norms": 0.05})


@pytest.fixture
def session(store: Store, deck: Deck, grader: Grader) -> InterviewSession:
    session = InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", cards=("regularization",)))
    list(session.ask())
    list(session.respond(ANSWER))
    return session


def test_a_better_second_judgement_counts_half_and_raises_the_score(session: InterviewSession, store: Store, judge: FixedJudge) -> None:
    assert session.turn is not None
    before = session.total(session.turn)
    judge.stated["norms"] = 0.95
    disputed, graded = list(session.dispute("norms"))
    assert disputed == Disputed(load_deck().get("regularization", "ja").point("norms"), changed=True)
    assert isinstance(graded, Graded)
    assert graded.grade.of("norms").distribution.hit == pytest.approx(0.5)
    assert before is not None
    assert before.score is not None
    assert graded.grade.score is not None
    assert graded.grade.score.value > before.score.value
    [(kept, attempt)] = store.disputes()
    assert (kept.point_id, kept.claimed) == ("norms", "hit")
    assert kept.before["hit"] == pytest.approx(0.05)
    assert kept.again == {"hit": 0.95, "partly": 0.0, "contradicted": 0.0}
    assert attempt.answer == ANSWER


def test_the_second_judgement_is_asked_in_other_words_about_that_point_alone(session: InterviewSession, judge: FixedJudge) -> None:
    first = judge.requests[-1]
    list(session.dispute("norms"))
    again = judge.requests[-1]
    assert [claim.id for claim in again.claims] == ["norms"]
    assert again.question != first.question
    assert again.card is None
    assert again.answer == first.answer


def test_a_second_judgement_that_is_no_better_changes_nothing(session: InterviewSession, store: Store, judge: FixedJudge) -> None:
    assert session.turn is not None
    before = session.total(session.turn)
    judge.stated["norms"] = 0.01
    [disputed] = list(session.dispute("norms"))
    assert isinstance(disputed, Disputed)
    assert not disputed.changed
    assert session.total(session.turn) == before
    assert len(store.disputes()) == 1


def test_when_it_cannot_be_judged_again_the_objection_is_on_record(session: InterviewSession, store: Store, judge: FixedJudge) -> None:
    judge.failure = JudgeError("timeout", "no reply")
    [disputed] = list(session.dispute("norms"))
    assert isinstance(disputed, Disputed)
    assert disputed.failed
    assert store.disputes()[0][0].again is None


def test_only_what_could_be_better_can_be_disputed(session: InterviewSession) -> None:
    assert {point.id for point in session.disputable()} == {"norms", "l1-zeros", "l2-shrinks", "when-which", "elastic-net"}
    assert list(session.dispute("unheard-of")) == []


def test_disputes_are_given_out_as_labelled_material(session: InterviewSession, store: Store, deck: Deck) -> None:
    list(session.dispute("norms"))
    [line] = disputes_jsonl(store, deck).splitlines()
    row = json.loads(line)
    assert row["text"] == deck.get("regularization", "ja").point("norms").text
    assert (row["answer"], row["claimed"], row["card"]) == (ANSWER, "hit", "regularization")
    assert set(row["before"]) == set(row["again"]) == {"hit", "partly", "contradicted"}


def test_a_verdict_is_judged_a_second_time_once(session: InterviewSession, store: Store, judge: FixedJudge) -> None:
    judge.stated["norms"] = 0.5
    list(session.dispute("norms"))
    assert session.turn is not None
    raised = session.total(session.turn)
    judge.stated["norms"] = 0.99
    assert list(session.dispute("norms")) == []
    assert session.total(session.turn) == raised
    assert "norms" not in {point.id for point in session.disputable()}
    assert len(store.disputes()) == 1


def test_an_objection_that_could_not_be_judged_may_be_made_again(session: InterviewSession, store: Store, judge: FixedJudge) -> None:
    judge.failure = JudgeError("timeout", "no reply")
    list(session.dispute("norms"))
    judge.failure = None
    judge.stated["norms"] = 0.95
    assert isinstance(next(iter(session.dispute("norms"))), Disputed)
    [(kept, _)] = store.disputes()
    assert kept.again is not None
