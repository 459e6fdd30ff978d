"""The timeline and the figures of delivery: everything shown in its place, everything escaped, playable from any point."""

from __future__ import annotations

import base64
import io
import re
import wave
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest

from bot.grading.verdict import Verdict
from bot.speech.delivery.report import Delivery, Figure, deliver
from bot.speech.heard import Heard, Levels, Span, Word
from bot.text import catalogue, t
from bot.ui.timeline import PointHit, delivery_html, timeline_html
from knowledge.schema import LANGUAGES, Language
from tests.browser.server import CHROMIUM, DESKTOP, PHONE, chromium

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">&\'"'
ALLOWED = {
    "section",
    "h2",
    "h3",
    "header",
    "div",
    "span",
    "b",
    "i",
    "u",
    "em",
    "p",
    "small",
    "svg",
    "title",
    "rect",
    "line",
    "audio",
    "button",
    "ol",
    "ul",
    "li",
    "time",
    "details",
    "summary",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "strong",
}
HITS = (
    PointHit("罰則で防ぐ", 6.0, 9.0, Verdict.HIT),
    PointHit("使い分け", 6.5, 8.0, Verdict.PARTLY),
    PointHit("強さ", 38.0, 39.9, Verdict.CONTRADICTED),
)


def answer(lang: Language = "ja", extra: str = "") -> Heard:
    """40 seconds with a pause of 3.4 s in the middle, two fillers and two signals."""
    if lang == "ja":
        pieces = ["えーと、", "結論から言うと", "罰則です", "まあ、", "例えば", "L2です", extra]
    else:
        pieces = [" Um,", " the short answer", " is a penalty.", " Well,", " uh,", " for example,", " ridge.", extra]
    words = [Word(piece, 2.0 + n * 5, 4.0 + n * 5, 0.9) for n, piece in enumerate(pieces) if piece]
    return Heard(lang, tuple(words), (Span(2.0, 15.0), Span(18.4, 38.0)), 40.0, Levels((-20.0,) * 80))


