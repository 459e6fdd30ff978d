"""What an answer is graded against: a question, weighted key points and misconceptions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.grading.text import clean_text, split_sentences
from bot.models.judges.trained.classifier import text_hash
from knowledge.schema import Card, Language

MAX_DERIVED_POINTS = 7
# One or two sentences say one thing; cut in two, neither half is what was asked for (Beetle, 90 answers: Pearson .32 cut, .41 whole).
_WHOLE_UP_TO = 2
_SHORTEST = {"ja": 8, "en": 20}


class NothingToGrade(ValueError):
    """A reference holds no text that an answer could be graded against."""


@dataclass(frozen=True)
class Point:
    """A key point of a rubric."""

    id: str
    text: str
    weight: int


@dataclass(frozen=True)
class FalseBelief:
    """A misconception of a rubric with the ids of the points it contradicts."""

    id: str
    text: str
    about: tuple[str, ...]


@dataclass(frozen=True)
class Rubric:
    """Bound to its question; for a card by the card's id, never by similarity. `digest` is the hash of all the card's points.

    `reference` is the whole model answer where the points were only cut out of it: nobody weighed them, so the whole is judged too.
    """

    card_id: str | None
    digest: str
    lang: Language
    question: str
    points: tuple[Point, ...]
    misconceptions: tuple[FalseBelief, ...] = ()
    reference: str = ""

    def only(self, point_id: str, question: str) -> Rubric:
        """The rubric of a follow-up: one point, asked by another question. KeyError when there is no such point."""
        points = tuple(point for point in self.points if point.id == point_id)
        if not points:
            raise KeyError(point_id)
        beliefs = tuple(m for m in self.misconceptions if point_id in m.about)
        return replace(self, question=question, points=points, misconceptions=beliefs)


def rubric_of_card(card: Card) -> Rubric:
    """The rubric of a card."""
    return Rubric(
        card_id=card.id,
        digest=text_hash((p.id, p.text) for p in card.points),
        lang=card.lang,
        question=card.question,
        points=tuple(Point(p.id, p.text, p.weight) for p in card.points),
        misconceptions=tuple(FalseBelief(m.id, m.text, m.about) for m in card.misconceptions),
    )


def rubric_of_reference(question: str, reference: str, lang: Language, points: tuple[Point, ...] = ()) -> Rubric:
    """The rubric of a question that has no card: the given points, else the reference's sentences with equal weight; a reference
    of one or two sentences in one line is one point.

    Raises NothingToGrade when the reference holds no sentence.
    """
    derived = not points
    if derived:
        sentences = substantial_sentences(reference, lang)
        listed = "\n" in reference.strip()
        texts = merged(sentences, MAX_DERIVED_POINTS if listed or len(sentences) > _WHOLE_UP_TO else 1)
        points = tuple(Point(f"p{n}", text, 1) for n, text in enumerate(texts, 1))
    if not points:
        raise NothingToGrade("the reference holds no text to grade against")
    whole = " ".join(clean_text(reference).split()) if derived else ""
    return Rubric(None, "", lang, clean_text(question), points, reference=whole)


def substantial_sentences(reference: str, lang: Language) -> list[str]:
    """The sentences of a reference without mere "yes" and the like, unless there is nothing else."""
    sentences = [s.clean for s in split_sentences(reference, lang)]
    return [s for s in sentences if len(s) >= _SHORTEST[lang]] or sentences


def merged(sentences: list[str], most: int) -> list[str]:
    """At most `most` texts: neighbours are joined, the shortest pair first."""
    texts = list(sentences)
    while len(texts) > most:
        at = min(range(len(texts) - 1), key=lambda i: len(texts[i]) + len(texts[i + 1]))
        texts[at : at + 2] = [f"{texts[at]} {texts[at + 1]}"]
    return texts
