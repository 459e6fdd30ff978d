"""Runs the code of every card, each in a process and a folder of its own, two at a time. This is what `make examples` runs."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.deck import CARDS, read_card

FILES = sorted(CARDS.glob("*/*.md"))
SECONDS = 180
AT_ONCE = 2
# What the extra "examples" brings. Any other import that is missing is a fault of the card.
EXTRA = {"imblearn", "mlflow", "statsmodels", "pandas", "sklearn", "scipy", "joblib"}

Runs = dict[Path, "Future[subprocess.CompletedProcess[str]]"]


def missing(code: str) -> list[str]:
    """The libraries of the extra that a program imports and that are not installed."""
    nodes = list(ast.walk(ast.parse(code)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return sorted(name for name in {n.partition(".")[0] for n in names} & EXTRA if importlib.util.find_spec(name) is None)


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The program in an empty folder, with nothing of this environment but where programs lie."""
    folder.mkdir()
    return subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-c", code],
        cwd=folder,
        # Each has one of two cores: libraries that start a thread a core only get in each other's way.
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The runs of the cards that were selected, under way."""
    folder = tmp_path_factory.mktemp("examples")
    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module]
    codes = {path: read_card(path).code for path in (Path(str(item.callspec.params["path"])) for item in items)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            path: pool.submit(run, code, folder / f"{path.parent.name}-{path.stem}") for path, code in codes.items() if not missing(code)
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_example_of_a_card_runs(path: Path, runs: Runs) -> None:
    if path not in runs:
        pytest.skip(f"{', '.join(missing(read_card(path).code))} not installed; pip install -e '.[examples]'")
    done = runs[path].result()
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
