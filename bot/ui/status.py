"""The line that says where the model stands and whether anything leaves the machine."""

from __future__ import annotations

from html import escape

from bot.models.provider import ModelStatus
from bot.settings import Settings
from bot.text import catalogue, t
from knowledge.schema import Language

_MB = 1_000_000


def judge_name(judge: str, lang: Language) -> str:
    """How answers are judged, in a candidate's words; `judge` is the judge's technical name ("logprobs · qwen3:8b")."""
    key = f"judge.{judge.split(' · ', 1)[0]}"
    return t(key, lang) if key in catalogue(lang) else judge


def status_text(status: ModelStatus, lang: Language) -> str:
    """The status in one sentence."""
    if status.phase == "fetching":
        percent = round(100 * status.done / status.total) if status.total else 0
        return t("model.fetching", lang, percent=percent, done=status.done // _MB, total=status.total // _MB)
    if status.phase == "failed":
        return t(f"model.failed.{status.reason}", lang)
    return t(f"model.{status.phase}", lang)


def status_line(status: ModelStatus, settings: Settings, lang: Language) -> str:
    """The status as HTML, with a progress bar while weights are fetched. The judge's technical name is in the title."""
    bar = f'<progress max="{status.total}" value="{status.done}"></progress>' if status.phase == "fetching" else ""
    title = f' title="{escape(judge_name(status.judge, lang))} ({escape(status.judge)})"' if status.phase == "ready" else ""
    if settings.uses_endpoint:
        private = f"<span>{escape(t('app.privacy_endpoint', lang, model=settings.openai_base_url or 'OpenAI'))}</span>"
    else:
        private = f'<span class="m-private">{t("app.privacy", lang)}</span>'
    dot = '<span class="m-dot" aria-hidden="true"></span>'
    phase = f'<span class="m-phase"{title}>{dot}{escape(status_text(status, lang))}</span>'
    return f'<div class="m-status m-{status.phase}" role="status">{phase}{bar}{private}</div>'
