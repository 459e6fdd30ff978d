"""An answer heard while it is spoken, or from a recording."""

from __future__ import annotations

import logging
import queue
import threading
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.speech.activity import Chunk, Chunker, levels
from bot.speech.audio import MAX_SECONDS, Samples, Stream
from bot.speech.errors import AudioError, ListenError
from bot.speech.foreground import foreground_spans
from bot.speech.guard import checked, worth_checking
from bot.speech.heard import RATE, Heard, Word
from bot.speech.prompts import fitting, prompt_for
from bot.speech.recogniser import Recogniser
from knowledge.schema import Language

log = logging.getLogger(__name__)

# Mean probabilities of words. Measured on synthetic answers: 0.68 to 0.95 down to noise 5 dB above the voice, 0.5 to 0.6 for speech
# played backwards, 0.24 for four voices at once, and 0.3 to 0.9 for answers in the language that was not chosen, of which the certain
# ones are written in their own letters. Of an answer's language Whisper is sure (0.99), of babble's and backward speech's it is not.
UNSURE, DOUBTFUL, UNINTELLIGIBLE = 0.8, 0.65, 0.45
SURE_OF_LANGUAGE = 0.8


class Listener:
    """Hears one answer. Chunks are recognised by a thread of its own while the person goes on speaking.

    The thread ends with `finish` or `close`, or when the listener is forgotten.
    """

    def __init__(self, recogniser: Recogniser, lang: Language, terms: Iterable[str] = (), *, guard: bool = True) -> None:
        """`terms` are what the recogniser is told to expect; with `guard` those are checked that only the hint may have brought."""
        self._ear = _Ear(recogniser, lang, tuple(terms), guard)
        self._lock = threading.Lock()
        self._stream, self._chunker = Stream(), Chunker()
        self._recorded: list[Samples] = []
        self._size = 0
        self._open = True
        self._work = _Work(self._ear)
        self._end = weakref.finalize(self, self._work.abandon)

    @property
    def partial(self) -> str:
        """What was recognised so far."""
        return self._work.text

    @property
    def silence(self) -> float:
        """Seconds of sound since somebody spoke, or since the beginning."""
        return self._chunker.silence

    @property
    def spoke(self) -> bool:
        """Whether somebody has spoken so far."""
        return self._chunker.spoke

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return self._size / RATE

    @property
    def full(self) -> bool:
        """Whether the longest recording is reached; what comes after is not taken."""
        return self._size >= MAX_SECONDS * RATE

    @property
    def samples(self) -> Samples:
        """The recording."""
        with self._lock:
            return np.concatenate(self._recorded) if self._recorded else np.empty(0, np.float32)

    def feed(self, rate: int, data: npt.NDArray[Any]) -> None:
        """Takes a bit of sound as `audio.Stream` does; never waits for the recogniser. Sound after the end is dropped.

        Raises AudioError "corrupt".
        """
        with self._lock:
            if self._open:
                self._take(self._stream.feed(rate, data))

    def finish(self) -> Heard:
        """Ends the recording and waits for the last words; `partial` and `samples` stay as they are whatever is raised.

        Raises AudioError "empty", "silent", "noisy" or "other_language", and ListenError when the recogniser failed.
        """
        with self._lock:
            if self._open:
                self._take(self._stream.flush())
                self._work.give(self._chunker.flush())
                self._open = False
        self._work.finish()
        self._end.detach()
        if self._work.error is not None:
            raise self._work.error
        return self._ear.heard(self.samples, self._work.words)

    def close(self) -> None:
        """Gives up what is not yet recognised and waits for the thread, at most for the chunk under way."""
        with self._lock:
            self._open = False
        self._end()
        self._work.finish()

    def _take(self, samples: Samples) -> None:
        samples = samples[: MAX_SECONDS * RATE - self._size]
        self._recorded.append(samples)
        self._size += samples.size
        self._work.give(self._chunker.feed(samples))


def hear(samples: Samples, recogniser: Recogniser, lang: Language, terms: Iterable[str] = (), *, guard: bool = True) -> Heard:
    """A whole recording as an answer. Raises AudioError and ListenError as `Listener.finish` does."""
    ear, chunker = _Ear(recogniser, lang, tuple(terms), guard), Chunker()
    chunks = [*chunker.feed(samples), *chunker.flush()]
    return ear.heard(samples, tuple(word for chunk in chunks for word in ear.words(chunk)))


