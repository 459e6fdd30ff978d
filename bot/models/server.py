"""The embedded llama.cpp server: OpenAI's API on loopback, inside this process."""

from __future__ import annotations

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

CONTEXT_TOKENS = 4096


class EmbeddedServer:
    """llama.cpp serving one model file. Starts when created, stops with `close`."""

    def __init__(self, weights: Path, *, threads: int | None = None) -> None:
        """Loads the model (about 4 s from a warm disk). Raises RuntimeError when llama.cpp refuses the file."""
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1  # one learner, one slot: every request finds the cached beginning of the one before
        params.port = 0
        params.warmup = True
        params.verbosity = 0
        count = threads or os.cpu_count() or 2
        params.cpuparams.n_threads = count
        params.cpuparams_batch.n_threads = count
        self._server: object | None = xllamacpp.Server(params)
        self.url = f"{self._server.listening_address}/v1"
        self.model = weights.stem
        log.info("embedded server for %s at %s with %s threads", weights.name, self.url, count)

    def close(self) -> None:
        """Stops the server and frees the model."""
        self._server = None
