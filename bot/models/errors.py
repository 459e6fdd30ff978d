"""Why a model gave nothing, with a reason a person can act on, in place of whatever clients raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from pydantic import SecretStr

Reason = Literal["timeout", "unreachable", "key", "busy", "refused", "unreadable", "no_model"]


class JudgeError(RuntimeError):
    """No decision could be had. `reason` is what the person is told; the message is for the log."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@contextmanager
def judge_errors() -> Iterator[None]:
    """Raises JudgeError in place of any error of openai's client, of the network or of a reply that cannot be read.

    The messages go to the log, so they quote neither headers nor bodies: those may hold the key or the answer.
    """
    import openai  # slow to import, and loaded by then

    try:
        yield
    except JudgeError:
        raise
    except (openai.APITimeoutError, TimeoutError) as error:
        raise JudgeError("timeout", str(error)) from error
    except openai.APIResponseValidationError as error:
        raise JudgeError("unreadable", f"not the reply that was asked for (HTTP {error.status_code})") from error
    except openai.APIStatusError as error:
        raise JudgeError(_reason(error.status_code), f"HTTP {error.status_code}") from error
    except (openai.APIConnectionError, OSError) as error:
        raise JudgeError("unreachable", str(_root(error))) from error
    except (openai.OpenAIError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise JudgeError("unreadable", f"the reply cannot be read: {type(error).__name__}") from error


def _root(error: BaseException) -> BaseException:
    """What the operating system said, which clients wrap as "Connection error."."""
    return _root(error.__cause__) if error.__cause__ else error


def check_key(key: SecretStr) -> None:
    """Raises JudgeError for a key that cannot be sent: clients would quote it in what they raise."""
    value = key.get_secret_value()
    if not (value.isascii() and value.isprintable()):
        raise JudgeError("key", "the key holds characters that a header cannot carry")


def _reason(status: int) -> Reason:
    if status in {401, 403}:
        return "key"
    if status in {429, 529}:
        return "busy"
    if status in {408, 504}:
        return "timeout"
    # 501 is how some servers say that they do not know a path or an option.
    return "unreachable" if status >= 500 and status != 501 else "refused"
