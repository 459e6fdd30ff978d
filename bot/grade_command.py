"""`mensetsu grade`: from a file or standard input to a file or standard output, line by line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import typer

from bot.batch import grade_lines
from bot.json_lines import lines_and_sink
from bot.services import Services
from bot.text import t
from knowledge.schema import Language


def grade_file(file: Path | None, out: Path | None, services: Services, lang: Language) -> bool:
    """Grades every line; False when any failed or was left ungraded, which is also told on standard error."""
    failures: Counter[str] = Counter()
    with lines_and_sink(file, out, lang) as (lines, write):
        for record in grade_lines(lines, services.deck, services.grader):
            write(record)
            if record["state"] == "error":
                failures["error"] += 1
            elif record["state"] == "ungraded":
                failures[services.models.cause(record["failure"])] += 1
    for cause, count in failures.items():
        key = "cli.lines_wrong" if cause == "error" else "cli.lines_ungraded"
        typer.secho(t(key, lang, count=count, reason=t(f"cause.{cause}", lang) if cause != "error" else ""), err=True, fg="red")
    return not failures
