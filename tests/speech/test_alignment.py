"""Quotes get their times, corrections are certain, and doubtful words can be taken out."""

from __future__ import annotations

import pytest

from bot.speech.alignment import Alignment
from bot.speech.heard import Heard, Levels, Span, Word, as_data, from_data


def heard(*words: tuple[str, float, float, float] | tuple[str, float, float, float, bool], lang: str = "ja") -> Heard:
    return Heard(lang, tuple(Word(*word) for word in words), (Span(0.5, 4.0),), 5.0, Levels((-20.0, -21.5), 0.0))  # type: ignore[arg-type]


JA = heard(("正則化", 0.5, 1.0, 0.9), ("は", 1.0, 1.1, 0.8), ("罰則", 1.2, 1.8, 0.4), ("です。", 1.8, 2.2, 0.95))
EN = heard((" L1", 0.5, 0.9, 0.9), (" gives", 0.9, 1.2, 0.9), (" sparsity.", 1.3, 2.0, 0.6, True), lang="en")


def test_a_quote_has_the_time_of_its_words() -> None:
    assert Alignment(JA, JA.text).said(4, 6) == Span(1.2, 1.8)
    assert Alignment(EN, EN.text).said(3, 8) == Span(0.9, 1.2)
    assert EN.text == "L1 gives sparsity."


def test_what_was_typed_in_moves_the_times_along_and_has_none_itself() -> None:
    alignment = Alignment(JA, "はい、正則化は制約です。")
    assert alignment.said(0, 3) is None
    assert alignment.said(3, 6) == Span(0.5, 1.0)
    assert alignment.said(7, 9) is None
    assert alignment.said(9, 12) == Span(1.8, 2.2)


def test_certainty_is_the_recognisers_and_that_of_a_typed_word_is_one() -> None:
    assert Alignment(JA, JA.text).certainty == pytest.approx((3 * 0.9 + 0.8 + 2 * 0.4 + 3 * 0.95) / 9)
    assert Alignment(JA, "正則化は制約です。").certainty == pytest.approx((3 * 0.9 + 0.8 + 2 + 3 * 0.95) / 9)
    assert Alignment(JA, "全部書き直した").certainty == pytest.approx(1.0)
    assert Alignment(JA, "").certainty == 1.0


def test_doubtful_words_are_taken_out_where_they_still_stand() -> None:
    assert Alignment(EN, EN.text).without_doubtful == "L1 gives"
    assert Alignment(EN, "L1 gives zeros").without_doubtful is None
    assert Alignment(JA, JA.text).without_doubtful is None


def test_what_was_heard_survives_storage() -> None:
    assert from_data(as_data(JA)) == JA
    assert from_data(as_data(EN)) == EN
