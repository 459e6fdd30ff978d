"""What a card is: one interview question in one language, with everything needed to grade an answer to it."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
Difficulty = Literal["easy", "medium", "hard"]
Frequency = Literal["rare", "uncommon", "common", "very-common"]
Tag = Literal["definition", "mechanism", "trade-off", "when-to-use", "pitfalls", "metric", "example"]

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]

# Length of a model answer spoken in 60 to 120 s: about 300 written characters of Japanese or 150 English words a minute.
SPOKEN_LENGTH: dict[Language, tuple[int, int]] = {"ja": (280, 640), "en": (140, 310)}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyPoint(_Strict):
    """One thing a good answer says; graded on its own. Every wording of the follow-up asks for this point alone, months later too."""

    id: Slug
    label: ShortText
    text: Text
    weight: Annotated[int, Field(ge=1, le=5)]
    tags: Annotated[tuple[Tag, ...], Field(min_length=1)]
    follow_up: Text
    rephrasings: tuple[Text, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """All the ways to ask for this point, the follow-up first."""
        return (self.follow_up, *self.rephrasings)


class Misconception(_Strict):
    """A false belief heard in interviews, the key points it contradicts, and what is true instead."""

    id: Slug
    about: Annotated[tuple[Slug, ...], Field(min_length=1)]
    text: Text
    correction: Text


class GlossaryTerm(_Strict):
    """A technical term with the forms in which it is spoken or transcribed."""

    term: ShortText
    spoken: tuple[ShortText, ...] = ()


class Source(_Strict):
    """Where a reader can check the card."""

    title: Text
    author: ShortText | None = None
    year: int | None = None
    url: str | None = None


class Card(_Strict):
    """One question in one language. The Japanese and English card share `id` and everything that is not text.

    `phrases` are what the subject is called by those who look for it: names, tools, everyday descriptions, symptoms at work.
    """

    id: Slug
    lang: Language
    seed: int | None = None
    aliases: tuple[Slug, ...] = ()
    topic: Annotated[str, StringConstraints(pattern=r"^[a-z-]+/[a-z-]+$")]
    difficulty: Difficulty
    frequency: Frequency
    title: ShortText
    question: Text
    rephrasings: Annotated[tuple[Text, ...], Field(min_length=3)]
    explanation: Text
    hint: Text
    phrases: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)], ...] = ()
    points: Annotated[tuple[KeyPoint, ...], Field(min_length=3, max_length=7)]
    misconceptions: Annotated[tuple[Misconception, ...], Field(min_length=1, max_length=4)]
    glossary: tuple[GlossaryTerm, ...] = ()
    related: tuple[Slug, ...] = ()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

    @field_validator("points", "misconceptions")
    @classmethod
    def _distinct_ids(cls, items: tuple[KeyPoint, ...] | tuple[Misconception, ...]) -> object:
        ids = [item.id for item in items]
        repeated = sorted({i for i in ids if ids.count(i) > 1})
        if repeated:
            raise ValueError(f"id used twice: {', '.join(repeated)}; give each its own id")
        return items

    @model_validator(mode="after")
    def _hangs_together(self) -> Card:
        known = {point.id for point in self.points}
        for misconception in self.misconceptions:
            unknown = sorted(set(misconception.about) - known)
            if unknown:
                raise ValueError(
                    f"misconceptions.{misconception.id}.about names no key point: {', '.join(unknown)}; "
                    f"use one of {', '.join(sorted(known))}"
                )
        low, high = SPOKEN_LENGTH[self.lang]
        size, unit = spoken_length(self.answer, self.lang), "characters" if self.lang == "ja" else "words"
        if not low <= size <= high:
            raise ValueError(f"answer has {size} {unit}; write {low} to {high} so that it takes 60 to 120 s to say")
        return self

    @property
    def total_weight(self) -> int:
        """Sum of the weights of the key points."""
        return sum(point.weight for point in self.points)

    def point(self, point_id: str) -> KeyPoint:
        """The key point with this id; KeyError if the card has none."""
        for point in self.points:
            if point.id == point_id:
                return point
        raise KeyError(point_id)


def spoken_length(text: str, lang: Language) -> int:
    """Size of a text as spoken: non-space characters for Japanese, words for English."""
    text = unicodedata.normalize("NFKC", text)
    return len("".join(text.split())) if lang == "ja" else len(text.split())
