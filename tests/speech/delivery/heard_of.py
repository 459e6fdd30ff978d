"""Answers as the recogniser would hear them, made of text: every word takes the same time."""

from __future__ import annotations

import re

from bot.speech.heard import Heard, Levels, Span, Word
from knowledge.schema import Language


def words_of(text: str, lang: Language, *, at: float = 0.0, each: float = 0.2) -> list[Word]:
    """English in words with the space before them, Japanese in single characters, as the recogniser cuts it."""
    pieces = re.findall(r"\s*\S+", text) if lang == "en" else list(text)
    return [Word(piece, at + n * each, at + (n + 1) * each, 0.9) for n, piece in enumerate(pieces)]


NO_LEVELS = Levels()


def heard_of(text: str, lang: Language, *, each: float = 0.2, levels: Levels = NO_LEVELS) -> Heard:
    """An answer spoken without a pause."""
    words = words_of(text, lang, each=each)
    seconds = len(words) * each
    return Heard(lang, tuple(words), (Span(0.0, seconds),) if words else (), seconds, levels)