class _Ear:
    """What is the same for live sound and a recording: a chunk's words, and whether all of them make an answer."""

    def __init__(self, recogniser: Recogniser, lang: Language, terms: tuple[str, ...], guard: bool) -> None:
        self.recogniser, self._lang, self._terms, self._guard = recogniser, lang, fitting(terms), guard
        self._prompt, self._plain = prompt_for(lang, self._terms), prompt_for(lang, ())

    def words(self, chunk: Chunk) -> tuple[Word, ...]:
        """The words of a chunk with times from the beginning of the recording. Raises ListenError."""
        words = self.recogniser.words(chunk.samples, self._lang, self._prompt)
        if self._guard and worth_checking(words, self._terms, self._lang):
            plain = self.recogniser.words(chunk.samples, self._lang, self._plain, quick=True)
            words = checked(words, plain, self._terms, self._lang)
        return tuple(_moved(word, chunk) for word in words)

    def heard(self, samples: Samples, words: tuple[Word, ...]) -> Heard:
        """The answer, unless it is none. Raises AudioError and ListenError."""
        if samples.size == 0:
            raise AudioError("empty")
        spans = foreground_spans(samples)
        if not spans:
            raise AudioError("silent", f"nobody speaks in {samples.size / RATE:.0f} s")
        self._require_sense(samples[round(spans[0].start * RATE) :], words)
        return Heard(self._lang, words, tuple(spans), samples.size / RATE, levels(samples, spans))

    def _require_sense(self, speech: Samples, words: tuple[Word, ...]) -> None:
        certainty = mean_probability(words)
        if certainty >= UNSURE and not in_foreign_letters("".join(word.text for word in words), self._lang):
            return
        language, probability = self.recogniser.language(speech[: 30 * RATE])
        sure = probability >= SURE_OF_LANGUAGE
        found = f"{len(words)} words, mean probability {certainty:.2f}, language {language or 'unknown'} ({probability:.2f})"
        if sure and language != self._lang:
            raise AudioError("other_language", found)
        if certainty < UNINTELLIGIBLE or (certainty < DOUBTFUL and language and not sure):
            raise AudioError("noisy", found)


def mean_probability(words: Iterable[Word]) -> float:
    """Mean probability of the characters of the words, in [0, 1]; 0 without words."""
    weights = [(len(word.text.strip()), word.probability) for word in words]
    total = sum(size for size, _ in weights)
    return sum(size * probability for size, probability in weights) / total if total else 0.0


def in_foreign_letters(text: str, lang: Language) -> bool:
    """Whether most letters are of the other language's kind; most of a Japanese answer is kana and kanji, whatever terms are in it."""
    letters = [character for character in text if character.isalpha()]
    ascii_letters = sum(character.isascii() for character in letters)
    foreign = ascii_letters if lang == "ja" else len(letters) - ascii_letters
    return 2 * foreign > len(letters)


def _moved(word: Word, chunk: Chunk) -> Word:
    longest = chunk.samples.size / RATE
    start, end = min(word.start, longest), min(word.end, longest)
    return Word(word.text, chunk.start + start, chunk.start + max(start, end), word.probability, word.doubtful)


class _Work:
    """The thread that recognises chunk after chunk, and what came of it. Knows nothing of the listener, so that it never keeps it alive."""

    def __init__(self, ear: _Ear) -> None:
        self.words: tuple[Word, ...] = ()
        self.text = ""
        self.error: ListenError | None = None
        self._ear = ear
        self._chunks: queue.SimpleQueue[Chunk | None] = queue.SimpleQueue()
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()

    def give(self, chunks: list[Chunk]) -> None:
        """Queues chunks."""
        for chunk in chunks:
            self._chunks.put(chunk)

    def abandon(self) -> None:
        """What is queued is given up; the thread ends after the chunk under way."""
        self._abandoned.set()
        self._chunks.put(None)

    def finish(self) -> None:
        """Waits until all chunks are done."""
        self._chunks.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._ear.recogniser.ready()
            while (chunk := self._chunks.get()) is not None and not self._abandoned.is_set():
                self.words += self._ear.words(chunk)
                self.text = "".join(word.text for word in self.words).strip()
        except ListenError as error:
            self.error = error
        except Exception as error:
            # Whatever it is must reach the person who waits; a thread that dies loses it.
            log.exception("the recogniser failed")
            self.error = ListenError("failed", f"{type(error).__name__}: {error}")
