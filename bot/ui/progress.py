"""The progress page: strength by topic, over time, practice days, whether predictions hold, and every answer given."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from bot.grading.feedback import feedback
from bot.memory import progress
from bot.memory.fitting import ENOUGH
from bot.memory.overview import overview
from bot.memory.schedule import local_day
from bot.memory.store import grade_of
from bot.memory.strength import Standing
from bot.memory.tables import Attempt, Learner
from bot.services import Services
from bot.text import t
from bot.ui.charts import over_time, practice_calendar, recall, strength_bar, topic_map
from bot.ui.delivery import delivered, recording
from bot.ui.score_card import feedback_row
from knowledge.deck import Deck
from knowledge.schema import Language

SHOWN = 15


class ProgressPage:
    """Builds the page; `show` fills it."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services, self._language = services, language
        lang = services.settings.language
        self.strength = gr.HTML(padding=False, elem_id="m-progress")
        self.search = gr.Textbox(
            label=t("progress.search", lang), placeholder=t("progress.search_hint", lang), visible=False, elem_id="m-search"
        )
        self.attempts = gr.HTML(padding=False, elem_id="m-attempts")

    @property
    def outputs(self) -> list[Any]:
        """What `show` sets, in its order."""
        return [self.strength, self.search, self.attempts]

    def show(self, lang: Language) -> list[Any]:
        """The page as of now. Raises StoreError."""
        seen = overview(self._services.store, self._services.deck, lang)
        answers = progress.practised(self._services.store)
        if not answers:
            nothing = f"<h2>{escape(t('progress.none_title', lang))}</h2><p>{escape(t('progress.none', lang))}</p>"
            return [f'<section class="m-card m-empty" lang="{lang}">{nothing}</section>', gr.update(visible=False), ""]
        today = local_day(seen.now)
        parts = [
            _section(
                t("progress.topics", lang),
                t("progress.topics_how", lang),
                topic_map(progress.topic_strengths(seen, self._services.deck), lang),
            )
        ]
        if found := progress.patterns(seen):
            parts.append(_section(t("progress.patterns", lang), _told(found, lang), _pattern_bars(found, lang)))
        if by_week := progress.weeks(answers, today):
            parts.append(_section(t("progress.over_time", lang), t("progress.over_time_how", lang), over_time(by_week, lang)))
        if spoken := progress.weeks(progress.delivered(answers), today):
            parts.append(_section(t("progress.delivery", lang), t("progress.delivery_how", lang), over_time(spoken, lang)))
        parts.append(_section(t("progress.calendar", lang), "", practice_calendar(progress.calendar(answers), today, lang)))
        if bins := progress.recall_bins(self._services.store):
            how = ("" if lang == "ja" else " ").join([t("progress.recall_how", lang), _curve_told(self._services.store.learner(), lang)])
            parts.append(_section(t("progress.recall", lang), how, recall(bins, lang)))
        labels = {"label": t("progress.search", lang), "placeholder": t("progress.search_hint", lang)}
        return [f'<div class="m-sections" lang="{lang}">{"".join(parts)}</div>', gr.update(visible=True, **labels), self.find("", lang)[0]]

    def find(self, text: str, lang: Language) -> list[Any]:
        """The latest attempts whose answer or question holds a text."""
        wanted = " ".join(text.split())
        cards = [card.id for card in self._services.deck.in_language(lang) if wanted and wanted.casefold() in card.title.casefold()]
        found = self._services.store.attempts(wanted, cards, SHOWN)
        if not found:
            return [f'<p class="m-soft">{escape(t("progress.no_match", lang))}</p>']
        kept = self._services.settings.recordings
        rows = "".join(attempt_html(attempt, self._services.deck, lang, kept) for attempt in found)
        return [f'<section class="m-card" lang="{lang}"><h2>{escape(t("progress.attempts", lang))}</h2>{rows}</section>']

    def wire(self, guard: Callable[[Callable[..., list[Any]], list[Any]], Callable[..., Any]], alert: gr.HTML) -> None:
        """Searches as one types."""
        self.search.change(
            guard(self.find, [self.attempts]),
            [self.search, self._language],
            [alert, self.attempts],
            show_progress="hidden",
            trigger_mode="always_last",
        )


def _section(title: str, how: str, body: str) -> str:
    told = f'<p class="m-soft">{escape(how)}</p>' if how else ""
    return f'<section class="m-card"><h2>{escape(title)}</h2>{told}{body}</section>'


def _curve_told(learner: Learner, lang: Language) -> str:
    """Whose forgetting curve the forecasts come from."""
    if learner.fsrs_parameters is not None:
        return t("progress.curve_own", lang)
    return t("progress.curve_kept" if learner.fsrs_recalls else "progress.curve_standard", lang, enough=ENOUGH)


def _told(found: list[progress.Pattern], lang: Language) -> str:
    """The pattern in one sentence: what goes well, and what does not."""
    weak = [p for p in found if p.strength.standing is Standing.WEAK]
    strong = [p for p in found if p.strength.standing is Standing.STRONG]
    names = [t(f"tag.{p.tag}", lang) for p in (strong[-1:] or [])], [t(f"tag.{p.tag}", lang) for p in weak[:1]]
    if names[0] and names[1]:
        return t("progress.pattern_both", lang, strong=names[0][0], weak=names[1][0])
    if names[1]:
        return t("progress.pattern_weak", lang, weak=names[1][0])
    return t("progress.pattern_strong", lang, strong=names[0][0]) if names[0] else t("progress.pattern_none", lang)


def _pattern_bars(found: list[progress.Pattern], lang: Language) -> str:
    return "".join(strength_bar(t(f"tag.{p.tag}", lang), p.strength, t("progress.on_cards", lang, count=p.cards), lang) for p in found)


def attempt_html(attempt: Attempt, deck: Deck, lang: Language, recordings: Path | None = None) -> str:
    """One attempt, opening to the question, the answer, every verdict and, when it was spoken, its delivery with the recording if kept."""
    when = attempt.answered_at.astimezone()
    score = f"{attempt.score:.0f}" if attempt.score is not None else t(f"progress.state_{attempt.state}", lang)
    try:
        card = deck.get(attempt.card_id, "en" if attempt.lang == "en" else "ja")
    except KeyError:
        card = None
    title = card.title if card else t("progress.gone", lang, card=attempt.card_id)
    rows = ""
    grade = grade_of(attempt)
    if grade is not None and card is not None:
        known = {point.id for point in card.points}
        if all(verdict.point_id in known for verdict in grade.points):
            rows = "".join(feedback_row(p.point, p.verdict, p.corrections, lang) for p in feedback(card, grade).points)
    kind = f" <small>{escape(t('progress.follow_up', lang))}</small>" if attempt.follow_up_point else ""
    return (
        f'<details><summary><time datetime="{when.isoformat()}">{when:%Y-%m-%d %H:%M}</time> {escape(title)}{kind} <b class="m-small-score">{escape(score)}</b></summary>'
        f'<p class="m-kicker">{escape(attempt.asked)}</p><p class="m-spoken">{escape(attempt.answer)}</p><ol class="m-points">{rows}</ol>'
        f"{delivered(attempt, card, lang, recording(attempt, recordings))}</details>"
    )
