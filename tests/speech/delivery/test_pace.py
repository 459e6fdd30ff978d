"""Pace: morae and words as they are read aloud, over the time of speech."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.speech.delivery.pace import english_words, morae, pace
from bot.speech.heard import Span
from tests.speech.delivery.heard_of import heard_of

MORAE = {
    "": 0,
    "、。!?": 0,
    "学校": 4,  # ガッコー
    "ちょっと": 3,
    "きょうは": 3,
    "ラーメン": 4,
    "東京へ行った": 8,  # トーキョーエイッタ
    "検証": 4,  # ケンショー
    "SMOTE": 4,  # スモート
    "smote": 4,
    "ＳＭＯＴＥ": 4,
    "p値": 3,  # ピーチ
    "0.05": 8,  # レーテンゼロゴー
    "L1": 4,  # エルイチ
    "AUC": 6,
    "ROC-AUC": 13,
    "CI/CD": 8,
    "MLOps": 7,  # エムエルオプス
    "k分割": 6,  # ケイブンカツ
    "5-fold": 5,  # ゴ フォールド
    "10-fold": 6,  # ジュー フォールド
    "t-SNE": 5,  # ティースニー
    "scikit-learn": 8,  # サイキット ラーン
    "XGBoost": 10,  # エックスジーブースト
    "1,000件": 4,  # センケン
    "10%": 7,  # ジュッパーセント
    "えーと、あのー": 6,
}
WORDS = {
    "": 0,
    "One two three.": 3,
    "It's the model's error": 4,
    "cross-validation": 2,
    "state-of-the-art": 4,
    "A/B test": 3,
    "AUC": 1,
    "L2": 2,
    "25%": 3,
    "0.05": 4,
    ".5": 2,
    "100": 2,
    "115": 3,
    "1,000": 2,
    "12,345": 6,
    "1000000": 2,
    "1998": 3,
    "2000": 2,
    "2005": 3,
    "2026": 3,
    "0": 1,
    "19": 1,
    "20": 1,
    "R²": 2,
    "naïve": 1,
    "um, uh...": 2,
}


@pytest.mark.parametrize(("text", "count"), MORAE.items())
def test_morae(text: str, count: int) -> None:
    assert morae(text) == count


@pytest.mark.parametrize(("text", "count"), WORDS.items())
def test_english_words(text: str, count: int) -> None:
    assert english_words(text) == count


def test_an_unknown_latin_word_is_not_spelled() -> None:
    assert morae("overdispersion") == 10
    assert morae("重みはoverdispersionです") == morae("重みは") + 10 + morae("です")


def test_a_very_long_answer_is_counted_whole() -> None:
    assert morae("正則化です。" * 2000) == 2000 * morae("正則化です。")
    assert morae("ア" * 5000) == 5000


def test_the_rate_leaves_pauses_out() -> None:
    heard = heard_of("a b c d e f g h i j", "en", each=0.5)
    assert pace(heard).per_minute == pytest.approx(120)
    paused = replace(heard, speech=(Span(0.0, 2.5), Span(30.0, 32.5)), seconds=40.0)
    assert pace(paused).per_minute == pytest.approx(120)
    assert pace(heard_of("ガッコウデス", "ja", each=0.2)).per_minute == pytest.approx(300)


def test_too_little_speech_has_no_rate() -> None:
    assert pace(heard_of("", "ja")).per_minute is None
    assert pace(replace(heard_of("はい", "ja"), speech=())).per_minute is None
    assert pace(heard_of("Yes", "en")).per_minute is None
    assert pace(heard_of("Yes", "en")).units == 1
    assert pace(replace(heard_of("", "en"), speech=(Span(0, 9),))).per_minute is None
