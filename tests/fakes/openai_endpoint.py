"""A fake OpenAI-compatible endpoint: a real HTTP server on loopback that speaks the wire protocol and fails when it is told to."""

from __future__ import annotations

import base64
import json
import math
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAT, DECISIONS, SYSTEMONE, EMBEDDINGS = "/v1/chat/completions", "/v1/decisions", "/v1/systemone", "/v1/embeddings"
JSON = "application/json"


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class FakeEndpoint:
    """What the server says. Change it at any time; `faults` come before everything else, for one path or for all ("")."""

    url: str = ""
    serves: set[str] = field(default_factory=lambda: {CHAT})
    key: str | None = None
    yes: float | dict[str, float] = 0.8
    logprobs: str = "given"  # or "absent" (null in the reply) or "refused" (400)
    top_logprobs_limit: int = 20
    reply: str = '{"stances": ["states"]}'
    stances: Mapping[str, float] = field(default_factory=lambda: {"states": 0.7, "half": 0.2, "contradicts": 0.06, "absent": 0.04})
    predicate: float = 0.25
    refused_question: str | None = None
    vector: Callable[[str], list[float]] = lambda text: [3.0, 4.0, float(len(text))]
    faults: dict[str, Callable[[_Handler], None]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def count(self, path: str) -> int:
        """How many requests came for a path."""
        return sum(seen.path == path for seen in self.seen)

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        """Status and body of a reply when nothing is wrong."""
        if path not in self.serves:
            return 404, _error("Invalid URL", "not_found")
        if path == EMBEDDINGS:
            return 200, self._embeddings(body)
        if path == CHAT:
            return self._chat(body)
        if not body.get("questions"):
            return 400, _error("questions: field required", "invalid_request_error")
        return 200, self._decisions(body) if path == DECISIONS else self._systemone(body)

    def _chat(self, body: Any) -> tuple[int, Any]:
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": self.reply}}
        if body.get("logprobs"):
            if self.logprobs == "refused" or body["top_logprobs"] > self.top_logprobs_limit:
                return 400, _error("logprobs is not supported", "invalid_request_error")
            choice["message"]["content"] = "Yes"
            choice["logprobs"] = {"content": [_token(self._top())]} if self.logprobs == "given" else None
        return 200, {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [choice],
            "usage": {"prompt_tokens": 40, "completion_tokens": 1, "total_tokens": 41},
        }

    def _top(self) -> dict[str, float]:
        if isinstance(self.yes, dict):
            return self.yes
        return {"Yes": math.log(self.yes), "No": math.log(1 - self.yes)}

    def _decisions(self, body: Any) -> Any:
        answers = []
        for question in body["questions"]:
            answer: dict[str, Any] = {"name": question["name"], "type": question["type"]}
            if question["name"] == self.refused_question:
                answer["type"] = "refusal"
            elif question["type"] == "predicate":
                answer["probability"] = self.predicate
            else:
                values = [choice["value"] for choice in question["choices"]]
                answer["choice"], answer["confidence"] = max(values, key=lambda value: self.stances[value]), 0.6
                answer["probabilities"] = [{"value": value, "probability": self.stances[value]} for value in values]
            answers.append(answer)
        return {"model": body["model"], "answers": answers, "usage": {"input_tokens": 90, "output_tokens": 6, "total_tokens": 96}}

    def _systemone(self, body: Any) -> Any:
        answers: dict[str, Any] = {}
        for name, question in body["questions"].items():
            if name == self.refused_question:
                continue
            if question["type"] == "noul":
                answers[name] = {"type": "noul", "noul": self.predicate}
            else:
                probabilities = {value: self.stances[value] for value in question["criteria"]}
                best = max(probabilities, key=lambda value: probabilities[value])
                answers[name] = {"type": "choice", "choice": best, "probabilities": probabilities, "confidence": 0.6}
        return {"model": body["model"], "answers": answers, "usage": {"input_tokens": 90, "output_tokens": 6}}

    def _embeddings(self, body: Any) -> Any:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors: list[Any] = [self.vector(text) for text in texts]
        if body.get("encoding_format") == "base64":
            vectors = [base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() for vector in vectors]
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        return {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 3, "total_tokens": 3}}


def status(code: int, headers: Mapping[str, str] | None = None, message: str = "no") -> Callable[[_Handler], None]:
    """A fault: every request gets this status."""
    return lambda handler: handler.send(code, _error(message, "fault"), headers)


def garbage(text: str, kind: str = JSON) -> Callable[[_Handler], None]:
    """A fault: status 200 with a body that is not what was asked for."""
    return lambda handler: handler.send_bytes(200, text.encode(), kind)


def stall(handler: _Handler) -> None:
    """A fault: no reply until the server is shut down."""
    handler.fake.released.wait(30)


def cut(handler: _Handler) -> None:
    """A fault: the connection ends in the middle of the body."""
    handler.start(200, JSON, length=1000)
    handler.wfile.write(b'{"id": "chatcmpl-1", "choices": [')
    handler.close_connection = True


def trickle(handler: _Handler) -> None:
    """A fault: blanks of a body that never ends, each well within a read time-out."""
    handler.start(200, JSON, length=10_000)
    until = time.monotonic() + 30
    while time.monotonic() < until and not handler.fake.released.wait(0.05):
        handler.wfile.write(b" ")


def once(fault: Callable[[_Handler], None]) -> Callable[[_Handler], None]:
    """The fault for the first request only."""
    used = threading.Event()

    def first(handler: _Handler) -> None:
        if used.is_set():
            handler.reply()
        else:
            used.set()
            fault(handler)

    return first


@contextmanager
def serving(fake: FakeEndpoint | None = None) -> Iterator[FakeEndpoint]:
    """A fake that is served on a free port of loopback until the block ends."""
    fake = fake or FakeEndpoint()
    with listening(fake, _Handler):
        yield fake


@contextmanager
def listening(fake: Any, kind: type[BaseHTTPRequestHandler]) -> Iterator[None]:
    """Serves a fake with its `url` set, by a kind of handler that has it as `fake`, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (kind,), {"fake": fake}))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        fake.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Takes a request apart, lets a fault or the fake answer it."""

    fake: FakeEndpoint
    protocol_version = "HTTP/1.1"
    request_body: Any

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.request_body = json.loads(text) if text and self.headers.get("content-type") == JSON else None
        self.fake.seen.append(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, self.request_body))
        fault = self.fake.faults.get(self.path) or self.fake.faults.get("")
        try:
            fault(self) if fault else self.reply()
        except OSError:  # the client hung up first
            self.close_connection = True

    do_GET = do_POST

    def reply(self) -> None:
        if self.fake.key is not None and self.headers.get("authorization") != f"Bearer {self.fake.key}":
            self.send(401, _error(f"Incorrect API key provided: {self.headers.get('authorization')}", "invalid_api_key"))
        else:
            self.send(*self.fake.answer(self.path, self.request_body))

    def send(self, code: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        self.send_bytes(code, json.dumps(body).encode(), JSON, headers)

    def send_bytes(self, code: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.start(code, kind, len(body), headers)
        self.wfile.write(body)

    def start(self, code: int, kind: str, length: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"content-type": kind, "content-length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


def _error(message: str, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def _token(top: Mapping[str, float]) -> dict[str, Any]:
    entries = [{"token": token, "logprob": logprob, "bytes": list(token.encode())} for token, logprob in top.items()]
    return {"token": next(iter(top), ""), "logprob": 0.0, "bytes": [], "top_logprobs": entries}
