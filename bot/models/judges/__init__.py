"""Judges answer typed questions about a text with probabilities. One protocol, one file a backend."""

from bot.models.errors import JudgeError
from bot.models.judges.backend import make_judge
from bot.models.judges.base import CardKey, Claim, Decision, Judge, JudgeRequest

__all__ = ["CardKey", "Claim", "Decision", "Judge", "JudgeError", "JudgeRequest", "make_judge"]
