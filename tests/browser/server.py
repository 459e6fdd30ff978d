"""The page as a process of its own, and a real Chromium to look at it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from knowledge.deck import load_deck
from knowledge.schema import Card, Language

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Two tests share two cores, each with a server and a browser.
PATIENCE_MS = 60_000
expect.set_options(timeout=20_000)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


class Server:
    """`mensetsu serve` on a free port. `stop` asks it to end, `kill` does not ask."""

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        command = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
        settings = {"MENSETSU_PORT": str(port), "MENSETSU_DATA_DIR": str(data)}
        self._process = subprocess.Popen(command, env={**os.environ, **settings, **environment}, stdout=subprocess.DEVNULL)
        self._wait()

    def _wait(self, seconds: float = 90.0) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the page ended before it was up"
            try:
                if httpx.get(self.url, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the page did not come up")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)


@contextmanager
def serving(data: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A page that is up until the block ends, however it ends."""
    server = Server(data, environment or {})
    try:
        yield server
    finally:
        if server._process.poll() is None:
            server.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


def open_page(browser: Browser, url: str, size: Mapping[str, int], *, lang: Language = "ja", dark: bool = False) -> tuple[Page, list[str]]:
    """The page in a new window, in a language; and the list of its requests to other hosts, filled as they happen."""
    context = browser.new_context(viewport=dict(size), color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((url, "data:", "blob:")) else outside.append(request.url))
    page.goto(url)
    page.wait_for_selector("#m-begin")
    if lang == "en":
        page.get_by_text("English").click()
        page.get_by_role("button", name="Start the interview").wait_for()
    return page, outside


def begin(page: Page, count: int | None = None) -> None:
    """Starts an interview, of so many questions."""
    if count is not None:
        page.fill("#m-count input[type=number]", str(count))
        page.press("#m-count input[type=number]", "Tab")
    page.click("#m-begin")
    page.wait_for_selector("#m-answer textarea")
    expect(page.locator("#m-chat")).to_contain_text(re.compile("質問 1/|Question 1 of"))


def squeezed(text: str) -> str:
    """A text without white space, to find it again however it was wrapped."""
    return re.sub(r"\s+", "", text)


def current_card(page: Page, lang: Language) -> Card:
    """The card of the question that was asked last."""
    shown = squeezed(page.inner_text("#m-chat"))
    found = {
        shown.rfind(squeezed(wording)): card for card in load_deck().in_language(lang) for wording in (card.question, *card.rephrasings)
    }
    assert max(found) >= 0, "no question of the bank is on the page"
    return found[max(found)]


def say(page: Page, text: str, *, seconds: float = 120) -> None:
    """Types an answer, sends it with the keyboard and waits until it was dealt with."""
    ready = "document.querySelector('.m-summary') || document.querySelector('#m-send:not([disabled])')"
    page.wait_for_function(ready, timeout=seconds * 1000)
    page.fill("#m-answer textarea", text)
    deadline = time.monotonic() + seconds
    while page.evaluate("document.querySelector('#m-answer textarea')?.value"):
        # A step that is just ending swallows the key, and the words stay in the box, so that a second press is safe.
        assert time.monotonic() < deadline, "the answer was not taken"
        page.press("#m-answer textarea", "Shift+Enter")
        page.wait_for_timeout(150)
    page.wait_for_selector(".m-card:not([aria-busy])", timeout=seconds * 1000)
    page.wait_for_function(ready, timeout=seconds * 1000)
