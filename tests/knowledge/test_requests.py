"""What is left of a request when the asking is taken off."""

from __future__ import annotations

import pytest

from knowledge.requests import LONGEST_REQUEST, clean, topic_of


@pytest.mark.parametrize(
    ("request_text", "topic"),
    [
        ("正則化について聞いて", "正則化"),
        ("正則化について聞いてください。", "正則化"),
        ("えーと、次は交差検証の問題をお願いします", "交差検証"),
        ("じゃあ特徴量選択に関する質問を出してもらえますか?", "特徴量選択"),
        ("A/Bテストがいいです", "A/Bテスト"),
        ("モデルの監視を練習したい", "モデルの監視"),
        ("L1とL2の違い", "L1とL2の違い"),
        ("Ask me about regularization", "regularization"),
        ("OK, so can you quiz me on feature selection, please?", "feature selection"),
        ("I'd like to practice a question about class imbalance next", "class imbalance"),
        ("Let's talk about data drift", "data drift"),
        ("give me something on ROC curves", "ROC curves"),
        ("how do L1 and L2 differ", "how do L1 and L2 differ"),
        ("practice", "practice"),
    ],
)
def test_the_topic_of_a_request_is_found(request_text: str, topic: str) -> None:
    assert topic_of(request_text) == topic


@pytest.mark.parametrize("empty", ["", "  \n\t", "\u200b\ufeff", "\x00"])
def test_nothing_stays_nothing(empty: str) -> None:
    assert topic_of(empty) == ""


@pytest.mark.parametrize("bare", ["お願いします", "ask me", "please", "聞いて"])
def test_a_request_without_a_topic_stays_as_it_is(bare: str) -> None:
    assert topic_of(bare) == bare


def test_a_topic_has_no_topic_to_take_off() -> None:
    for topic in ("正則化", "交差検証", "feature selection", "A/Bテスト"):
        assert topic_of(topic_of(topic)) == topic_of(topic) == topic


def test_a_long_request_is_cut() -> None:
    assert len(topic_of("正則化 " * 100_000)) <= LONGEST_REQUEST
    assert topic_of("x" * (LONGEST_REQUEST + 1)) == "x" * LONGEST_REQUEST


def test_characters_nobody_sees_are_gone_and_widths_are_one() -> None:
    assert clean("　Ｌ１\u200bと\u202e\x07ﾘｯｼﾞ \n") == "L1 と リッジ"
