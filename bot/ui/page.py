"""The page as a whole: header, language, model status, and the pages below it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from html import escape
from importlib import resources
from typing import Any

import gradio as gr

from bot.memory.database import StoreError
from bot.services import Services
from bot.text import t
from bot.ui.practice import PracticePage
from bot.ui.progress import ProgressPage
from bot.ui.review import ReviewPage
from bot.ui.status import status_line
from bot.ui.take_along import TakeAlong
from bot.ui.timeline import SCRIPT as TIMELINE
from bot.ui.voice import SCRIPT as VOICE
from bot.ui.weak import WeakPage
from knowledge.schema import LANGUAGES, Language

log = logging.getLogger(__name__)

_FONTS = ("-apple-system", "Segoe UI", "Hiragino Sans", "Yu Gothic UI", "Noto Sans JP", "Noto Sans CJK JP", "system-ui", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Consolas", "Noto Sans Mono", "monospace")
POLL_SECONDS = 2.0
# Screen readers and the choice of glyphs go by the page's language, not the browser's; what is said in the chat is read out.
_SPEAK = """(lang) => {
  document.documentElement.lang = lang;
  document.querySelector("#m-live")?.setAttribute("aria-live", "polite");
}"""


def build_page(services: Services) -> gr.Blocks:
    """The Gradio app, not yet launched."""
    lang = services.settings.language
    page: gr.Blocks
    with gr.Blocks(title="Mensetsu", analytics_enabled=False, delete_cache=(600, 3600)) as page:  # files given out hold answers
        with gr.Row(elem_id="m-head"):
            brand = gr.HTML(_brand(lang), padding=False, elem_id="m-name")
            language = gr.Radio(
                [("日本語", "ja"), ("English", "en")],
                value=lang,
                label="言語 / Language",
                show_label=False,
                container=False,
                elem_id="m-language",
                interactive=True,
            )
        with gr.Row(elem_id="m-state"):
            status = gr.HTML(status_line(services.models.status, services.settings, lang), padding=False)
            try_again = gr.Button(t("model.retry", lang), visible=False, size="sm", scale=0, elem_id="m-try-again")
        alert = gr.HTML(visible=False, padding=False)
        with gr.Tabs(selected="practice", elem_id="m-tabs") as tabs:
            with gr.Tab(t("tabs.practice", lang), id="practice") as practice_tab:
                practice = PracticePage(services, language)
            with gr.Tab(t("tabs.review", lang), id="review") as review_tab:
                review = ReviewPage(services, language)
            with gr.Tab(t("tabs.progress", lang), id="progress") as progress_tab:
                progress = ProgressPage(services, language)
                take_along = TakeAlong(services, language)
            with gr.Tab(t("tabs.weak", lang), id="weak") as weak_tab:
                weak = WeakPage(services, language)
        pages: list[tuple[gr.Tab, ReviewPage | ProgressPage | WeakPage]] = [
            *((review_tab, review), (progress_tab, progress), (weak_tab, weak)),
        ]

        def poll(chosen: Language) -> list[Any]:
            now = services.models.status
            settled = now.phase == "ready"
            return [
                status_line(now, services.settings, chosen),
                gr.update(visible=now.phase == "failed", value=t("model.retry", chosen)),
                gr.Timer(active=not settled),
            ]

        def start_again(chosen: Language) -> list[Any]:
            services.models.start()
            return poll(chosen)

        def guard(handler: Callable[..., list[Any]], outputs: list[Any]) -> Callable[..., list[Any]]:
            """Shows an error of the store as one sentence above the page, and leaves the page as it was."""

            def run(*inputs: Any) -> list[Any]:
                chosen: Language = next((i for i in reversed(inputs) if i in LANGUAGES), lang)
                try:
                    return [gr.update(visible=False), *handler(*inputs)]
                except StoreError as error:
                    log.error("store: %s", error)
                    told = escape(t(f"error.{error.reason}", chosen, path=services.settings.data_dir))
                    return [gr.update(value=f'<div class="m-alert" role="alert">{told}</div>', visible=True), *(gr.skip() for _ in outputs)]

            return run

        timer = gr.Timer(POLL_SECONDS)
        quiet: dict[str, Any] = {"show_progress": "hidden"}
        # What writes the same labels takes turns: or a language chosen while the page opens is undone by what opens it.
        in_turn, one_by_one = {**quiet, "concurrency_id": "status"}, {**quiet, "concurrency_id": "labels"}
        timer.tick(poll, [language], [status, try_again, timer], **in_turn)
        try_again.click(start_again, [language], [status, try_again, timer], **in_turn)
        handler, inputs, outputs = practice.on_load()
        page.load(handler, inputs, outputs, **one_by_one)
        page.load(poll, [language], [status, try_again, timer], **in_turn)
        handler, inputs, outputs = practice.on_language()
        language.change(handler, inputs, outputs, **one_by_one)
        language.change(poll, [language], [status, try_again, timer], **in_turn)
        language.change(_brand, [language], [brand], **quiet)
        for tab, shown in pages:
            tab.select(guard(shown.show, shown.outputs), [language], [alert, *shown.outputs], **quiet)
            language.change(guard(shown.show, shown.outputs), [language], [alert, *shown.outputs], **quiet)
            shown.wire(guard, alert)
        take_along.wire(guard, alert)
        language.change(take_along.relabel, [language], take_along.labels, **quiet)
        handler, inputs, outputs = practice.on_review()
        begin = review.start.click(lambda: gr.Tabs(selected="practice"), None, [tabs], **quiet)
        begin.then(handler, inputs, outputs, **quiet)
        names = {practice_tab: "practice", review_tab: "review", progress_tab: "progress", weak_tab: "weak"}
        language.change(
            lambda chosen: [gr.Tab(label=t(f"tabs.{name}", chosen)) for name in names.values()], [language], list(names), **quiet
        )
        page.load(None, [language], js=_SPEAK)
        page.load(None, js=VOICE)
        page.load(None, js=f"() => {{ {TIMELINE} }}")
        page.unload(practice.left)
        language.change(None, [language], js=_SPEAK)
    return page


def launch_options() -> dict[str, Any]:
    """Theme and style for `launch`: system fonts and one style sheet, nothing from outside."""
    return {
        "theme": gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=_FONTS, font_mono=_MONO),
        "css": resources.files("bot.ui").joinpath("theme.css").read_text(encoding="utf-8"),
        "footer_links": [],
        "show_error": False,
        "ssr_mode": False,
        "share": False,
        "mcp_server": False,
        "enable_monitoring": False,
    }


def _brand(lang: Language) -> str:
    return f'<div class="m-brand"><h1>{t("app.name", lang)}</h1><p>{t("app.tagline", lang)}</p></div>'
