"""The log: causes of errors in a file of the data folder, never a key and never an answer."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from contextlib import suppress
from urllib.parse import unquote

from bot.settings import Settings

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# These write whole requests, and with them answers, or the characters of a report, at INFO and below.
_CHATTY = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "openai",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "chromadb",
    "gradio",
    "urllib3",
    "fontTools",
    "fpdf",
)
# Shorter ones are what local servers are given in place of a key ("none", "ollama"); taking those words out would spoil the log.
_SHORTEST_SECRET = 8


class _Redacted(logging.Formatter):
    """Leaves secrets out of every line, tracebacks included."""

    def __init__(self, secrets: set[str]) -> None:
        super().__init__(_FORMAT)
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text


class _Quiet(logging.handlers.RotatingFileHandler):
    """A file that cannot be written, as on a full disk, costs its lines and nothing else: no traceback on the screen."""

    _ended = False

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record, unless the log was closed: a thread that says something after the end would open the file once more."""
        if not self._ended:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing is done."""

    def close(self) -> None:
        """Closes the file as far as that can be done."""
        self._ended = True
        with suppress(OSError):
            super().close()


def set_up_logging(settings: Settings) -> None:
    """Sends the log to the file of the settings, or to standard error when it cannot be written."""
    handler: logging.Handler
    try:
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        handler = _Quiet(settings.log_file, maxBytes=2_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.WARNING)
    handler.setFormatter(_Redacted(_secrets(settings)))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _secrets(settings: Settings) -> set[str]:
    """The key and the passwords in URLs, as they are and as they are spelt where they come from."""
    secrets = {settings.openai_api_key.get_secret_value()} if settings.openai_api_key else set()
    for url in (settings.openai_base_url, settings.database_url, settings.chroma_url):
        # By hand: a URL that is not valid may hold a password too, and urlsplit refuses some.
        for pattern in (r"//[^:@/]*:(.+?)@", r"//[^:@/]*:(.+)@"):  # to the first @ and to the last: it may be part of the password
            for password in re.findall(pattern, url or ""):
                secrets |= {password, unquote(password)}
    return {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
