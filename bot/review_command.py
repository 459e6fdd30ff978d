"""What is due and how it is going, for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bot.interview.session import next_words
from bot.memory.due import within
from bot.memory.overview import overview
from bot.memory.progress import patterns, practised, topic_strengths, weak_points
from bot.memory.strength import Standing
from bot.services import Services
from bot.text import t
from knowledge.deck import topics
from knowledge.schema import Language


def show_due(services: Services, lang: Language, console: Console) -> int:
    """Prints what is due today in the words in which it will be asked; returns how many questions that is. Raises StoreError."""
    seen = overview(services.store, services.deck, lang)
    today = within(seen.due, seen.review_minutes)
    if not today:
        console.print(t("review.none" if not seen.known else "review.done_title", lang))
        return 0
    minutes = sum(entry.minutes for entry in today)
    console.print(f"[bold]{t('review.title', lang, count=len(today), minutes=f'{minutes:.0f}')}[/bold]")
    for entry in today:
        why = t("review.why_missed" if entry.missed else "review.why_due", lang, recall=f"{100 * entry.retrievability:.0f}")
        console.print(f"\n[cyan]{entry.card.title}[/cyan]  [dim]{why}[/dim]")
        console.print(next_words(services.store, entry.card, entry.point), markup=False)
    return len(today)


def show_progress(services: Services, lang: Language, console: Console) -> None:
    """Prints strength by topic and the weakest points. Raises StoreError."""
    seen = overview(services.store, services.deck, lang)
    if not practised(services.store):
        console.print(t("progress.none", lang))
        return
    table = Table(title=t("progress.topics", lang), title_justify="left")
    for heading in ("progress.topic", "progress.estimate", "progress.interval", "progress.standing"):
        table.add_column(t(heading, lang))
    for topic in topic_strengths(seen, services.deck):
        strength, known = topic.strength, topic.strength.standing is not Standing.UNKNOWN
        table.add_row(
            f"{topics()[topic.topic].leaf[lang]} ({t('progress.met', lang, met=topic.met, points=topic.points)})",
            f"{100 * strength.value:.0f}%" if known else "–",
            f"{100 * strength.low:.0f}% – {100 * strength.high:.0f}%" if known else "–",
            t(f"standing.{strength.standing.value}", lang),
        )
    console.print(table)
    for pattern in patterns(seen):
        if pattern.strength.standing is Standing.WEAK:
            console.print(t("progress.pattern_weak", lang, weak=t(f"tag.{pattern.tag}", lang)))
            break
    for weak in weak_points(seen)[:5]:
        console.print(f"  ▼ {weak.known.card.title}: {weak.known.point.label}", markup=False)
