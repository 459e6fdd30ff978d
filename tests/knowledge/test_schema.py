"""What a card may look like. The faults are those of files in test_deck.py; here are the rules that need no file."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from knowledge.deck import Deck
from knowledge.schema import SPOKEN_LENGTH, Card, Language, spoken_length


@pytest.fixture
def fields(bank: Deck) -> dict[str, Any]:
    """The fields of a valid card, to be spoiled."""
    return bank.get("regularization", "en").model_dump()


def faults(fields: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        Card.model_validate(fields)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in caught.value.errors()]


def test_a_card_is_equal_to_what_its_fields_make(bank: Deck, fields: dict[str, Any]) -> None:
    assert Card.model_validate(fields) == bank.get("regularization", "en")


def test_a_card_cannot_be_changed(bank: Deck) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        bank.get("regularization", "en").title = "Another"  # type: ignore[misc]


def test_weights_are_summed_and_points_found_by_id(bank: Deck) -> None:
    card = bank.get("regularization", "en")
    assert card.total_weight == 5 + 3 + 5 + 4 + 4 + 2
    assert card.point("norms").weight == 3
    with pytest.raises(KeyError, match="absent"):
        card.point("absent")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("id", "Not A Slug", "pattern"),
        ("lang", "fr", "'ja' or 'en'"),
        ("topic", "machine-learning", "pattern"),
        ("difficulty", "brutal", "'easy', 'medium' or 'hard'"),
        ("frequency", "often", "'very-common'"),
        ("title", "t" * 61, "at most 60"),
        ("question", "  ", "at least 1"),
        ("rephrasings", ["one", "two"], "at least 3"),
        ("points", [], "at least 3"),
        ("misconceptions", [], "at least 1"),
        ("sources", [], "at least 1"),
        ("colour", "red", "Extra inputs are not permitted"),
    ],
)
def test_a_field_that_does_not_fit_is_named(fields: dict[str, Any], field: str, value: object, says: str) -> None:
    ((where, message),) = faults({**fields, field: value})
    assert where == field
    assert says in message


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("weight", 6, "less than or equal to 5"),
        ("weight", 0, "greater than or equal to 1"),
        ("tags", [], "at least 1"),
        ("tags", ["metric", "colour"], "'definition'"),
        ("follow_up", "", "at least 1"),
    ],
)
def test_a_key_point_that_does_not_fit_is_named(fields: dict[str, Any], part: str, value: object, says: str) -> None:
    points = [dict(point) for point in fields["points"]]
    points[1][part] = value
    ((where, message),) = faults({**fields, "points": points})
    assert where.startswith(f"points.1.{part}")
    assert says in message


@pytest.mark.parametrize("field", ["points", "misconceptions"])
def test_ids_within_a_card_are_distinct(fields: dict[str, Any], field: str) -> None:
    items = [dict(item) for item in fields[field]]
    items[1]["id"] = items[0]["id"]
    ((where, message),) = faults({**fields, field: items})
    assert where == field
    assert f"id used twice: {items[0]['id']}; give each its own id" in message


@pytest.mark.parametrize(
    ("text", "lang", "size"),
    [("正則化 とは\n罰則", "ja", 7), ("L1 gives\nzeros", "en", 3), ("カ゚ABC", "ja", 5), ("", "ja", 0), (" ", "en", 0)],
)
def test_spoken_length_is_characters_or_words(text: str, lang: Language, size: int) -> None:
    assert spoken_length(text, lang) == size


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_answer_takes_one_to_two_minutes(bank: Deck, lang: Language) -> None:
    fields = bank.get("regularization", lang).model_dump()
    word, unit = ("あ", "characters") if lang == "ja" else ("word ", "words")
    low, high = SPOKEN_LENGTH[lang]
    for size in (low, high):
        assert Card.model_validate({**fields, "answer": word * size})
    for size in (low - 1, high + 1):
        assert faults({**fields, "answer": word * size}) == [
            ("", f"Value error, answer has {size} {unit}; write {low} to {high} so that it takes 60 to 120 s to say")
        ]
