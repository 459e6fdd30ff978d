"""The review page: what is due, why, how long it takes, and one click to start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from html import escape
from typing import Any

import gradio as gr

from bot.interview.session import next_words
from bot.memory.due import Due, forecast, timetable, within
from bot.memory.overview import Overview, overview
from bot.memory.schedule import DAY, local_day
from bot.services import Services
from bot.text import t
from bot.ui.charts import columns
from bot.ui.score_card import topic_name
from knowledge.schema import Language

FORECAST_DAYS = 28
MOST_MINUTES = 90
_MOST_SHOWN = 12


class ReviewPage:
    """Builds the page; `start` begins a review of what is due."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services, self._language = services, language
        lang = services.settings.language
        self.due = gr.HTML(padding=False, elem_id="m-due")
        with gr.Row(elem_id="m-review-settings", visible=False) as self.settings:
            self.minutes = gr.Slider(5, MOST_MINUTES, value=20, step=5, label=t("review.minutes", lang), buttons=[], elem_id="m-minutes")
            self.interview_on = gr.DateTime(
                value=None, include_time=False, type="datetime", label=t("review.interview_on", lang), elem_id="m-date"
            )
        self.start = gr.Button(t("review.start", lang), variant="primary", size="lg", visible=False, elem_id="m-review-start")
        self.ahead = gr.HTML(padding=False, elem_id="m-ahead")

    @property
    def outputs(self) -> list[Any]:
        """What `show` sets, in its order."""
        return [self.due, self.settings, self.minutes, self.interview_on, self.start, self.ahead]

    def show(self, lang: Language) -> list[Any]:
        """The page as of now. Raises StoreError."""
        seen = overview(self._services.store, self._services.deck, lang)
        met = bool(seen.known)
        on = None if seen.interview_on is None else datetime.combine(seen.interview_on, datetime.min.time()).timestamp()
        return [
            due_html(seen, lambda entry: next_words(self._services.store, entry.card, entry.point), lang),
            gr.update(visible=met),
            gr.update(value=seen.daily_minutes, label=t("review.minutes", lang)),
            gr.update(value=on, label=t("review.interview_on", lang)),
            gr.update(visible=bool(seen.due), value=t("review.start", lang)),
            ahead_html(seen, self._services, lang) if met else "",
        ]

    def set_minutes(self, minutes: float, lang: Language) -> list[Any]:
        """Stores how long a day's practice may take."""
        self._services.store.update_learner(daily_minutes=int(minutes))
        return self.show(lang)

    def set_date(self, on: datetime | float | str | None, lang: Language) -> list[Any]:
        """Stores the day of the interview; an empty or unreadable field takes it away."""
        day = _as_date(on)
        if day == self._services.store.learner().interview_on:
            return [gr.skip() for _ in self.outputs]  # the field was only filled by `show`
        self._services.store.update_learner(interview_on=day)
        return self.show(lang)

    def wire(self, guard: Callable[[Callable[..., list[Any]], list[Any]], Callable[..., Any]], alert: gr.HTML) -> None:
        """Stores settings as they change."""
        outputs = [alert, *self.outputs]
        self.minutes.release(guard(self.set_minutes, self.outputs), [self.minutes, self._language], outputs, show_progress="hidden")
        self.interview_on.change(guard(self.set_date, self.outputs), [self.interview_on, self._language], outputs, show_progress="hidden")


def _as_date(on: datetime | float | str | None) -> date | None:
    return on.date() if isinstance(on, datetime) else None


def due_html(seen: Overview, words: Callable[[Due], str], lang: Language) -> str:
    """What fits into today's minutes, each in the words in which it will be asked, and why it is due."""
    if not seen.known:
        return _empty(t("review.none_title", lang), t("review.none", lang), lang)
    today = within(seen.due, seen.review_minutes)
    if not today:
        left = min((entry.due_in_days for entry in seen.known if not entry.item.dismissed), default=None)
        when = "" if left is None else t("review.next_due", lang, days=max(1, round(left)))
        return _empty(t("review.done_title", lang), when, lang)
    minutes = sum(entry.minutes for entry in today)
    rows = "".join(_row(entry, words(entry), seen, lang) for entry in today[:_MOST_SHOWN])
    more = len(seen.due) - min(len(today), _MOST_SHOWN)
    why_more = "review.more_half" if seen.review_minutes < seen.daily_minutes else "review.more"
    rest = f'<p class="m-soft">{escape(t(why_more, lang, count=more))}</p>' if more else ""
    return (
        f'<section class="m-card m-review" lang="{lang}"><h2>{escape(t("review.title", lang, count=len(today), minutes=f"{minutes:.0f}"))}</h2>'
        f"<ol>{rows}</ol>{rest}</section>"
    )


def _row(entry: Due, words: str, seen: Overview, lang: Language) -> str:
    days = max(0, round((seen.now - entry.last_review).total_seconds() / DAY))
    why = t("review.why_missed" if entry.missed else "review.why_due", lang, recall=f"{100 * entry.retrievability:.0f}")
    kind = t("review.point" if entry.point else "review.whole", lang, count=len(entry.points))
    ago = t("review.today" if days == 0 else "review.days_ago", lang, days=days)
    return (
        f'<li><p class="m-kicker">{escape(topic_name(entry.card.topic, lang))} · {escape(entry.card.title)}</p><p class="m-ask">{escape(words)}</p>'
        f'<p class="m-soft">{escape(why)} · {escape(ago)} · {escape(kind)}</p></li>'
    )


def ahead_html(seen: Overview, services: Services, lang: Language) -> str:
    """The load of the coming weeks, and the days up to an interview."""
    today = local_day(seen.now)
    parts = [
        f"<h2>{escape(t('review.ahead', lang))}</h2>",
        columns(forecast(seen.known, seen.now, FORECAST_DAYS), today, lang, t("review.ahead", lang), t("review.today_short", lang)),
    ]
    if seen.interview_on is not None and seen.interview_on > today:
        plan = timetable(services.deck.in_language(lang), seen.known, seen.schedule, seen.now, seen.interview_on, seen.daily_minutes)
        rows = "".join(
            f"<tr><td>{day.month}/{day.day}</td><td>{escape('、'.join(c.title for c in cards) if lang == 'ja' else ', '.join(c.title for c in cards))}</td></tr>"
            for day, cards in plan.days.items()
        )
        left_out = f'<p class="m-note">{escape(t("review.left_out", lang, count=len(plan.left_out)))}</p>' if plan.left_out else ""
        parts.append(
            f"<h2>{escape(t('review.until', lang, days=(seen.interview_on - today).days))}</h2>"
            f'<p class="m-soft">{escape(t("review.until_how", lang, retention=f"{100 * seen.retention:.0f}"))}</p>{left_out}'
            f'<div class="m-scroll"><table class="m-plan"><tbody>{rows}</tbody></table></div>'
        )
    return f'<section class="m-card" lang="{lang}">{"".join(parts)}</section>'


def _empty(title: str, text: str, lang: Language) -> str:
    return f'<section class="m-card m-empty" lang="{lang}"><h2>{escape(title)}</h2><p>{escape(text)}</p></section>'
