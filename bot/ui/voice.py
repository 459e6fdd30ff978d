"""The voice part of the practice page: the microphone, what it hears, the interviewer's voice, and the clock."""

from __future__ import annotations

import base64
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import gradio as gr
from rapidfuzz.fuzz import ratio

from bot.interview.session import InterviewSession
from bot.memory.database import StoreError
from bot.memory.store import Spoken
from bot.services import Services
from bot.speech.audio import decode, write_ogg
from bot.speech.errors import AudioError, ListenError
from bot.speech.heard import Heard, as_data
from bot.speech.listener import Listener, hear
from bot.speech.prompts import terms_of
from bot.speech.spelling import respelled
from bot.speech.voices.base import VoiceError
from bot.speech.voices.sound import Sound, mp3
from bot.text import t
from bot.ui.microphone import Microphone, Microphones
from knowledge.schema import Language

log = logging.getLogger(__name__)

SILENCE = 4.0
LONGEST_SILENCE = 15
# From when on a silence is counted down on the page, in seconds.
TOLD_AFTER = 1.0
# "Still talking" gives this long before silence is counted again.
GRACE = 20.0
# Chunks that are under way when a recording ends come in within this time, in seconds; they are no new recording.
LATE = 1.0
UNSURE_BELOW = 0.4
# A text that has less than this in common with what was heard was typed.
SAME_FROM = 30.0
SPEEDS = (0.7, 1.5)
SCRIPT = resources.files("bot.ui").joinpath("voice.js").read_text(encoding="utf-8")

Updates = dict[Any, Any]


