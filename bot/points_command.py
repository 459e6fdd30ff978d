"""`mensetsu points`: key points for questions that have only a reference answer, to be looked over before answers are graded by them."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.batch import Question, derive_lines
from bot.exits import stop
from bot.grading.key_points import Derived, derive
from bot.json_lines import lines_and_sink
from bot.models.errors import JudgeError
from bot.services import Services
from bot.text import t
from knowledge.schema import Language


def derive_file(file: Path | None, out: Path | None, services: Services, lang: Language) -> bool:
    """Derives the points of every line; False when any could not be used. Where no model was of help is told on standard error."""
    try:
        services.models.wait_for_judge()
    except JudgeError as error:
        stop(t(f"cause.{services.models.cause(error.reason)}", lang))
    endpoint = services.models.endpoint
    assert endpoint is not None

    def derived(question: Question) -> Derived:
        return derive(question.question, question.reference, question.lang, endpoint, services.grader)

    wrong, unaided = 0, 0
    with lines_and_sink(file, out, lang) as (lines, write):
        for record in derive_lines(lines, derived):
            write(record)
            wrong += record.get("state") == "error"
            unaided += record.get("failure") is not None
    if unaided:
        typer.secho(t("cli.points_unaided", lang, count=unaided), err=True, fg="yellow")
    if wrong:
        typer.secho(t("cli.lines_wrong", lang, count=wrong), err=True, fg="red")
    return not wrong
