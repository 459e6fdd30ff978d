"""Time and memory of hearing and speaking beside the embedded model, measured in a process that does nothing else."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bot.grading.rubric import rubric_of_card
from bot.services import Services
from bot.speech.audio import Samples
from bot.speech.heard import RATE, Word
from bot.speech.listener import Listener
from bot.speech.prompts import terms_of
from bot.speech.recogniser import Recogniser
from bot.speech.voices.base import VoiceError
from bot.speech.voices.speaker import Speaker
from evals.services import services_for
from knowledge.deck import Deck
from knowledge.schema import Language

# What the page sends at once.
_BLOCK = 0.5
_QUESTIONS = 5


class Timed:
    """A recogniser that counts the seconds it works."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.name = recogniser.name
        self.seconds = 0.0

    def ready(self) -> None:
        """Loads the recogniser. Raises ListenError."""
        self._recogniser.ready()

    def words(self, samples: Samples, lang: Language, prompt: str, *, quick: bool = False) -> tuple[Word, ...]:
        """The words of the sound. Raises ListenError."""
        began = time.perf_counter()
        try:
            return self._recogniser.words(samples, lang, prompt, quick=quick)
        finally:
            self.seconds += time.perf_counter() - began

    def language(self, samples: Samples) -> tuple[str, float]:
        """The language spoken and its probability. Raises ListenError."""
        return self._recogniser.language(samples)


def measured(answers: Sequence[tuple[str, Language, Samples]]) -> dict[str, Any]:
    """Hears answers (card, language, sound) at the pace of real time, grades them and speaks questions, all in a fresh process.

    `answers`: for each the seconds from its end to the final transcript, and the recogniser's seconds for a second of sound.
    `first_sound`: seconds to the first sound of Japanese questions, new and cached. `peak`: most memory in GB, everything loaded.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, answers).result()


def _measure(answers: Sequence[tuple[str, Language, Samples]]) -> dict[str, Any]:
    with services_for() as services:
        services.hearing.recogniser.ready()
        heard = [_live(services, *answer) for answer in answers]
        first = _first_sounds(services.deck)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"answers": heard, "first_sound": first, "peak": peak}


def _live(services: Services, card_id: str, lang: Language, samples: Samples) -> dict[str, Any]:
    card = services.deck.get(card_id, lang)
    recogniser = Timed(services.hearing.recogniser)
    listener = Listener(recogniser, lang, terms_of(card))
    size = round(_BLOCK * RATE)
    try:
        began = time.perf_counter()
        for start in range(0, samples.size, size):
            block = samples[start : start + size]
            time.sleep(max(0.0, began + (start + block.size) / RATE - time.perf_counter()))
            listener.feed(RATE, block)
        ended = time.perf_counter()
        heard = listener.finish()
        final = time.perf_counter() - ended
    finally:
        listener.close()
    services.grader.grade(rubric_of_card(card), heard.text)
    seconds = samples.size / RATE
    return {"card": card_id, "lang": lang, "seconds": seconds, "final": final, "real_time_factor": recogniser.seconds / seconds}


def _first_sounds(deck: Deck) -> list[dict[str, float]]:
    """Of the first questions, each asked twice; the voice is loaded before, as the page does."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        speaker = Speaker(Path(folder))
        try:
            _first_sound(speaker, "では、始めます。")
            times = [
                {"new": _first_sound(speaker, card.question), "cached": _first_sound(speaker, card.question)}
                for card in deck.in_language("ja")[:_QUESTIONS]
            ]
        except VoiceError as error:
            if error.reason != "missing":
                raise
        finally:
            speaker.close()
    return times


def _first_sound(speaker: Speaker, text: str) -> float:
    began = time.perf_counter()
    sounds = speaker.speak(text, "ja")
    next(sounds)
    first = time.perf_counter() - began
    for _ in sounds:  # the rest is made too, so that it is cached
        pass
    return first
