"""All figures together: ranges, places, advice, the score of delivery, and its way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.speech.delivery.ranges import RANGES
from bot.speech.delivery.report import Delivery, Figure, as_data, deliver, from_data, kinds_used
from bot.speech.heard import Heard, Levels, Span
from bot.text import catalogue
from knowledge.schema import LANGUAGES, Language
from tests.speech.delivery.heard_of import heard_of

EVEN = Levels((-20.0,) * 100, 0.0)
# 78 seconds, 195 words: 150 a minute, without a flaw.
GOOD_EN = "First, for example, you split the data into parts and train on all but one. " * 13
GOOD = replace(heard_of(GOOD_EN, "en", each=0.4, levels=EVEN))


def value(delivery: Delivery, name: str) -> float:
    figure = delivery.figure(name)
    assert figure is not None
    return figure.value


def scored(heard: Heard, first_point_at: float | None = 5.0) -> int:
    score = deliver(heard, first_point_at).score
    assert score is not None
    return score


def test_a_good_answer_has_every_figure_within_its_range_and_all_points() -> None:
    delivery = deliver(GOOD, 5.0)
    assert [(figure.name, figure.place, figure.advice) for figure in delivery.figures] == [
        (name, "within", None)
        for name in (
            *("pace", "length", "before_first", "pauses", "pause_share", "longest_pause"),
            *("fillers", "first_point", "structure", "spread", "trend", "clipping"),
        )
    ]
    assert delivery.score == 100
    assert delivery.units == 195
    assert value(delivery, "pace") == pytest.approx(150)
    assert value(delivery, "length") == pytest.approx(78)
    assert value(delivery, "first_point") == pytest.approx(5 / 78)
    assert list(kinds_used(delivery)) == ["number", "example"]


def test_the_score_is_the_weighted_mean_of_the_marks() -> None:
    # The weights of all figures come to 18.
    assert scored(replace(GOOD, words=heard_of(GOOD_EN, "en", each=0.4).words[:130])) == round(
        100 * (18 - 3 * 30 / 60) / 18
    )  # 100 words a minute
    assert scored(GOOD, 78 * 0.5) == round(100 * (18 - 2 * 0.2 / 0.4) / 18)
    assert scored(GOOD, 78) == round(100 * (18 - 2) / 18)
    assert scored(replace(GOOD, levels=Levels((-20.0,) * 75 + (-28.0,) * 25))) == round(100 * (18 - 4 / 8) / 18)
    plain = "You split the data into parts and train on all but one each time. " * 14
    assert scored(heard_of(plain, "en", each=0.4, levels=EVEN)) == round(100 * (18 - 2) / 18)


def test_what_cannot_be_measured_is_left_out_of_the_mean() -> None:
    delivery = deliver(replace(GOOD, levels=Levels()), None)
    assert {figure.name for figure in deliver(GOOD, 5.0).figures} - {figure.name for figure in delivery.figures} == {
        "first_point",
        "spread",
        "trend",
    }
    assert delivery.score == 100


def test_the_microphone_costs_no_points_but_is_told() -> None:
    delivery = deliver(replace(GOOD, levels=replace(EVEN, clipped=0.1)), 5.0)
    clipping = delivery.figure("clipping")
    assert clipping is not None
    assert clipping.advice == "clipping_above"
    assert delivery.score == 100


def test_pauses_and_the_time_before_the_first_word() -> None:
    heard = replace(GOOD, speech=(Span(8, 20), Span(24, 40), Span(41.5, 68)), seconds=75)
    delivery = deliver(heard, 14.0)
    assert delivery.pauses == (Span(20, 24), Span(40, 41.5))
    assert value(delivery, "length") == 60
    assert value(delivery, "pauses") == pytest.approx(2)
    assert value(delivery, "pause_share") == pytest.approx(5.5 / 60)
    assert value(delivery, "longest_pause") == pytest.approx(4)
    assert value(delivery, "before_first") == 8
    assert value(delivery, "first_point") == pytest.approx(0.1)


@pytest.mark.parametrize(("at", "share"), [(0.0, 0.0), (1000.0, 1.0)])
def test_a_first_point_outside_of_speech_is_taken_at_its_edge(at: float, share: float) -> None:
    assert value(deliver(replace(GOOD, speech=(Span(1, 60),)), at), "first_point") == share


@pytest.mark.parametrize(
    ("lang", "text", "each"),
    [
        ("ja", "はい、罰則を足します。", 0.5),
        ("ja", "正則化は罰則を足して過学習を防ぐ手法だと思います。", 0.1),
        ("en", "Yes, I think so.", 2.0),
    ],
)
def test_a_short_answer_has_figures_but_no_score(lang: Language, text: str, each: float) -> None:
    delivery = deliver(heard_of(text, lang, each=each), None)
    assert delivery.score is None
    assert value(delivery, "length") > 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_silence_has_neither_figures_nor_a_score(lang: Language) -> None:
    delivery = deliver(Heard(lang, (), (), 30.0), None)
    assert (delivery.figures, delivery.score, delivery.length, delivery.units) == ((), None, 0.0, 0)


def test_sound_without_words_has_no_pace_and_no_fillers() -> None:
    delivery = deliver(Heard("ja", (), (Span(1, 9),), 10.0), None)
    assert {figure.name for figure in delivery.figures}.isdisjoint({"pace", "fillers", "structure"})
    assert delivery.score is None


def test_words_without_sound_have_no_figures() -> None:
    assert deliver(replace(GOOD, speech=()), 5.0).figures == ()


def test_the_borders_of_a_range_belong_to_it() -> None:
    places = [Figure("pace", value, 130, 190).place for value in (129.9, 130, 190, 190.1)]
    assert places == ["below", "within", "within", "above"]
    assert Figure("pace", 200, 130, 190).advice == "pace_above"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_comes_back_from_json_as_it_was(lang: Language) -> None:
    text = "えーと、例えば罰則です。" * 12 if lang == "ja" else "Um, for example, a penalty. " * 12
    heard = replace(heard_of(text, lang, levels=EVEN), speech=(Span(0, 8), Span(10, 20)))
    delivery = deliver(heard, 3.0)
    assert delivery.fillers
    assert delivery.signals
    assert delivery.pauses
    assert from_data(json.loads(json.dumps(as_data(delivery)))) == delivery


def test_what_is_not_a_delivery_is_refused() -> None:
    with pytest.raises(KeyError):
        from_data({})
    with pytest.raises(TypeError):
        from_data({**as_data(deliver(GOOD, None)), "figures": [{"nothing": 1}]})


def test_every_figure_that_can_lie_outside_has_advice_in_the_catalogue() -> None:
    for lang in LANGUAGES:
        for name, good in RANGES[lang].items():
            for side in ("above", *(["below"] if good.low > 0 or name == "trend" else [])):
                if not (name == "structure" and side == "above"):
                    assert f"delivery.advice.{name}_{side}" in catalogue("ja"), (name, side)
            assert good.give > 0
