"""The weak points page: ranked, with what was said, what is right, where to read on, and a way to disagree."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import gradio as gr

from bot.memory.overview import overview
from bot.memory.progress import PointStrength, weak_points
from bot.memory.store import Store
from bot.services import Services
from bot.text import t
from bot.ui.charts import strength_bar
from knowledge.deck import Deck
from knowledge.schema import Language

SHOWN = 10


class WeakPage:
    """Builds the page: a fixed number of rows, as many of them visible as there are weak points."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services, self._language = services, language
        lang = services.settings.language
        self.lead = gr.HTML(padding=False, elem_id="m-weak")
        self.keys = gr.State([])
        self.rows: list[tuple[gr.HTML, gr.Button]] = []
        for _ in range(SHOWN):
            with gr.Group(elem_classes="m-weak-row"):
                text = gr.HTML(padding=False, visible=False)
                button = gr.Button(t("weak.dismiss", lang), size="sm", visible=False)
            self.rows.append((text, button))

    @property
    def outputs(self) -> list[Any]:
        """What `show` sets, in its order."""
        return [self.lead, self.keys, *(component for row in self.rows for component in row)]

    def show(self, lang: Language) -> list[Any]:
        """The page as of now. Raises StoreError."""
        store, deck = self._services.store, self._services.deck
        seen = overview(store, deck, lang)
        found = weak_points(seen)[:SHOWN]
        if not seen.known:
            lead = _lead(t("weak.none_title", lang), t("weak.none", lang), lang)
        elif not found:
            lead = _lead(t("weak.clear_title", lang), t("weak.clear", lang), lang)
        else:
            lead = f'<p class="m-soft" lang="{lang}">{escape(t("weak.how", lang))}</p>'
        updates: list[Any] = [lead, [(p.known.item.card_id, p.known.point.id) for p in found]]
        for n in range(SHOWN):
            shown = n < len(found)
            html = weak_html(n + 1, found[n], store, deck, lang) if shown else ""
            updates += [gr.update(value=html, visible=shown), gr.update(value=t("weak.dismiss", lang), visible=shown)]
        return updates

    def wire(self, guard: Callable[[Callable[..., list[Any]], list[Any]], Callable[..., Any]], alert: gr.HTML) -> None:
        """A click on a row's button takes that point off the list until it is answered again."""
        for n, (_, button) in enumerate(self.rows):
            button.click(guard(self._dismiss(n), self.outputs), [self.keys, self._language], [alert, *self.outputs], show_progress="hidden")

    def _dismiss(self, n: int) -> Callable[[list[tuple[str, str]], Language], list[Any]]:
        def dismiss(keys: list[tuple[str, str]], lang: Language) -> list[Any]:
            if n < len(keys):
                self._services.store.dismiss(*keys[n])
            return self.show(lang)

        return dismiss


def weak_html(rank: int, weak: PointStrength, store: Store, deck: Deck, lang: Language) -> str:
    """One weak point: how weak, what was said last, what is right, and related cards."""
    card, point = weak.known.card, weak.known.point
    parts = [
        f'<p class="m-kicker">{rank} · {escape(card.title)}</p>',
        strength_bar(point.label, weak.strength, t("card.weight", lang, weight=point.weight), lang),
    ]
    said = store.last_said(weak.known.item.card_id, point.id)
    if said:
        parts.append(f'<p class="m-soft">{escape(t("weak.said", lang))}</p><blockquote>{escape(said)}</blockquote>')
    parts.append(f'<p class="m-truth"><b>{t("card.correct_point", lang)}</b> {escape(point.text)}</p>')
    parts += [
        f'<p class="m-truth"><b>{t("card.correction", lang)}</b> {escape(m.correction)}</p>'
        for m in card.misconceptions
        if point.id in m.about and weak.known.item.verdict == "contradicted"
    ]
    related = [deck.get(name, lang).title for name in card.related]
    if related:
        joined = ("、" if lang == "ja" else ", ").join(related)
        parts.append(f'<p class="m-soft">{escape(t("weak.related", lang, cards=joined))}</p>')
    return f'<section class="m-card" lang="{lang}">{"".join(parts)}</section>'


def _lead(title: str, text: str, lang: Language) -> str:
    return f'<section class="m-card m-empty" lang="{lang}"><h2>{escape(title)}</h2><p>{escape(text)}</p></section>'
