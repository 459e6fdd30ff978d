"""Whether a term was said or only hinted at, by how it sounds."""

from __future__ import annotations

import pytest

from bot.speech.guard import SUPPORTED, checked, sounds, support, worth_checking
from bot.speech.heard import Word
from knowledge.schema import Language


def words(text: str, start: float = 0.0, step: float = 0.3) -> tuple[Word, ...]:
    """The pieces between bars, one every 0.3 s."""
    return tuple(Word(piece, start + n * step, start + (n + 1) * step, 0.9) for n, piece in enumerate(text.split("|")))


def doubtful(prompted: str, plain: str, terms: tuple[str, ...], lang: Language) -> str:
    return "".join(word.text for word in checked(words(prompted), words(plain), terms, lang) if word.doubtful).strip()


@pytest.mark.parametrize(
    ("lang", "term", "plain"),
    [
        ("ja", "正則化", "制|速|化"),
        ("ja", "過学習", "化|学習"),
        ("ja", "過学習", "科|学|習|を"),
        ("ja", "罰則項", "ばっそくこう"),
        ("ja", "L1", "エル|ワン"),
        ("ja", "Lasso", "ラッソ"),
        ("ja", "Lasso", "Ra|sso"),
        ("ja", "Elastic Net", "エラスティック|ネット"),
        ("ja", "PCA", "ピーシーエー"),
        ("ja", "適合率", "的|合|率"),
        ("en", "regularization", " regularisation"),
        ("en", "lasso", " Lassoe"),
        ("en", "L1", " L|-one"),
        ("en", "cross-validation", " Cross| validation,"),
        ("en", "PCA", " P.C.A."),
        ("en", "ROC curve", " rock| curve"),
        ("en", "overfitting", " over| fitting"),
    ],
)
def test_another_spelling_of_the_same_sound_supports_a_term(lang: Language, term: str, plain: str) -> None:
    prompted = f" {term}" if lang == "en" else term
    assert doubtful(prompted, plain, (term,), lang) == ""


@pytest.mark.parametrize(
    ("lang", "term", "plain"),
    [
        ("ja", "正則化", "標準|化|は"),
        ("ja", "正則化", "平滑|化|は"),
        ("ja", "交差検証", "仮説|検定|です"),
        ("ja", "Lasso", "リッジ|を"),
        ("ja", "過学習", "深層|学習|は"),
        ("ja", "適合率", "正解|率|は"),
        ("ja", "適合率", "再現|率|は"),
        ("ja", "スパース", ""),
        ("ja", "スパース", "ス"),
        ("en", "regularization", " standardization| gives"),
        ("en", "lasso", " ridge| gives"),
        ("en", "overfitting", " underfitting| is"),
        ("en", "precision", " the| accuracy| is"),
        ("en", "bagging", " boosting| adds"),
        ("en", "sparse", ""),
        ("en", "sparse", " s"),
    ],
)
def test_a_term_that_was_not_said_is_doubtful(lang: Language, term: str, plain: str) -> None:
    prompted = f" {term}" if lang == "en" else term
    assert doubtful(prompted, plain, (term,), lang) == term


def test_only_the_words_of_the_term_are_doubtful() -> None:
    assert doubtful("えーと|正|則|化|は|標準|化", "えーと|標|準|化|は|標準|化", ("正則化",), "ja") == "正則化"


def test_support_must_come_at_the_same_time() -> None:
    prompted = (*words("正|則|化|は"), *words("正|則|化|です", start=10.0))
    found = checked(prompted, words("制|速|化|は"), ("正則化",), "ja")
    assert [word.doubtful for word in found] == [False] * 4 + [True, True, True, False]
    late = words("制|速|化|は", start=0.5)
    assert support("正則化", 0.0, 0.9, late, "ja") >= SUPPORTED
    assert support("正則化", 0.0, 0.9, words("制|速|化|は", start=2.0), "ja") == 0.0


def test_nothing_else_of_a_word_is_changed() -> None:
    prompted = words(" So| lasso| works")
    found = checked(prompted, (), ("lasso",), "en")
    assert [(word.text, word.start, word.end, word.probability) for word in found] == [
        (word.text, word.start, word.end, word.probability) for word in prompted
    ]


@pytest.mark.parametrize(
    ("lang", "heard", "terms", "worth"),
    [
        ("ja", "正|則|化|は", ("正則化",), True),
        ("ja", "Ｌ１|は", ("L1",), True),
        ("ja", "標準|化|は", ("正則化",), False),
        ("ja", "L10|は", ("L1",), False),
        ("ja", "", ("正則化",), False),
        ("en", " Coefficients", ("coefficient",), True),
        ("en", " the| ROC| curve.", ("ROC curve",), True),
        ("en", " XL1", ("L1",), False),
        ("en", " folder", ("fold",), False),
        ("en", " Lasso", (), False),
    ],
)
def test_only_where_a_term_was_heard_a_second_look_is_worth_it(lang: Language, heard: str, terms: tuple[str, ...], worth: bool) -> None:
    assert worth_checking(words(heard), terms, lang) == worth


@pytest.mark.parametrize(("lang", "text"), [("ja", ""), ("ja", "。、"), ("ja", "🤖"), ("en", ""), ("en", "...")])
def test_what_has_no_sound_supports_nothing(lang: Language, text: str) -> None:
    assert set(sounds(text, lang)) <= {""}
    assert doubtful("正則化" if lang == "ja" else " lasso", text, ("正則化", "lasso"), lang) != ""
