"""Where a text is cut for speaking."""

from __future__ import annotations

import pytest

from bot.speech.voices.sentences import CUT_PAUSE, long_pieces, pieces, sentences
from knowledge.deck import load_deck
from knowledge.schema import Card, Language

DECK = load_deck()


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("何ですか。なぜ?次!", "ja", ["何ですか。", "なぜ?", "次!"]),
        ("「なぜですか。」と聞かれたら、どうしますか。", "ja", ["「なぜですか。」と聞かれたら、どうしますか。"]),
        ("答えは「はい。」次です。", "ja", ["答えは「はい。」", "次です。"]),
        ("一行目\n二行目", "ja", ["一行目", "二行目"]),
        ("0.5です。3.1です。", "ja", ["0.5です。", "3.1です。"]),
        ("What? Why! Use 0.5. OK", "en", ["What?", "Why!", "Use 0.5.", "OK"]),
        ("Use L1, e.g. Lasso vs. Ridge. Dr. Smith agrees.", "en", ["Use L1, e.g. Lasso vs. Ridge.", "Dr. Smith agrees."]),
        ('He said "no." Then what?', "en", ['He said "no."', "Then what?"]),
        ("", "ja", []),
        (" 。…\n", "ja", []),
    ],
)
def test_sentences(text: str, lang: Language, expected: list[str]) -> None:
    assert sentences(text, lang) == expected


@pytest.mark.parametrize("card", list(DECK), ids=lambda card: f"{card.id}-{card.lang}")
def test_pieces_are_the_whole_sentence_in_order(card: Card) -> None:
    for text in (card.question, *card.rephrasings, *(wording for point in card.points for wording in point.wordings)):
        for sentence in sentences(text, card.lang):
            for cut in (pieces(sentence, card.lang), long_pieces(sentence, card.lang)):
                said = [piece.text[:-1] if piece.pause == CUT_PAUSE else piece.text for piece in cut]
                assert "".join("".join(said).split()) == "".join(sentence.split())


def test_the_first_piece_of_a_japanese_question_is_short() -> None:
    first = [pieces(sentences(card.question, "ja")[0], "ja")[0].text for card in DECK.in_language("ja")]
    assert max(map(len, first)) <= 19
    assert min(map(len, first)) >= 5


def test_pieces_grow_with_what_the_listener_was_given() -> None:
    sentence = "値の読み方と、どんなときに使い、どんなときに注意が必要かも含めて説明してください。"
    assert len(pieces(sentence, "ja")) > len(pieces(sentence, "ja", 30)) >= len(long_pieces(sentence, "ja")) == 1


def test_a_sentence_with_no_place_to_cut_is_one_piece_unless_it_is_far_too_long() -> None:
    assert [piece.text for piece in pieces("あ" * 40, "ja")] == ["あ" * 40]
    assert [piece.text for piece in pieces("a" * 300, "en")] == ["a" * 300]
    cut = pieces("あ" * 1000, "ja")
    assert max(len(piece.text) for piece in cut) <= 200
    assert sum(piece.text.count("あ") for piece in cut) == 1000