class Page(HTMLParser):
    """Tags with their attributes, all closed, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, css: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.tags if css in (attrs.get("class") or "").split()]


def page_of(html: str) -> Page:
    page = Page(html)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    return page


def timeline(heard: Heard, hits: tuple[PointHit, ...] = HITS, lang: Language = "ja", url: str | None = "/file=a.wav") -> Page:
    return page_of(timeline_html(heard, deliver(heard, 6.0), hits, lang, url))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_speech_pauses_fillers_and_signals_stand_at_their_time(lang: Language) -> None:
    page = timeline(answer(lang), lang=lang)
    assert [(bar["x"], bar["width"]) for bar in page.having("m-talk")] == [("50.0", "325.0"), ("460.0", "490.0")]
    [pause] = page.having("m-hush")
    assert (pause["x"], pause["width"]) == ("375.0", "85.0")
    assert t("delivery.timeline.silence", lang, seconds="3.4") in page.text
    assert len(page.having("m-tick")) == 2
    assert len(page.having("m-pill")) == 2
    assert [badge["data-m-at"] for badge in page.having("m-badge-at")] == ["6.00", "6.50", "38.00"]


def test_marks_that_would_lie_on_each_other_get_a_row_each() -> None:
    tops = [re.search(r"top:([\d.]+)em", str(badge["style"])) for badge in timeline(answer()).having("m-badge-at")]
    first, second, far = [float(top[1]) for top in tops if top]
    assert second > first
    assert far == first


def test_the_plot_can_be_clicked_only_when_there_is_a_recording() -> None:
    playable, silent = timeline(answer()), timeline(answer(), url=None)
    assert {tag for tag, _ in playable.tags} >= {"audio", "button"}
    assert not {tag for tag, _ in silent.tags} & {"audio", "button"}
    assert [attrs["data-m-seconds"] for attrs in playable.having("m-plot")] == ["40.00"]
    assert not [attrs for _, attrs in silent.tags if "data-m-at" in attrs or "data-m-seconds" in attrs]
    assert t("delivery.timeline.how", "ja") not in silent.text


def test_verdicts_differ_in_shape_and_the_picture_is_told_in_words() -> None:
    page = timeline(answer())
    assert re.findall(r"[✓◐○✕]\d", page.text)[:3] == ["✓1", "◐2", "✕3"]
    [svg] = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert svg["role"] == "img"
    assert "36秒の回答" in str(svg["aria-label"])
    assert "要点3個" in str(svg["aria-label"])


def test_the_numbers_are_in_a_table_in_order_of_time() -> None:
    html = timeline_html(answer(), deliver(answer(), 6.0), HITS, "ja", None)
    rows = re.findall(r"<tr><td>(\d+:\d\d)</td><td>(.*?)</td><td>(.*?)</td><td>([\d.]+)</td></tr>", html)
    assert [row[0] for row in rows] == ["0:02", "0:06", "0:06", "0:07", "0:15", "0:17", "0:22", "0:38"]
    assert ("0:15", "沈黙", "", "3.4") in rows
    assert ("0:17", "フィラー", "まあ", "2.0") in rows


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_text_is_escaped(lang: Language) -> None:
    heard = replace(answer(lang), words=(*answer(lang).words, Word(HOSTILE, 33.0, 35.0, 0.5)))
    page = timeline(heard, (PointHit(HOSTILE, 5.0, 6.0, Verdict.HIT),), lang, f'a.wav"{HOSTILE}')
    assert "<script>alert(1)</script>" in page.text
    assert [attrs["src"] for tag, attrs in page.tags if tag == "audio"] == [f'a.wav"{HOSTILE}']


@pytest.mark.parametrize("heard", [Heard("ja", (), (), 0.0), Heard("en", (), (), 12.0), Heard("ja", (), (Span(0, 1300),), 1200.0)])
def test_nothing_or_very_much_to_show_is_shown(heard: Heard) -> None:
    page = timeline(heard, ())
    assert page.having("m-plot")
    assert page.having("m-badge-at") == []
    assert 1 <= len(page.having("m-second")) <= 8
    page_of(delivery_html(deliver(heard, None), "ja"))


def test_times_outside_of_the_recording_stay_on_the_plot() -> None:
    hits = (PointHit("後", 400.0, 410.0, Verdict.HIT), PointHit("前", -3.0, 1.0, Verdict.HIT))
    assert [str(badge["style"]).split(";")[0] for badge in timeline(answer(), hits).having("m-badge-at")] == ["left:100.00%", "left:0.00%"]


def delivery(**values: float) -> Delivery:
    figures = tuple(
        Figure(name, value, *{"pace": (350.0, 520.0), "fillers": (0.0, 8.0), "pause_share": (0.0, 0.2)}[name])
        for name, value in values.items()
    )
    return replace(deliver(answer(), None), figures=figures, score=71)


def test_advice_is_given_only_for_what_lies_outside() -> None:
    html = delivery_html(delivery(pace=600, fillers=3), "ja")
    page = page_of(html)
    assert t("delivery.advice.pace_above", "ja") in page.text
    assert t("delivery.advice.fillers_above", "ja") not in page.text
    assert [len(page.having(f"m-{place}")) for place in ("below", "within", "above")] == [0, 1, 1]
    assert "600 モーラ/分" in page.text
    assert "目安 350〜520" in page.text
    assert "えーと ×1、まあ ×1" in page.text


def test_the_band_is_the_range_and_the_mark_the_value() -> None:
    html = delivery_html(delivery(pace=435, pause_share=0.1), "en")
    pace, share = re.findall(r'<em style="left:([\d.]+)%;width:([\d.]+)%"></em><u style="left:([\d.]+)%">', html)
    for low, width, value in (pace, share):
        assert float(value) == pytest.approx(float(low) + float(width) / 2, abs=0.1)
    assert float(share[0]) == 0
    assert "435 morae/min" in html
    assert "Aim for up to 20%" in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_that_the_content_score_is_untouched_and_names_its_sources(lang: Language) -> None:
    text = page_of(delivery_html(delivery(pace=400), lang)).text
    assert t("delivery.apart", lang) in text
    assert "71" in text
    for name in [key for key in catalogue(lang) if key.startswith("delivery.sources.")]:
        assert t(name, lang) in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_short_answer_shows_no_score(lang: Language) -> None:
    page = page_of(delivery_html(replace(delivery(pace=400), score=None), lang))
    assert page.having("m-own") == []
    assert t("delivery.too_short", lang) in page.text


def silent_wav(seconds: int) -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 1, 8000, 0, "NONE", ""))
        out.writeframes(b"\x80" * 8000 * seconds)
    return "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-cjk")
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_click_plays_from_there(size: dict[str, int]) -> None:
    css, script = (resources.files("bot.ui").joinpath(name).read_text(encoding="utf-8") for name in ("theme.css", "timeline.js"))
    html = timeline_html(answer(), deliver(answer(), 6.0), HITS, "ja", silent_wav(40))
    document = f"<!doctype html><style>*{{box-sizing:border-box}}body{{margin:0}}{css}</style>{html}<script>{script}</script><script>{script}</script>"
    with chromium() as browser:
        page = browser.new_page(viewport=size)  # type: ignore[arg-type]
        page.set_content(document)
        page.wait_for_function("document.querySelector('audio').readyState >= 2")
        box = page.locator(".m-plot").bounding_box()
        assert box is not None
        assert box["width"] > 0.8 * size["width"]
        page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + box["height"] - 4)
        page.wait_for_function("!document.querySelector('audio').paused")
        assert page.evaluate("document.querySelector('audio').currentTime") == pytest.approx(30, abs=1.5)
        page.get_by_role("button", name="強さ").last.click()
        page.wait_for_function("document.querySelector('audio').currentTime >= 38")
        page.wait_for_function("parseFloat(document.querySelector('.m-playhead').style.left) >= 94")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        sizes = page.evaluate(
            "[...document.querySelectorAll('.m-plot > span, .m-plot > button')].map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 12
