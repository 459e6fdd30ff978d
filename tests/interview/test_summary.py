"""The closing summary in golden numbers."""

from __future__ import annotations

import pytest

from bot.grading.grader import Grade
from bot.grading.score import Score, score
from bot.grading.verdict import Distribution, PointVerdict
from bot.interview.summary import Answered, summarise
from knowledge.deck import load_deck
from knowledge.schema import Card, Language

DECK = load_deck()


def answered(card: Card, *stated: float) -> Answered:
    """The first points stated with these probabilities, the others with none."""
    padded = [*stated, *[0.0] * (len(card.points) - len(stated))]
    points = tuple(PointVerdict(p.id, p.weight, Distribution(s)) for p, s in zip(card.points, padded, strict=True))
    return Answered(card, Grade("graded", points, score=score(points)))


def scored(name: str, value: float, lang: Language = "ja") -> Answered:
    return Answered(DECK.get(name, lang), Grade("graded", (), score=Score(value, value, value)))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_strongest_and_weakest_points_are_the_heaviest_hits_and_gaps(lang: Language) -> None:
    card = DECK.get("regularization", lang)  # weights 5 3 5 4 4 2
    summary = summarise([answered(card, 1.0, 0.71, 0.0, 0.3, 0.5, 1.0)])
    assert [(c.id, p.point_id) for c, p in summary.strongest] == [("regularization", p) for p in ("penalty", "norms", "elastic-net")]
    # half a point is neither
    assert [p.point_id for _, p in summary.weakest] == ["l1-zeros", "l2-shrinks"]


def test_no_more_than_three_points_are_named_across_questions() -> None:
    cards = [DECK.get("regularization", "en"), DECK.get("mlops", "en")]
    worst, best = summarise([answered(c) for c in cards]), summarise([answered(c, *[1.0] * len(c.points)) for c in cards])
    assert (len(worst.weakest), len(worst.strongest)) == (3, 0)
    assert (len(best.weakest), len(best.strongest)) == (0, 3)
    assert {p.weight for _, p in worst.weakest} == {5}


def test_the_score_is_the_mean_of_the_questions_and_topics_have_their_own() -> None:
    one, other = DECK.get("regularization", "ja"), DECK.get("mlops", "ja")
    assert one.topic != other.topic
    summary = summarise([scored("regularization", 80.0), scored("mlops", 40.0), scored("regularization", 30.0)])
    assert summary.score == pytest.approx(50.0)
    assert summary.topics == ((one.topic, 55.0, 2), (other.topic, 40.0, 1))


def test_what_to_read_again_is_the_worst_first_then_what_was_skipped() -> None:
    skipped = Answered(DECK.get("ab-testing", "ja"), None)
    summary = summarise(
        [scored("regularization", 59.9), scored("roc-auc", 60.0), skipped, scored("mlops", 10.0), scored("bias-variance", 95.0)]
    )
    assert [card.id for card in summary.read_again] == ["mlops", "regularization", "ab-testing"]
    assert summary.answered[2] is skipped


def test_what_could_not_be_graded_is_counted_and_enters_no_mean() -> None:
    ungraded = Answered(DECK.get("mlops", "ja"), Grade("ungraded", (), failure="timeout"))
    summary = summarise([ungraded, scored("regularization", 80.0)])
    assert (summary.ungraded, summary.score) == (1, 80.0)
    assert [topic for topic, _, _ in summary.topics] == [DECK.get("regularization", "ja").topic]
    assert summary.read_again == ()


def test_no_answer_counts_as_zero_and_is_to_be_read_again() -> None:
    card = DECK.get("mlops", "en")
    missed = tuple(PointVerdict(p.id, p.weight, Distribution(0.0)) for p in card.points)
    summary = summarise([Answered(card, Grade("no_answer", missed, score=Score(0.0, 0.0, 0.0), no_answer="dont_know"))])
    assert (summary.score, summary.ungraded, summary.read_again) == (0.0, 0, (card,))


@pytest.mark.parametrize("of", [[], [Answered(DECK.get("mlops", "ja"), None)]])
def test_without_a_grade_there_is_no_score(of: list[Answered]) -> None:
    summary = summarise(of)
    assert (summary.score, summary.topics, summary.strongest, summary.weakest, summary.ungraded) == (None, (), (), (), 0)
    assert len(summary.read_again) == len(of)
