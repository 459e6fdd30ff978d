"""The practice page: start, chat, answer box, score card."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from bot.grading.verdict import PointVerdict
from bot.interview.events import Asked, Event, Finished, Graded, Judged
from bot.interview.intents import Intent
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, NothingFits
from bot.memory.database import StoreError
from bot.memory.store import grade_of
from bot.services import Services
from bot.text import t
from bot.ui.score_card import empty_card, exam_card, grade_card, pending_card, summary_card
from bot.ui.transcript import Message, answered, said, transcript, utterance
from knowledge.deck import topics
from knowledge.schema import Language

log = logging.getLogger(__name__)

ANY = ""
MODES = ("practice", "exam")
DIFFICULTIES = ("easy", "medium", "hard")
Updates = dict[Any, Any]


@dataclass
class View:
    """What one browser tab shows. Everything that matters is in the store; this only says which interview it is."""

    interview_id: str | None = None
    messages: list[Message] = field(default_factory=list)
    card: str = ""
    ungraded: str | None = None


class PracticePage:
    """Builds the components and wires them. Handlers yield updates by component."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services = services
        self._language = language
        lang = services.settings.language
        self.view = gr.State(View())
        self.alert = gr.HTML(visible=False)
        with gr.Row(elem_id="m-resume", visible=False) as self.resume_box:
            self.resume_text = gr.HTML()
            self.resume = gr.Button(t("resume.button", lang), variant="primary", scale=0)
            self.discard = gr.Button(t("resume.discard", lang), scale=0)
        with gr.Column(elem_id="m-start") as self.start_box:
            self.lead = gr.HTML(_lead(lang))
            self.begin = gr.Button(t("start.button", lang), variant="primary", size="lg", elem_id="m-begin")
            with gr.Accordion(t("start.options", lang), open=False) as self.options:
                with gr.Row():
                    self.mode = gr.Radio(_modes(lang), value=MODES[0], label=t("start.mode", lang))
                    self.count = gr.Slider(1, len(services.deck), value=5, step=1, label=t("start.count", lang))
                with gr.Row():
                    self.topics = gr.Dropdown(_topics(services, lang), value=[], multiselect=True, label=t("start.topics", lang))
                    self.difficulty = gr.Dropdown(_difficulties(lang), value=ANY, label=t("start.difficulty", lang))
        with gr.Row(elem_id="m-body", visible=False) as self.body:
            with gr.Column(scale=6, min_width=320):
                self.chat = gr.Chatbot(
                    elem_id="m-chat",
                    label=t("chat.label", lang),
                    height=400,
                    group_consecutive_messages=False,
                    # Candidates' words and cards are plain text: no Markdown, so no image or link is ever fetched or run.
                    render_markdown=False,
                    sanitize_html=True,
                    buttons=[],
                    latex_delimiters=[],
                    placeholder=t("chat.placeholder_empty", lang),
                )
                self.answer = gr.Textbox(
                    elem_id="m-answer",
                    label=t("input.label", lang),
                    placeholder=t("input.placeholder", lang),
                    # With more than one line Enter stays free for the input method's conversion; Shift+Enter sends.
                    lines=4,
                    max_lines=12,
                    autofocus=True,
                )
                self.send = gr.Button(t("input.send", lang), variant="primary", elem_id="m-send")
                with gr.Row(elem_id="m-buttons"):
                    self.next = gr.Button(t("input.next", lang), elem_id="m-next")
                    self.hint = gr.Button(t("input.hint", lang), elem_id="m-hint")
                    self.retry = gr.Button(t("input.retry", lang), elem_id="m-retry")
                    self.skip = gr.Button(t("input.skip", lang), elem_id="m-skip")
                    self.regrade = gr.Button(t("input.regrade", lang), elem_id="m-regrade", visible=False)
                    self.end = gr.Button(t("input.end", lang), elem_id="m-end")
                    self.new = gr.Button(t("input.new", lang), variant="primary", visible=False, elem_id="m-new")
            with gr.Column(scale=5, min_width=320):
                self.score = gr.HTML(empty_card(lang), elem_id="m-score")
        self._wire()

    # ------------------------------------------------------------------ wiring

    @property
    def _outputs(self) -> list[Any]:
        return [
            *(self.view, self.alert, self.resume_box, self.resume_text, self.resume, self.discard, self.start_box, self.lead, self.begin),
            *(self.options, self.mode, self.count, self.topics, self.difficulty, self.body, self.chat, self.answer, self.send, self.next),
            *(self.hint, self.retry, self.skip, self.regrade, self.end, self.new, self.score),
        ]

    def _wire(self) -> None:
        base = [self.view, self._language]
        options: dict[str, Any] = {"outputs": self._outputs, "show_progress": "hidden", "concurrency_limit": 8}
        self.begin.click(self._guarded(self._begin), [*base, self.mode, self.count, self.topics, self.difficulty], **options)
        self.resume.click(self._guarded(self._resume), base, **options)
        self.discard.click(self._guarded(self._discard), base, **options)
        for trigger in (self.answer.submit, self.send.click):
            trigger(self._guarded(self._respond), [*base, self.answer], **options)
        for button, intent in ((self.hint, Intent.HINT), (self.skip, Intent.SKIP), (self.next, Intent.NEXT), (self.end, Intent.END)):
            button.click(self._guarded(self._act(intent)), base, **options)
        self.retry.click(self._guarded(self._retry), base, **options)
        self.regrade.click(self._guarded(self._regrade), base, **options)
        self.new.click(self._guarded(self._new), base, **options)

    def on_load(self) -> tuple[Callable[..., Any], list[Any], list[Any]]:
        """Handler, inputs and outputs for a page that was just opened: offers to resume."""
        return self._guarded(self._opened), [self.view, self._language], self._outputs

    def on_language(self) -> tuple[Callable[..., Any], list[Any], list[Any]]:
        """Handler, inputs and outputs for a switch of language."""
        return self._guarded(self._relabel), [self.view, self._language], self._outputs

    def _guarded(self, handler: Callable[..., Iterator[Updates]]) -> Callable[..., Iterator[Updates]]:
        """Shows an error as one sentence; nothing typed is lost."""

        def run(view: View, lang: Language, *inputs: Any) -> Iterator[Updates]:
            try:
                yield {self.alert: gr.update(visible=False)}
                yield from handler(view, lang, *inputs)
            except StoreError as error:
                log.error("store: %s", error)
                yield self._show_alert(t(f"error.{error.reason}", lang, path=self._services.settings.data_dir))
            except NothingFits:
                yield self._show_alert(t("start.nothing_fits", lang))
            except Exception as error:
                # The last line of defence of a page: the cause is in the log, the person gets a sentence instead of a dead page.
                log.exception("page: %s", type(error).__name__)
                yield self._show_alert(t("error.unexpected", lang, path=self._services.settings.log_file))

        return run

    def _show_alert(self, text: str) -> Updates:
        from html import escape

        return {self.alert: gr.update(value=f'<div class="m-alert" role="alert">{escape(text)}</div>', visible=True)}

    # ---------------------------------------------------------------- handlers

    def _opened(self, _view: View, lang: Language) -> Iterator[Updates]:
        yield {self.view: View(), **self._labels(lang), **self._resume_offer(lang), self.start_box: gr.update(visible=True)}

    def _relabel(self, view: View, lang: Language) -> Iterator[Updates]:
        updates = self._labels(lang)
        if view.interview_id is None:
            updates |= self._resume_offer(lang) | {self.score: empty_card(lang)}
        yield updates

    def _begin(self, view: View, lang: Language, mode: str, count: float, chosen: list[str], difficulty: str) -> Iterator[Updates]:
        plan = Plan(lang, "exam" if mode == "exam" else "practice", tuple(chosen), difficulty or None, int(count))  # type: ignore[arg-type]
        session = self._services.begin(plan)
        view = View(session.id, [said(t("chat.your_turn", lang))], exam_card(lang) if mode == "exam" else empty_card(lang))
        yield from self._play(view, session, session.ask())

    def _resume(self, view: View, lang: Language) -> Iterator[Updates]:
        open_interview = self._services.store.open_interview()
        if open_interview is None:
            yield from self._new(view, lang)
            return
        session = self._services.session(open_interview.id)
        card = exam_card(session.lang) if session.interview.mode == "exam" else self._latest_card(session)
        yield from self._play(View(session.id, transcript(session), card), session, session.resume())

    def _discard(self, view: View, lang: Language) -> Iterator[Updates]:
        open_interview = self._services.store.open_interview()
        if open_interview is not None:
            self._services.store.end_interview(open_interview.id)
        yield from self._new(view, lang)

    def _respond(self, view: View, _lang: Language, text: str) -> Iterator[Updates]:
        if view.interview_id is None or not text.strip():
            return
        session = self._services.session(view.interview_id)
        shown = View(view.interview_id, [*view.messages, answered(text)], view.card)
        # The box is emptied only with the first event, which comes after the answer was stored.
        yield {self.chat: shown.messages}
        yield from self._play(shown, session, session.respond(text), clear=True)

    def _act(self, intent: Intent) -> Callable[[View, Language], Iterator[Updates]]:
        def handler(view: View, _lang: Language) -> Iterator[Updates]:
            if view.interview_id is None:
                return
            session = self._services.session(view.interview_id)
            yield from self._play(view, session, session.act(intent))

        return handler

    def _retry(self, view: View, _lang: Language) -> Iterator[Updates]:
        if view.interview_id is not None:
            session = self._services.session(view.interview_id)
            yield from self._play(view, session, session.retry())

    def _regrade(self, view: View, _lang: Language) -> Iterator[Updates]:
        if view.interview_id is None or view.ungraded is None:
            return
        self._services.models.start()
        session = self._services.session(view.interview_id)
        yield from self._play(View(view.interview_id, view.messages, view.card), session, session.grade_attempt(view.ungraded))

    def _new(self, _view: View, lang: Language) -> Iterator[Updates]:
        yield {
            self.view: View(),
            self.start_box: gr.update(visible=True),
            self.body: gr.update(visible=False),
            self.chat: [],
            self.score: empty_card(lang),
            **self._resume_offer(lang),
        }

    # ------------------------------------------------------------------ showing

    def _play(self, view: View, session: InterviewSession, events: Iterator[Event], clear: bool = False) -> Iterator[Updates]:
        """Shows events one by one as they come."""
        lang = session.lang
        verdicts: dict[str, PointVerdict] = {}
        waiting = self._waiting_note(lang) if clear and session.interview.mode == "practice" else None
        if waiting is not None:
            yield {self.chat: [*view.messages, said(waiting)]}
        yield self._frame(view, session)
        for event in events:
            if (text := utterance(event, lang)) is not None:
                view.messages.append(said(text))
            match event:
                case Judged():
                    verdicts[event.verdict.point_id] = event.verdict
                    if session.interview.mode == "practice":
                        turn = session.turn
                        only = turn.follow_up_point if turn else None
                        view.card = pending_card(event.card, verdicts, lang, only)
                case Graded():
                    verdicts = {}
                    if session.interview.mode == "practice":
                        view.ungraded = event.attempt_id if event.grade.state == "ungraded" else None
                        view.card = self._graded_card(event, lang)
                case Asked() if session.interview.mode == "practice" and not (session.turn and session.turn.attempts):
                    view.ungraded = None
                    view.card = empty_card(lang)
                case Finished():
                    view.card = summary_card(event.summary, lang)
            update = self._frame(view, session)
            if isinstance(event, Judged):
                update[self.chat] = [*view.messages, said(t("chat.grading", lang))]
            if clear:
                update[self.answer] = gr.update(value="")
                clear = False
            yield update
        yield self._frame(view, session)

    def _waiting_note(self, lang: Language) -> str:
        ready = self._services.models.status.phase == "ready"
        return t("chat.grading" if ready else "chat.grading_wait", lang)

    def _graded_card(self, event: Graded, lang: Language) -> str:
        recovered = []
        if (
            event.follow_up_point
            and event.grade.state == "graded"
            and event.grade.points[0].credit >= event.total.of(event.follow_up_point).credit
        ):
            recovered = [event.follow_up_point] if event.grade.points[0].credit > 0 else []
        shown = event.grade if event.grade.state == "ungraded" else event.total
        return grade_card(event.card, shown, lang, before=event.before, recovered=recovered)

    def _latest_card(self, session: InterviewSession) -> str:
        turn = session.turn
        total = session.total(turn) if turn else None
        if turn is None or total is None:
            return empty_card(session.lang)
        return grade_card(session.card(turn), total, session.lang)

    def _frame(self, view: View, session: InterviewSession) -> Updates:
        """The whole interview view in its current state."""
        turn, exam = session.turn, session.interview.mode == "exam"
        attempted = turn is not None and any(grade_of(a) is not None for a in turn.attempts)
        going = not session.finished
        return {
            self.view: view,
            self.resume_box: gr.update(visible=False),
            self.start_box: gr.update(visible=False),
            self.body: gr.update(visible=True),
            self.chat: view.messages,
            self.score: view.card,
            self.answer: gr.update(visible=going),
            self.send: gr.update(visible=going),
            self.next: gr.update(visible=going and attempted and not exam),
            self.hint: gr.update(visible=going),
            self.skip: gr.update(visible=going and not attempted),
            self.retry: gr.update(visible=going and attempted and not exam),
            self.end: gr.update(visible=going),
            self.regrade: gr.update(visible=going and view.ungraded is not None),
            self.new: gr.update(visible=not going),
        }

    def _resume_offer(self, lang: Language) -> Updates:
        interview = self._services.store.open_interview()
        if interview is None:
            return {self.resume_box: gr.update(visible=False)}
        done = sum(1 for turn in interview.turns if turn.closed_at is not None or turn.attempts)
        return {
            self.resume_box: gr.update(visible=True),
            self.resume_text: t("resume.found", lang, done=done, total=len(interview.turns)),
        }

    def _labels(self, lang: Language) -> Updates:
        """Every fixed text of the page in a language."""
        buttons = {
            **{self.resume: "resume.button", self.discard: "resume.discard", self.begin: "start.button", self.send: "input.send"},
            **{self.next: "input.next", self.hint: "input.hint", self.retry: "input.retry", self.skip: "input.skip"},
            **{self.regrade: "input.regrade", self.end: "input.end", self.new: "input.new"},
        }
        return {
            **{button: gr.update(value=t(key, lang)) for button, key in buttons.items()},
            self.lead: _lead(lang),
            self.options: gr.update(label=t("start.options", lang)),
            self.mode: gr.update(choices=_modes(lang), label=t("start.mode", lang)),
            self.count: gr.update(label=t("start.count", lang)),
            self.topics: gr.update(choices=_topics(self._services, lang), label=t("start.topics", lang)),
            self.difficulty: gr.update(choices=_difficulties(lang), label=t("start.difficulty", lang)),
            self.chat: gr.update(label=t("chat.label", lang), placeholder=t("chat.placeholder_empty", lang)),
            self.answer: gr.update(label=t("input.label", lang), placeholder=t("input.placeholder", lang)),
        }


def _lead(lang: Language) -> str:
    return f'<div class="m-lead"><h2>{t("start.title", lang)}</h2><p>{t("start.lead", lang)}</p></div>'


def _modes(lang: Language) -> list[tuple[str, str]]:
    return [(t(f"start.{mode}", lang), mode) for mode in MODES]


def _difficulties(lang: Language) -> list[tuple[str, str]]:
    return [(t("start.difficulty_any", lang), ANY)] + [(t(f"difficulty.{d}", lang), d) for d in DIFFICULTIES]


def _topics(services: Services, lang: Language) -> list[tuple[str, str]]:
    """Branches and leaves that have cards."""
    used = {card.topic for card in services.deck}
    choices: list[tuple[str, str]] = []
    for path, leaf in topics().items():
        if path not in used:
            continue
        branch = path.split("/", 1)[0]
        if (leaf.branch[lang], branch) not in choices:
            choices.append((leaf.branch[lang], branch))
        choices.append((f"{leaf.branch[lang]} › {leaf.leaf[lang]}", path))
    return choices
