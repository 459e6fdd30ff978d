"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bot.export.errors import ExportError, reading, writing
from bot.export.files import write_bytes, written


def test_it_takes_the_place_of_the_earlier_one_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    write_bytes(path, "面接".encode())
    assert path.read_text(encoding="utf-8") == "面接"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    write_bytes(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o644)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt()])
def test_what_stops_half_way_leaves_no_trace(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"earlier")

    def write() -> None:
        with written(path) as part:
            part.write_bytes(b"ha")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "full"), "full"),
        (OSError(errno.EDQUOT, "full"), "full"),
        (PermissionError(errno.EACCES, "no"), "unwritable"),
        (OSError(errno.EROFS, "no"), "unwritable"),
        (FileNotFoundError(errno.ENOENT, "no"), "unwritable"),
        (NotADirectoryError(errno.ENOTDIR, "no"), "not_a_folder"),
        (ModuleNotFoundError("no", name="fpdf.enums"), "package"),
    ],
)
def test_reasons_of_writing(error: Exception, reason: str) -> None:
    with pytest.raises(ExportError) as caught, writing():
        raise error
    assert caught.value.reason == reason
    for lang in ("ja", "en"):
        sentence = caught.value.sentence(Path("x.zip"), lang)
        assert "fpdf2" in sentence if reason == "package" else "x.zip" in sentence


def test_reasons_of_reading(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no", "missing"), (tmp_path, "folder")):
        with pytest.raises(ExportError) as caught, reading():
            path.read_bytes()
        assert caught.value.reason == reason
    with pytest.raises(ExportError) as caught, reading():
        raise PermissionError(errno.EACCES, "no")
    assert caught.value.reason == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError) as caught:
        write_bytes(tmp_path / "a.md", b"x")
    assert caught.value.reason == "unwritable"
