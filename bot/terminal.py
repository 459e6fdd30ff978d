"""The interview in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from bot.exits import store_sentence
from bot.grading.feedback import feedback, remarks
from bot.grading.grader import Grade
from bot.grading.text import MAX_CHARACTERS
from bot.grading.verdict import Verdict
from bot.interview.events import Event, Finished, Graded, Stored
from bot.interview.intents import Intent
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession
from bot.interview.summary import Summary
from bot.memory.database import StoreError
from bot.services import Services
from bot.text import t
from bot.ui.score_card import MARKS, topic_name
from bot.ui.transcript import utterance
from knowledge.schema import Card, Language

_STYLES = {Verdict.HIT: "green", Verdict.PARTLY: "yellow", Verdict.MISSED: "bright_black", Verdict.CONTRADICTED: "red"}


def interview(services: Services, plan: Plan) -> None:
    """Runs an interview until it ends or input does. Raises NothingFits or StoreError."""
    if sys.stdin.isatty():
        with suppress(ImportError):  # not on Windows, whose own console has no such limit
            # A terminal by itself cuts a line after 4,095 bytes, which is 1,365 Japanese characters, and a paste at its first line end.
            import readline  # noqa: F401
    console = Console()
    session = _resumed(services, plan.lang)
    conversation = _Conversation(services, console, session or services.begin(plan))
    with suppress(EOFError):
        conversation.run(resumed=session is not None)


def _resumed(services: Services, lang: Language) -> InterviewSession | None:
    unfinished = services.store.open_interview()
    if unfinished is None:
        return None
    reply = input(t("cli.resume", lang) + " ")
    if reply.strip().casefold() in {"n", "no", "いいえ"}:
        services.store.end_interview(unfinished.id)
        return None
    return services.session(unfinished.id)


class _Conversation:
    """An interview as lines that come in and panels that go out. What could not be saved or graded is kept in mind for another try."""

    def __init__(self, services: Services, console: Console, session: InterviewSession) -> None:
        self._services, self._console, self._session = services, console, session
        self._lang = session.lang
        self._unsaved: list[str] = []
        self._failed = False
        self._ungraded: str | None = None

    def run(self, *, resumed: bool) -> None:
        """Until the interview ends. Raises EOFError when input does before."""
        self._show(self._session.ask())
        if resumed and not self._session.finished:
            self._show(self._session.resume())
            self._offer_ungraded()
        self._console.print(f"[dim]{escape(t('cli.end_hint', self._lang))}[/dim]")
        try:
            while not self._session.finished:
                print()
                self._hear(input(t("cli.you", self._lang)))
        finally:
            if self._failed:
                self._warn(t("cli.lost", self._lang))

    def _hear(self, text: str) -> None:
        """An answer or a request; nothing but Enter tries again what could not be saved or graded."""
        if text.strip():
            self._unsaved.append(text)
        try:
            if not self._unsaved and self._ungraded:
                self._show(self._session.grade_attempt(self._ungraded))
            while self._unsaved and not self._session.finished:
                self._show(self._respond(self._unsaved[0]))
                self._unsaved.pop(0)
        except StoreError as error:
            self._failed = bool(self._unsaved)
            self._warn(store_sentence(error, self._services.settings, self._lang))
            if self._failed:
                self._warn(t("cli.not_saved", self._lang))

    def _respond(self, text: str) -> Iterator[Event]:
        if not self._failed:
            return self._session.respond(text)
        # The failure may have come after the answer was stored; it must not be stored twice.
        self._session = self._services.session(self._session.id)
        self._failed = False
        turn = self._session.turn
        if turn is None or all(attempt.state != "pending" for attempt in turn.attempts):
            return self._session.respond(text)
        return self._session.resume() if self._session.interview.mode != "exam" else self._session.act(Intent.NEXT)

    def _show(self, events: Iterator[Event]) -> None:
        for event in events:
            if (text := utterance(event, self._lang)) is not None:
                self._console.print(f"\n[cyan]{escape(text)}[/cyan]")
            if isinstance(event, Stored):
                ready = self._services.models.status.phase == "ready"
                self._console.print(f"[dim]{escape(t('chat.grading' if ready else 'chat.grading_wait', self._lang))}[/dim]")
            elif isinstance(event, Graded):
                self._show_grade(event)
            elif isinstance(event, Finished):
                self._console.print(_summary(event.summary, self._lang))

    def _show_grade(self, event: Graded) -> None:
        if event.grade.truncated:
            self._warn(t("input.too_long", self._lang, limit=MAX_CHARACTERS))
        if event.grade.state == "ungraded":
            self._show_ungraded(event.attempt_id, self._services.models.cause(event.grade.failure or "no_model"))
        else:
            self._ungraded = None
            self._console.print(_graded(event.card, event.total, self._lang))

    def _offer_ungraded(self) -> None:
        """What an earlier run could not grade."""
        for attempt in self._session.turn.attempts if self._session.turn else ():
            if attempt.state == "ungraded" and self._ungraded is None:
                self._show_ungraded(attempt.id, str(attempt.failure))

    def _show_ungraded(self, attempt_id: str, cause: str) -> None:
        self._ungraded = attempt_id
        self._warn(t("cli.ungraded", self._lang, cause=t(f"cause.{cause}", self._lang)))

    def _warn(self, sentence: str) -> None:
        self._console.print(f"[yellow]{escape(sentence)}[/yellow]", soft_wrap=True)  # names of variables stay whole


def _graded(card: Card, grade: Grade, lang: Language) -> Panel:
    lines = [t(key, lang) for key in remarks(grade)]
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
    if summary.ungraded:
        lines.append(escape(t("summary.ungraded", lang, count=summary.ungraded)))
    return Panel("\n".join(lines), title=escape(t("summary.title", lang)), title_align="left")
