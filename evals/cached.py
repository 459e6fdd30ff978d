"""Grades kept by the hash of all they depend on, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

import bot
from bot.grading.grader import Grade, Grader
from bot.grading.rubric import Rubric
from bot.models.judges import Judge

_GRADE = TypeAdapter(Grade)
_RUBRIC = TypeAdapter(Rubric)
# What a grade is made by: source, prompts and parameters.
_PARTS = ("grading", "models")


class CachedGrader:
    """A grader that remembers. Ungraded answers are not kept: they are tried again."""

    def __init__(self, grader: Grader, file: Path) -> None:
        self._grader = grader
        file.parent.mkdir(parents=True, exist_ok=True)
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS grade (key TEXT PRIMARY KEY, grade BLOB)")

    @property
    def judge(self) -> Judge:
        """The judge behind it."""
        return self._grader.judge

    def grade(self, rubric: Rubric, answer: str) -> Grade:
        """The grade of an answer, from the cache where it is known."""
        key = hashlib.sha256(b"\0".join([self.judge.name.encode(), version().encode(), _RUBRIC.dump_json(rubric), answer.encode()]))
        row = self._rows.execute("SELECT grade FROM grade WHERE key = ?", (key.hexdigest(),)).fetchone()
        if row is not None:
            return _GRADE.validate_json(row[0])
        grade = self._grader.grade(rubric, answer)
        if grade.state != "ungraded":
            self._rows.execute("INSERT OR REPLACE INTO grade VALUES (?, ?)", (key.hexdigest(), _GRADE.dump_json(grade)))
        return grade

    def close(self) -> None:
        """Closes the cache."""
        self._rows.close()


@cache
def version() -> str:
    """Hash of everything that makes a grade: a changed prompt or parameter forgets what was graded before."""
    return hash_of(_files())


def hash_of(files: Iterable[Path]) -> str:
    """One hash of several files' names and contents, in their order."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    root = Path(bot.__file__).parent
    for part in _PARTS:
        yield from sorted(path for path in (root / part).rglob("*") if path.suffix in {".py", ".json", ".npz", ".txt"})
