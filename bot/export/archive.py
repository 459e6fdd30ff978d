"""The file a learner takes along: JSON Lines a table in one .zip, with a manifest by which damage is seen before anything is read."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.export.errors import ExportError, reading
from bot.export.files import written

FORMAT = 1
MANIFEST = "manifest.json"
SUFFIX = ".jsonl"

# Decades of practice are some hundred megabytes; a file that unpacks to more was made to fill a disk or a memory.
MAX_BYTES = 512 * 1024 * 1024
MAX_MANIFEST = 1024 * 1024
MAX_LINE = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


class Entry(BaseModel):
    """What the manifest says of a file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What the archive holds."""

    model_config = ConfigDict(extra="forbid")

    application: Literal["mensetsu"] = "mensetsu"
    kind: Literal["learner"] = "learner"
    format: int = Field(default=FORMAT, ge=1, strict=True)
    created: datetime
    files: dict[str, Entry]


def write_archive(path: Path, created: datetime, tables: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]) -> dict[str, int]:
    """Writes tables of rows by name, whole or not at all; returns the rows a table. Raises ExportError."""
    entries: dict[str, Entry] = {}
    with written(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables:
            with archive.open(_info(name + SUFFIX, created), "w", force_zip64=True) as file:
                count, size, digest = 0, 0, hashlib.sha256()
                for row in rows:
                    line = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
                    file.write(line)
                    digest.update(line)
                    count, size = count + 1, size + len(line)
            entries[name + SUFFIX] = Entry(rows=count, bytes=size, sha256=digest.hexdigest())
        # Last, so that a file that was cut off has none.
        archive.writestr(_info(MANIFEST, created), Manifest(created=created, files=entries).model_dump_json(indent=1))
    return {name.removesuffix(SUFFIX): entry.rows for name, entry in entries.items()}


class Archive:
    """An archive whose manifest and hashes were found in order."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self._entries = manifest.files

    @property
    def tables(self) -> set[str]:
        """The names of the tables it holds."""
        return {name.removesuffix(SUFFIX) for name in self._entries}

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table. Raises ExportError when one cannot be read or there are not as many as the manifest says."""
        count = 0
        with _damage(), self._file.open(table + SUFFIX) as file:
            while line := file.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    raise ExportError("oversized", f"{table}: a line is too long")
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ExportError("damaged", f"{table}: a line is no object")
                count += 1
                yield row
        if count != self._entries[table + SUFFIX].rows:
            raise ExportError("damaged", f"{table}: {count} rows")


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """An archive, checked. Nothing in it is ever unpacked to disk. Raises ExportError."""
    with reading():
        source = path.open("rb")
    with source:
        with reading():
            beginning = source.read(4)
        if beginning and not b"PK\x03\x04".startswith(beginning):
            raise ExportError("foreign", "no zip file")
        with _damage():
            file = zipfile.ZipFile(source)
        with file:
            manifest = _manifest(file)
            for name, entry in manifest.files.items():
                _check(file, name, entry)
            yield Archive(file, manifest)


def _info(name: str, created: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, created.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


@contextmanager
def _damage() -> Iterator[None]:
    """Raises ExportError in place of what comes of broken contents (deep nesting gives a RecursionError, which is a RuntimeError)."""
    try:
        yield
    except ExportError:
        raise
    except _BROKEN as error:
        raise ExportError("damaged", type(error).__name__) from error


def _manifest(file: zipfile.ZipFile) -> Manifest:
    members = file.infolist()
    names = [member.filename for member in members]
    if any(not _is_plain(member) for member in members) or (names and MANIFEST not in names):
        raise ExportError("foreign", "holds other files than an export does")
    if len(set(names)) < len(names) or not names:
        raise ExportError("damaged", "files are missing or there twice")
    if sum(member.file_size for member in members) > MAX_BYTES or file.getinfo(MANIFEST).file_size > MAX_MANIFEST:
        raise ExportError("oversized", "unpacks to too much")
    with _damage():
        data = json.loads(file.read(MANIFEST))
    if not isinstance(data, dict) or (data.get("application"), data.get("kind")) != ("mensetsu", "learner"):
        raise ExportError("foreign", "the manifest is another program's")
    if isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise ExportError("newer", f"format {data['format']}")
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise ExportError("damaged", f"manifest: {error.error_count()} faults") from error
    if {MANIFEST, *manifest.files} != set(names):
        raise ExportError("damaged", "the manifest names other files")
    return manifest


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a file as an export holds it: no path, no encryption, no other way of packing."""
    stem = member.filename.removesuffix(SUFFIX)
    named = member.filename == MANIFEST or (stem != member.filename and stem.isidentifier() and stem.isascii())
    encrypted = bool(member.flag_bits & 0x1)
    return named and not encrypted and member.compress_type in {zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED}


def _check(file: zipfile.ZipFile, name: str, entry: Entry) -> None:
    size, digest = 0, hashlib.sha256()
    with _damage(), file.open(name) as member:
        while chunk := member.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if (size, digest.hexdigest()) != (entry.bytes, entry.sha256):
        raise ExportError("damaged", f"{name}: size or hash differs")