class VoiceBar:
    """Builds the components. The practice page wires them and passes its view."""

    def __init__(self, services: Services, lang: Language) -> None:
        self._services = services
        self.microphones = Microphones()
        self.clock = gr.HTML("", elem_id="m-clock", padding=False)
        self.heard = gr.HTML("", elem_id="m-heard", padding=False)
        self.still = gr.Button(t("speech.still", lang), size="sm", elem_id="m-still")

    def make_controls(self, lang: Language, answer: gr.Textbox) -> None:
        """The microphone and the voice's buttons; below `answer`, the box that what was heard is put into."""
        self._box = answer
        with gr.Row(elem_id="m-voice") as self.box:
            self.bar = gr.HTML(bar_html(lang), padding=False, elem_id="m-voice-bar")
            self.upload = gr.UploadButton(t("speech.upload", lang), file_types=["audio", "video"], size="sm", scale=0, elem_id="m-upload")
        self.recorder = gr.Audio(sources=["microphone"], streaming=True, type="numpy", elem_id="m-recorder", container=False)
        self.sound = gr.HTML("", elem_id="m-sound", padding=False)

    def make_options(self, lang: Language) -> None:
        """The settings, folded; below the buttons of the page."""
        with gr.Accordion(t("speech.options", lang), open=False, elem_id="m-voice-options") as self.options:
            self.about = gr.HTML(self._about(lang), padding=False)
            self.aloud = gr.Checkbox(True, label=t("speech.aloud", lang), elem_id="m-aloud")
            self.speed = gr.Slider(*SPEEDS, value=1.0, step=0.1, label=t("speech.speed", lang), buttons=[], elem_id="m-speed")
            self.hands_free = gr.Checkbox(False, label=t("speech.hands_free", lang), elem_id="m-hands-free")
            self.silence = gr.Slider(
                2, LONGEST_SILENCE, value=SILENCE, step=1, label=t("speech.silence", lang), buttons=[], elem_id="m-silence"
            )
            self.think = gr.Slider(0, 60, value=0, step=5, label=t("speech.think", lang), buttons=[], elem_id="m-think")
            self.limit = gr.Slider(0, 300, value=0, step=30, label=t("speech.limit", lang), buttons=[], elem_id="m-limit")
            self.keep = gr.Checkbox(False, label=t("speech.keep", lang), elem_id="m-keep")

    # ------------------------------------------------------------------ hearing

    def take(
        self,
        tab: str | None,
        session: Callable[[], InterviewSession | None],
        chunk: tuple[int, Any] | None,
        silence: float,
        hands_free: bool,
    ) -> Any:
        """A bit of sound from the microphone; what is shown meanwhile. `session` is asked only when a recording begins."""
        microphone = self.microphones.of(tab)
        if chunk is None or time.monotonic() < microphone.quiet_until:
            return gr.skip()
        if microphone.listener is None:
            interview = session()
            if interview is None or (turn := interview.turn) is None:
                return gr.skip()
            microphone.lang, microphone.turn_id = interview.lang, turn.id
            terms = terms_of(interview.card(turn))
            microphone.listen(lambda: Listener(self._services.hearing.recogniser, interview.lang, terms), self._services.speaker.held())
        if (listener := microphone.listener) is None:  # it was stopped meanwhile
            return gr.skip()
        lang = microphone.lang
        try:
            listener.feed(*chunk)
        except AudioError as error:
            return trouble_html(error, lang)
        said = listener.partial
        if said != microphone.partial:
            microphone.partial = said
            self._save_draft(microphone, _appended(microphone.heard.text if microphone.heard else "", said, lang))
        quiet = listener.silence if listener.spoke and time.monotonic() >= microphone.waits_until else 0.0
        ends = listener.full or (hands_free and quiet >= silence)
        left = max(0.0, silence - quiet) if hands_free and quiet > TOLD_AFTER else None
        return live_html(said, listener.seconds, self._services.hearing.told(lang), left, ends, lang)

    def _save_draft(self, microphone: Microphone, text: str) -> None:
        """Keeps what was heard, so that a closed tab or a crash loses nothing. Speaking goes on whatever the database says."""
        try:
            self._services.store.save_draft(microphone.turn_id, text)
        except StoreError as error:
            log.warning("draft not kept: %s", error)

    def wait(self, tab: str | None) -> None:
        """The person goes on speaking in a while."""
        self.microphones.of(tab).waits_until = time.monotonic() + GRACE

    def finish(self, tab: str | None, session: InterviewSession | None, typed: str, hands_free: bool) -> Iterator[Updates]:
        """The recording has ended: the transcript goes into the answer box, to be corrected."""
        microphone = self.microphones.of(tab)
        listener = self._ended(microphone)
        if listener is None or session is None:
            yield {self.heard: ""}
            return
        lang = session.lang
        yield {self.heard: live_html(listener.partial, listener.seconds, t("speech.finishing", lang), None, False, lang)}
        try:
            heard = listener.finish()
        except (AudioError, ListenError) as error:
            log.info("not heard: %s: %s", error.reason, error)
            rest = listener.partial
            yield {self.heard: trouble_html(error, lang), **({self._box: _appended(typed, rest, lang)} if rest else {})}
            return
        finally:
            listener.close()
        heard = _spelled(heard, session)
        microphone.keep(heard, listener.samples)
        self._save_draft(microphone, _appended(typed, heard.text, lang))
        yield self._shown(microphone, heard, typed, lang, send=hands_free)

    def uploaded(
        self, tab: str | None, session: InterviewSession | None, path: str | None, typed: str, lang: Language
    ) -> Iterator[Updates]:
        """A recording from a file in place of the microphone."""
        if session is None or session.turn is None or path is None:
            return
        lang = session.lang
        yield {self.heard: live_html("", 0.0, self._services.hearing.told(lang) or t("speech.finishing", lang), None, False, lang)}
        try:
            samples = decode(Path(path))
            heard = hear(samples, self._services.hearing.recogniser, lang, terms_of(session.card(session.turn)))
        except (AudioError, ListenError) as error:
            log.info("not heard: %s: %s", error.reason, error)
            yield {self.heard: trouble_html(error, lang)}
            return
        finally:
            Path(path).unlink(missing_ok=True)  # a recording is not kept unless the person asks
        heard = _spelled(heard, session)
        microphone = self.microphones.of(tab)
        microphone.keep(heard, samples)
        yield self._shown(microphone, heard, typed, lang, send=False)

    def spoken(self, tab: str | None, text: str, keep: bool) -> tuple[Spoken | None, str | None]:
        """How the answer that is sent now was heard, and the recording as a URL that holds it; None and None when it was typed."""
        microphone = self.microphones.of(tab)
        heard = microphone.heard
        if heard is None or ratio(heard.text, text) < SAME_FROM:
            return None, None
        corrected = "".join(heard.text.split()) != "".join(text.split())
        sound = write_ogg(microphone.samples)
        url = f"data:audio/ogg;base64,{base64.b64encode(sound).decode()}"
        return Spoken(as_data(heard), corrected, self._kept(sound) if keep else None), url

    def _shown(self, microphone: Microphone, heard: Heard, typed: str, lang: Language, *, send: bool) -> Updates:
        return {self.heard: heard_html(heard, microphone.seconds, lang, send=send), self._box: _appended(typed, heard.text, lang)}

    def _kept(self, sound: bytes) -> str | None:
        """The name under which a recording is kept; None when it cannot be."""
        name = f"{uuid.uuid4().hex}.ogg"
        try:
            folder = self._services.settings.recordings
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(sound)
        except OSError as error:
            log.warning("recording not kept: %s", error)
            return None
        return name

    def _ended(self, microphone: Microphone) -> Listener | None:
        """The session that has ended, when the last bits of sound have come in."""
        listener = microphone.listener
        if listener is None:
            return None
        before = -1.0
        while listener.seconds > before:
            before = listener.seconds
            time.sleep(0.3)
        microphone.quiet_until = time.monotonic() + LATE
        return microphone.stop()

    # ----------------------------------------------------------------- speaking

    def say(self, texts: Sequence[str], lang: Language, aloud: bool, speed: float) -> Iterator[Any]:
        """The interviewer's words as sound, sentence by sentence as they are made. Without a voice there is none, and the text stands."""
        number = uuid.uuid4().hex
        if not aloud or not texts:
            yield _clips(number, [], done=True)
            return
        clips: list[str] = []
        told = ""
        try:
            for rate, samples in (sound for text in texts for sound in self._services.speaker.speak(text, lang, speed)):
                clips.append(f"data:audio/mpeg;base64,{base64.b64encode(mp3(Sound(rate, samples))).decode()}")
                yield _clips(number, clips, done=False)
        except VoiceError as error:
            log.info("not said: %s: %s", error.reason, error)
            told = t("voice.failed", lang) if error.reason == "failed" else ""  # that a voice is missing stands in the options
        yield _clips(number, clips, done=True, told=told)

    # ------------------------------------------------------------------ showing

    @property
    def parts(self) -> list[Any]:
        """What the practice page's steps may set."""
        return [
            *(self.clock, self.heard, self.still, self.bar, self.upload, self.options, self.about, self.aloud, self.speed),
            *(self.hands_free, self.silence, self.think, self.limit, self.keep, self.box),
        ]

    def shown(self, going: bool) -> Updates:
        """The voice is there while an interview is under way."""
        return {self.box: gr.update(visible=going), self.options: gr.update(visible=going)}

    def _about(self, lang: Language) -> str:
        """What becomes of the voice, and how to have the questions read aloud."""
        settings = self._services.settings
        elsewhere = settings.transcription != "embedded"
        told = [t("speech.private_endpoint", lang, model=settings.transcription) if elsewhere else t("speech.private", lang)]
        if not self._services.speaker.can_speak(lang):
            told += [t("voice.missing", lang), t("voice.licences", lang)]
        return "".join(f'<p class="m-soft">{escape(text)}</p>' for text in told)

    def labels(self, lang: Language) -> Updates:
        """Every fixed text in a language."""
        named = {
            **{self.aloud: "aloud", self.speed: "speed", self.hands_free: "hands_free", self.silence: "silence", self.think: "think"},
            **{self.limit: "limit", self.keep: "keep", self.options: "options"},
        }
        return {
            **{part: gr.update(label=t(f"speech.{key}", lang)) for part, key in named.items()},
            self.still: gr.update(value=t("speech.still", lang)),
            self.upload: gr.update(label=t("speech.upload", lang)),
            self.bar: bar_html(lang),
            self.about: self._about(lang),
        }


