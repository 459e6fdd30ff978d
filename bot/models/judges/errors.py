"""Turns what clients raise into a JudgeError with a reason a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import openai

from bot.models.judges.base import JudgeError, Reason


@contextmanager
def judge_errors() -> Iterator[None]:
    """Raises JudgeError in place of any error of openai, httpx or a reply that does not parse."""
    try:
        yield
    except JudgeError:
        raise
    except (openai.APITimeoutError, httpx.TimeoutException, TimeoutError) as error:
        raise JudgeError("timeout", str(error)) from error
    except openai.APIStatusError as error:
        raise JudgeError(_reason(error.status_code), f"HTTP {error.status_code}") from error
    except httpx.HTTPStatusError as error:
        raise JudgeError(_reason(error.response.status_code), f"HTTP {error.response.status_code}") from error
    except (openai.APIConnectionError, httpx.HTTPError, OSError) as error:
        raise JudgeError("unreachable", str(error)) from error
    except (openai.OpenAIError, ValueError, KeyError, TypeError, IndexError) as error:
        raise JudgeError("unreadable", f"{type(error).__name__}: {error}") from error


def _reason(status: int) -> Reason:
    if status in {401, 403}:
        return "key"
    if status == 429:
        return "busy"
    if status in {408, 504}:
        return "timeout"
    return "unreachable" if status >= 500 else "refused"
