"""The closing summary of an interview, from its stored grades."""

from __future__ import annotations

from dataclasses import dataclass

from bot.grading.grader import Grade
from bot.grading.verdict import PointVerdict
from knowledge.schema import Card

# Below this total a question is worth reading again.
READ_AGAIN_BELOW = 60.0
MOST_POINTS = 3


@dataclass(frozen=True)
class Answered:
    """A card with its final grade, or None when it was skipped or never answered."""

    card: Card
    grade: Grade | None


@dataclass(frozen=True)
class Summary:
    """Scores are means in [0, 100]; None where nothing was graded."""

    answered: tuple[Answered, ...]
    score: float | None
    topics: tuple[tuple[str, float, int], ...]
    strongest: tuple[tuple[Card, PointVerdict], ...]
    weakest: tuple[tuple[Card, PointVerdict], ...]
    read_again: tuple[Card, ...]
    ungraded: int


def summarise(answered: list[Answered]) -> Summary:
    """Score per topic (topic, mean, questions), strongest and weakest points by weight, and what to read again."""
    graded = [(a.card, a.grade, a.grade.score.value) for a in answered if a.grade is not None and a.grade.score is not None]
    by_topic: dict[str, list[float]] = {}
    for card, _, value in graded:
        by_topic.setdefault(card.topic, []).append(value)
    points = [(card, point) for card, grade, _ in graded for point in grade.points]
    strong = sorted((p for p in points if p[1].credit >= 0.75), key=lambda p: -p[1].weight * p[1].credit)
    weak = sorted((p for p in points if p[1].credit < 0.5), key=lambda p: -p[1].weight * (1 - p[1].credit))
    skipped = [a.card for a in answered if a.grade is None]
    return Summary(
        answered=tuple(answered),
        score=_mean([value for _, _, value in graded]),
        topics=tuple((topic, sum(values) / len(values), len(values)) for topic, values in by_topic.items()),
        strongest=tuple(strong[:MOST_POINTS]),
        weakest=tuple(weak[:MOST_POINTS]),
        read_again=tuple([card for card, _, value in sorted(graded, key=lambda g: g[2]) if value < READ_AGAIN_BELOW] + skipped),
        ungraded=sum(1 for a in answered if a.grade is not None and a.grade.state == "ungraded"),
    )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
