"""Every question of the bank through the page, with the real model. MENSETSU_SCREENSHOTS=<folder> also saves the pictures of the docs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evals.gold import load_gold
from knowledge.deck import load_deck
from knowledge.schema import Card, Language
from tests.browser.server import CHROMIUM, DESKTOP, PHONE, Server, begin, chromium, current_card, open_page, say, serving, squeezed

pytestmark = [
    pytest.mark.model,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-cjk"),
]
FOLDER = os.environ.get("MENSETSU_SCREENSHOTS")
# Most answers are strong; these show the other verdicts, too.
KINDS = {"roc-auc": "half", "mlops": "half", "cross-validation": "half", "imbalanced-data": "half", "regularization": "inverted"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data")) as started:
        yield started


@cache
def gold() -> dict[tuple[str, str, str], str]:
    return {(g.card, g.lang, g.kind): g.answer for g in load_gold(load_deck())}


def picture(page: Page, name: str, at: str = "body") -> None:
    """Saves what is on the screen, scrolled to an element, if pictures are wanted."""
    if FOLDER is None:
        return
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur()")
    page.locator(at).evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 12)")
    page.wait_for_timeout(400)
    page.screenshot(path=Path(FOLDER) / f"{name}.png")


def answer_and_check(page: Page, card: Card, lang: Language) -> None:
    """Answers the question and checks the whole score card and the width of the page."""
    answer = gold()[card.id, lang, KINDS.get(card.id, "strong")]
    say(page, answer)
    expect(page.locator(".m-card h2")).to_have_text(card.title)
    assert 0 <= int(page.inner_text(".m-total strong")) <= 100
    assert page.locator(".m-card .m-point").count() == len(card.points)
    quotes = page.locator(".m-card blockquote").all_inner_texts()
    assert quotes, "no verdict has a quote"
    assert all(squeezed(quote) in squeezed(answer) for quote in quotes)
    assert page.locator(".m-log .m-result").count() >= 1
    assert fits(page)


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def go_on(page: Page, number: int) -> None:
    """Presses the button for the next question and waits until it is asked."""
    page.click("#m-next")
    expect(page.locator(".m-log .m-kicker").last).to_contain_text(re.compile(rf"質問 {number}/|Question {number} of"))


def end(page: Page) -> None:
    page.wait_for_selector(".m-summary")
    assert page.locator(".m-average").inner_text()
    assert fits(page)


def test_all_fourteen_questions_in_japanese_on_a_desktop(server: Server, browser: Browser) -> None:
    bank = {card.id for card in load_deck().in_language("ja")}
    page, outside = open_page(browser, server.url, DESKTOP)
    begin(page, len(bank))
    asked = set()
    for number in range(1, len(bank) + 1):
        if number > 1:
            go_on(page, number)
        card = current_card(page, "ja")
        asked.add(card.id)
        answer_and_check(page, card, "ja")
        if card.id == "roc-auc":
            picture(page, "ja-desktop-grade")
    assert asked == bank
    page.click("#m-next")
    end(page)
    picture(page, "ja-desktop-summary")
    assert page.locator(".m-summary .m-small-score").count() == len(bank)
    assert outside == []


def test_three_questions_in_english_on_a_phone(server: Server, browser: Browser) -> None:
    page, outside = open_page(browser, server.url, PHONE, lang="en")
    begin(page, 3)
    for number in (1, 2, 3):
        if number > 1:
            go_on(page, number)
        card = current_card(page, "en")
        question = page.locator(".m-log .m-said").last
        assert question.evaluate("e => { const r = e.getBoundingClientRect(); return r.bottom > 0 && r.bottom <= innerHeight }")
        answer_and_check(page, card, "en")
        assert page.evaluate(
            "document.querySelector('#m-score').getBoundingClientRect().top >= document.querySelector('#m-chat').getBoundingClientRect().bottom"
        )
    page.click("#m-next")
    end(page)
    assert outside == []


@pytest.mark.skipif(FOLDER is None, reason="MENSETSU_SCREENSHOTS names no folder")
@pytest.mark.parametrize(
    ("name", "lang", "size", "dark", "card", "wish", "at"),
    [
        ("ja-phone-grade", "ja", PHONE, False, "cross-validation", "交差検証について聞いて", "#m-score"),
        ("en-phone-grade", "en", PHONE, False, "mlops", "Ask me about MLOps", "body"),
        ("en-desktop-grade", "en", DESKTOP, False, "mlops", "Ask me about MLOps", "body"),
        ("ja-desktop-dark", "ja", DESKTOP, True, "imbalanced-data", "不均衡データについて聞いて", "body"),
    ],
)
def test_pictures(
    server: Server, browser: Browser, name: str, lang: Language, size: dict[str, int], dark: bool, card: str, wish: str, at: str
) -> None:
    page, _ = open_page(browser, server.url, size, lang=lang, dark=dark)
    if name == "ja-phone-grade":
        picture(page, "ja-phone-start")
    begin(page)
    say(page, wish)
    answer_and_check(page, load_deck().get(card, lang), lang)
    picture(page, name, at)
    page.evaluate("scrollTo(0, 0)")
    page.click("#m-end")
    page.wait_for_selector(".m-summary")
