"""What Whisper makes up where nobody speaks, told from speech by its own figures rather than by a list of its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.speech.heard import Span, Word

# Whisper's own limits for a text that repeats itself and for sound without speech.
REPETITIVE, NO_SPEECH, UNLIKELY = 2.4, 0.6, -1.0
# Seconds of speech beneath which a segment was not said.
LEAST_SPEECH = 0.1
LOOP = 4


class Figures(Protocol):
    """A segment of a transcript with the decoder's figures, as faster-whisper and endpoints give them; times in seconds."""

    start: float
    end: float
    avg_logprob: float
    no_speech_prob: float


def said(segment: Figures, spans: Sequence[Span]) -> bool:
    """Whether somebody spoke at the time of a segment and the decoder does not doubt it."""
    spoken = sum(max(0.0, min(span.end, segment.end) - max(span.start, segment.start)) for span in spans)
    return spoken >= LEAST_SPEECH and not (segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNLIKELY)


def without_loop(words: Sequence[Word]) -> list[Word]:
    """The words up to where the same ones begin to come four times or more in a row; nothing after that was heard."""
    texts = [word.text for word in words]
    for start in range(len(texts)):
        for period in range(1, (len(texts) - start) // LOOP + 1):
            if texts[start : start + period] * LOOP == texts[start : start + LOOP * period]:
                return list(words[:start])
    return list(words)
