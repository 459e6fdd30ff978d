"""Cleaning an answer for the models, and cutting it into sentences that are still pieces of it."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from bot.grading.text import clean_text, split_sentences, without_fillers
from knowledge.deck import load_deck
from knowledge.schema import Language


def sentences(answer: str, lang: Language) -> list[str]:
    return [sentence.verbatim for sentence in split_sentences(answer, lang)]


# ---- cleaning


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Ｌ１ ｶﾞｳｽ ①", "L1 ガウス 1"),
        ("か\u3099く", "がく"),
        ("a\0b\x07c\x1bd", "abcd"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("\u202eabc\u202c\u200f", "abc"),
        ("x\U000e0041\U000e0042", "x"),
        ("\ud800x\ue000y", "xy"),
        ("\u3164x\u2800y\u115f", "xy"),
        ("👍🏽 いい", "👍🏽 いい"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("✔\ufe0f済", "✔済"),
        ("a\u0301", "á"),
        ("Z" + "\u0351\u036b\u0343" * 5, "Z\u0351\u036b"),
        ("x\u00a0y\u3000z", "x y z"),
        ("  a \t b\r\n\r\n c ", "a b\nc"),
        ("<b>x</b>", "<b>x</b>"),
        ("", ""),
        ("\u200b \u2060", ""),
    ],
)
def test_what_cannot_be_seen_is_gone_and_what_can_be_stays(text: str, clean: str) -> None:
    assert clean_text(text) == clean
    assert clean_text(clean) == clean


# ---- sentences


@pytest.mark.parametrize(
    ("lang", "answer", "expected"),
    [
        ("ja", "L1はゼロにします。L2は縮めます。", ["L1はゼロにします。", "L2は縮めます。"]),
        ("ja", "本当ですか！？どうして？損失です", ["本当ですか！？", "どうして？", "損失です"]),
        ("ja", "ＡＵＣは０．８です．次です．", ["ＡＵＣは０．８です．", "次です．"]),
        ("ja", "係数が縮みます.次です.", ["係数が縮みます.", "次です."]),
        ("ja", "データ.csvを読みます。AUCは0.8です。", ["データ.csvを読みます。", "AUCは0.8です。"]),
        ("ja", "係数が…小さくなります。", ["係数が…小さくなります。"]),
        ("en", "Lasso gives zeros. Ridge shrinks.", ["Lasso gives zeros.", "Ridge shrinks."]),
        ("en", "Really?! Yes! It overfits", ["Really?!", "Yes!", "It overfits"]),
        ("en", "The AUC is 0.8. Version 1.2.3 is fine.", ["The AUC is 0.8.", "Version 1.2.3 is fine."]),
        ("en", "It grew...but then it failed... Then it worked.", ["It grew...but then it failed...", "Then it worked."]),
    ],
)
def test_a_sentence_ends_at_its_full_stop(lang: Language, answer: str, expected: list[str]) -> None:
    assert sentences(answer, lang) == expected


@pytest.mark.parametrize(
    ("lang", "answer", "expected"),
    [
        ("ja", "「過学習です。」と言いました。次です。", ["「過学習です。」と言いました。", "次です。"]),
        ("ja", "「過学習です。」次です。", ["「過学習です。」", "次です。"]),
        ("ja", "『縮む。』というのがL2です。", ["『縮む。』というのがL2です。"]),
        ("en", 'He said "it overfits." Then we stopped.', ['He said "it overfits."', "Then we stopped."]),
        ("en", "I asked why (it overfits.) Then we stopped.", ["I asked why (it overfits.)", "Then we stopped."]),
    ],
)
def test_a_quotation_stays_with_its_sentence(lang: Language, answer: str, expected: list[str]) -> None:
    assert sentences(answer, lang) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "I use e.g. ridge regression.",
        "It works, i.e. it generalizes.",
        "Bagging vs. boosting is the question.",
        "See Fig. 3 and Eq. 12 for it.",
        "Dr. Smith et al. showed it.",
        "Scaling, encoding etc. come first.",
    ],
)
def test_an_abbreviation_ends_no_sentence(answer: str) -> None:
    assert sentences(answer, "en") == [answer]


@pytest.mark.parametrize(
    ("lang", "answer", "expected"),
    [
        ("ja", "1. 学習率を下げる\n2. 早期終了\n3. 正則化", ["1. 学習率を下げる", "2. 早期終了", "3. 正則化"]),
        ("ja", "・縮める\n・止める", ["・縮める", "・止める"]),
        ("ja", "①縮める\n②止める", ["①縮める", "②止める"]),
        ("en", "- L1\n- L2", ["- L1", "- L2"]),
        ("en", "1. Lower the rate 2. Stop early 3. Regularize", ["1. Lower the rate", "2. Stop early", "3. Regularize"]),
        ("en", "1) Lower the rate\n2) Stop early", ["1) Lower the rate", "2) Stop early"]),
    ],
)
def test_every_item_of_a_list_is_a_sentence(lang: Language, answer: str, expected: list[str]) -> None:
    assert sentences(answer, lang) == expected


@pytest.mark.parametrize(
    ("lang", "answer", "expected"),
    [
        ("ja", "正則化\nは過学習を抑える手法です", ["正則化\nは過学習を抑える手法です"]),
        ("en", "It adds a penalty to\nthe loss function.", ["It adds a penalty to\nthe loss function."]),
        ("ja", "罰則を足して縮めます\n過学習が減ります", ["罰則を足して縮めます", "過学習が減ります"]),
        ("en", "It adds a penalty to the loss\nRidge only shrinks", ["It adds a penalty to the loss", "Ridge only shrinks"]),
    ],
)
def test_a_wrapped_line_goes_on_and_a_full_one_ends(lang: Language, answer: str, expected: list[str]) -> None:
    assert sentences(answer, lang) == expected


JA_SPEECH = (
    "損失関数に罰則項を足すと係数が小さくなるのでモデルが単純になって学習データに合わせすぎなくなって新しいデータでも外れにくくなります"
    "L1は絶対値なのでゼロになる係数が出てきますがL2は二乗なのでゼロにはならなくてただ小さくなるだけですだから使い分けます"
)
EN_SPEECH = (
    "you add a penalty to the loss and then the coefficients get smaller so the model is simpler and it does not fit the noise in the"
    " training data so much which means that it does better on new data and with lasso some of them become exactly zero while ridge"
    " just makes them all small so I pick lasso when I believe that only a few features matter"
)


@pytest.mark.parametrize(("lang", "speech", "longest"), [("ja", JA_SPEECH, 110), ("en", EN_SPEECH, 260)])
def test_speech_without_full_stops_is_cut_at_its_clauses(lang: Language, speech: str, longest: int) -> None:
    pieces = sentences(speech, lang)
    assert len(pieces) == 2
    assert all(len(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(speech.split())


def test_speech_is_cut_where_a_clause_ends() -> None:
    assert sentences(JA_SPEECH, "ja")[0].endswith("外れにくくなります")
    assert sentences(EN_SPEECH, "en")[0].endswith("in the training data")


@pytest.mark.parametrize("answer", ["", "   \n", "。。。", "...", "👍🎉", "\u200b\0", "—"])
def test_nothing_said_is_no_sentence(answer: str) -> None:
    assert sentences(answer, "ja") == sentences(answer, "en") == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_sentences_are_slices_in_order_that_leave_out_no_letter(lang: Language) -> None:
    hostile = "\u202eＬ１は\0ゼロ。\u200b👍🏽 Z\u0351\u036b\u0343\u036a.\r\n\r\n<b>L2</b>\u3000は「縮む。」と言う\ud800。1. a 2. b"
    for answer in (hostile, *(card.answer for card in load_deck().in_language(lang))):
        found = split_sentences(answer, lang)
        assert all(s.verbatim == answer[s.start : s.end] and s.clean == clean_text(s.verbatim) for s in found)
        assert all(a.end <= b.start for a, b in pairwise(found))
        assert "".join(filter(str.isalnum, answer)) == "".join(c for s in found for c in s.verbatim if c.isalnum())


@pytest.mark.parametrize(
    "text",
    ["あ", "a", "word ", "L1はゼロにします。", "It is so. ", ".", "\n \n", "「」", "1. ", "a\n", "\u0301", " ", "👍", '."', "、", "and "],
)
def test_a_hundred_thousand_characters_are_no_burden(text: str) -> None:
    answer = (text * 100_000)[:100_000]
    began = time.process_time()
    for lang in ("ja", "en"):
        assert all(len(s.verbatim) <= 260 for s in split_sentences(answer, lang))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("lang", "text", "rest"),
    [
        ("ja", "えーと、あのー、正則化です", "正則化です"),
        ("ja", "まあ係数が縮みます", "係数が縮みます"),
        ("ja", "えー", ""),
        ("en", "Um, well, you know, it shrinks", "it shrinks"),
        ("en", "Likelihood matters", "Likelihood matters"),
        ("en", "uh...", ""),
    ],
)
def test_only_the_fillers_at_the_beginning_go(lang: Language, text: str, rest: str) -> None:
    assert without_fillers(text, lang) == rest
