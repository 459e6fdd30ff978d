"""python -m evals NAME: runs one measurement and writes its results."""

from __future__ import annotations

import subprocess
import sys

import typer

from evals import (
    ablation,
    addressed,
    agreement,
    attacks,
    calibration,
    cascade,
    latency,
    memory,
    pair_writer,
    parity,
    points,
    probe,
    retrieval,
    schedule,
    speech,
    stability,
    train,
)

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
MEASUREMENTS = {
    "points": points,
    "calibration": calibration,
    "attacks": attacks,
    "addressed": addressed,
    "parity": parity,
    "stability": stability,
    "retrieval": retrieval,
    "latency": latency,
    "schedule": schedule,
    "memory": memory,
    "speech": speech,
    "agreement": agreement,
    "probe": probe,
    "cascade": cascade,
    "ablation": ablation,
}
# What `all` runs: every measurement with its defaults, and those with more than one report once for each.
RUNS = (
    ("points", "--part", "development"),
    ("points", "--part", "unseen"),
    ("attacks", "--without-card", "--limit", "24"),  # each answer takes seconds there
    *((name,) for name in MEASUREMENTS),
)
for _name, _module in MEASUREMENTS.items():
    app.command(_name)(_module.command)
app.command("pairs")(pair_writer.command)
app.command("train")(train.command)


@app.command("all")
def everything() -> None:
    """All measurements one after the other with their defaults, each in a process of its own; goes on after one that fails."""
    failed = [run for run in RUNS if subprocess.run([sys.executable, "-m", "evals", *run], check=False).returncode != 0]
    if failed:
        typer.echo(f"failed: {', '.join(' '.join(run) for run in failed)}", err=True)
        raise typer.Exit(1)


@app.callback()
def _names() -> None:
    """Measurements of Mensetsu."""


if __name__ == "__main__":
    app()
