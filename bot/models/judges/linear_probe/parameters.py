"""The fitted probes, as numbers in a file with their provenance. They fit one model file, one prompt and one set of tokens."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.features import SMALL, Floats, columns
from bot.models.judges.linear_probe.state import tokens

FOLDER = Path(__file__).parent / "parameters"
STATEMENT, REFERENCE = "statement", "reference"


@dataclass(frozen=True)
class Probe:
    """A linear model on standardised columns.

    `mean` and `scale` have shape (columns,), `weights` (outputs, columns), `bias` (outputs,), `whitening` (tokens, kept). `about` says
    what it was fitted on. With no more than SMALL columns it looks at no states but for their position.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    whitening: Floats
    about: dict[str, Any]

    def probabilities(self, seen: Floats) -> Floats:
        """Class probabilities of a multinomial logistic regression for what is seen of one claim. Shape (outputs,)."""
        [row] = columns(seen[np.newaxis], self.whitening, states=len(self.mean) > SMALL)
        logits = self.weights @ ((row - self.mean) / self.scale) + self.bias
        e = np.exp(logits - logits.max())
        return np.asarray(e / e.sum())


def prompt_hash() -> str:
    """Hash of the prompts and tokens a probe depends on."""
    told = [
        prompts.SYSTEM,
        prompts.about_statement("x"),
        prompts.about_reference("x"),
        prompts.anchor("x", "y", "en"),
        prompts.NOTHING,
        list(tokens()),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def save_probe(probe: Probe, name: str, folder: Path = FOLDER) -> Path:
    """Writes a probe in half precision; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npz"
    arrays = {key: getattr(probe, key).astype(np.float32) for key in ("mean", "scale", "bias")}
    about = json.dumps({**probe.about, "prompt": prompt_hash()}, ensure_ascii=False)
    halves = {key: getattr(probe, key).astype(np.float16) for key in ("weights", "whitening")}
    np.savez_compressed(path, about=np.array(about), **halves, **arrays)
    return path


@lru_cache(maxsize=8)
def load_probe(name: str, model: str, folder: Path = FOLDER) -> Probe:
    """The probe of this name for the model file with this SHA-256. Raises ValueError when there is none that fits."""
    path = folder / f"{name}.npz"
    if not path.is_file():
        raise ValueError(f"there is no probe {name}")
    with np.load(path, allow_pickle=False) as data:
        about = json.loads(str(data["about"]))
        if about["model"] != model or about["prompt"] != prompt_hash():
            raise ValueError(f"the probe {name} was fitted to another model or prompt")
        arrays = {key: data[key].astype(np.float64) for key in ("mean", "scale", "weights", "bias", "whitening")}
    return Probe(about=about, **arrays)


def has_probes(model: str) -> bool:
    """Whether all probes were fitted to the model file with this SHA-256."""
    try:
        return all(load_probe(name, model) for name in (STATEMENT, REFERENCE))
    except ValueError:
        return False
