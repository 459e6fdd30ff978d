"""What the product's listener makes of a clip, kept by the hash of sound, prompt and listening code."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import bot.speech
from bot.speech.audio import Samples
from bot.speech.errors import AudioError
from bot.speech.heard import RATE, Heard, Levels, Word, as_data, from_data
from bot.speech.listener import Listener
from bot.speech.prompts import prompt_for
from bot.speech.recogniser import Recogniser
from evals.cached import hash_of
from knowledge.schema import Language

# What has no part in how an answer is heard, or only comes after it.
_OTHER_PARTS = ("delivery", "voices", "alignment.py", "spelling.py", "hearing.py")
_STEP = RATE // 2


@dataclass(frozen=True)
class Transcript:
    """What was heard, why nothing was ("noisy", ...), and the seconds it took when the sound was given all at once."""

    heard: Heard
    refused: str
    seconds: float


class Unprompted:
    """The same recogniser, never told what to expect."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.name = f"{recogniser.name} without prompt"

    def ready(self) -> None:
        """Loads the recogniser. Raises ListenError."""
        self._recogniser.ready()

    def words(self, samples: Samples, lang: Language, prompt: str, *, quick: bool = False) -> tuple[Word, ...]:
        """The words of the sound, whatever the prompt. Raises ListenError."""
        return self._recogniser.words(samples, lang, "", quick=quick)

    def language(self, samples: Samples) -> tuple[str, float]:
        """The language spoken and its probability. Raises ListenError."""
        return self._recogniser.language(samples)


class Transcripts:
    """A listener that remembers."""

    def __init__(self, recogniser: Recogniser, file: Path) -> None:
        self._recogniser = recogniser
        file.parent.mkdir(parents=True, exist_ok=True)
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS transcript (key TEXT PRIMARY KEY, data TEXT)")

    def of(self, samples: Samples, lang: Language, terms: Sequence[str], *, prompted: bool = True) -> Transcript:
        """The transcript of a clip, by the live listener; sound comes as from a microphone but all at once. Raises ListenError."""
        recogniser = self._recogniser if prompted else Unprompted(self._recogniser)
        prompt = prompt_for(lang, terms) if prompted else ""
        key = hashlib.sha256(b"\0".join([samples.tobytes(), prompt.encode(), recogniser.name.encode(), version().encode()])).hexdigest()
        row = self._rows.execute("SELECT data FROM transcript WHERE key = ?", (key,)).fetchone()
        if row is None:
            made = _listened(recogniser, samples, lang, terms if prompted else ())
            data = {"heard": as_data(made.heard), "refused": made.refused, "seconds": made.seconds}
            self._rows.execute("INSERT OR REPLACE INTO transcript VALUES (?, ?)", (key, json.dumps(data, ensure_ascii=False)))
            return made
        data = json.loads(row[0])
        return Transcript(from_data(data["heard"]), data["refused"], data["seconds"])

    def close(self) -> None:
        """Closes the cache."""
        self._rows.close()


def _listened(recogniser: Recogniser, samples: Samples, lang: Language, terms: Sequence[str]) -> Transcript:
    recogniser.ready()
    began = time.perf_counter()
    listener = Listener(recogniser, lang, terms)
    try:
        for start in range(0, samples.size, _STEP):
            listener.feed(RATE, samples[start : start + _STEP])
        heard, refused = listener.finish(), ""
    except AudioError as error:
        heard, refused = Heard(lang, (), (), samples.size / RATE, Levels()), error.reason
    finally:
        listener.close()
    return Transcript(heard, refused, time.perf_counter() - began)


@cache
def version() -> str:
    """Hash of the code that listens: when it changes, everything is heard again."""
    return hash_of(_files())


def _files() -> Iterator[Path]:
    root = Path(bot.speech.__file__).parent
    yield from sorted(path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in _OTHER_PARTS)
