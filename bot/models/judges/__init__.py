"""Judges answer typed questions about a text with probabilities. One protocol, one file a backend."""

from bot.models.judges.base import CardKey, Claim, Decision, Judge, JudgeError, JudgeRequest
from bot.models.judges.probe import make_judge

__all__ = ["CardKey", "Claim", "Decision", "Judge", "JudgeError", "JudgeRequest", "make_judge"]
