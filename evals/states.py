"""The embedded model's states at the end of a prompt, kept in a file, and what the linear probes make of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from bot.models.judges.base import JudgeRequest
from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.overlap import overlap
from bot.models.judges.linear_probe.parameters import Floats
from bot.models.judges.linear_probe.state import StateReader
from evals.probe_data import Example, cleaned
from evals.remembered import Remembered


class States:
    """States by the hash of the prompt, kept in a file, since each costs a second or more."""

    def __init__(self, file: Path, reader: StateReader | None) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._reader = reader
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS s (k TEXT PRIMARY KEY, v BLOB)")

    def of(self, example: Example) -> npt.NDArray[np.float32] | None:
        """The state of an example, read when it is not known; None when it is not known and there is no reader."""
        answer = cleaned(example)
        key = hashlib.sha256("\0".join((example.question, answer, example.kind, example.text)).encode()).hexdigest()
        row = self._rows.execute("SELECT v FROM s WHERE k = ?", (key,)).fetchone()
        if row is not None:
            return np.frombuffer(row[0], dtype=np.float32)
        if self._reader is None:
            return None
        ending = prompts.about_reference(example.text) if example.kind == "r" else prompts.about_statement(example.text)
        shared = prompts.beginning(JudgeRequest(example.question, answer, example.lang, ()))
        state, _, _ = next(self._reader.read(prompts.SYSTEM, shared, [ending], anew=False))
        self._rows.execute("INSERT INTO s VALUES (?, ?)", (key, state.tobytes()))
        return state


def features(examples: Sequence[Example], states: States, embeddings: Remembered) -> tuple[Floats, list[Example]]:
    """Feature vectors of the examples whose state is known or can be read, with those examples. Shape (examples, features)."""
    rows, used = [], []
    for example in tqdm(examples, unit="state"):
        pieces = cleaned(example).split("\n")
        state = states.of(example) if pieces[0] else None
        if state is None:
            continue
        vectors = np.asarray(embeddings.embed_documents(pieces), dtype=np.float64)
        vector = np.asarray(embeddings.embed_documents([example.text])[0], dtype=np.float64)
        rows.append(np.concatenate([state, overlap(example.text, pieces, vector, vectors)]))
        used.append(example)
    return np.array(rows), used
