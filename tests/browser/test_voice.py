"""An interview by voice: the question is said aloud, the answer heard live from a microphone, corrected, graded, and its timeline shown."""

from __future__ import annotations

import os
import re
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from rapidfuzz import fuzz

from bot.settings import Settings
from bot.speech.voices.speaker import Speaker
from bot.text import t
from evals.gold import load_gold
from knowledge.deck import load_deck
from knowledge.schema import Language
from tests.browser.server import ARGUMENTS, CHROMIUM, DESKTOP, PHONE, Server, begin, open_page, say, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-cjk"),
]
SHOTS = os.environ.get("MENSETSU_SCREENSHOTS")  # before the tests get an environment of their own
CARD = "regularization"
ABOUT = {"ja": "正則化について質問してください", "en": "Please ask me about regularization"}
# How alike, of 100, what is heard and what was said must at least be: a synthetic voice, a small recogniser, two busy cores.
ALIKE = 60
RATE = 24_000


def answer_of(lang: Language) -> str:
    """A short gold answer that says everything."""
    return next(g.answer for g in load_gold(load_deck()) if (g.card, g.lang, g.kind) == (CARD, lang, "terse"))


def spoken_file(lang: Language, folder: Path) -> tuple[Path, float]:
    """A gold answer as somebody says it, with a pause in it, and its length in seconds."""
    speaker = Speaker(Settings().cache_dir)
    pieces = [np.zeros(RATE, np.float32)]
    for rate, samples in speaker.speak(answer_of(lang), lang):
        at = np.arange(0, len(samples), rate / RATE)
        pieces.append(np.interp(at, np.arange(len(samples)), samples).astype(np.float32))
        if len(pieces) == 3:
            pieces.append(np.zeros(int(1.5 * RATE), np.float32))
    speaker.close()
    samples = np.concatenate(pieces)
    path = folder / f"answer.{lang}.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((samples.clip(-1, 1) * 32767).astype(np.int16).tobytes())
    return path, len(samples) / RATE


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("voice")) as started:
        yield started


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=page.viewport_size == PHONE)


@pytest.mark.parametrize(("lang", "size"), [("ja", DESKTOP), ("en", PHONE)], ids=["ja-desktop", "en-phone"])
def test_an_answer_by_voice(lang: Language, size: dict[str, int], tmp_path: Path, server: Server, whisper_weights: Path) -> None:
    sound, seconds = spoken_file(lang, tmp_path)
    microphone = (
        *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={sound}%noloop",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *microphone])
        page, outside = open_page(browser, server.url, size, lang=lang)
        begin(page)
        say(page, ABOUT[lang])
        expect(page.locator("#m-chat")).to_contain_text(re.compile("正則化|regulari"), timeout=120_000)
        page.wait_for_function("document.body.dataset.saying === 'on'", timeout=60_000)  # the question is said aloud
        page.click("#m-mic")
        page.wait_for_function("document.body.dataset.mic === 'on' && document.body.dataset.saying !== 'on'", timeout=30_000)
        live = page.locator("#m-heard .m-heard-text")
        expect(live).to_have_text(re.compile(r"\w{3,}"), timeout=1000 * seconds)  # something is there while the person still speaks
        assert page.evaluate("document.body.dataset.mic") == "on"
        shot(page, f"voice-listening-{lang}")
        page.wait_for_timeout(1000 * max(0.0, seconds - 4))
        page.click("#m-mic")
        box = page.locator("#m-answer textarea")
        expect(box).not_to_have_value("", timeout=30_000)
        heard = box.input_value()
        shot(page, f"voice-heard-{lang}")
        page.wait_for_timeout(500)
        assert fuzz.ratio(heard, answer_of(lang)) >= ALIKE, heard
        box.fill(answer_of(lang))  # corrected before it is graded
        page.click("#m-send")
        page.wait_for_selector(".m-total strong", timeout=60_000)
        score = int(page.inner_text(".m-total strong"))
        assert score >= 80
        timeline = page.locator("#m-delivery")
        expect(timeline).to_contain_text(t("delivery.title", lang))
        expect(timeline.locator("audio")).to_have_count(1)
        timeline.scroll_into_view_if_needed()
        shot(page, f"voice-timeline-{lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.wait_for_selector("#m-next:not([disabled])")
        page.click("#m-next")
        expect(page.locator("#m-delivery")).to_have_text("")
        assert outside == []
        browser.close()
