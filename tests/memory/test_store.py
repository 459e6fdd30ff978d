"""What is stored reads back as it was, and what is asked of the store is answered from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.grading.grader import Grade
from bot.grading.score import Score
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Quote
from bot.memory import progress
from bot.memory.store import Question, Spoken, Store, grade_of
from bot.memory.tables import Attempt, now

QUESTIONS = [Question("regularization", "正則化とは?"), Question("roc-auc", "What is AUC?"), Question("mlops", "MLOpsとは?")]
GRADE = Grade(
    "graded",
    (
        PointVerdict("penalty", 5, Distribution(0.91, 0.05, 0.01), Quote("罰則を足す。👍", 3, 10)),
        PointVerdict("norms", 3, Distribution(0.1, 0.2, 0.6)),
    ),
    (MisconceptionVerdict("l2-zeroes", 0.8, Quote("L2はゼロ", 10, 15)), MisconceptionVerdict("improves-training-fit", 0.61)),
    Score(62.5, 50.1, 74.9),
    spoke_to_grader=True,
    listed_terms=True,
    truncated=True,
    judge="fake · fixed",
    calibration="0123456789ab",
    seconds=1.25,
    prompt_tokens=300,
    generated_tokens=8,
)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()


def begin(store: Store, lang: str = "ja") -> str:
    return store.create_interview(lang, "practice", {"count": 3}, QUESTIONS)


def add(store: Store, interview_id: str, answer: str = "答え", *, turn: int = 0, lang: str = "ja", follow_up: str | None = None) -> str:
    return store.add_attempt(store.interview(interview_id).turns[turn], lang, answer, follow_up)


def attempts(store: Store, interview_id: str, turn: int = 0) -> list[Attempt]:
    return store.interview(interview_id).turns[turn].attempts


def test_an_interview_reads_back_with_its_questions_in_order(store: Store) -> None:
    found = store.interview(begin(store, "en"))
    assert (found.lang, found.mode, found.plan, found.ended_at) == ("en", "practice", {"count": 3}, None)
    assert [(turn.position, turn.card_id, turn.question) for turn in found.turns] == [
        (n, q.card_id, q.text) for n, q in enumerate(QUESTIONS)
    ]


def test_an_interview_that_is_not_there(store: Store) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        store.interview("nowhere")


def test_what_is_stored_outlives_the_process(store: Store, database_url: str) -> None:
    interview_id = begin(store)
    add(store, interview_id, "正則化は罰則です。")
    other = Store(database_url)
    assert [a.answer for a in attempts(other, interview_id)] == ["正則化は罰則です。"]
    other.close()


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("えーと、L1です。👍\n次", "えーと、L1です。👍\n次"),
        ("a\0b", "ab"),
        ("a\ud800b", "a?b"),
        ("'; DROP TABLE attempt; --", "'; DROP TABLE attempt; --"),
        ("", ""),
        ("長" * 100_000, "長" * 100_000),
    ],
)
def test_an_answer_is_kept_as_it_was_said(store: Store, answer: str, kept: str) -> None:
    interview_id = begin(store)
    add(store, interview_id, answer)
    [attempt] = attempts(store, interview_id)
    assert (attempt.answer, attempt.state, attempt.position, attempt.card_id) == (kept, "pending", 0, "regularization")
    assert grade_of(attempt) is None


def test_attempts_at_a_question_are_numbered_on(store: Store) -> None:
    interview_id = begin(store)
    for answer in ("a", "b", "c"):
        add(store, interview_id, answer, follow_up="norms" if answer == "b" else None)
    assert [(a.position, a.answer, a.follow_up_point) for a in attempts(store, interview_id)] == [
        (0, "a", None),
        (1, "b", "norms"),
        (2, "c", None),
    ]


@pytest.mark.parametrize(
    "grade",
    [
        GRADE,
        Grade("ungraded", (), failure="timeout", judge="fake · fixed"),
        Grade("no_answer", (PointVerdict("penalty", 5, Distribution(0.0)),), score=Score(0.0, 0.0, 0.0), no_answer="dont_know"),
    ],
    ids=lambda grade: grade.state,
)
def test_a_grade_reads_back_identical(store: Store, grade: Grade) -> None:
    interview_id = begin(store)
    store.save_grade(add(store, interview_id), grade)
    [attempt] = attempts(store, interview_id)
    found = grade_of(attempt)
    assert found is not None
    assert set(found.misconceptions) == set(grade.misconceptions)
    assert replace(found, misconceptions=()) == replace(grade, misconceptions=())
    assert attempt.graded_at is not None


def test_grading_again_replaces_the_earlier_grade(store: Store) -> None:
    interview_id = begin(store)
    attempt_id = add(store, interview_id)
    store.save_grade(attempt_id, Grade("ungraded", (), failure="busy"))
    store.save_grade(attempt_id, GRADE)
    again = replace(GRADE, points=GRADE.points[::-1], misconceptions=GRADE.misconceptions[:1], score=Score(10.0, 5.0, 15.0))
    store.save_grade(attempt_id, again)
    [attempt] = attempts(store, interview_id)
    assert grade_of(attempt) == again
    assert attempt.failure is None


def test_only_an_interview_with_an_answer_and_without_an_end_is_open(store: Store) -> None:
    assert store.open_interview() is None
    first, second = begin(store), begin(store)
    assert store.open_interview() is None
    for interview_id in (first, second):
        add(store, interview_id)
    latest = store.open_interview()
    assert latest is not None
    assert (latest.id, len(latest.turns[0].attempts)) == (second, 1)
    store.end_interview(second)
    earlier = store.open_interview()
    assert earlier is not None
    assert earlier.id == first
    store.end_interview(first)
    assert store.open_interview() is None
    assert store.interview(first).ended_at is not None


def test_a_card_counts_as_asked_for_each_answer_in_its_language_but_not_for_follow_ups(store: Store) -> None:
    ja, en = begin(store), begin(store, "en")
    assert store.asked_cards("ja") == {}
    add(store, ja)
    add(store, ja, "別の答え")
    add(store, ja, follow_up="norms")
    add(store, ja, turn=1)
    add(store, en, lang="en")
    assert store.asked_cards("ja") == {"regularization": 2, "roc-auc": 1}
    assert store.asked_cards("en") == {"regularization": 1}


@pytest.mark.parametrize(
    ("position", "order"),
    [
        (0, ["new", "regularization", "roc-auc", "mlops"]),
        (1, ["regularization", "new", "roc-auc", "mlops"]),
        (3, ["regularization", "roc-auc", "mlops", "new"]),
    ],
)
def test_a_question_put_in_moves_the_later_ones_back(store: Store, position: int, order: list[str]) -> None:
    interview_id, other = begin(store), begin(store)
    add(store, interview_id, turn=1)
    store.insert_turn(interview_id, position, Question("new", "?"))
    turns = store.interview(interview_id).turns
    assert [turn.card_id for turn in turns] == order
    assert [turn.position for turn in turns] == [0, 1, 2, 3]
    assert [turn.card_id for turn in turns if turn.attempts] == ["roc-auc"]
    assert len(store.interview(other).turns) == 3


def test_a_turn_is_changed_where_it_was_told_to_and_nowhere_else(store: Store) -> None:
    interview_id = begin(store)
    snapshot = store.interview(interview_id).turns[1]
    when = now()
    store.update_turn(snapshot.id, asked_at=when, hints=2, skipped=True, follow_up_point="norms")
    first, changed, _ = store.interview(interview_id).turns
    assert (changed.asked_at, changed.hints, changed.skipped, changed.follow_up_point) == (when, 2, True, "norms")
    assert (first.asked_at, first.hints, first.skipped, first.follow_up_point) == (None, 0, False, None)
    assert snapshot.hints == 0  # what the store gave is a snapshot


def test_the_same_answer_sent_twice_is_stored_once(store: Store) -> None:
    interview = begin(store)
    first = add(store, interview, "同じ答え")
    assert add(store, interview, "同じ答え") == first
    assert add(store, interview, "同じ答え", follow_up="norms") != first
    assert len(attempts(store, interview)) == 2


def test_an_attempt_keeps_the_words_it_answers_and_how_long_it_took(store: Store) -> None:
    interview = begin(store)
    turn = store.interview(interview).turns[0]
    store.update_turn(turn.id, asked_at=now())
    add(store, interview)
    store.add_attempt(store.interview(interview).turns[0], "ja", "二つ目", "norms", "L1とは?")
    first, second = attempts(store, interview)
    assert first.asked == QUESTIONS[0].text
    assert second.asked == "L1とは?"
    assert first.duration is not None
    assert 0 <= first.duration < 60


def test_the_delivery_of_spoken_answers_is_read_back_by_day(store: Store) -> None:
    interview = store.interview(store.create_interview("ja", "practice", {}, [Question("regularization", "正則化とは?")]))
    turn = interview.turns[0]
    spoken = Spoken({"lang": "ja", "words": [], "speech": [], "seconds": 3.0, "levels": {"loudness": [], "clipped": 0.0}})
    first = store.add_attempt(turn, "ja", "声の答え", spoken=spoken)
    store.add_attempt(turn, "ja", "文字の答え")
    assert progress.delivered(progress.practised(store)) == []
    store.save_delivery(first, {"score": 71, "figures": []})
    assert [answer.score for answer in progress.delivered(progress.practised(store))] == [71.0]
    again = store.add_attempt(turn, "ja", "短い声", spoken=spoken)
    store.save_delivery(again, {"score": None})
    assert [answer.score for answer in progress.delivered(progress.practised(store))] == [71.0]


def test_a_draft_is_kept_until_the_answer_is_sent(store: Store) -> None:
    interview = store.interview(store.create_interview("ja", "practice", {}, [Question("regularization", "正則化とは?")]))
    store.save_draft(interview.turns[0].id, "途中まで話した")
    assert store.interview(interview.id).turns[0].draft == "途中まで話した"
    store.add_attempt(interview.turns[0], "ja", "途中まで話した答え")
    assert store.interview(interview.id).turns[0].draft is None
