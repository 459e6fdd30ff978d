"""python -m evals NAME: runs one measurement and writes its results."""

from __future__ import annotations

import typer

from evals import retrieval

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
app.command("retrieval")(retrieval.command)


@app.callback()
def _names() -> None:
    """Measurements of Mensetsu."""


if __name__ == "__main__":
    app()
