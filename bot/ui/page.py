"""The page as a whole: header, language, model status, and the pages below it."""

from __future__ import annotations

from importlib import resources
from typing import Any

import gradio as gr

from bot.services import Services
from bot.text import t
from bot.ui.practice import PracticePage
from bot.ui.status import status_line
from knowledge.schema import Language

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
    with gr.Blocks(title="Mensetsu", analytics_enabled=False) as page:
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
        practice = PracticePage(services, language)

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

        timer = gr.Timer(POLL_SECONDS)
        quiet: dict[str, Any] = {"show_progress": "hidden"}
        timer.tick(poll, [language], [status, try_again, timer], **quiet)
        try_again.click(start_again, [language], [status, try_again, timer], **quiet)
        handler, inputs, outputs = practice.on_load()
        page.load(handler, inputs, outputs, **quiet)
        page.load(poll, [language], [status, try_again, timer], **quiet)
        handler, inputs, outputs = practice.on_language()
        language.change(handler, inputs, outputs, **quiet)
        language.change(poll, [language], [status, try_again, timer], **quiet)
        language.change(_brand, [language], [brand], **quiet)
        page.load(None, [language], js=_SPEAK)
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
