"""Sound of any kind as samples: mono float32 in [-1, 1] at 16 kHz, from a file, an array or a microphone."""

from __future__ import annotations

import io
import logging
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bot.speech.errors import AudioError
from bot.speech.heard import RATE

if TYPE_CHECKING:  # a fifth of a second to import, which the page does not wait for
    import av

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.float32]

MAX_SECONDS = 1_200
RATES = (4_000, 384_000)
# Playlists and the like are left out: what they name would be opened.
CONTAINERS = "aac,aiff,amr,asf,avi,caf,flac,flv,matroska,mov,mp3,mpeg,mpegts,ogg,w64,wav"


def decode(path: Path) -> Samples:
    """The sound track of a recording or film. Damaged stretches are left out.

    Raises AudioError "empty", "corrupt", "no_audio" or "too_long" (found on the way, so that a huge file never fills the memory).
    """
    import av

    if path.stat().st_size == 0:
        raise AudioError("empty")
    # Opened here, so that a name such as "concat:…" is never taken for one of FFmpeg's protocols.
    try:
        with path.open("rb") as file, av.open(file, "r", options={"format_whitelist": CONTAINERS}) as container:
            if not container.streams.audio:
                raise AudioError("no_audio" if container.streams.video else "corrupt")
            blocks = list(_limited(_blocks(container)))
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, AudioError):
            raise
        raise AudioError("corrupt", f"{type(error).__name__}: {error}") from error
    return _clean(np.concatenate(blocks)) if blocks else np.empty(0, np.float32)


def _blocks(container: av.container.InputContainer) -> Iterator[Samples]:
    import av

    good = bad = 0
    # FFmpeg's own mix of float channels keeps the power, which clips what both channels hold.
    resampler = av.AudioResampler(format="fltp", rate=RATE)
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            log.info("a damaged packet of sound: %s", error)
            bad += 1
            continue
        for frame in frames:
            good += 1
            for out in resampler.resample(frame):
                yield out.to_ndarray().mean(axis=0)
    if not good or bad > good:
        raise AudioError("corrupt" if bad else "empty", f"{good} frames of sound, {bad} damaged packets")
    for out in resampler.resample(None):
        yield out.to_ndarray().mean(axis=0)


def _limited(blocks: Iterator[Samples]) -> Iterator[Samples]:
    total = 0
    for block in blocks:
        total += block.size
        if total > MAX_SECONDS * RATE:
            raise AudioError("too_long", f"more than {MAX_SECONDS} s")
        yield block


def from_array(rate: int, data: npt.NDArray[Any]) -> Samples:
    """Samples of an array of int16, int32, uint8 or floats, (n,) or (n, channels), at any rate from 4 to 384 kHz.

    Raises AudioError "empty", "corrupt" (not such an array) or "too_long".
    """
    if data.size == 0:
        raise AudioError("empty")
    _require_rate(rate)
    stream = Stream()
    if data.shape[0] > MAX_SECONDS * rate:
        raise AudioError("too_long", f"more than {MAX_SECONDS} s")
    return np.concatenate([stream.feed(rate, data), stream.flush()])


class Stream:
    """Turns what a microphone gives bit by bit into samples, without a click where the bits meet."""

    def __init__(self) -> None:
        self._rate = 0
        self._resampler: av.AudioResampler | None = None

    def feed(self, rate: int, data: npt.NDArray[Any]) -> Samples:
        """The samples that are ready; the last few milliseconds come with the next bit or `flush`. Raises AudioError "corrupt"."""
        import av

        _require_rate(rate)
        mono = _mono(data)
        if mono.size == 0:
            return mono
        rest = self.flush() if rate != self._rate else np.empty(0, np.float32)
        if self._resampler is None:
            self._rate, self._resampler = rate, av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frame = av.AudioFrame.from_ndarray(mono[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = rate
        return _clean(np.concatenate([rest, *(out.to_ndarray()[0] for out in self._resampler.resample(frame))]))

    def flush(self) -> Samples:
        """What is left; the next bit begins anew."""
        resampler, self._resampler = self._resampler, None
        left = [out.to_ndarray()[0] for out in resampler.resample(None)] if resampler else []
        return _clean(np.concatenate(left)) if left else np.empty(0, np.float32)


def _require_rate(rate: int) -> None:
    if not RATES[0] <= rate <= RATES[1]:
        raise AudioError("corrupt", f"{rate} samples a second")


def _mono(data: npt.NDArray[Any]) -> Samples:
    if data.ndim not in {1, 2}:
        raise AudioError("corrupt", f"an array of shape {data.shape}")
    if data.dtype == np.uint8:
        scaled = (data.astype(np.float32) - 128) / 128
    elif data.dtype in (np.int16, np.int32):
        scaled = (data / -float(np.iinfo(data.dtype).min)).astype(np.float32)
    elif np.issubdtype(data.dtype, np.floating):
        scaled = data.astype(np.float32)
    else:
        raise AudioError("corrupt", f"an array of {data.dtype}")
    return np.ascontiguousarray(scaled if data.ndim == 1 else scaled.mean(axis=1, dtype=np.float32))


def _clean(samples: Samples) -> Samples:
    finite: Samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, np.float32(-1), np.float32(1))


def wav(samples: Samples) -> bytes:
    """Samples as a WAV file of 16-bit PCM."""
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(_pcm(samples).tobytes())
    return data.getvalue()


def write_wav(path: Path, samples: Samples) -> None:
    """Writes samples as a WAV file of 16-bit PCM. Raises OSError."""
    path.write_bytes(wav(samples))


def write_ogg(samples: Samples) -> bytes:
    """Samples as Opus in Ogg, about 4 kB a second."""
    import av

    data = io.BytesIO()
    with av.open(data, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=RATE, layout="mono", options={"b": "32k", "application": "voip"})
        frame = av.AudioFrame.from_ndarray(_pcm(samples)[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = RATE
        for given in (frame, None):
            out.mux(stream.encode(given))
    return data.getvalue()


def _pcm(samples: Samples) -> npt.NDArray[np.int16]:
    return (np.clip(samples, -1.0, 1.0) * 32_767).round().astype("<i2")
