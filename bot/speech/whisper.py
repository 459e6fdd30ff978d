"""Whisper base in this process, by faster-whisper."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from bot.models.weights import Progress, WeightsError, ensure_whisper
from bot.speech.activity import speech_spans
from bot.speech.audio import Samples
from bot.speech.errors import ListenError
from bot.speech.heard import RATE, Span, Word
from bot.speech.segments import REPETITIVE, said, without_loop
from knowledge.schema import Language

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

T = TypeVar("T")

# Measured on 6 minutes of synthetic answers: 3 beams cost a seventh more time than 1 and err a sixth less; 5 err no less than 3.
BEAM, QUICK_BEAM = 3, 1
# The synthetic answers take up to 6 tokens a second; without a bound a loop runs to 224 tokens, which takes 5 s.
TOKENS_PER_SECOND, TOKENS_AT_LEAST = 10, 20
# Seconds of speech not yet written beneath which the model, asked for more, makes it up.
WORTH_ANOTHER_LOOK = 0.3


class WhisperRecogniser:
    """Whisper base with weights from the cache, loaded once when first needed and used by one thread at a time."""

    name = "whisper-base"

    def __init__(self, cache: Path, *, threads: int = 2, progress: Progress | None = None) -> None:
        """`progress` is told how much of the weights is fetched, if they must be."""
        self._cache, self._threads, self._progress = cache, threads, progress
        self._lock = threading.Lock()
        self._model: WhisperModel | None = None

    def ready(self) -> None:
        """Fetches the weights if need be and loads them. Raises ListenError."""
        with self._lock:
            self._loaded()

    def words(self, samples: Samples, lang: Language, prompt: str, *, quick: bool = False) -> tuple[Word, ...]:
        """The words of at most 30 s of sound. Raises ListenError."""
        spans = speech_spans(samples)
        if not spans:
            return ()

        def transcribe(model: WhisperModel) -> tuple[Word, ...]:
            segments, _ = model.transcribe(
                samples,
                language=lang,
                initial_prompt=prompt or None,
                beam_size=QUICK_BEAM if quick else BEAM,
                temperature=0.0,  # the ladder of temperatures turns seconds of noise into half a minute of work
                condition_on_previous_text=False,
                word_timestamps=True,
                max_new_tokens=TOKENS_AT_LEAST + int(TOKENS_PER_SECOND * samples.size / RATE),
            )
            return tuple(word for segment in _while_speech_is_left(segments, spans) for word in _words(segment, spans))

        return self._run(transcribe)

    def language(self, samples: Samples) -> tuple[str, float]:
        """The language of the first 30 s and its probability. Raises ListenError."""

        def detect(model: WhisperModel) -> tuple[str, float]:
            language, probability, _ = model.detect_language(samples)
            return language, probability

        return self._run(detect)

    def _run(self, work: Callable[[WhisperModel], T]) -> T:
        with self._lock:
            model = self._loaded()
            try:
                return work(model)
            except (RuntimeError, ValueError, MemoryError) as error:  # CTranslate2 raises the first for everything
                raise ListenError("failed", f"{self.name}: {error}") from error

    def _loaded(self) -> WhisperModel:
        if self._model is None:
            try:
                folder = ensure_whisper(self._cache, self._progress)
            except WeightsError as error:
                raise ListenError(error.reason, str(error)) from error
            try:
                self._model = _remembering_model(str(folder), self._threads)
            except (RuntimeError, ValueError, OSError) as error:
                raise ListenError("failed", f"{self.name}: {error}") from error
        return self._model


def _remembering_model(folder: str, threads: int) -> WhisperModel:
    """Whisper that does not encode the same sound twice: the guard's second look at a chunk takes half the time."""
    from faster_whisper import WhisperModel

    class Remembering(WhisperModel):  # type: ignore[misc]  # faster-whisper has no types
        """Keeps the last encodings, of 3 MB each; two tabs may speak by turns, and a chunk may be looked at in two windows."""

        def __init__(self) -> None:
            super().__init__(folder, device="cpu", compute_type="int8", cpu_threads=threads)
            self._encodings: deque[tuple[npt.NDArray[np.float32], Any]] = deque(maxlen=4)

        def encode(self, features: npt.NDArray[np.float32]) -> Any:
            """The encoding of a window of 30 s."""
            for known, encoding in self._encodings:
                if np.array_equal(known, features):
                    return encoding
            self._encodings.append((features, super().encode(features)))
            return self._encodings[-1][1]

    return Remembering()


def _while_speech_is_left(segments: Iterable[Segment], spans: list[Span]) -> Iterator[Segment]:
    """The segments up to the one that ends where the last speech does: asked for more, the model makes it up."""
    for segment in segments:
        yield segment
        if sum(max(0.0, span.end - max(span.start, segment.end)) for span in spans) < WORTH_ANOTHER_LOOK:
            return


def _words(segment: Segment, spans: list[Span]) -> list[Word]:
    """The words of a segment that were said."""
    if not said(segment, spans):
        return []
    words = [Word(word.word, word.start, word.end, word.probability) for word in segment.words or ()]
    return without_loop(words) if segment.compression_ratio > REPETITIVE else words
