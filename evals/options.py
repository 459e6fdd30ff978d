"""The options that measurements share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from evals.report import RESULTS

JudgeOption = Annotated[
    str, typer.Option("--judge", help='"auto" is what the product would use; or trained, decisions, systemone, logprobs, json')
]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="only so many, evenly spread")]
SeedOption = Annotated[int, typer.Option("--seed", help="of samples; with --limit another seed takes others")]
OutOption = Annotated[Path, typer.Option("--out", help="folder of the results")]
DataOption = Annotated[Path | None, typer.Option("--data", help="folder of the human-graded sets; EVALS_DATA, else ../shared/data")]

__all__ = ["RESULTS", "DataOption", "JudgeOption", "LimitOption", "OutOption", "SeedOption", "data_folder", "evenly"]

Item = TypeVar("Item")


def evenly(items: Sequence[Item], limit: int | None, seed: int = 0) -> list[Item]:
    """At most `limit` of the items at even distances, so that every card and kind has its share; the seed says where to begin."""
    if limit is None:
        return list(items)
    step = max(1, len(items) // limit)
    return list(items[seed % step :: step][:limit])


def data_folder(given: Path | None) -> Path:
    """Where the human-graded sets lie: the option, EVALS_DATA, or ../shared/data."""
    return given or Path(os.environ.get("EVALS_DATA") or "../shared/data")