def _spelled(heard: Heard, session: InterviewSession) -> Heard:
    turn = session.turn
    return heard if turn is None else respelled(heard, session.card(turn).glossary)


def bar_html(lang: Language) -> str:
    """The microphone's button and those for the voice, with what the script has to say about the microphone."""
    told = " ".join(f'data-{name}="{escape(t(f"speech.{name}", lang))}"' for name in ("refused", "none"))
    return (
        f'<div id="m-bar" lang="{lang}" {told}>'
        f'<button type="button" id="m-mic" aria-pressed="false" data-start="{escape(t("speech.start", lang))}" '
        f'data-stop="{escape(t("speech.stop", lang))}"><i aria-hidden="true"></i><span>{escape(t("speech.start", lang))}</span></button>'
        f'<button type="button" id="m-again">{escape(t("speech.again", lang))}</button>'
        f'<button type="button" id="m-hush">{escape(t("speech.hush", lang))}</button>'
        '<p id="m-voice-note" role="alert"></p></div>'
    )


def live_html(said: str, seconds: float, note: str, left: float | None, ends: bool, lang: Language) -> str:
    """What has been heard so far; `left` counts a silence down, `ends` lets the page end the recording."""
    clock = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    told = t("speech.ending", lang, seconds=f"{left:.0f}") if left is not None else note or t("speech.listening", lang)
    attributes = " data-stop" if ends else ""
    attributes += " data-counting" if left is not None else ""
    return (
        f'<div class="m-heard m-listening" lang="{lang}"{attributes}><p class="m-heard-state"><i aria-hidden="true"></i>{escape(told)}'
        f'<time>{clock}</time></p><p class="m-heard-text">{escape(said)}</p></div>'
    )


