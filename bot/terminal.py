"""The interview in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from bot.grading.feedback import feedback
from bot.grading.grader import Grade
from bot.grading.verdict import Verdict
from bot.interview.events import Event, Finished, Graded
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, NothingFits
from bot.interview.summary import Summary
from bot.services import Services
from bot.text import t
from bot.ui.score_card import MARKS, topic_name
from bot.ui.transcript import utterance
from knowledge.schema import Card, Language

_STYLES = {Verdict.HIT: "green", Verdict.PARTLY: "yellow", Verdict.MISSED: "bright_black", Verdict.CONTRADICTED: "red"}


def interview(services: Services, plan: Plan) -> bool:
    """Runs an interview until it ends or input does. False when no question fits the plan."""
    console = Console()
    session = _resumed(services, console, plan.lang)
    if session is not None:
        events = session.ask()
        _show(events, console, session.lang)
        events = session.resume()
    else:
        try:
            session = services.begin(plan)
        except NothingFits:
            return False
        events = session.ask()
    console.print(f"[dim]{escape(t('cli.end_hint', session.lang))}[/dim]")
    _show(events, console, session.lang)
    while not session.finished:
        try:
            text = console.input(f"\n[bold]{escape(t('cli.you', session.lang))}[/bold]")
        except (EOFError, KeyboardInterrupt):
            console.print()
            return True
        if text.strip():
            console.print(f"[dim]{escape(t('chat.grading', session.lang))}[/dim]")
            _show(session.respond(text), console, session.lang)
    return True


def _resumed(services: Services, console: Console, lang: Language) -> InterviewSession | None:
    unfinished = services.store.open_interview()
    if unfinished is None:
        return None
    try:
        reply = console.input(escape(t("cli.resume", lang)))
    except (EOFError, KeyboardInterrupt):
        reply = ""
    if reply.strip().casefold() in {"n", "no", "いいえ"}:
        services.store.end_interview(unfinished.id)
        return None
    return services.session(unfinished.id)


def _show(events: Iterator[Event], console: Console, lang: Language) -> None:
    for event in events:
        if (text := utterance(event, lang)) is not None:
            console.print(f"\n[cyan]{escape(text)}[/cyan]")
        if isinstance(event, Graded):
            console.print(_graded(event.card, event.total if event.grade.state != "ungraded" else event.grade, lang))
        elif isinstance(event, Finished):
            console.print(_summary(event.summary, lang))


def _graded(card: Card, grade: Grade, lang: Language) -> Panel:
    lines: list[str] = []
    if grade.state == "ungraded":
        lines.append(t("state.ungraded_body", lang, reason=t(f"reason.{grade.failure}", lang)))
    if grade.no_answer:
        lines.append(t(f"state.no_answer.{grade.no_answer}", lang))
    elif grade.spoke_to_grader:
        lines.append(t("state.spoke_to_grader", lang))
    told = feedback(card, grade)
    for item in told.points:
        verdict = item.verdict.verdict
        style = _STYLES[verdict]
        lines.append(f"[{style}]{MARKS[verdict]} {t(f'verdict.{verdict.value}', lang)}[/{style}]  {escape(item.point.label)}")
        if item.verdict.quote:
            lines.append(f"    [italic]“{escape(item.verdict.quote.text)}”[/italic]")
        if verdict is not Verdict.HIT:
            lines.append(f"    [dim]{escape(item.point.text)}[/dim]")
            lines += [f"    [dim]{escape(t('card.correction', lang))} {escape(m.correction)}[/dim]" for m in item.corrections]
    if grade.state != "ungraded":
        advice = t(f"feedback.{told.advice}", lang, **({"label": told.about.label} if told.about else {}))
        lines.append(f"[bold]{escape(t('card.next_step', lang))}[/bold]: {escape(advice)}")
        lines.append(f"\n[bold]{escape(t('card.model_answer', lang))}[/bold]\n{escape(card.answer)}")
    title = escape(card.title)
    if grade.score is not None:
        interval = escape(t("card.interval", lang, low=f"{grade.score.low:.0f}", high=f"{grade.score.high:.0f}"))
        title += f" · {grade.score.value:.0f}/100 ({interval})"
    return Panel("\n".join(lines), title=title, title_align="left")


def _summary(summary: Summary, lang: Language) -> Panel:
    lines = [t("summary.none", lang)]
    if summary.score is not None:
        count = sum(n for _, _, n in summary.topics)
        lines = [t("summary.score", lang, score=f"{summary.score:.0f}", count=count)]
        lines += [f"  {escape(topic_name(topic, lang))}: {mean:.0f}" for topic, mean, _ in summary.topics]
    for key, points in (("strongest", summary.strongest), ("weakest", summary.weakest)):
        if points:
            labels = ", ".join(f"{card.point(v.point_id).label} ({card.title})" for card, v in points)
            lines.append(f"{t(f'summary.{key}', lang)}: {escape(labels)}")
    if summary.read_again:
        lines.append(f"{t('summary.read_again', lang)}: {escape(', '.join(card.title for card in summary.read_again))}")
    return Panel("\n".join(lines), title=escape(t("summary.title", lang)), title_align="left")
