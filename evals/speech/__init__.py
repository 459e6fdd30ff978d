"""How well spoken answers are heard, on answers spoken by synthetic voices; `python -m evals speech`."""

from evals.speech.run import command, run

__all__ = ["command", "run"]
