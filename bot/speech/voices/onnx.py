"""How a voice's model is run: on few threads that sleep when there is nothing to do, since the judge and the recogniser need them too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime

THREADS = 2


def session(model: bytes | Path) -> onnxruntime.InferenceSession:
    """A session for a model given as a file or as its content. Raises an error of onnxruntime's own when it is none."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, sess_options=options, providers=["CPUExecutionProvider"])
