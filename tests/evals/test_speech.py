"""The measures of the speech benchmark give known numbers, and its data says what it claims to say."""

from __future__ import annotations

import numpy as np
import pytest

from bot.speech.heard import RATE, Heard, Span, Word
from evals.speech.clips import quiet
from evals.speech.measures import Errors, Found, doubted_terms, errors, inserted_terms, matched_fillers, matched_pauses, term_counts
from evals.speech.noise import SNR, babble, mixed, pink
from evals.speech.script import Piece, excerpt, load_answers, load_off, parse
from evals.speech.words import comparable, terms_said
from knowledge.deck import Deck, load_deck
from knowledge.schema import LANGUAGES, Language


@pytest.fixture(scope="module")
def deck() -> Deck:
    return load_deck()


def words(*texts: str, doubtful: tuple[str, ...] = ()) -> tuple[Word, ...]:
    return tuple(Word(text, 0.5 * i, 0.5 * i + 0.4, 0.9, text in doubtful) for i, text in enumerate(texts))


def heard(lang: Language, *texts: str) -> Heard:
    said = words(*texts)
    return Heard(lang, said, (Span(0.0, said[-1].end),), said[-1].end)


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("ja", "二乗誤差は、0.05です。", "2乗誤差は0.05です"),
        ("ja", "五千種類が五百、九十九パーセント", "5000種類が50099%"),
        ("ja", "零点零五と一つ目", "0.05と1つ目"),
        ("ja", "ＲＯＣ曲線、A/Bテスト", "roc曲線abテスト"),
        ("ja", "三万二千人、千系と十個、ゼロ", "32000人千系と10個0"),
        ("en", "It's Cross-Validation, okay? 95%", "it's cross validation ok 95 percent"),
        ("en", "over ninety-five of twenty one, nineteen", "over 95 of 21 19"),
        ("en", "under zero point zero five and 0.5", "under 0.05 and 0.5"),
        ("en", "L1, CI/CD, 10,000 rows", "l 1 ci cd 10000 rows"),
        ("en", "L one", "l 1"),
        ("en", "standardised, precise otherwise", "standardized precize otherwize"),
    ],
)
def test_comparable(lang: Language, text: str, expected: str) -> None:
    assert comparable(text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "truth", "transcript", "expected"),
    [
        ("ja", "正則化です。", "制速化です", Errors(2, 5)),
        ("ja", "えーと、三つ", "えーと3つ", Errors(0, 5)),
        ("en", "the bias goes down", "The bias goes, um, down.", Errors(1, 4)),
        ("en", "early stopping", "", Errors(2, 2)),
    ],
)
def test_errors(lang: Language, truth: str, transcript: str, expected: Errors) -> None:
    assert errors(truth, transcript, lang) == expected


def test_a_spoken_form_counts_as_the_term_and_a_part_of_a_word_does_not(deck: Deck) -> None:
    card = deck.get("regularization", "ja")
    assert terms_said(card, "ラッソとL1とL10、ペナルティ") == ("L1", "Lasso", "罰則項")
    assert term_counts(card, ("L1", "Lasso"), "ラッソとL1、L1", "Lassoとエルワン") == {"L1": (2, 1), "Lasso": (1, 1)}
    assert terms_said(deck.get("bagging-boosting", "ja"), "XGBoost、LightGBM") == ("XGBoost", "LightGBM")
    assert terms_said(deck.get("model-deployment", "ja"), "REST API、Docker、CICD") == ("REST API", "Docker", "CI/CD")
    english = deck.get("regularization", "en")
    assert terms_said(english, "The bridge and two penalties, one penalty, weights") == ("penalty term", "coefficient")


def test_inserted_terms_are_those_of_the_prompt_that_nobody_said(deck: Deck) -> None:
    card = deck.get("regularization", "ja")
    transcript = words("標準化", "と", "正則化", "、", "L", "2", doubtful=("正則化",))
    assert inserted_terms(card, "標準化とL2", transcript) == ([], ["正則化"])
    assert inserted_terms(card, "標準化とエルツー", words("正", "則", "化")) == (["正則化"], [])
    assert inserted_terms(card, "標準化", words("正", "則", "化", doubtful=("則",))) == ([], ["正則化"])
    assert inserted_terms(card, "正則化", words("正則化")) == ([], [])
    assert doubted_terms(card, ("正則化", "L2"), words("正則化", "と", "正則化", "、", "L", "2", doubtful=("L",))) == 1


