"""A review asks for single points in new words, grades them alone, and the schedule learns from it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

import bot.memory.store
from bot.grading.grader import Grader
from bot.interview.events import Asked, Finished, Graded
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, Means, NothingFits
from bot.memory.overview import overview
from bot.memory.store import Store
from bot.memory.tables import now
from knowledge.deck import Deck
from tests.fakes.fixed_judge import FixedJudge

ANSWER = "正則化は損失関数に罰則項を加えて過学習を抑える手法です。あとはよく覚えていません。"


@pytest.fixture
def judge(deck: Deck) -> FixedJudge:
    return FixedJudge({point.id: 0.97 for point in deck.get("regularization", "ja").points} | {"elastic-net": 0.02})


def noon() -> datetime:
    """Noon of today: what is a day or two apart must not depend on the hour at which the tests run."""
    return now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def answered_yesterday(store: Store, deck: Deck, grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.memory.store, "now", lambda: noon() - timedelta(days=1))
    session = InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", cards=("regularization",)))
    list(session.ask())
    list(session.respond(ANSWER))
    list(session.end())
    monkeypatch.setattr(bot.memory.store, "now", now)


def review(store: Store, deck: Deck, grader: Grader) -> InterviewSession:
    return InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", "review"))


def test_nothing_is_due_for_a_new_learner(store: Store, deck: Deck, grader: Grader) -> None:
    with pytest.raises(NothingFits):
        review(store, deck, grader)


@pytest.mark.usefixtures("answered_yesterday")
def test_the_missed_point_alone_is_asked_in_its_own_words(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    point = deck.get("regularization", "ja").point("elastic-net")
    session = review(store, deck, grader)
    [asked] = list(session.ask())
    assert isinstance(asked, Asked)
    assert (asked.text, asked.number, asked.total, asked.reason) == (point.follow_up, 1, 1, "missed")
    judge.stated["elastic-net"] = 0.97
    events = list(session.respond("L1とL2の罰則を組み合わせて、両方の長所を取り入れます。"))
    graded = events[-1]
    assert isinstance(graded, Graded)
    assert [v.point_id for v in graded.grade.points] == ["elastic-net"]
    assert [claim.id for claim in judge.requests[-1].claims if claim.id == "elastic-net"]
    summary = list(session.end())[-1]
    assert isinstance(summary, Finished)
    assert summary.summary.score == pytest.approx(100)
    assert overview(store, deck, "ja").due == ()


@pytest.mark.usefixtures("answered_yesterday")
def test_the_next_time_the_words_are_others(store: Store, deck: Deck, grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    point = deck.get("regularization", "ja").point("elastic-net")
    said = []
    for day in range(4):
        monkeypatch.setattr(bot.memory.store, "now", lambda ahead=day: noon() + timedelta(days=2 * ahead))
        monkeypatch.setattr("bot.memory.overview.now", lambda ahead=day: noon() + timedelta(days=2 * ahead))
        monkeypatch.setattr("bot.interview.session.now", lambda ahead=day: noon() + timedelta(days=2 * ahead))
        session = review(store, deck, grader)
        asked = next(e for e in session.ask() if isinstance(e, Asked) and e.text in point.wordings)
        said.append(asked.text)
        list(session.respond("それは分かりません、すみません。" + "別のことを言います。" * day))
        list(session.end())
    assert said[:3] == list(point.wordings)
    assert said[3] == point.wordings[0]


@pytest.mark.usefixtures("answered_yesterday")
def test_a_retry_of_a_point_is_compared_with_the_first_try(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = review(store, deck, grader)
    list(session.ask())
    list(session.respond("L1とL2は別々に学習させる手法です。"))
    list(session.retry())
    judge.stated["elastic-net"] = 0.97
    graded = list(session.respond("二つの罰則を足し合わせて使う手法です。"))[-1]
    assert isinstance(graded, Graded)
    assert graded.before is not None
    assert graded.before.points[0].verdict.value == "missed"
    [item] = [i for i in store.items() if i.point_id == "elastic-net"]
    assert (item.reviews, item.verdict) == (3, "hit")
