"""The practice page: start, chat, answer box, score card."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import gradio as gr

from bot.grading.verdict import PointVerdict
from bot.interview.events import Asked, Event, Finished, Graded, Judged, Stored
from bot.interview.intents import Intent
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, NothingFits
from bot.memory.database import StoreError
from bot.memory.store import grade_of
from bot.services import Services
from bot.text import t
from bot.ui.delivery import delivered
from bot.ui.score_card import empty_card, exam_card, grade_card, pending_card, summary_card
from bot.ui.start import ANY, MODES, difficulties, lead, modes, sample, topic_choices
from bot.ui.transcript import Message, answered, chat_html, result, said, spoken, transcript, utterance, waiting
from bot.ui.voice import VoiceBar, clock_html
from knowledge.schema import Language

log = logging.getLogger(__name__)

Updates = dict[Any, Any]

MOCK_QUESTIONS, MOCK_SECONDS = 5, 15 * 60

# After a step: the summary comes into view; else the answer box has the focus, where that does not bring up a keyboard over the question.
SETTLE = """() => {
  const summary = document.querySelector(".m-summary");
  if (summary) return summary.scrollIntoView({ block: "start" });
  if (matchMedia("(pointer: fine)").matches) document.querySelector("#m-answer textarea")?.focus({ preventScroll: true });
  document.querySelector("#m-chat")?.scrollIntoView({ block: "nearest" });
}"""


@dataclass
class View:
    """What one browser tab shows. Everything that matters is in the store; this only says which interview it is.

    `said` is how many of the messages were read aloud, `ends` how long the interview may take ("id:seconds"; empty for no end),
    `limit` the seconds for a question by the clock.
    """

    interview_id: str | None = None
    messages: list[Message] = field(default_factory=list)
    card: str = ""
    ungraded: bool = False
    tab: str = ""
    delivery: str = ""
    said: int = 0
    ends: str = ""
    limit: int = 0


class PracticePage:
    """Builds the components and wires them. Handlers yield updates by component."""

    def __init__(self, services: Services, language: gr.Radio) -> None:
        self._services = services
        self._language = language
        lang = services.settings.language
        self.view = gr.State(View())
        self.alert = gr.HTML(visible=False, padding=False)
        with gr.Row(elem_id="m-resume", visible=False) as self.resume_box:
            self.resume_text = gr.HTML(padding=False, elem_id="m-resume-text")
            self.resume = gr.Button(t("resume.button", lang), variant="primary", scale=0)
            self.discard = gr.Button(t("resume.discard", lang), scale=0)
        with gr.Row(elem_id="m-start") as self.start_box:
            with gr.Column(scale=6, min_width=300):
                self.lead = gr.HTML(lead(lang), padding=False)
                self.mode = gr.Radio(modes(lang), value=MODES[0], label=t("start.mode", lang), elem_id="m-mode")
                self.count = gr.Slider(1, len(services.deck), value=5, step=1, label=t("start.count", lang), buttons=[], elem_id="m-count")
                with gr.Accordion(t("start.options", lang), open=False, elem_id="m-options") as self.options:
                    self.topics = gr.Dropdown(
                        topic_choices(services.deck, lang), value=[], multiselect=True, label=t("start.topics", lang), elem_id="m-topics"
                    )
                    self.difficulty = gr.Radio(difficulties(lang), value=ANY, label=t("start.difficulty", lang), elem_id="m-difficulty")
                self.begin = gr.Button(t("start.button", lang), variant="primary", size="lg", elem_id="m-begin")
                self.mock = gr.Button(t("start.mock", lang), elem_id="m-mock")
            with gr.Column(scale=5, min_width=300):
                self.sample = gr.HTML(sample(lang), padding=False)
        with gr.Row(elem_id="m-body", visible=False) as self.body:
            with gr.Column(scale=6, min_width=300, elem_id="m-talk"):
                self.chat = gr.HTML(chat_html([], lang), elem_id="m-chat", padding=False)
                self.live = gr.HTML("", elem_id="m-live", padding=False)
                self.voice = VoiceBar(services, lang)
                self.answer = gr.Textbox(
                    elem_id="m-answer",
                    label=t("input.label", lang),
                    placeholder=t("input.placeholder", lang),
                    # With more than one line Enter stays free for the input method's conversion; Shift+Enter sends.
                    lines=4,
                    max_lines=8,
                    autofocus=True,
                )
                self.voice.make_controls(lang, self.answer)
                with gr.Row(elem_id="m-buttons"):
                    self.send = gr.Button(t("input.send", lang), variant="primary", elem_id="m-send")
                    self.regrade = gr.Button(t("input.regrade", lang), elem_id="m-regrade", visible=False)
                    self.next = gr.Button(t("input.next", lang), elem_id="m-next")
                    self.retry = gr.Button(t("input.retry", lang), elem_id="m-retry")
                    self.hint = gr.Button(t("input.hint", lang), elem_id="m-hint")
                    self.skip = gr.Button(t("input.skip", lang), elem_id="m-skip")
                    self.end = gr.Button(t("input.end", lang), elem_id="m-end")
                    self.new = gr.Button(t("input.new", lang), variant="primary", visible=False, elem_id="m-new")
                self.voice.make_options(lang)
            with gr.Column(scale=5, min_width=300):
                self.score = gr.HTML(empty_card(lang), elem_id="m-score", padding=False)
                self.delivery = gr.HTML("", elem_id="m-delivery", padding=False)
                with gr.Accordion(t("dispute.title", lang), open=False, visible=False, elem_id="m-dispute") as self.dispute_box:
                    self.dispute_point = gr.Radio([], label=t("dispute.which", lang), elem_id="m-dispute-point")
                    self.dispute = gr.Button(t("dispute.send", lang), elem_id="m-dispute-send")
        self._wire()

    # ------------------------------------------------------------------ wiring

    @property
    def _outputs(self) -> list[Any]:
        return [
            *(self.view, self.alert, self.resume_box, self.resume_text, self.resume, self.discard, self.start_box, self.lead, self.begin),
            *(self.options, self.mode, self.count, self.topics, self.difficulty, self.sample, self.body, self.chat, self.live, self.answer),
            *(*self._controls, self.new, self.score, self.delivery, self.dispute_box, self.dispute_point),
            *(self.mock, *self.voice.parts),
        ]

    @property
    def _controls(self) -> tuple[gr.Button, ...]:
        """What starts a step; out of reach while one is under way."""
        return (self.send, self.regrade, self.next, self.retry, self.hint, self.skip, self.end, self.dispute)

    def _wire(self) -> None:
        base = [self.view, self._language]

        def on(triggers: list[Any], handler: Callable[..., Iterator[Updates]], inputs: list[Any]) -> None:
            step = gr.on(triggers, self._guarded(handler), inputs, self._outputs, show_progress="hidden", concurrency_limit=8)
            step.then(None, js=SETTLE)
            # While the interviewer speaks the next step must not have to wait for the end of it.
            step.then(self._say, [self.view, self.voice.aloud, self.voice.speed], [self.voice.sound], show_progress="hidden")

        on([self.begin.click], self._begin, [*base, self.mode, self.count, self.topics, self.difficulty])
        on([self.mock.click], self._mock, base)
        on([self.resume.click], self._resume, base)
        on([self.discard.click], self._discard, base)
        on([self.answer.submit, self.send.click], self._respond, [*base, self.answer, self.voice.keep])
        for button, intent in ((self.hint, Intent.HINT), (self.skip, Intent.SKIP), (self.next, Intent.NEXT), (self.end, Intent.END)):
            on([button.click], self._act(intent), base)
        on([self.retry.click], self._retry, base)
        on([self.regrade.click], self._regrade, base)
        on([self.dispute.click], self._dispute, [*base, self.dispute_point])
        on([self.new.click], self._new, base)
        self._wire_voice()

    def _wire_voice(self) -> None:
        voice = self.voice
        quiet: dict[str, Any] = {"show_progress": "hidden"}
        hearing = {**quiet, "concurrency_limit": 8}
        shown = [self.alert, voice.heard, self.answer]
        given = [self.view, self._language, self.answer]
        voice.recorder.stream(
            self._take, [self.view, voice.recorder, voice.silence, voice.hands_free], [voice.heard], stream_every=0.5, **hearing
        )
        voice.still.click(lambda view: voice.wait(view.tab), [self.view], None, **quiet)
        voice.recorder.stop_recording(self._guarded(self._finish), [*given, voice.hands_free], shown, **hearing)
        voice.upload.upload(self._guarded(self._uploaded), [*given, voice.upload], shown, **hearing)
        voice.limit.change(self._limit, [self.view, voice.limit], [self.view, voice.clock], **quiet)

    def on_load(self) -> tuple[Callable[..., Any], list[Any], list[Any]]:
        """Handler, inputs and outputs for a page that was just opened: offers to resume."""
        return self._guarded(self._opened), [self.view, self._language], self._outputs

    def on_language(self) -> tuple[Callable[..., Any], list[Any], list[Any]]:
        """Handler, inputs and outputs for a switch of language."""
        return self._guarded(self._relabel), [self.view, self._language], self._outputs

    def left(self, request: gr.Request) -> None:
        """The tab was closed: nobody speaks into its microphone any more. What was heard is kept as a draft."""
        self.voice.microphones.close(request.session_hash)

    def _guarded(self, handler: Callable[..., Iterator[Updates]]) -> Callable[..., Iterator[Updates]]:
        """Shows an error as one sentence; nothing typed is lost."""

        def run(request: gr.Request, view: View, lang: Language, *inputs: Any) -> Iterator[Updates]:
            view.tab = request.session_hash or ""
            try:
                yield {self.alert: gr.update(visible=False)}
                for updates in handler(view, lang, *inputs):
                    if isinstance(shown := updates.get(self.view), View):
                        shown.tab = view.tab
                    yield updates
            except StoreError as error:
                log.error("store: %s", error)
                yield self._show_alert(view, lang, t(f"error.{error.reason}", lang, path=self._services.settings.data_dir))
            except NothingFits:
                yield self._show_alert(view, lang, t("start.nothing_fits", lang))
            except Exception as error:
                # The last line of defence of a page: the cause is in the log, the person gets a sentence instead of a dead page.
                log.exception("page: %s", type(error).__name__)
                yield self._show_alert(view, lang, t("error.unexpected", lang, path=self._services.settings.log_file))

        return run

    def _show_alert(self, view: View, lang: Language, text: str) -> Updates:
        return {
            self.alert: gr.update(value=f'<div class="m-alert" role="alert">{escape(text)}</div>', visible=True),
            self.chat: chat_html(view.messages, lang),
            **{control: gr.update(interactive=True) for control in self._controls},
        }

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

    def _mock(self, _view: View, lang: Language) -> Iterator[Updates]:
        """Five questions in a quarter of an hour, by voice, with the grades at the end."""
        session = self._services.begin(Plan(lang, "exam", count=MOCK_QUESTIONS))
        view = View(session.id, [said(t("chat.mock", lang))], exam_card(lang), limit=MOCK_SECONDS // MOCK_QUESTIONS)
        view.ends = f"{session.id}:{MOCK_SECONDS}"
        yield {self.voice.hands_free: True, self.voice.aloud: True, self.voice.limit: view.limit}
        yield from self._play(view, session, session.ask())

    def on_review(self) -> tuple[Callable[..., Any], list[Any], list[Any]]:
        """Handler, inputs and outputs that begin a review of what is due."""
        return self._guarded(self._begin_review), [self.view, self._language], self._outputs

    def _begin_review(self, _view: View, lang: Language) -> Iterator[Updates]:
        session = self._services.begin(Plan(lang, "review"))
        yield from self._play(View(session.id, [said(t("chat.your_turn", lang))], empty_card(lang)), session, session.ask())

    def _resume(self, view: View, lang: Language) -> Iterator[Updates]:
        open_interview = self._services.store.open_interview()
        if open_interview is None:
            yield from self._new(view, lang)
            return
        session = self._services.session(open_interview.id)
        card = exam_card(session.lang) if session.interview.mode == "exam" else self._latest_card(session)
        shown = transcript(session)
        draft = session.turn.draft if session.turn else None
        yield {self.answer: gr.update(value=draft or "")}
        yield from self._play(View(session.id, shown, card, said=max(0, len(shown) - 1)), session, session.resume())

    def _discard(self, view: View, lang: Language) -> Iterator[Updates]:
        open_interview = self._services.store.open_interview()
        if open_interview is not None:
            self._services.store.end_interview(open_interview.id)
        yield from self._new(view, lang)

    def _respond(self, view: View, _lang: Language, text: str, keep: bool) -> Iterator[Updates]:
        if view.interview_id is None or not text.strip():
            return
        session = self._services.session(view.interview_id)
        shown = replace(view, messages=[*view.messages, answered(text)], said=len(view.messages) + 1)
        spoken_answer, sound = self.voice.spoken(view.tab, text, keep)
        # The box is emptied and the recording forgotten only with the first event, which comes after the answer was stored.
        yield from self._play(shown, session, session.respond(text, spoken_answer), clear=True, sound=sound)

    def _take(self, view: View, chunk: Any, silence: float, hands_free: bool) -> Any:
        return self.voice.take(view.tab, lambda: self._session(view), chunk, silence, hands_free)

    def _finish(self, view: View, _lang: Language, typed: str, hands_free: bool) -> Iterator[Updates]:
        yield from self.voice.finish(view.tab, self._session(view), typed, hands_free)

    def _uploaded(self, view: View, lang: Language, typed: str, path: str | None) -> Iterator[Updates]:
        yield from self.voice.uploaded(view.tab, self._session(view), path, typed, lang)

    def _say(self, view: View, aloud: bool, speed: float) -> Iterator[Any]:
        """Reads aloud what the interviewer said since it was last done."""
        session = self._session(view)
        new = [message.text for message in view.messages[view.said :] if message.kind == "said"]
        view.said = len(view.messages)
        if session is None or not new:
            yield gr.skip()
            return
        yield from self.voice.say([text.partition("\n")[2] or text for text in new[-2:]], session.lang, aloud, speed)
        if aloud:  # what will be asked next is made ready while the person answers
            ahead = [turn.question for turn in session.interview.turns if turn.asked_at is None]
            self._services.speaker.prepare(ahead[:1], session.lang)

    def _limit(self, view: View, seconds: float) -> tuple[View, str]:
        session = self._session(view)
        view.limit = int(seconds)
        return view, self._clock(view, session) if session else ""

    def _clock(self, view: View, session: InterviewSession) -> str:
        turn = session.turn
        return clock_html(turn.id, session.lang, view.limit, view.ends) if turn and (view.limit or view.ends) else ""

    def _session(self, view: View) -> InterviewSession | None:
        return None if view.interview_id is None else self._services.session(view.interview_id)

    def _act(self, intent: Intent) -> Callable[[View, Language], Iterator[Updates]]:
        def handler(view: View, _lang: Language) -> Iterator[Updates]:
            if view.interview_id is None:
                return
            session = self._services.session(view.interview_id)
            note = t("chat.grading", session.lang) if intent is Intent.END and session.interview.mode == "exam" else None
            yield from self._play(view, session, session.act(intent), note=note)

        return handler

    def _retry(self, view: View, _lang: Language) -> Iterator[Updates]:
        if view.interview_id is not None:
            session = self._services.session(view.interview_id)
            yield from self._play(view, session, session.retry())

    def _dispute(self, view: View, _lang: Language, point: str | None) -> Iterator[Updates]:
        if view.interview_id is not None and point:
            session = self._services.session(view.interview_id)
            yield from self._play(view, session, session.dispute(point), note=self._waiting_note(session.lang))

    def _regrade(self, view: View, _lang: Language) -> Iterator[Updates]:
        if view.interview_id is None or not view.ungraded:
            return
        self._services.models.start()
        session = self._services.session(view.interview_id)
        # What was said about the failure makes way for what comes of the new try.
        kept = view.messages[:-1] if view.messages and view.messages[-1].kind == "result" else view.messages
        again = replace(view, messages=list(kept), ungraded=False, said=len(kept))
        yield from self._play(again, session, session.regrade(), note=self._waiting_note(session.lang))

    def _new(self, view: View, lang: Language) -> Iterator[Updates]:
        # What the mock interview switched on is off again: nobody's microphone opens by itself in the next practice.
        after_mock = {self.voice.hands_free: False, self.voice.limit: 0} if view.ends else {}
        yield {
            **after_mock,
            self.view: View(),
            self.start_box: gr.update(visible=True),
            self.body: gr.update(visible=False),
            self.chat: chat_html([], lang),
            self.live: "",
            self.score: empty_card(lang),
            self.delivery: "",
            **self._resume_offer(lang),
        }

    # ------------------------------------------------------------------ showing

    def _play(
        self,
        view: View,
        session: InterviewSession,
        events: Iterator[Event],
        *,
        clear: bool = False,
        note: str | None = None,
        sound: str | None = None,
    ) -> Iterator[Updates]:
        """Shows events one by one as they come; `note` says what goes on until the first, `sound` is the recording of the answer."""
        lang, practice = session.lang, session.interview.mode != "exam"
        verdicts: dict[str, PointVerdict] = {}
        only = (session.turn.follow_up_point or session.turn.point_id) if session.turn else None
        yield self._frame(view, session, note=note, busy=True)
        for event in events:
            note = None
            if (text := utterance(event, lang)) is not None:
                view.messages.append(said(text))
            if isinstance(event, Asked | Finished):  # what was said and not sent belongs to the question before
                self.voice.microphones.of(view.tab).forget()
            match event:
                case Stored():
                    verdicts, only = {}, event.only
                    view.card = pending_card(event.card, verdicts, lang, only)
                    note = self._waiting_note(lang)
                case Judged():
                    verdicts[event.verdict.point_id] = event.verdict
                    if practice:
                        view.card = pending_card(event.card, verdicts, lang, only)
                    note = t("chat.grading", lang)
                case Graded():
                    verdicts, only = {}, None
                    if practice:
                        view.ungraded = event.grade.state == "ungraded"
                        view.card = self._graded_card(event, lang)
                        view.delivery = delivered(session.attempt(event.attempt_id), event.card, lang, sound)
                        view.messages.append(result(event.card, event.grade, event.total, event.follow_up_point, lang))
                case Asked() if practice and not (session.turn and session.turn.attempts):
                    view.ungraded = False
                    view.card, view.delivery = empty_card(lang), ""
                case Finished():
                    view.ungraded = event.summary.ungraded > 0
                    view.card, view.delivery = summary_card(event.summary, lang), ""
            update = self._frame(view, session, note=note, busy=True)
            if clear:
                self.voice.microphones.of(view.tab).forget()
                update |= {self.answer: gr.update(value="", visible=not session.finished), self.voice.heard: ""}
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
            and len(event.total.points) > 1
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

    def _frame(self, view: View, session: InterviewSession, *, note: str | None = None, busy: bool = False) -> Updates:
        """The whole interview view in its current state; `busy` while more is to come."""
        lang, turn, exam = session.lang, session.turn, session.interview.mode == "exam"
        attempted = turn is not None and any(grade_of(a) is not None for a in turn.attempts)
        going = not session.finished
        shown = [*view.messages, waiting(note)] if note else view.messages
        visible = {
            self.send: going,
            self.regrade: view.ungraded,
            self.next: going and attempted and not exam,
            self.retry: going and attempted and not exam,
            self.hint: going,
            self.skip: going and not attempted,
            self.end: going,
            self.dispute: True,
        }
        points = session.disputable() if going else []
        return {
            self.view: view,
            self.resume_box: gr.update(visible=False),
            self.start_box: gr.update(visible=False),
            self.body: gr.update(visible=True),
            self.chat: chat_html(shown, lang),
            self.live: spoken(shown),
            self.score: view.card,
            self.delivery: view.delivery,
            self.voice.clock: self._clock(view, session),
            self.answer: gr.update(visible=going),
            **self.voice.shown(going),
            **{control: gr.update(visible=is_visible, interactive=not busy) for control, is_visible in visible.items()},
            self.new: gr.update(visible=not going),
            self.dispute_box: gr.update(visible=bool(points), open=False),
            self.dispute_point: gr.update(choices=[(point.label, point.id) for point in points], value=None),
        }

    def _resume_offer(self, lang: Language) -> Updates:
        interview = self._services.store.open_interview()
        if interview is None:
            return {self.resume_box: gr.update(visible=False)}
        done = sum(1 for turn in interview.turns if turn.closed_at is not None or turn.attempts)
        return {
            self.resume_box: gr.update(visible=True),
            self.resume_text: f"<p>{t('resume.found', lang, done=done, total=len(interview.turns))}</p>",
        }

    def _labels(self, lang: Language) -> Updates:
        """Every fixed text of this page in a language."""
        buttons = {
            **{self.resume: "resume.button", self.discard: "resume.discard", self.begin: "start.button", self.send: "input.send"},
            **{self.next: "input.next", self.hint: "input.hint", self.retry: "input.retry", self.skip: "input.skip"},
            **{
                self.mock: "start.mock",
                self.regrade: "input.regrade",
                self.end: "input.end",
                self.new: "input.new",
                self.dispute: "dispute.send",
            },
        }
        return {
            **{button: gr.update(value=t(key, lang)) for button, key in buttons.items()},
            self.lead: lead(lang),
            self.sample: sample(lang),
            self.options: gr.update(label=t("start.options", lang)),
            self.dispute_box: gr.update(label=t("dispute.title", lang)),
            self.dispute_point: gr.update(label=t("dispute.which", lang)),
            self.mode: gr.update(choices=modes(lang), label=t("start.mode", lang)),
            self.count: gr.update(label=t("start.count", lang)),
            self.topics: gr.update(choices=topic_choices(self._services.deck, lang), label=t("start.topics", lang)),
            self.difficulty: gr.update(choices=difficulties(lang), label=t("start.difficulty", lang)),
            self.answer: gr.update(label=t("input.label", lang), placeholder=t("input.placeholder", lang)),
            **self.voice.labels(lang),
        }
