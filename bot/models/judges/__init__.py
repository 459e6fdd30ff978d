"""Judges answer typed questions about a text with probabilities. One protocol, one file a backend."""

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError
from bot.models.judges.base import CardKey, Claim, Decision, Judge, JudgeRequest
from bot.settings import JudgeBackend

__all__ = ["CardKey", "Claim", "Decision", "Judge", "JudgeError", "JudgeRequest", "make_judge"]


def make_judge(endpoint: Endpoint, backend: JudgeBackend = "auto") -> Judge:
    """The judge for an endpoint; with "auto" the best backend that passes a trial. Raises JudgeError when none does."""
    from bot.models.judges import backend as backends  # brings the clients, which take seconds to import; the page comes up without

    return backends.make_judge(endpoint, backend)
