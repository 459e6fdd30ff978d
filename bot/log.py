"""The log: causes of errors in a file of the data folder, never a key and never an answer."""

from __future__ import annotations

import logging
import logging.handlers
import sys

from bot.settings import Settings

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# These write whole requests, and with them answers, at INFO and below.
_CHATTY = ("httpx", "httpcore", "openai", "langchain", "chromadb", "gradio", "urllib3")


class _Redacted(logging.Formatter):
    """Leaves secrets out of every line, tracebacks included."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__(_FORMAT)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text


def set_up_logging(settings: Settings) -> None:
    """Sends the log to the file of the settings, or to standard error when it cannot be written."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    handler: logging.Handler
    try:
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(settings.log_file, maxBytes=2_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.WARNING)
    handler.setFormatter(_Redacted([key] if key else []))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
