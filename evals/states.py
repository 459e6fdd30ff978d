"""The embedded model's states at the end of a prompt, kept in a file, and what the linear probes make of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bot.models.judges.base import Claim, JudgeRequest
from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.features import Floats, overlap, seen
from bot.models.judges.linear_probe.state import State, StateReader
from evals.probe_data import Example, cleaned
from evals.remembered import Remembered


class States:
    """States by the hash of the prompt, kept in a file, since each costs a second or more."""

    def __init__(self, file: Path, reader: StateReader | None) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._reader = reader
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS s (k TEXT PRIMARY KEY, v BLOB)")

    def of(self, example: Example) -> State | None:
        """The state of an example, read when it is not known; None when it is not known and there is no reader."""
        request = JudgeRequest(example.question, cleaned(example), example.lang, ())
        return self._state(example, request.answer, prompts.beginning(request))

    def anchors(self, example: Example) -> tuple[State | None, State | None]:
        """The states about an answer that is the example's text itself and about one that says nothing, had in the same way."""
        affirmed, nothing = (
            self._state(example, prompts.one_line(answer), prompts.anchor(example.question, answer, example.lang))
            for answer in (example.text, prompts.NOTHING[example.lang])
        )
        return affirmed, nothing

    def _state(self, example: Example, answer: str, beginning: str) -> State | None:
        key = hashlib.sha256("\0".join((example.question, answer, example.kind, example.text)).encode()).hexdigest()
        row = self._rows.execute("SELECT v FROM s WHERE k = ?", (key,)).fetchone()
        if row is not None:
            return np.frombuffer(row[0], dtype=np.float32)
        if self._reader is None:
            return None
        ending = prompts.ending(Claim("", example.text, "reference" if example.kind == "r" else "point"))
        state, _, _ = next(self._reader.read(prompts.SYSTEM, beginning, [ending], anew=False))
        self._rows.execute("INSERT INTO s VALUES (?, ?)", (key, state.tobytes()))
        return state


def features(examples: Sequence[Example], states: States, embeddings: Remembered) -> tuple[Floats, list[Example]]:
    """What a probe sees of the examples whose states are known or can be read, shape (examples, 3 * tokens + COUNT), with them."""
    # All anchors first: what stands between two questions about an answer pushes it out of the server's cache.
    anchors = {(e.question, e.text, e.kind): states.anchors(e) for e in tqdm(examples, unit="anchor")}
    rows, used = [], []
    for example in tqdm(examples, unit="state"):
        pieces = cleaned(example).split("\n")
        state = states.of(example) if pieces[0] else None
        affirmed, nothing = anchors[example.question, example.text, example.kind]
        if state is None or affirmed is None or nothing is None:
            continue
        vectors = np.asarray(embeddings.embed_documents(pieces), dtype=np.float64)
        vector = np.asarray(embeddings.embed_documents([example.text])[0], dtype=np.float64)
        rows.append(seen(state, affirmed, nothing, overlap(example.text, pieces, vector, vectors)))
        used.append(example)
    return np.array(rows), used
