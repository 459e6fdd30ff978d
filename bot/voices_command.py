"""Makes what the interviewer says ahead of time, so that no question has to be waited for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from rich.console import Console
from rich.progress import Progress

from bot.exits import stop
from bot.speech.voices.base import VoiceError
from bot.speech.voices.sentences import sentences
from bot.speech.voices.speaker import Speaker
from bot.text import t
from knowledge.deck import Deck
from knowledge.schema import Language

log = logging.getLogger(__name__)


def prepare_voices(speaker: Speaker, deck: Deck, lang: Language) -> None:
    """Says every question and follow-up of the bank into the cache, with a bar. What is there is not made again."""
    if not speaker.can_speak(lang):
        stop(t("voice.missing", lang))
    wanted = dict.fromkeys(sentence for text in spoken_texts(deck, lang) for sentence in sentences(text, lang))
    try:
        with Progress(console=Console(stderr=True)) as bar:
            for sentence in bar.track(wanted, description=t("cli.preparing_voices", lang)):
                for _ in speaker.speak(sentence, lang):
                    pass  # it is in the cache now
    except VoiceError as error:
        log.error("voice: %s", error)
        stop(t("voice.failed", lang))


def spoken_texts(deck: Deck, lang: Language) -> Iterator[str]:
    """What the interviewer may have to say, what is said most often first."""
    cards = deck.in_language(lang)
    yield from (card.question for card in cards)
    yield from (text for card in cards for text in card.rephrasings)
    yield from (text for card in cards for point in card.points for text in point.wordings)
