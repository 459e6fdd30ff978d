"""The HTTP client beneath every model client: a bound on the time of each reply, and no proxy on the way to this machine."""

from __future__ import annotations

import ipaddress
import time
from typing import Any
from urllib.parse import urlsplit

import openai


class BoundedClient(openai.DefaultHttpxClient):
    """Gives every reply a number of seconds in all, where httpx begins to count anew at each byte that comes in."""

    def __init__(self, url: str, seconds: float) -> None:
        # A proxy named by the environment cannot reach this machine's own servers, and an answer is none of its business.
        super().__init__(timeout=seconds, trust_env=not is_loopback(url))
        self._seconds = seconds

    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """The reply, read to its end unless it is to be streamed. Raises TimeoutError when it trickles in for too long."""
        deadline = time.monotonic() + self._seconds
        response = super().send(request, stream=True, **options)
        if not _worth_waiting(response.headers, self._seconds):
            response.headers["x-should-retry"] = "false"  # openai's client would sleep for up to two minutes
        if stream:
            return response
        body = bytearray()
        try:
            for chunk in response.iter_raw():
                body += chunk
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the reply was not complete after {self._seconds:g} s")
        finally:
            response.close()
        return type(response)(
            response.status_code,
            headers=response.headers,
            content=bytes(body),
            request=response.request,
            extensions=response.extensions,
            history=response.history,
        )

    def __del__(self) -> None:
        if not self.is_closed:
            self.close()


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _worth_waiting(headers: Any, seconds: float) -> bool:
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if name in headers:
            try:
                return float(headers[name]) * unit <= seconds
            except ValueError:
                return False  # a date; hosts of models send seconds
    return True
