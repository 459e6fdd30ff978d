"""Speaks texts sentence by sentence, and makes those of the question bank beforehand whenever nobody waits."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.speech.voices.available import voice_for
from bot.speech.voices.base import Interrupted, Samples, Stop, Voice, VoiceError
from bot.speech.voices.cache import MOST_BYTES, VoiceCache
from bot.speech.voices.reading import read
from bot.speech.voices.sentences import SENTENCE_PAUSE, Piece, long_pieces, pieces, sentences
from bot.speech.voices.sound import Sound, joined, with_pause, without_silent_ends
from knowledge.schema import Language

log = logging.getLogger(__name__)

SLOWEST, FASTEST = 0.7, 1.5
# Of -20 to 19, as for `nice`: work that nobody waits for.
_NICENESS = 15


class Speaker:
    """Says texts with the voices that are installed. May be used from several threads; `close` ends all it started.

    Whole sentences are cached, so what was spoken or prepared begins at once. A person who waits goes before what is prepared.
    """

    def __init__(self, cache_dir: Path, *, voices: Callable[[Language], Voice | None] = voice_for, most_bytes: int = MOST_BYTES) -> None:
        self._cache = VoiceCache(cache_dir, most_bytes)
        self._find_voice = voices
        self._voices: dict[Language, Voice | None] = {}
        # One thing is said at a time: two at once would each take twice as long.
        self._saying = threading.Lock()
        # Guards all that follows.
        self._changed = threading.Condition()
        self._closed = False
        self._waiting = 0
        self._stops: set[Stop] = set()
        self._prepared_stops: set[Stop] = set()
        # A language has a queue exactly as long as its thread looks into it.
        self._queues: dict[Language, deque[str]] = {}
        self._threads: dict[Language, threading.Thread] = {}

    def can_speak(self, lang: Language) -> bool:
        """Whether a voice for this language is installed."""
        return self._voice(lang) is not None

    def speak(self, text: str, lang: Language, speed: float = 1.0) -> Iterator[tuple[int, Samples]]:
        """The text's sounds in order, each as (rate in Hz, mono float32 samples) with the pause after it, the first as soon as it is made.

        A sentence not heard before comes in several pieces, the first a short one. `speed` is kept within 0.7 and 1.5.
        Raises VoiceError: "missing" without a voice, "failed" when it fails or the speaker is closed. Stop reading to break off.
        """
        speed, before = _kept_within(speed), 0
        for sentence in sentences(text, lang):
            key = self._key(sentence, lang, speed)
            known = self._cache.get(key)
            if known is not None:
                before = len(sentence)
                yield known.rate, with_pause(known, SENTENCE_PAUSE).samples
                continue
            made, cut = [], pieces(sentence, lang, before)
            for piece in cut:
                sound = self._said_now(piece.text, lang, speed)
                made.append(sound)
                yield sound.rate, with_pause(sound, piece.pause).samples
            before = len(cut[-1].text)
            self._keep(key, _whole(made, cut))

    def prepare(self, texts: Iterable[str], lang: Language) -> None:
        """Loads the voice, then makes these texts' sentences at speed 1.0 and keeps them, in a background thread.

        Returns at once; does nothing without a voice. May be called again with more.
        """
        if not self.can_speak(lang):
            return
        todo = [sentence for text in texts for sentence in sentences(text, lang)]
        with self._changed:
            if self._closed:
                return
            if lang in self._queues:
                self._queues[lang].extend(todo)
                return
            self._queues[lang] = deque(todo)
            self._threads[lang] = threading.Thread(target=self._prepare, args=(lang,), name=f"voice-{lang}", daemon=True)
            self._threads[lang].start()

    @property
    def to_prepare(self) -> int:
        """How many sentences are yet to be prepared."""
        with self._changed:
            return sum(map(len, self._queues.values()))

    @contextmanager
    def held(self) -> Iterator[None]:
        """While something else needs the processors, nothing is prepared: what is being made is broken off and made later."""
        with self._changed:
            self._waiting += 1
            for stop in self._prepared_stops:
                stop.make()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Breaks off whatever is being made, ends the threads and frees the voices. May be called twice; nothing can be said afterwards."""
        with self._changed:
            self._closed = True
            for stop in self._stops:
                stop.make()
            self._changed.notify_all()
            threads = list(self._threads.values())
        for thread in threads:
            thread.join()
        with self._saying:
            self._voices.clear()

    def _voice(self, lang: Language) -> Voice | None:
        if lang not in self._voices:
            self._voices[lang] = self._find_voice(lang)
        return self._voices[lang]

    def _installed(self, lang: Language) -> Voice:
        voice = self._voice(lang)
        if voice is None:
            raise VoiceError("missing", f"no voice is installed for {lang}")
        return voice

    def _key(self, text: str, lang: Language, speed: float) -> str:
        return f"{self._installed(lang).name} {speed} {read(text, lang)}"

    def _keep(self, key: str, sound: Sound) -> None:
        if sound.samples.size:
            self._cache.put(key, sound)

    def _said_now(self, text: str, lang: Language, speed: float) -> Sound:
        stop = Stop()
        with self._changed:
            self._stops.add(stop)
        try:
            with self.held():
                return self._said(text, lang, speed, stop)
        except Interrupted as error:
            raise VoiceError("failed", "the speaker is closed") from error
        finally:
            with self._changed:
                self._stops.discard(stop)

    def _said(self, text: str, lang: Language, speed: float, stop: Stop) -> Sound:
        voice = self._installed(lang)
        with self._saying:
            if stop.made or self._closed:
                raise Interrupted
            return without_silent_ends(Sound(voice.rate, voice.say(read(text, lang), speed, stop)))

    def _prepare(self, lang: Language) -> None:
        try:
            with self._saying:
                # Before the priority is lowered, since a model's own threads keep the priority they were started with.
                self._installed(lang).load()
            _lower_priority()
            while (task := self._next_to_prepare(lang)) is not None:
                self._prepare_one(*task, lang)
        except VoiceError as error:
            log.warning("no more is prepared for %s: %s", lang, error)
            with self._changed:
                del self._queues[lang]

    def _next_to_prepare(self, lang: Language) -> tuple[str, Stop] | None:
        """The next sentence, once nobody waits, and what breaks it off; None when there is none. It stays queued until it is made."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._waiting)
            if self._closed or not self._queues[lang]:
                del self._queues[lang]
                return None
            stop = Stop()
            self._stops.add(stop)
            self._prepared_stops.add(stop)
            return self._queues[lang][0], stop

    def _prepare_one(self, sentence: str, stop: Stop, lang: Language) -> None:
        try:
            key = self._key(sentence, lang, 1.0)
            if self._cache.path(key) is None:
                cut = long_pieces(sentence, lang)
                self._keep(key, _whole([self._said(piece.text, lang, 1.0, stop) for piece in cut], cut))
            with self._changed:
                self._queues[lang].popleft()
        except Interrupted:
            log.debug("made later: %s", sentence)
        finally:
            with self._changed:
                self._stops.discard(stop)
                self._prepared_stops.discard(stop)


def _kept_within(speed: float) -> float:
    return round(min(max(speed, SLOWEST), FASTEST), 2)


def _whole(sounds: Sequence[Sound], cut: Sequence[Piece]) -> Sound:
    """A sentence from its pieces, without the pause after it."""
    paused = [with_pause(sound, piece.pause) for sound, piece in zip(sounds[:-1], cut[:-1], strict=True)]
    return joined([*paused, sounds[-1]])


def _lower_priority() -> None:
    """Lets everything else go before this thread. On Linux alone, where a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
