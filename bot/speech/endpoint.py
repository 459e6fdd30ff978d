"""A transcription model of an OpenAI-compatible endpoint."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.models.errors import JudgeError, Reason, check_key, judge_errors
from bot.settings import OPENAI_URL, Settings
from bot.speech.activity import speech_spans
from bot.speech.audio import Samples, wav
from bot.speech.errors import ListenError, ListenReason
from bot.speech.heard import Span, Word
from bot.speech.segments import said
from knowledge.schema import Language

if TYPE_CHECKING:
    import openai

    from bot.models.client import BoundedClient

# Endpoints that give no certainty are believed: the person reads the transcript before it is graded.
UNKNOWN = 1.0

_REASONS: dict[Reason, ListenReason] = {"timeout": "unreachable", "unreachable": "unreachable", "busy": "unreachable"}
_PIECES: dict[Language, re.Pattern[str]] = {"ja": re.compile(r"\s*\S"), "en": re.compile(r"\s*\S+")}


class EndpointRecogniser:
    """Sends each chunk to `/audio/transcriptions`: with times and certainty where the endpoint gives them, else as text alone."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.transcription
        self._url = settings.openai_base_url or OPENAI_URL
        self._key = settings.openai_api_key or SecretStr("none")
        self._timeout, self._retries = settings.request_timeout, settings.request_retries
        self._gives_times = True
        self._lock = threading.Lock()

    def ready(self) -> None:
        """Nothing is loaded here."""

    def words(self, samples: Samples, lang: Language, prompt: str, *, quick: bool = False) -> tuple[Word, ...]:
        """The words of a chunk. Raises ListenError."""
        spans = speech_spans(samples)
        if not spans:
            return ()  # these models, too, make something up where nobody speaks
        try:
            check_key(self._key)
            with judge_errors():
                words = _words(self._asked(samples, lang, prompt), spans, lang)
        except JudgeError as error:
            raise ListenError(_REASONS.get(error.reason, "failed"), f"{self.name}: {error}") from error
        if lang == "en" and words and not words[0].text.startswith(" "):
            words[0] = Word(f" {words[0].text}", words[0].start, words[0].end, words[0].probability)
        return tuple(words)

    def language(self, samples: Samples) -> tuple[str, float]:
        """Nothing is known: no endpoint says how likely its guess is."""
        return "", 0.0

    def close(self) -> None:
        """Hangs up."""
        with self._lock:
            if "_client" in self.__dict__:
                self._client.close()
                del self.__dict__["_client"]

    @cached_property
    def _client(self) -> openai.OpenAI:
        import openai

        from bot.models.client import BoundedClient

        http: BoundedClient = BoundedClient(self._url, self._timeout)
        key = self._key.get_secret_value()
        return openai.OpenAI(base_url=self._url, api_key=key, timeout=self._timeout, max_retries=self._retries, http_client=http)

    def _asked(self, samples: Samples, lang: Language, prompt: str) -> Any:
        with self._lock:
            client = self._client
        given: dict[str, Any] = {"model": self.name, "file": ("answer.wav", wav(samples)), "language": lang, "temperature": 0}
        if prompt:
            given["prompt"] = prompt
        if self._gives_times:
            try:
                with judge_errors():
                    return client.audio.transcriptions.create(
                        **given, response_format="verbose_json", timestamp_granularities=["word", "segment"]
                    )
            except JudgeError as error:
                if error.reason != "refused":
                    raise
        reply = client.audio.transcriptions.create(**given, response_format="json")
        self._gives_times = False  # only now is it known that the format was what it refused
        return reply


def _words(reply: Any, spans: Sequence[Span], lang: Language) -> list[Word]:
    """The words of a reply, whatever of times and certainty it brings along. Raises what the reading of a strange reply raises."""
    text = reply if isinstance(reply, str) else reply.text
    if not isinstance(text, str):
        raise TypeError("the text is none")
    segments = getattr(reply, "segments", None) or []
    timed = [(word.word.strip(), float(word.start), float(word.end)) for word in getattr(reply, "words", None) or []]
    words = [
        Word(piece, start, end, _certainty(segments, start)) for piece, start, end in _placed(text, timed) or _spread(text, spans, lang)
    ]
    dropped = [segment for segment in segments if not said(segment, spans)]
    return [word for word in words if not any(segment.start <= word.start < segment.end for segment in dropped)]


def _certainty(segments: Iterable[Any], time: float) -> float:
    """Mean probability of a token of the segment at that time, which is what such endpoints tell."""
    for segment in segments:
        if segment.start <= time < segment.end and segment.avg_logprob is not None:
            return min(1.0, math.exp(segment.avg_logprob))
    return UNKNOWN


def _placed(text: str, timed: Sequence[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """The text cut where timed words begin, with their times: endpoints leave out spaces and punctuation. Empty if they do not fit."""
    starts: list[int] = []
    position = 0
    for word, _, _ in timed:
        position = text.find(word, position)
        if position < 0:
            return []
        starts.append(position)
        position += len(word)
    if not starts:
        return []
    cuts = [0, *(len(text[:start].rstrip()) for start in starts[1:]), len(text)]
    return [(text[cuts[n] : cuts[n + 1]], start, end) for n, (_, start, end) in enumerate(timed)]


def _spread(text: str, spans: Sequence[Span], lang: Language) -> list[tuple[str, float, float]]:
    """The text in words (characters in Japanese), spread over the speech by their length."""
    pieces = _PIECES[lang].findall(text)
    size, seconds = sum(map(len, pieces)), sum(span.seconds for span in spans)
    placed: list[tuple[str, float, float]] = []
    before = 0
    for piece in pieces:
        start, before = before, before + len(piece)
        placed.append((piece, _time(start / size * seconds, spans), _time(before / size * seconds, spans)))
    return placed


def _time(spoken: float, spans: Sequence[Span]) -> float:
    """When so many seconds have been spoken."""
    for span in spans:
        if spoken <= span.seconds:
            return span.start + spoken
        spoken -= span.seconds
    return spans[-1].end
