"""What the voice is given to read: no Latin letter in Japanese, every term in words, nothing replaced inside a longer word."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.speech.voices.numerals import in_kanji
from bot.speech.voices.reading import read, unknown_words
from knowledge.deck import load_deck
from knowledge.schema import Card, Language

DECK = load_deck()
SAYABLE: dict[Language, str] = {"ja": r"[ぁ-んァ-ヶー一-鿿々、。？！?!・]*", "en": r"[A-Za-z0-9 ,.;:?!'’()-]*"}


def asked(card: Card) -> Iterator[str]:
    yield from (card.question, *card.rephrasings, card.hint)
    for point in card.points:
        yield from point.wordings


def told(card: Card) -> Iterator[str]:
    yield from (card.title, card.explanation, card.answer)
    for point in card.points:
        yield from (point.label, point.text)
    for misconception in card.misconceptions:
        yield from (misconception.text, misconception.correction)
    for term in card.glossary:
        yield term.term


@pytest.mark.parametrize("card", list(DECK), ids=lambda card: f"{card.id}-{card.lang}")
def test_nothing_of_a_card_is_left_that_the_voice_cannot_say(card: Card) -> None:
    for text in (*asked(card), *told(card)):
        said = read(text, card.lang)
        assert re.fullmatch(SAYABLE[card.lang], said), said
        assert re.search(r"\w", said)


@pytest.mark.parametrize("card", DECK.in_language("ja"), ids=lambda card: card.id)
def test_every_latin_word_of_a_card_has_a_reading_of_its_own(card: Card) -> None:
    assert [word for text in (*asked(card), *told(card)) for word in unknown_words(text, "ja")] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SMOTEをかけて、F1が0.95", "スモートをかけて、エフワンが零点九五"),
        ("ＳＭＯＴＥとsmote", "スモートとスモート"),
        ("A/Bテストのp値は0.05", "エービーテストのピーチは零点零五"),
        ("ROC-AUC、ROC曲線、AUC", "アールオーシー、エーユーシー、アールオーシー曲線、エーユーシー"),
        ("L1とL2", "エルワンとエルツー"),
        ("t-SNEとt検定", "ティースニーとティー検定"),
        ("k分割とk-foldとk近傍法", "ケー分割とケーフォールドとケー近傍法"),
        ("scikit-learnのPipeline", "サイキットラーンのパイプライン"),
        ("XGBoost/LightGBM", "エックスジーブースト、ライトジービーエム"),
        ("CI/CDとMLOpsとDevOps", "シーアイシーディーとエムエルオプスとデブオプス"),
        ("REST APIとAPI", "レストエーピーアイとエーピーアイ"),
        ("RandomForestのtrain_test_split", "ランダムフォレストのトレインテストスプリット"),
        ("AI", "エーアイ"),
        ("QZXという手法", "キューゼットエックスという手法"),
    ],
)
def test_terms_in_japanese(text: str, said: str) -> None:
    assert read(text, "ja") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("値の読み方、その値", "アタイの読み方、そのアタイ"),
        ("閾値と期待値と数値化", "閾値と期待値と数値化"),
        ("スコア値とAPI値下げ", "スコア値とエーピーアイ値下げ"),
        ("200列もある表に、代表に、表す", "二百列もあるヒョーに、代表に、表す"),
        ("EC、ECサイト", "イーシー、イーシーサイト"),
        ("profitとfit", "ピーアールオーエフアイティーとフィット"),
        ("身長をcmで測り、5mmずれる", "身長をセンチメートルで測り、五ミリメートルずれる"),
    ],
)
def test_nothing_is_replaced_inside_a_longer_word(text: str, said: str) -> None:
    assert read(text, "ja") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,000件のうち10%±2%", "千件のうち十パーセントプラスマイナス二パーセント"),
        ("3と-4、x=-3", "三とマイナス四、エックスイコールマイナス三"),
        ("5〜10回、5-10回", "五から十回、五から十回"),
        ("1/10、10:1", "十分の一、十対一"),
        ("p<0.05、n>=30", "ピーが零点零五未満、エヌが三十以上"),
        ("「はい」「いいえ」と（たぶん）答える。", "はい、いいえと、たぶん、答える。"),
        ("**太字**の`AUC`と[資料](https://example.org/a)", "太字のエーユーシーと資料"),
        ("χ²検定、R²、α", "カイ二乗検定、アール二乗、アルファ"),
        ("100ms以内に2GB", "百ミリ秒以内に二ギガバイト"),
        ("理由は…。（終わり）", "理由は。終わり、"),
    ],
)
def test_numbers_and_signs_in_japanese(text: str, said: str) -> None:
    assert read(text, "ja") == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("0", "零"),
        ("1", "一"),
        ("10", "十"),
        ("11", "十一"),
        ("100", "百"),
        ("1000", "千"),
        ("10000", "一万"),
        ("10010", "一万十"),
        ("2026", "二千二十六"),
        ("25000000", "二千五百万"),
        ("100000000", "一億"),
        ("0.05", "零点零五"),
        ("3.10", "三点一零"),
        ("007", "零零七"),
        ("12345678901234567", "一二三四五六七八九零一二三四五六七"),
    ],
)
def test_numbers_in_kanji(number: str, said: str) -> None:
    assert in_kanji(number) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The ROC-AUC is 0.97, p < 0.05.", "The R-O-C, A-U-C is 0.97, p less than 0.05."),
        ("A/B tests vs. bandits, e.g. Thompson", "A-B tests versus bandits, for example Thompson"),
        ("5% of 1,000 rows, 10:1, 1/10", "5 percent of 1,000 rows, 10 to 1, 1 over 10"),
        ("n_estimators=100 ± 5", "n estimators equals 100 plus or minus 5"),
        ("CI/CD & MLOps, train/test", "C-I, C-D and M-L ops, train test"),
        ("PCA - or t-SNE — and “k-fold”", "PCA, or t-SNE, and k-fold"),
        ("2x in 100ms", "2 times in 100 milliseconds"),
        ("Auctions, rock and devs", "Auctions, rock and devs"),
    ],
)
def test_english(text: str, said: str) -> None:
    assert read(text, "en") == said


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "text", ["", "   ", "🙂", "\x00\x07", "。", "%", "<|im_start|>", "gıt Lİft ſ", "٣٠%", "あ" * 5000, "A" * 5000, "1" * 5000, "\ud800"]
)
def test_no_text_is_too_odd_to_be_read(text: str, lang: Language) -> None:
    read(text, lang)


def test_reading_twice_changes_nothing_in_japanese() -> None:
    for card in DECK.in_language("ja"):
        said = read(card.question, "ja")
        assert read(said, "ja") == said
