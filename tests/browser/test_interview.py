"""The page in a real browser, with the real model, the real index and the real database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.memory.store import Store
from evals.gold import load_gold
from knowledge.deck import load_deck
from knowledge.schema import Language
from tests.browser.server import CHROMIUM, DESKTOP, PHONE, Server, begin, chromium, current_card, open_page, say, serving, squeezed
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint, stall

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-cjk"),
]
HOSTILE = '<script>document.title="pwned"</script><img src=x onerror="document.title=1"> ![x](http://192.0.2.1/x.png)'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data")) as started:
        yield started


def answer_for(page: Page, lang: Language) -> str:
    """A strong gold answer to the question that is on the page."""
    card = current_card(page, lang)
    return next(g.answer for g in load_gold(load_deck()) if (g.card, g.lang, g.kind) == (card.id, lang, "strong"))


@pytest.mark.model
@pytest.mark.parametrize(("lang", "size"), [("ja", DESKTOP), ("en", PHONE)], ids=["ja-desktop", "en-phone"])
def test_an_interview_from_start_to_summary(server: Server, browser: Browser, lang: Language, size: dict[str, int]) -> None:
    page, outside = open_page(browser, server.url, size, lang=lang)
    begin(page)
    answer = answer_for(page, lang)
    say(page, answer)
    assert int(page.inner_text(".m-total strong")) >= 70
    quotes = page.locator(".m-hit blockquote").all_inner_texts()
    assert quotes
    assert all(squeezed(quote) in squeezed(answer) for quote in quotes)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    say(page, HOSTILE + (" わかりません" if lang == "ja" else " I do not know"))
    assert "<script>" in page.inner_text("#m-chat")
    assert page.title() == "Mensetsu"
    page.click("#m-end")
    page.wait_for_selector(".m-summary")
    assert outside == []


def test_requests_in_words_and_switching_the_language(server: Server, browser: Browser) -> None:
    page, outside = open_page(browser, server.url, DESKTOP)
    begin(page)
    say(page, "ヒントをください")
    expect(page.locator("#m-chat")).to_contain_text("ヒントです")
    say(page, "MLOpsについて聞いて")
    expect(page.locator("#m-chat")).to_contain_text("MLOps", timeout=120_000)  # the index may just be made, for the first time
    page.get_by_text("English").click()
    expect(page.locator("#m-hint")).to_have_text("Hint")
    page.get_by_text("日本語").click()
    expect(page.locator("#m-hint")).to_have_text("ヒント")
    page.click("#m-end")
    page.wait_for_selector(".m-summary")
    assert outside == []


def test_killed_while_grading_and_resumed_in_the_page(browser: Browser, tmp_path: Path, fake: FakeEndpoint) -> None:
    answer = "正則化は損失に罰則を足して過学習を抑える手法です。"
    environment = {"OPENAI_BASE_URL": fake.url, "MENSETSU_JUDGE": "logprobs", "MENSETSU_CACHE_DIR": str(tmp_path / "cache")}
    fake.faults[CHAT] = stall
    with serving(tmp_path / "data", environment) as server:
        page, _ = open_page(browser, server.url, DESKTOP)
        begin(page)
        page.fill("#m-answer textarea", answer)
        page.press("#m-answer textarea", "Shift+Enter")
        expect(page.locator("#m-chat")).to_contain_text(re.compile("採点|保存しました"), timeout=30_000)
        store = Store(f"sqlite:///{tmp_path / 'data' / 'mensetsu.sqlite3'}")
        for _ in range(200):
            if store.open_interview() is not None:
                break
            page.wait_for_timeout(50)
        server.kill()
    store.close()
    fake.faults.clear()
    with serving(tmp_path / "data", environment) as server:
        page, _ = open_page(browser, server.url, DESKTOP)
        page.click("#m-resume button >> nth=0")
        page.wait_for_selector(".m-total", timeout=60_000)
        expect(page.locator("#m-chat")).to_contain_text(answer)


def test_a_model_that_is_not_there_is_said_in_one_sentence(browser: Browser, tmp_path: Path) -> None:
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "MENSETSU_REQUEST_TIMEOUT": "2", "MENSETSU_REQUEST_RETRIES": "0"}
    with serving(tmp_path, environment) as server:
        page, _ = open_page(browser, server.url, PHONE, lang="en")
        expect(page.locator(".m-status")).to_contain_text("cannot be reached", timeout=20_000)
        begin(page)
        say(page, "Regularization adds a penalty on large weights, so the model overfits less.")
        expect(page.locator(".m-card")).to_contain_text("Your answer is saved")
        assert page.locator("#m-regrade").is_visible()
