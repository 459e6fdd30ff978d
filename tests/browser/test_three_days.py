"""A new learner practises on three days and misses two points twice: what the pages then offer, show and give away."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy import DateTime, select, update

from bot.memory.reviews import WHOLE_CARD, Item
from bot.memory.store import Store
from bot.memory.tables import Base
from knowledge.deck import load_deck
from knowledge.schema import Card, KeyPoint
from tests.browser.server import CHROMIUM, DESKTOP, PHONE, begin, chromium, current_card, open_page, say, serving, squeezed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-cjk"),
]
QUESTIONS_A_DAY = (3, 3, 2)
SHOTS = os.environ.get("MENSETSU_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def a_day_passes(data: Path) -> None:
    """Everything that is stored becomes a day older."""
    store = Store(f"sqlite:///{data / 'mensetsu.sqlite3'}")
    with store.session() as session:
        for table in Base.metadata.sorted_tables:
            times = [column for column in table.columns if isinstance(getattr(column.type, "impl", column.type), DateTime)]
            keys = list(table.primary_key.columns)
            for row in session.execute(select(*keys, *times)).all() if times else ():
                older = {c.name: row[len(keys) + n] - timedelta(days=1) for n, c in enumerate(times) if row[len(keys) + n] is not None}
                if older:
                    session.execute(update(table).where(*(k == row[n] for n, k in enumerate(keys))).values(**older))
    store.close()


def without(card: Card, left_out: str | None) -> str:
    """An answer that states every point but one."""
    return "".join(point.text for point in card.points if point.id != left_out)


def practise(page: Page, count: int, left_out: dict[str, str]) -> None:
    """Answers so many questions; the first two cards ever asked keep losing their lightest point."""
    begin(page, count)
    for number in range(count):
        card = current_card(page, "ja")
        if len(left_out) < 2 and card.id not in left_out:
            left_out[card.id] = min(card.points, key=lambda p: p.weight).id
        say(page, without(card, left_out.get(card.id)))
        if number < count - 1:
            page.click("#m-next")
            expect(page.locator("#m-chat")).to_contain_text(f"質問 {number + 2}/")
    page.click("#m-end")
    page.wait_for_selector(".m-summary")


def open_tab(page: Page, name: str, marker: str) -> None:
    page.get_by_role("tab", name=name).click()
    page.wait_for_selector(marker)
    page.wait_for_timeout(700)


def not_hit(data: Path) -> list[tuple[Item, KeyPoint]]:
    store, deck = Store(f"sqlite:///{data / 'mensetsu.sqlite3'}"), load_deck()
    found = [item for item in store.items() if item.point_id != WHOLE_CARD and item.verdict != "hit"]
    store.close()
    return [(item, deck.get(item.card_id, "ja").point(item.point_id)) for item in found]


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=False)


def test_missed_points_come_back_in_new_words(browser: Browser, tmp_path: Path, weights: Path) -> None:
    left_out: dict[str, str] = {}
    for count in QUESTIONS_A_DAY:
        with serving(tmp_path) as server:
            page, outside = open_page(browser, server.url, DESKTOP)
            practise(page, count, left_out)
            assert outside == []
            page.context.close()
        a_day_passes(tmp_path)

    missed = not_hit(tmp_path)
    assert set(left_out.items()) <= {(item.card_id, item.point_id) for item, _ in missed}
    assert all(item.reviews >= 2 for item, _ in missed if left_out.get(item.card_id) == item.point_id)

    with serving(tmp_path) as server:
        for lang, size, kind in (("en", DESKTOP, "desktop"), ("en", PHONE, "phone"), ("ja", PHONE, "phone"), ("ja", DESKTOP, "desktop")):
            page, outside = open_page(browser, server.url, size, lang=lang)  # type: ignore[arg-type]
            names = ("Review", "Progress", "Weak") if lang == "en" else ("復習", "進み具合", "弱点")
            for tab, marker in zip(names, (".m-review", ".m-topics", "#m-weak .m-soft"), strict=True):
                open_tab(page, tab, marker)
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                shoot(page, f"{marker.strip('.#').split(' ')[0].removeprefix('m-')}-{kind}-{lang}")

        # The page that is open now is the Japanese one on a desktop.
        weak = page.locator(".m-weak-row .m-card").all_inner_texts()
        assert len(weak) == len(missed)
        assert all(any(point.label in text for text in weak) for _, point in missed)
        assert sum("弱い" in text for text in weak) >= 2

        open_tab(page, "進み具合", ".m-topics")
        expect(page.locator("#m-attempts details")).to_have_count(min(15, sum(QUESTIONS_A_DAY)))
        page.fill("#m-search textarea, #m-search input", "存在しない言葉xyz")
        expect(page.locator("#m-attempts")).to_contain_text("見つかりませんでした")

        read_back(page, tmp_path, missed)

        open_tab(page, "復習", ".m-review")
        offered = [squeezed(text) for text in page.locator(".m-review .m-ask").all_inner_texts()]
        assert len(offered) == len(missed)
        for _, point in missed:
            assert sum(squeezed(words) in offered for words in point.wordings) == 1
        page.click("#m-review-start")
        for number in range(len(missed)):
            expect(page.locator("#m-chat")).to_contain_text(f"質問 {number + 1}/{len(missed)}")
            said = squeezed(page.locator("#m-chat .m-said").last.inner_text())
            point = next(p for _, p in missed if any(squeezed(words) in said for words in p.wordings))
            say(page, point.text)
            expect(page.locator("#m-score .m-point")).to_have_count(1)
            page.click("#m-next")
        page.wait_for_selector(".m-summary")
        assert outside == []
    left = {(item.card_id, item.point_id) for item, _ in not_hit(tmp_path)}
    assert not left & set(left_out.items())


def read_back(page: Page, tmp_path: Path, missed: list[tuple[Item, KeyPoint]]) -> None:
    """The files the page gives away open and hold what they should."""
    page.get_by_text("記録を持ち出す").click()
    deck = zipfile.ZipFile(fetched(page, tmp_path, "暗記カード"))
    collection = deck.extract("collection.anki2", tmp_path)
    fields = " ".join(row[0] for row in sqlite3.connect(collection).execute("SELECT flds FROM notes"))
    assert len(deck.namelist()) >= 2
    assert all(squeezed(point.text) in squeezed(fields) for _, point in missed)
    text = "".join(sheet.extract_text() for sheet in PdfReader(fetched(page, tmp_path, "PDF")).pages)
    assert re.search("面接|Mensetsu", text)
    with zipfile.ZipFile(fetched(page, tmp_path, "記録一式")) as backup:
        rows = [json.loads(line) for line in backup.read("attempt.jsonl").decode().splitlines()]
    assert len(rows) == sum(QUESTIONS_A_DAY)


def fetched(page: Page, tmp_path: Path, kind: str) -> Path:
    """The file made of the first kind whose name holds these words."""
    page.click("#m-take-kind input")
    page.get_by_role("option", name=re.compile(kind)).first.click()
    before = page.locator("#m-take-file a").first.get_attribute("href") if page.locator("#m-take-file a").count() else None
    page.click("#m-take-make")
    page.wait_for_function(
        "before => { const a = document.querySelector('#m-take-file a'); return a && a.getAttribute('href') !== before }",
        arg=before,
        timeout=60_000,
    )
    with page.expect_download() as download:
        page.locator("#m-take-file a").first.click()
    path = tmp_path / f"file-{kind}"
    download.value.save_as(path)
    return path
