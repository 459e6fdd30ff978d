"""Grading for machines, and points for questions without any: JSON Lines in, JSON Lines out, in the stable form of the README."""

from __future__ import annotations

import codecs
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.grading.follow_up import heaviest_gap
from bot.grading.grader import Grade, Grader
from bot.grading.key_points import Derived
from bot.grading.rubric import NothingToGrade, Point, Rubric, rubric_of_card, rubric_of_reference
from knowledge.deck import Deck
from knowledge.schema import Language

log = logging.getLogger(__name__)

Line = TypeVar("Line", bound=BaseModel)


class UnknownCard(ValueError):
    """A line names a card that is not there."""


class GivenPoint(BaseModel):
    """A key point of a question that has no card."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=1)
    weight: int = Field(default=1, ge=1)


class Item(BaseModel):
    """One line of input: an answer with a card, or with a question and its reference."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str
    lang: Language = "ja"
    answer: str
    card: str | None = None
    question: str | None = None
    reference: str | None = None
    points: list[GivenPoint] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_rubric(self) -> Item:
        if self.card is None and (self.question is None or (self.reference is None and not self.points)):
            raise ValueError('give "card", or "question" with "reference"')
        return self


class Question(BaseModel):
    """One line of input to derive points from; whatever else it holds is given back."""

    model_config = ConfigDict(extra="allow")

    lang: Language = "ja"
    question: str
    reference: str


def grade_lines(lines: Iterable[str | bytes], deck: Deck, grader: Grader) -> Iterator[dict[str, Any]]:
    """One record a line, in order; blank lines are passed over. A bad line gives {"id", "line", "state": "error", "error"}."""

    def graded(item: Item) -> dict[str, Any]:
        rubric = _rubric(item, deck)
        return record(item.id, rubric, grader.grade(rubric, item.answer), deck)

    return _records(lines, Item, graded)


def derive_lines(lines: Iterable[str | bytes], derived: Callable[[Question], Derived]) -> Iterator[dict[str, Any]]:
    """Each line with its "points", to be looked over and given to `grade_lines`; a bad line as there.

    "source" of a point is "model" or "reference"; "failure" says why no model was of help.
    """

    def pointed(question: Question) -> dict[str, Any]:
        found = derived(question)
        points = [{"text": point.text, "weight": 1, "source": point.source} for point in found.points]
        return {**question.model_dump(), "points": points, "failure": found.failure}

    return _records(lines, Question, pointed)


def _records(lines: Iterable[str | bytes], kind: type[Line], made: Callable[[Line], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            text = line if isinstance(line, str) else line.removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError as error:
            yield _error("", number, f"is not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8")
            continue
        if not text.strip():
            continue
        try:
            yield made(kind.model_validate_json(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            yield _error(text, number, f"{where}: {first['msg']}" if where else first["msg"])
        except (UnknownCard, NothingToGrade) as error:
            yield _error(text, number, str(error))
        except Exception as error:
            # One line that brings out a bug of ours must not take the others' records with it.
            log.exception("line %d: %s", number, type(error).__name__)
            yield _error(text, number, f"unexpected: {type(error).__name__}; the cause is in the log")


def record(item_id: str, rubric: Rubric, grade: Grade, deck: Deck) -> dict[str, Any]:
    """A grade as plain data."""
    texts = {point.id: point.text for point in rubric.points}
    return {
        "id": item_id,
        "state": grade.state,
        "score": grade.score.value if grade.score else None,
        "interval": [grade.score.low, grade.score.high] if grade.score else None,
        "verdicts": [
            {
                "point": v.point_id,
                "text": texts[v.point_id],
                "weight": v.weight,
                "verdict": v.verdict.value,
                "probability": round(v.distribution.hit, 4),
                "contradicted": round(v.distribution.contradicted, 4),
                "quote": v.quote.text if v.quote else None,
            }
            for v in grade.points
        ],
        "misconceptions": [
            {"misconception": m.misconception_id, "probability": round(m.probability, 4), "quote": m.quote.text if m.quote else None}
            for m in grade.misconceptions
        ],
        "follow_up": _follow_up(rubric, grade, deck),
        "no_answer": grade.no_answer,
        "failure": grade.failure,
        "spoke_to_grader": grade.spoke_to_grader,
        "listed_terms": grade.listed_terms,
        "truncated": grade.truncated,
        "judge": grade.judge,
        "seconds": round(grade.seconds, 3),
        "prompt_tokens": grade.prompt_tokens,
        "generated_tokens": grade.generated_tokens,
    }


def _follow_up(rubric: Rubric, grade: Grade, deck: Deck) -> str | None:
    gap = heaviest_gap(grade.points)
    if gap is None or rubric.card_id is None:
        return None
    return deck.get(rubric.card_id, rubric.lang).point(gap.point_id).follow_up


def _rubric(item: Item, deck: Deck) -> Rubric:
    if item.card is not None:
        try:
            return rubric_of_card(deck.get(item.card, item.lang))
        except KeyError:
            raise UnknownCard(f"card: there is no card {item.card} in {item.lang}") from None
    points = tuple(Point(f"p{n}", p.text, p.weight) for n, p in enumerate(item.points, 1))
    return rubric_of_reference(item.question or "", item.reference or "", item.lang, points)


def _error(line: str, number: int, message: str) -> dict[str, Any]:
    try:
        given = json.loads(line).get("id")
    except (ValueError, AttributeError, RecursionError):
        given = None
    # As in the records of graded lines, a number is given back as text.
    item_id = str(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else None
    return {"id": item_id, "line": number, "state": "error", "error": message}
