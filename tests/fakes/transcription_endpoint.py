"""A fake of `/audio/transcriptions`: a real HTTP server on loopback that takes forms apart, and fails when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.fakes.openai_endpoint import _Handler, listening

PATH = "/v1/audio/transcriptions"


@dataclass(frozen=True)
class Form:
    """One request as it came in: its fields, each with all its values, and the recording."""

    fields: Mapping[str, list[str]]
    file: bytes
    authorization: str


@dataclass
class FakeTranscriber:
    """What the server says. Change it at any time."""

    url: str = ""
    text: str = "正則化です。"
    words: list[dict[str, Any]] | None = None
    segments: list[dict[str, Any]] | None = None
    verbose: bool = True  # whether it knows the format with times
    fault: Callable[[_Handler], None] | None = None
    seen: list[Form] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, form: Form) -> tuple[int, Any]:
        """Status and body of a reply when nothing is wrong."""
        kind = form.fields["response_format"][0]
        if kind == "verbose_json" and not self.verbose:
            return 400, {"error": {"message": f"response_format '{kind}' is not compatible with model", "type": "invalid_request_error"}}
        if kind == "json":
            return 200, {"text": self.text}
        return 200, {
            "task": "transcribe",
            "language": "japanese",
            "duration": 2.0,
            "text": self.text,
            "words": self.words,
            "segments": self.segments,
        }


def segment(start: float, end: float, text: str, *, logprob: float = -0.2, no_speech: float = 0.01) -> dict[str, Any]:
    """A segment as OpenAI's own endpoint gives it."""
    figures = {"avg_logprob": logprob, "no_speech_prob": no_speech, "compression_ratio": 1.1, "temperature": 0.0}
    return {"id": 0, "seek": 0, "start": start, "end": end, "text": text, "tokens": [1], **figures}


@contextmanager
def transcribing(fake: FakeTranscriber | None = None) -> Iterator[FakeTranscriber]:
    """A fake that is served on a free port of loopback until the block ends."""
    fake = fake or FakeTranscriber()
    with listening(fake, _FormHandler):
        yield fake


class _FormHandler(_Handler):
    """Takes a form apart."""

    fake: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        form = _form(self.headers.get("content-type", ""), body, self.headers.get("authorization", ""))
        self.fake.seen.append(form)
        try:
            if self.fake.fault:
                self.fake.fault(self)
            elif self.path != PATH:
                self.send(404, {"error": {"message": "Invalid URL"}})
            else:
                self.send(*self.fake.answer(form))
        except OSError:  # the client hung up first
            self.close_connection = True


def _form(kind: str, body: bytes, authorization: str) -> Form:
    message = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, list[str]] = {}
    file = b""
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename():
            file = content
        else:
            fields.setdefault(name, []).append(content.decode())
    return Form(fields, file, authorization)