def test_fillers_are_matched_by_their_place() -> None:
    text, _, places = parse("The first, [um], is the metric. <1.2>And, [uh], the second is [you know] data.", "en")
    found, missed = matched_fillers(
        text, places, heard("en", " The", " first,", " uh,", " is", " the", " metric.", " And", " the", " second", " is", " data.")
    )
    assert (found, missed) == (Found(3, 1, 1), (1, 2))
    found, _ = matched_fillers("今日は、晴れです", (), heard("ja", "今日は", "、", "えーと", "、", "晴れです"))
    assert found == Found(0, 1, 0)


def test_pauses_are_matched_within_three_tenths_of_a_second() -> None:
    truth = [Span(1.0, 2.2), Span(5.0, 7.0)]
    assert matched_pauses(truth, [Span(1.1, 2.1), Span(5.0, 6.6), Span(9.0, 10.0)]) == Found(2, 3, 1)
    assert matched_pauses([], []) == Found(0, 0, 0)


def test_a_script_gives_text_pieces_and_places() -> None:
    text, pieces, fillers = parse("Well, [um], it is {0.05|zero point zero five}. Fine. <1.4>Then it ends.", "en")
    assert text == "Well, um, it is 0.05. Fine. Then it ends."
    assert pieces == (Piece("Well, um, it is zero point zero five.", 0.4), Piece("Fine.", 1.4), Piece("Then it ends.", 0.0))
    assert [text[start:end] for start, end in fillers] == ["um"]
    assert excerpt("A. <1>B. <2>C. <1>D.") == "A. <1>B. <2>C. "
    assert excerpt("A. <1>B.") == "A. <1>B."


def test_noise_lies_ten_decibels_below_the_speech() -> None:
    rng = np.random.default_rng(0)
    speech = (0.1 * np.sin(np.arange(RATE) / 5)).astype(np.float32)
    loudness = float(np.sqrt(np.mean(np.square(speech))))
    for noise in (pink(RATE, rng), babble(RATE, [rng.standard_normal(700).astype(np.float32), speech], rng)):
        added = mixed(speech, noise, loudness) - speech
        assert 20 * np.log10(loudness / np.sqrt(np.mean(np.square(added)))) == pytest.approx(SNR, abs=0.01)


def test_quiet_stretches_of_a_clean_clip() -> None:
    sound = np.full(RATE, 0.1, np.float32)
    sound[3200:8000] = 0.0
    sound[9600:11200] = 0.0
    assert [(round(span.start, 2), round(span.end, 2)) for span in quiet(sound)] == [(0.2, 0.5)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("part", ["development", "reporting"])
def test_the_answers_say_their_terms_fillers_and_pauses(part: str, lang: Language, deck: Deck) -> None:
    answers = load_answers(deck, part, (lang,))  # type: ignore[arg-type]
    assert len(answers) == 12
    assert len({script.card for script in answers}) == 7
    for script in answers:
        assert script.terms == terms_said(deck.get(script.card, lang), script.text)
        assert len(script.fillers) >= 4
        assert sum(piece.pause >= 1.0 for piece in script.pieces) >= 2
        # A pause near one second would be found or not by chance.
        assert all(not 0.85 < piece.pause < 1.15 for piece in script.pieces)
        assert not set("[]{}<>|") & set(script.text + script.spoken)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_other_clips_do_not_say_what_they_are_prompted_with(lang: Language, deck: Deck) -> None:
    off = load_off(deck, "reporting", (lang,))
    assert len(off) >= 30
    for script in off:
        card = deck.get(script.card, lang)
        said = terms_said(card, script.text)
        assert len(said) < len(card.glossary)
        if script.kind == "near miss":
            assert script.not_said in {entry.term for entry in card.glossary}
            assert script.not_said not in said