def heard_html(heard: Heard, seconds: float, lang: Language, *, send: bool) -> str:
    """What was heard, with the words marked of which the recogniser was unsure; with `send` the page sends it at once."""
    words = "".join(_marked(word.text, word.probability < UNSURE_BELOW or word.doubtful) for word in heard.words)
    unsure = any(word.probability < UNSURE_BELOW or word.doubtful for word in heard.words)
    told = t("speech.check" if unsure else "speech.check_plain", lang, seconds=f"{seconds:.0f}")
    return (
        f'<div class="m-heard" lang="{lang}"{" data-send" if send else ""}><p class="m-heard-state">{escape(told)}</p>'
        f'<p class="m-heard-text">{words}</p></div>'
    )


def trouble_html(error: AudioError | ListenError, lang: Language) -> str:
    """Why nothing was heard, and what to do."""
    # A recording and the recogniser's own files can both be corrupt, and what to do is another thing.
    reason = "damaged" if isinstance(error, ListenError) and error.reason == "corrupt" else error.reason
    return f'<div class="m-heard m-trouble" lang="{lang}" role="alert"><p>{escape(t(f"speech.trouble.{reason}", lang))}</p></div>'


def clock_html(turn_id: str, lang: Language, limit: int, total: str = "") -> str:
    """The clock of a question, drawn by the script: `limit` seconds for this one, and `total` "id:seconds" left for the interview."""
    names = {"left": "clock_left", "over": "clock_over", "whole": "clock_whole", "thinking": "clock_thinking"}
    told = " ".join(f'data-{name}="{escape(t(f"speech.{key}", lang))}"' for name, key in names.items())
    return f'<p id="m-clock-face" role="timer" lang="{lang}" data-asked="{turn_id}" data-limit="{limit}" data-total="{total}" {told}></p>'


def _marked(word: str, unsure: bool) -> str:
    return f"<mark>{escape(word)}</mark>" if unsure else escape(word)


def _clips(number: str, clips: Sequence[str], *, done: bool, told: str = "") -> str:
    sounds = "".join(f'<audio preload="auto" src="{clip}"></audio>' for clip in clips)
    return f'<div class="m-clips" data-say="{number}" data-told="{escape(told)}"{" data-done" if done else ""}>{sounds}</div>'


def _appended(typed: str, said: str, lang: Language) -> str:
    """What was said, after what stands in the box."""
    typed = typed.rstrip()
    return f"{typed}{' ' if typed and lang == 'en' else ''}{said}"
