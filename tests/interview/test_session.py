"""The interview from turn to turn, on the real bank, the real database and a fake judge."""

from __future__ import annotations

import pytest

from bot.grading.grader import Grader
from bot.interview.events import Asked, Event, Finished, FollowedUp, Graded, Judged, Remarked, Stored
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, Means, NothingFits
from bot.memory.store import Store, grade_of
from bot.models.judges import JudgeError
from knowledge.deck import Deck
from tests.fakes.fixed_judge import FixedJudge

ANSWER = "正則化は損失関数に罰則項を加えて過学習を抑えます。L1は絶対値、L2は二乗の和を使います。"


@pytest.fixture
def judge() -> FixedJudge:
    return FixedJudge({"penalty": 0.97, "norms": 0.95})


def begin(store: Store, deck: Deck, grader: Grader, *cards: str, mode: str = "practice", lang: str = "ja") -> InterviewSession:
    return InterviewSession.begin(Means(store, deck, lambda: grader), Plan(lang, mode, cards=cards))  # type: ignore[arg-type]


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_an_answer_is_graded_point_by_point_and_followed_up_at_the_heaviest_gap(store: Store, deck: Deck, grader: Grader) -> None:
    session = begin(store, deck, grader, "regularization")
    assert kinds(list(session.ask())) == ["Asked"]
    events = list(session.respond(ANSWER))
    assert kinds(events) == ["Stored"] + ["Judged"] * 6 + ["Graded", "FollowedUp"]
    graded, follow_up = events[-2], events[-1]
    assert isinstance(graded, Graded)
    assert isinstance(follow_up, FollowedUp)
    assert graded.total.score is not None
    # penalty (5) and norms (3) of a total weight of 23
    assert graded.total.score.value == pytest.approx(100 * 8 / 23, abs=0.1)
    assert follow_up.point.id == "l1-zeros"
    assert graded.total.of("penalty").quote is not None
    assert graded.total.of("penalty").quote.text in ANSWER  # type: ignore[union-attr]
    assert graded.total.of("l1-zeros").quote is None


