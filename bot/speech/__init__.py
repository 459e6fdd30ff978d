"""Hearing answers, speaking questions, and how an answer was delivered."""
