"""A doubtful transcription costs nothing but certainty, and puts no points on the score."""

from __future__ import annotations

from bot.grading.follow_up import heaviest_gap
from bot.grading.grader import Grade
from bot.grading.misheard import as_heard, checked
from bot.grading.score import score
from bot.grading.verdict import Distribution, PointVerdict, Quote, Verdict

SURE, HALF, NOTHING = Distribution(0.97), Distribution(0.2, 0.5), Distribution(0.02)


def graded(**points: Distribution) -> Grade:
    verdicts = tuple(PointVerdict(name, 3, distribution, Quote("x", 0, 1)) for name, distribution in points.items())
    return Grade("graded", verdicts, score=score(verdicts))


FULL = graded(a=SURE, b=SURE, c=HALF)


def test_a_hit_that_only_doubtful_words_carry_is_doubted_and_not_counted() -> None:
    heard = as_heard(FULL, graded(a=SURE, b=NOTHING, c=HALF), 1.0)
    assert [point.doubted for point in heard.points] == [False, True, False]
    assert heard.of("b").verdict is Verdict.MISSED
    assert heard.score == score(heard.points)
    assert heard.score is not None
    assert FULL.score is not None
    assert heard.score.value < FULL.score.value


def test_what_was_no_hit_stays_as_it_was() -> None:
    verdict = FULL.of("c")
    assert checked(verdict, graded(a=SURE, b=SURE, c=NOTHING)) == verdict
    assert checked(verdict, None) == verdict


def test_uncertain_hearing_widens_the_interval_and_leaves_the_score() -> None:
    heard = as_heard(FULL, None, 0.5)
    assert heard.score is not None
    assert FULL.score is not None
    assert heard.score.value == FULL.score.value
    assert heard.score.low == round(max(0, FULL.score.low - 10), 1)
    assert heard.score.high == round(min(100, FULL.score.high + 10), 1)
    assert as_heard(FULL, None, 1.0) == FULL


def test_no_answer_has_no_doubts() -> None:
    silent = Grade("no_answer", (), no_answer="empty")
    assert as_heard(silent, None, 0.1) == silent
    failed = Grade("ungraded", (), failure="timeout")
    assert as_heard(failed, None, 0.1) == failed


def test_a_doubted_point_is_asked_back_before_a_heavier_gap() -> None:
    points = (PointVerdict("heavy", 5, NOTHING), PointVerdict("light", 1, NOTHING, doubted=True))
    found = heaviest_gap(points)
    assert found is not None
    assert found.point_id == "light"