def test_a_follow_up_raises_the_total_and_at_most_two_are_asked(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = begin(store, deck, grader, "regularization")
    list(session.ask())
    list(session.respond(ANSWER))
    judge.stated["l1-zeros"] = 0.99
    events = list(session.respond("一部の係数がちょうどゼロになって、特徴量選択になります。"))
    assert kinds(events) == ["Stored", "Judged", "Graded", "FollowedUp"]
    assert isinstance(events[0], Stored)
    assert events[0].only == "l1-zeros"
    assert isinstance(events[2], Graded)
    assert events[2].follow_up_point == "l1-zeros"
    assert events[2].total.score is not None
    assert events[2].total.score.value == pytest.approx(100 * 13 / 23, abs=0.1)
    assert {claim.id for claim in judge.requests[-1].claims} >= {"l1-zeros"}
    assert not {"penalty", "norms"} & {claim.id for claim in judge.requests[-1].claims}
    second = list(session.respond("特に思いつきませんが、係数が小さくなります。"))
    assert kinds(second) == ["Stored", "Judged", "Graded"]


def test_a_worse_follow_up_never_lowers_the_total(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = begin(store, deck, grader, "regularization")
    list(session.ask())
    first = next(e for e in session.respond(ANSWER) if isinstance(e, Graded))
    judge.default = 0.0
    after = next(e for e in session.respond("うまく説明できないのですが、重要なことです。") if isinstance(e, Graded))
    assert first.total.score is not None
    assert after.total.score is not None
    assert after.total.score.value >= first.total.score.value


def test_requests_are_met_without_being_graded(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = begin(store, deck, grader, "regularization", "roc-auc")
    question = next(iter(session.ask()))
    assert isinstance(question, Asked)
    repeated = list(session.respond("もう一度お願いします"))
    assert repeated == [Remarked("repeat", question.text)]
    hints = [next(iter(session.respond("ヒントをください"))) for _ in range(3)]
    assert [h.remark for h in hints if isinstance(h, Remarked)] == ["hint", "hint", "no_more_hints"]
    assert kinds(list(session.respond("スキップします"))) == ["Remarked", "Asked"]
    assert judge.requests == []
    assert session.interview.turns[0].skipped
    assert session.interview.turns[0].hints == 2


def test_retry_shows_what_is_newly_covered(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = begin(store, deck, grader, "regularization")
    list(session.ask())
    list(session.respond(ANSWER))
    assert kinds(list(session.retry())) == ["Asked"]
    judge.stated["l1-zeros"] = 0.99
    graded = next(e for e in session.respond(ANSWER + "L1は係数をゼロにします。") if isinstance(e, Graded))
    assert graded.follow_up_point is None
    assert graded.before is not None
    assert graded.before.score is not None
    assert graded.total.score is not None
    assert graded.total.score.value > graded.before.score.value


def test_an_exam_grades_only_at_the_end(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = begin(store, deck, grader, "regularization", "roc-auc", mode="exam")
    list(session.ask())
    assert kinds(list(session.respond(ANSWER))) == ["Remarked", "Asked"]
    assert judge.requests == []
    events = list(session.respond("ROC曲線は真陽性率と偽陽性率の関係を描きます。"))
    assert kinds(events)[0] == "Remarked"
    assert "FollowedUp" not in kinds(events)
    assert isinstance(events[-1], Finished)
    assert len(events[-1].summary.answered) == 2
    assert session.finished
    assert store.open_interview() is None


def test_a_failing_judge_leaves_the_answer_stored_and_gradable(store: Store, deck: Deck, grader: Grader, judge: FixedJudge) -> None:
    session = begin(store, deck, grader, "regularization")
    list(session.ask())
    judge.failure = JudgeError("timeout", "30 s")
    failed = next(e for e in session.respond(ANSWER) if isinstance(e, Graded))
    assert (failed.grade.state, failed.grade.failure, failed.grade.score) == ("ungraded", "timeout", None)
    stored = store.interview(session.id).turns[0].attempts[0]
    assert (stored.answer, stored.state) == (ANSWER, "ungraded")
    judge.failure = None
    again = next(e for e in session.grade_attempt(failed.attempt_id) if isinstance(e, Graded))
    assert again.grade.state == "graded"
    assert len(store.interview(session.id).turns[0].attempts) == 1


def test_resume_grades_what_was_only_stored(store: Store, deck: Deck, grader: Grader) -> None:
    session = begin(store, deck, grader, "regularization")
    list(session.ask())
    turn = session.turn
    assert turn is not None
    store.add_attempt(turn, "ja", ANSWER)  # as if the process had died right after
    found = store.open_interview()
    assert found is not None
    resumed = InterviewSession(Means(store, deck, lambda: grader), found.id)
    assert kinds(list(resumed.resume())) == ["Judged"] * 6 + ["Graded", "FollowedUp"]
    again = InterviewSession(Means(store, deck, lambda: grader), found.id)
    assert kinds(list(again.resume())) == ["FollowedUp"]


def test_a_stored_grade_reads_back_identical(store: Store, deck: Deck, grader: Grader) -> None:
    session = begin(store, deck, grader, "regularization")
    list(session.ask())
    graded = next(e for e in session.respond(ANSWER) if isinstance(e, Graded))
    assert grade_of(store.interview(session.id).turns[0].attempts[0]) == graded.grade


def test_asking_for_a_topic_puts_its_question_next(store: Store, deck: Deck, grader: Grader) -> None:
    plan = Plan("ja", cards=("regularization", "roc-auc"))
    session = InterviewSession.begin(Means(store, deck, lambda: grader, lambda text, lang: "mlops"), plan)
    list(session.ask())
    events = list(session.respond("MLOpsについて聞いてください"))
    assert kinds(events) == ["Remarked", "Asked"]
    assert isinstance(events[1], Asked)
    assert events[1].card.id == "mlops"
    assert [turn.card_id for turn in session.interview.turns] == ["mlops", "regularization", "roc-auc"]


def test_a_question_asked_before_comes_in_other_words(store: Store, deck: Deck, grader: Grader) -> None:
    texts = []
    for _ in range(3):
        session = begin(store, deck, grader, "regularization")
        texts += [e.text for e in session.ask() if isinstance(e, Asked)]
        list(session.respond(ANSWER))
    assert len(set(texts)) == 3


def test_a_plan_that_nothing_fits(store: Store, deck: Deck, grader: Grader) -> None:
    with pytest.raises(NothingFits):
        InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", topics=("sql",)))


def test_both_languages_end_with_a_summary(store: Store, deck: Deck, grader: Grader) -> None:
    session = begin(store, deck, grader, "regularization", lang="en")
    list(session.ask())
    judged = [e for e in session.respond("Regularization adds a penalty on large coefficients to the loss.") if isinstance(e, Judged)]
    assert len(judged) == 6
    finished = list(session.respond("that's all, thanks"))[-1]
    assert isinstance(finished, Finished)
    assert finished.summary.score is not None
    assert finished.summary.weakest[0][0].lang == "en"


def test_an_exam_that_could_not_be_graded_is_graded_again_after_it_ended(
    store: Store, deck: Deck, grader: Grader, judge: FixedJudge
) -> None:
    session = begin(store, deck, grader, "regularization", mode="exam")
    list(session.ask())
    judge.failure = JudgeError("unreachable", "nobody there")
    finished = list(session.respond(ANSWER))[-1]
    assert isinstance(finished, Finished)
    assert (finished.summary.ungraded, finished.summary.score) == (1, None)
    judge.failure = None
    again = list(session.regrade())[-1]
    assert isinstance(again, Finished)
    assert again.summary.ungraded == 0
    assert again.summary.score is not None
