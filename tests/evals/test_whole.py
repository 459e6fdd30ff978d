"""Whole answers and swapped statements: labels go where the words go."""

from __future__ import annotations

from evals.gold import load_gold
from evals.swaps import SWAPS, swapped, swapped_examples
from evals.whole import WholeAnswer, load_answers
from knowledge.deck import load_deck

DECK = load_deck()
ANSWER = WholeAnswer(
    "x",
    "regularization",
    "en",
    "mixed",
    "t",
    (
        ("L1 gives zeros.", {"l1-zeros": "states"}),
        ("I like it.", {}),
        ("It adds a penalty.", {"penalty": "half"}),
        ("To the loss.", {"penalty": "half"}),
        ("L2 is absolute values.", {"norms": "contradicts"}),
        ("L1 is absolute values.", {"norms": "states"}),
    ),
)


def test_every_card_has_whole_answers_of_every_kind_in_both_languages() -> None:
    found = {(answer.card, answer.lang, answer.kind) for answer in load_answers(DECK)}
    assert found == {(card.id, card.lang, kind) for card in DECK for kind in ("model", "right", "mixed", "wrong", "half")}


def test_a_whole_answer_has_one_label_a_point() -> None:
    labels = ANSWER.as_gold(DECK).labels
    assert (labels["l1-zeros"], labels["penalty"], labels["norms"], labels["elastic-net"]) == ("states", "states", "contradicts", "absent")


def test_neighbours_are_joined_unless_they_speak_of_the_same_point() -> None:
    texts = dict(ANSWER.passages())
    assert texts["L1 gives zeros. I like it."] == {"l1-zeros": "states"}
    assert "It adds a penalty. To the loss." not in texts
    assert "L2 is absolute values. L1 is absolute values." not in texts
    assert len(texts) == len(ANSWER.sentences) + 3


def test_exchanged_names_make_right_statements_wrong() -> None:
    assert (
        swapped("L1 (lasso) gives zeros, L2 does not; L12 stays.", "regularization", "en")
        == "L2 (ridge) gives zeros, L1 does not; L12 stays."
    )
    assert swapped("ラッソは絶対値です。", "regularization", "ja") == "リッジは絶対値です。"
    assert swapped("It adds a penalty.", "regularization", "en") is None
    assert swapped("L1", "mlops", "en") is None
    card = DECK.get("regularization", "en")
    assert dict(swapped_examples(card, [], [ANSWER])) == {
        "L2 gives zeros.": {"l1-zeros": "contradicts"},
        "L2 is absolute values.": {"norms": "contradicts"},
    }
    for name, swap in SWAPS.items():
        assert swap.points <= {point.id for point in DECK.get(name, "ja").points}


def test_the_unseen_answers_are_labelled_whole_and_not_in_any_other_set() -> None:
    unseen = load_gold(DECK, "unseen")
    assert len(unseen) == 84
    others = {answer.answer for answer in load_gold(DECK)} | {answer.as_gold(DECK).answer for answer in load_answers(DECK)}
    assert not others & {answer.answer for answer in unseen}
