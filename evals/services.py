"""The product's own services for a measurement, with the model up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from pydantic import ValidationError

from bot.services import Services
from bot.settings import Settings
from evals.cached import CachedGrader

CACHE = Path(".cache/grades.sqlite")


@contextmanager
def services_for(judge: str = "auto") -> Iterator[Services]:
    """Services whose model is up, on a database that is thrown away; ends with one sentence when the model is not to be had."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            settings = Settings(data_dir=Path(folder), judge=judge)
        except ValidationError as error:
            raise typer.BadParameter(f"{judge} is no judge", param_hint="--judge") from error
        services = Services(settings)
        try:
            services.models.start()
            status = services.models.wait()
            if status.phase != "ready":
                typer.echo(f"The model is not to be had: {status.reason}", err=True)
                raise typer.Exit(1)
            yield services
        finally:
            services.close()


@contextmanager
def graded_with(judge: str = "auto", cache: Path = CACHE) -> Iterator[tuple[CachedGrader, Services]]:
    """A grader that remembers what it graded in earlier runs, and the services behind it."""
    with services_for(judge) as services:
        grader = CachedGrader(services.grader, cache)
        try:
            yield grader, services
        finally:
            grader.close()
