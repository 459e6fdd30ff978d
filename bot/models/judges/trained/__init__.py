"""Judges a card's key points with classifiers trained on labelled passages, for the cards of the bank."""

from bot.models.judges.trained.judge import TrainedJudge

__all__ = ["TrainedJudge"]
