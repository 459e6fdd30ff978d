"""An embedding that computes the vector of a document once, and may keep it in a file between runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

_BATCH = 64


class Remembered(Embeddings):
    """Another embedding with a memory. Queries are computed anew each time: some are timed."""

    def __init__(self, base: Embeddings, file: Path | None = None) -> None:
        self._base, self._file = base, file
        self._known: dict[str, npt.NDArray[np.float32]] = {}
        if file is not None and file.is_file():
            with np.load(file, allow_pickle=False) as data:
                self._known = dict(zip(data["texts"].tolist(), data["vectors"], strict=True))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            self._known.update(zip(batch, np.asarray(self._base.embed_documents(batch), dtype=np.float32), strict=True))
        return [self._known[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Not remembered."""
        return self._base.embed_query(text)

    def save(self) -> None:
        """Writes the file; nothing without one."""
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(self._file, texts=np.array(list(self._known)), vectors=np.array(list(self._known.values())))
