"""The product's own services for a measurement, with the model up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bot.services import Services
from bot.settings import Settings


@contextmanager
def graded_with() -> Iterator[Services]:
    """Services whose model is up, on a database that is thrown away; ends with one sentence when the model is not to be had."""
    with tempfile.TemporaryDirectory() as folder:
        services = Services(Settings(data_dir=Path(folder)))
        try:
            services.models.start()
            status = services.models.wait()
            if status.phase != "ready":
                typer.echo(f"The model is not to be had: {status.reason}", err=True)
                raise typer.Exit(1)
            yield services
        finally:
            services.close()
