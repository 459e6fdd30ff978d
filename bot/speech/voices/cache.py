"""Sentences that were made before, kept as files: making one in Japanese takes seconds, reading it back milliseconds."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from pathlib import Path

from bot.speech.voices.sound import Sound, from_mp3, mp3

log = logging.getLogger(__name__)

FOLDER = "voice"
# The whole bank at one speed takes a third of it; the files unused for longest go first.
MOST_BYTES = 150_000_000
# Trimmed to less than the bound, so that a full cache is not searched at every sentence.
_TRIMMED_TO = 0.9
_MARK = 16


class VoiceCache:
    """Sounds by key, in `<cache>/voice`. A file that is damaged, or a disk that is full, only means that a sentence is made again.

    A file's name holds the hash of its content, since MP3 plays on through damage without an error.
    """

    def __init__(self, cache_dir: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = cache_dir / FOLDER
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def path(self, key: str) -> Path | None:
        """The undamaged file kept for this key, as used now; None when there is none."""
        found = self._read(key)
        return found[0] if found else None

    def get(self, key: str) -> Sound | None:
        """The sound kept for this key; None when there is none."""
        found = self._read(key)
        if found is None:
            return None
        try:
            return from_mp3(found[1])
        except ValueError as error:
            log.warning("%s: %s", found[0].name, error)
            return None

    def put(self, key: str, sound: Sound) -> Path | None:
        """Keeps a sound; the file, or None when it could not be written."""
        data = mp3(sound)
        path = self.folder / f"{_named(key)}.{_mark(data)}.mp3"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
            self._grown_by(len(data))
        except OSError as error:
            log.info("a spoken sentence is not kept: %s", error)
            return path if path.is_file() else None
        return path

    def _read(self, key: str) -> tuple[Path, bytes] | None:
        try:
            for path in self.folder.glob(f"{_named(key)}.*.mp3"):
                data = path.read_bytes()
                if path.name == f"{_named(key)}.{_mark(data)}.mp3":
                    os.utime(path)
                    return path, data
                log.info("%s is damaged and made again", path.name)
                path.unlink()
        except OSError as error:
            log.info("a spoken sentence cannot be read back: %s", error)
        return None

    def _grown_by(self, size: int) -> None:
        with self._lock:
            self._bytes = sum(file.stat().st_size for file in self._files()) if self._bytes is None else self._bytes + size
            if self._bytes <= self._most_bytes:
                return
            files = sorted((file.stat().st_mtime, file.stat().st_size, file) for file in self._files())
            self._bytes = sum(size for _, size, _ in files)
            for _, size, file in files:
                if self._bytes <= self._most_bytes * _TRIMMED_TO:
                    break
                file.unlink(missing_ok=True)
                self._bytes -= size

    def _files(self) -> list[Path]:
        return list(self.folder.glob("*.mp3"))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that it is there whole or not at all. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            file.write(data)
            file.close()
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _named(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_MARK]
