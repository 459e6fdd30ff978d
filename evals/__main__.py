"""python -m evals NAME: runs one measurement and writes its results."""

from __future__ import annotations

import typer

from evals import attacks, latency, points, retrieval, train

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
app.command("attacks")(attacks.command)
app.command("latency")(latency.command)
app.command("points")(points.command)
app.command("retrieval")(retrieval.command)
app.command("train")(train.command)


@app.callback()
def _names() -> None:
    """Measurements of Mensetsu."""


if __name__ == "__main__":
    app()
