"""The options that measurements share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from evals.report import RESULTS

JudgeOption = Annotated[
    str, typer.Option("--judge", help='"auto" is what the product would use; or trained, decisions, systemone, logprobs, json')
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="only so many answers, evenly spread")]
SeedOption = Annotated[int, typer.Option("--seed", help="of samples and resamples")]
OutOption = Annotated[Path, typer.Option("--out", help="folder of the results")]
DataOption = Annotated[Path | None, typer.Option("--data", help="folder of the human-graded sets; EVALS_DATA, else ../shared/data")]

__all__ = ["RESULTS", "DataOption", "JudgeOption", "LimitOption", "OutOption", "SeedOption", "data_folder"]


def data_folder(given: Path | None) -> Path:
    """Where the human-graded sets lie: the option, EVALS_DATA, or ../shared/data."""
    return given or Path(os.environ.get("EVALS_DATA") or "../shared/data")
