"""The trained judge: fits the bank's cards and nothing else, and is the same every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.grading.grader import judge_request
from bot.grading.rubric import rubric_of_card, rubric_of_reference
from bot.grading.text import split_sentences
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.features import CLAUSE, ngrams, tf_idf, windows
from bot.models.judges.trained import TrainedJudge
from bot.models.judges.trained.aggregate import context, load_aggregate
from bot.models.judges.trained.classifier import load_classifier, text_hash
from knowledge.deck import load_deck
from knowledge.schema import Card, Language
from tests.fakes.fixed_judge import FixedJudge

RIGHT = {
    "ja": "正則化は損失関数に罰則項を足して過学習を防ぎます。L1は係数の絶対値の和、L2は二乗和を罰則にします。L1だと一部の係数がちょうどゼロになります。",
    "en": "Regularization adds a penalty to the loss to prevent overfitting. L1 uses the absolute values of the coefficients and L2 their squares. "
    "L1 sets some coefficients exactly to zero.",
}
SWAPPED = {
    "ja": "正則化は損失関数に罰則項を足して過学習を防ぎます。L1は係数の二乗和、L2は係数の絶対値の和を罰則にします。L2だと一部の係数がちょうどゼロになります。",
    "en": "Regularization adds a penalty to the loss to prevent overfitting. L1 uses the squares of the coefficients and L2 their absolute values. "
    "L2 sets some coefficients exactly to zero.",
}


def stated(lang: Language, answer: str) -> dict[str, float]:
    request = judge_request(rubric_of_card(load_deck().get("regularization", lang)), split_sentences(answer, lang))
    return {d.claim.id: d.stated for d in TrainedJudge(FixedJudge()).decide(request) if d.claim.kind == "point"}


@pytest.mark.parametrize("card", list(load_deck()), ids=lambda card: f"{card.id}.{card.lang}")
def test_every_card_of_the_bank_has_classifiers_that_fit_its_text(card: Card) -> None:
    classifier = load_classifier(card.id, card.lang, text_hash((p.id, p.text) for p in card.points), OfflineEmbeddings.name)
    assert classifier is not None, "run python -m evals train"
    assert classifier.points == tuple(p.id for p in card.points)
    assert classifier.weights.shape == (len(card.points), 4, len(classifier.columns) + 384)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_swapped_facts_are_told_from_right_ones(lang: Language) -> None:
    right, swapped = stated(lang, RIGHT[lang]), stated(lang, SWAPPED[lang])
    assert right["norms"] - swapped["norms"] > 0.15  # the hardest: the same words in another order
    assert right["l1-zeros"] - swapped["l1-zeros"] > 0.3  # half of the point: nothing is said of selecting features
    assert swapped["l1-zeros"] < 0.2
    assert max(right["elastic-net"], swapped["elastic-net"]) < 0.3


def test_a_contradicted_point_names_its_misconception() -> None:
    card = load_deck().get("regularization", "ja")
    request = judge_request(rubric_of_card(card), split_sentences(card.misconceptions[0].text, "ja"))
    decisions = {d.claim.id: d for d in TrainedJudge(FixedJudge()).decide(request)}
    assert decisions[card.misconceptions[0].id].stated > 0.5


def test_the_same_answer_is_graded_the_same_twice() -> None:
    assert stated("ja", RIGHT["ja"]) == stated("ja", RIGHT["ja"])


def test_a_card_whose_text_was_changed_goes_to_the_fallback() -> None:
    card = load_deck().get("regularization", "ja")
    points = (card.points[0].model_copy(update={"text": "別の文です。"}), *card.points[1:])
    fallback = FixedJudge()
    list(
        TrainedJudge(fallback).decide(
            judge_request(rubric_of_card(card.model_copy(update={"points": points})), split_sentences(RIGHT["ja"], "ja"))
        )
    )
    assert len(fallback.requests) == 1


def test_a_question_without_a_card_goes_to_the_fallback() -> None:
    fallback = FixedJudge()
    rubric = rubric_of_reference("What is a stack?", "A stack is last in, first out.", "en")
    list(TrainedJudge(fallback).decide(judge_request(rubric, split_sentences("Last in, first out.", "en"))))
    assert len(fallback.requests) == 1


def test_a_follow_up_is_judged_on_its_point_alone() -> None:
    rubric = rubric_of_card(load_deck().get("regularization", "en")).only("norms", "How are the penalties computed?")
    fallback = FixedJudge()
    decisions = list(TrainedJudge(fallback).decide(judge_request(rubric, split_sentences(RIGHT["en"], "en"))))
    assert [d.claim.id for d in decisions if d.claim.kind == "point"] == ["norms"]
    assert fallback.requests == []


def test_claims_may_come_in_any_order() -> None:
    request = judge_request(rubric_of_card(load_deck().get("mlops", "en")), split_sentences("MLOps applies DevOps ideas to ML.", "en"))
    judge = TrainedJudge(FixedJudge())
    forward = {d.claim.id: d.stated for d in judge.decide(request)}
    backward = {d.claim.id: d.stated for d in judge.decide(replace(request, claims=request.claims[::-1]))}
    assert forward == pytest.approx(backward)


def test_ngrams_are_normalised() -> None:
    assert ngrams("Ｌ１ 正則化", "ja") == ngrams("l1正則化", "ja")
    assert ngrams("L1, penalty!", "en") == ngrams("l1 PENALTY", "en")
    assert sum(ngrams("あい", "ja").values()) == 3


def test_tf_idf_rows_have_length_one_or_zero() -> None:
    columns = np.array(sorted(ngrams("a b", "en")), dtype=np.int32)
    matrix = tf_idf(["a b", "a a a", "nothing known"], "en", columns, np.ones(len(columns), dtype=np.float32))
    assert np.linalg.norm(matrix, axis=1) == pytest.approx([1, 1, 0])


def test_windows_are_sentences_and_neighbours() -> None:
    assert windows(["A.", "B.", "C."], "en") == ["A.", "B.", "C.", "A. B.", "B. C."]
    assert windows(["あ。", "い。"], "ja") == ["あ。", "い。", "あ。い。"]


def test_long_speech_is_looked_at_clause_by_clause_too() -> None:
    speech = (
        "正則化は損失に罰則を足して過学習を防ぐもので、L1は絶対値の和を足すので係数がゼロになりますし、L2は二乗和なので小さくなるだけです"
    )
    found = windows([speech], "ja")
    assert found[0] == speech
    assert "".join(found[1:3]) == speech
    assert all(len(piece) <= CLAUSE["ja"] for piece in found[1:3])
    assert found[3] == speech


def test_aggregated_probabilities_add_up() -> None:
    p = load_aggregate().decide(np.array([np.zeros(6), [9.0, -9, -9, 9, 9, 9]]))
    assert p.sum(axis=1) == pytest.approx([1, 1])
    assert p.min() >= 0


def test_the_context_of_a_point_is_the_mean_of_the_others() -> None:
    p = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]])
    found = context(p)
    assert found[0] == pytest.approx([0, 0, 1, np.log(0.2 / 2.2)])
    assert found[1] == pytest.approx([0.5, 0, 0.5, np.log(1.2 / 1.2)])
    assert context(p[:1])[0] == pytest.approx([0, 0, 0, 0])


def test_an_unclear_point_is_read_in_the_light_of_the_others() -> None:
    unclear = [0.0, -2, 0.0, 0.0, 2, 0.5]
    right, wrong = [6.0, -4, -6, 6, 6, 5], [-6.0, -4, 6, -6, 6, -5]
    among_right = load_aggregate().decide(np.array([unclear, right, right, right]))[0]
    among_wrong = load_aggregate().decide(np.array([unclear, wrong, wrong, wrong]))[0]
    assert among_right[0] > among_wrong[0]
