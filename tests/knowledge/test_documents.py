"""The texts of a card that are searched, and the mark by which an index of them is known."""

from __future__ import annotations

from collections import Counter

import pytest

from knowledge import documents
from knowledge.deck import Deck
from knowledge.documents import fingerprint, metadata_of, texts_of


def test_a_card_is_searched_by_question_title_rephrasings_answer_and_points(bank: Deck) -> None:
    card = bank.get("regularization", "ja")
    texts = list(texts_of(card))
    assert [text.id for text in texts[:3]] == ["regularization/ja/question", "regularization/ja/title", "regularization/ja/rephrasing/1"]
    assert [text.text for text in texts] == [
        card.question,
        card.title,
        *card.rephrasings,
        *card.phrases,
        card.answer,
        *(p.text for p in card.points),
    ]
    assert Counter(text.kind for text in texts) == {
        "question": 2 + len(card.rephrasings) + len(card.phrases),
        "answer": 1,
        "point": len(card.points),
    }
    assert [text.point_id for text in texts if text.kind == "point"] == [point.id for point in card.points]


def test_no_two_texts_of_the_bank_share_an_id(bank: Deck) -> None:
    ids = [text.id for card in bank for text in texts_of(card)]
    assert len(set(ids)) == len(ids)


def test_metadata_holds_what_a_chain_filters_by(bank: Deck) -> None:
    card = bank.get("model-monitoring", "en")
    text = next(text for text in texts_of(card) if text.kind == "point")
    assert metadata_of(card, text) == {
        "card": "model-monitoring",
        "lang": "en",
        "branch": "mlops",
        "topic": card.topic,
        "difficulty": card.difficulty,
        "frequency": card.frequency,
        "kind": "point",
        "point": card.points[0].id,
    }


@pytest.mark.parametrize("field", ["title", "question", "answer", "difficulty"])
def test_a_fingerprint_changes_with_what_is_indexed(bank: Deck, field: str) -> None:
    card = bank.get("regularization", "en")
    assert fingerprint([card.model_copy(update={field: "hard"})], "e5") != fingerprint([card], "e5")


@pytest.mark.parametrize("field", ["hint", "explanation", "code"])
def test_a_fingerprint_stays_when_the_rest_of_a_card_changes(bank: Deck, field: str) -> None:
    card = bank.get("regularization", "en")
    assert fingerprint([card.model_copy(update={field: "other"})], "e5") == fingerprint([card], "e5")


def test_a_fingerprint_changes_with_embedding_format_and_number_of_cards(bank: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = bank.get("regularization", "en"), bank.get("regularization", "ja")
    marks = {fingerprint([first], "e5"), fingerprint([first], "e6"), fingerprint([first, second], "e5")}
    monkeypatch.setattr(documents, "INDEX_FORMAT", documents.INDEX_FORMAT + 1)
    assert len({*marks, fingerprint([first], "e5")}) == 4
    assert all(len(mark) == 32 for mark in marks)
