"""The rubric of a card, of one follow-up, and of a reference that has no card."""

from __future__ import annotations

import pytest

from bot.grading.rubric import MAX_DERIVED_POINTS, Point, rubric_of_card, rubric_of_reference
from knowledge.deck import load_deck
from knowledge.schema import Language


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_cards_rubric_holds_its_points_and_misconceptions(lang: Language) -> None:
    card = load_deck().get("regularization", lang)
    rubric = rubric_of_card(card)
    assert (rubric.card_id, rubric.lang, rubric.question) == ("regularization", lang, card.question)
    assert [(p.id, p.text, p.weight) for p in rubric.points] == [(p.id, p.text, p.weight) for p in card.points]
    assert [(m.id, m.text, m.about) for m in rubric.misconceptions] == [(m.id, m.text, m.about) for m in card.misconceptions]


def test_the_digest_changes_with_a_points_text_and_with_nothing_else() -> None:
    card = load_deck().get("regularization", "en")
    digest = rubric_of_card(card).digest
    reworded = card.points[0].model_copy(update={"text": "Something else."})
    heavier = card.points[0].model_copy(update={"weight": 1})
    assert rubric_of_card(card.model_copy(update={"points": (reworded, *card.points[1:])})).digest != digest
    assert rubric_of_card(card.model_copy(update={"points": (heavier, *card.points[1:]), "question": "Why?"})).digest == digest
    assert rubric_of_card(load_deck().get("regularization", "ja")).digest != digest


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_follow_ups_rubric_is_one_point_with_the_misconceptions_about_it(lang: Language) -> None:
    card = load_deck().get("regularization", lang)
    rubric = rubric_of_card(card)
    follow_up = rubric.only("l2-shrinks", card.point("l2-shrinks").follow_up)
    assert [p.id for p in follow_up.points] == ["l2-shrinks"]
    assert "l2-zeroes" in {m.id for m in follow_up.misconceptions}
    assert all("l2-shrinks" in m.about for m in follow_up.misconceptions)
    assert follow_up.question == card.point("l2-shrinks").follow_up
    assert (follow_up.card_id, follow_up.digest) == (rubric.card_id, rubric.digest)


def test_a_follow_up_to_a_point_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        rubric_of_card(load_deck().get("regularization", "ja")).only("nowhere", "?")


@pytest.mark.parametrize(
    ("lang", "reference", "points"),
    [
        (
            "ja",
            "スタックは後入れ先出しです。要素は一番上で積み下ろしします。空なら取り出せません。",
            ["スタックは後入れ先出しです。", "要素は一番上で積み下ろしします。", "空なら取り出せません。"],
        ),
        ("en", "A stack is last in, first out. Push and pop at the top.", ["A stack is last in, first out. Push and pop at the top."]),
        ("ja", "はい。スタックは後入れ先出しです。", ["スタックは後入れ先出しです。"]),
        ("en", "Yes. A stack is last in, first out.", ["A stack is last in, first out."]),
        ("en", "- last in, first out it is\n- push and pop at the top", ["- last in, first out it is", "- push and pop at the top"]),
        ("ja", "後入れ先出し", ["後入れ先出し"]),
        ("en", "LIFO. Top.", ["LIFO. Top."]),
        ("en", "A stack\u200b is\0 last in, ｆirst out.", ["A stack is last in, first out."]),
    ],
)
def test_a_references_sentences_are_its_points(lang: Language, reference: str, points: list[str]) -> None:
    rubric = rubric_of_reference("スタックとは?", reference, lang)
    assert [(p.id, p.text, p.weight) for p in rubric.points] == [(f"p{n}", text, 1) for n, text in enumerate(points, 1)]
    assert (rubric.card_id, rubric.misconceptions, rubric.lang) == (None, (), lang)


def test_a_long_references_shortest_neighbours_are_joined() -> None:
    long = [f"This is sentence number {n} and it says quite a lot about the subject." for n in range(6)]
    short = ["This one is rather short.", "And so is this one too."]
    rubric = rubric_of_reference("What?", " ".join([*long[:3], *short, *long[3:]]), "en")
    assert [p.text for p in rubric.points] == [*long[:3], " ".join(short), *long[3:]]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_reference_has_more_points_than_a_card_and_none_of_its_text_is_lost(lang: Language) -> None:
    reference = load_deck().get("mlops", lang).answer * 3
    rubric = rubric_of_reference("?", reference, lang)
    assert len(rubric.points) == MAX_DERIVED_POINTS == 7
    assert "".join("".join(p.text for p in rubric.points).split()) == "".join(reference.split())


def test_points_that_are_given_are_taken_as_they_are_and_the_question_is_cleaned() -> None:
    given = (Point("p1", "It is last in, first out.", 3), Point("p2", "It has a top.", 1))
    rubric = rubric_of_reference(" What is\0 a stack? ", "", "en", given)
    assert (rubric.points, rubric.question) == (given, "What is a stack?")


@pytest.mark.parametrize("reference", ["", "  \n", "...", "\u200b\0", "👍"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reference_without_text_is_refused(reference: str, lang: Language) -> None:
    with pytest.raises(ValueError, match="no text"):
        rubric_of_reference("What?", reference, lang)
