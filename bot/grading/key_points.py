"""Key points for a question that has only a reference answer: a model proposes, code checks, the reference fills what is left."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from bot.grading.grader import Grader
from bot.grading.rubric import MAX_DERIVED_POINTS, NothingToGrade, Point, merged, rubric_of_reference, substantial_sentences
from bot.grading.text import clean_text
from bot.grading.verdict import Verdict
from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError, Reason
from bot.models.judges.linear_probe.features import NEGATION, units
from bot.models.rubric_writer import claims_of
from knowledge.schema import Language

log = logging.getLogger(__name__)

Source = Literal["model", "reference"]

LONGEST: dict[Language, int] = {"ja": 120, "en": 240}
# A claim says in few other words what the reference says; a sentence of the reference is covered when most of it is in the claims.
BORROWED = 0.6
COVERED = 0.6
ALIKE = 85
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# What a claim about the reference, instead of the subject, begins with.
_ABOUT_ITSELF = re.compile(r"\bthe (?:reference|answer|question)\b|(?:参考|模範)?(?:解答|回答)は|この質問", re.IGNORECASE)


@dataclass(frozen=True)
class DerivedPoint:
    """A key point nobody has looked at yet. `source` is whose words it has: a model's, or the reference's own."""

    text: str
    source: Source


@dataclass(frozen=True)
class Derived:
    """The points of a reference, in its order. `failure` says why no model was of help, if none was."""

    points: tuple[DerivedPoint, ...]
    failure: Reason | None = None


def derive(question: str, reference: str, lang: Language, endpoint: Endpoint, grader: Grader) -> Derived:
    """At most MAX_DERIVED_POINTS points that together cover the reference. Raises NothingToGrade when it holds no text.

    A claim of the model is kept when its wording comes from the reference and the grader finds it stated there; sentences of the reference
    that the kept claims leave uncovered become points as they are.
    """
    sentences = substantial_sentences(reference, lang)
    if not sentences:
        raise NothingToGrade("the reference holds no text to grade against")
    failure: Reason | None = None
    kept: list[str] = []
    try:
        proposed = borrowed(claims_of(endpoint, clean_text(question), "\n".join(sentences), lang), sentences, lang)
        kept = _stated(proposed, question, reference, lang, grader)
    except JudgeError as error:
        log.warning("no claims: %s: %s", error.reason, error)
        failure = error.reason
    return Derived(filled(kept, sentences), failure)


def borrowed(claims: Sequence[str], sentences: Sequence[str], lang: Language) -> list[str]:
    """The claims that are sentences in the right language whose words, numbers and negations come from the reference; no two alike."""
    known = units(" ".join(sentences))
    numbers = set(_NUMBER.findall(" ".join(sentences)))
    kept: list[str] = []
    for claim in (" ".join(clean_text(claim).split()) for claim in claims):
        words = units(claim)
        if (
            not is_in(claim, lang)
            or not words
            or len(claim) > LONGEST[lang]
            or claim.endswith(("?", "か。"))
            or _ABOUT_ITSELF.search(claim)
        ):
            continue
        if len(words & known) / len(words) < BORROWED or not set(_NUMBER.findall(claim)) <= numbers:
            continue
        # The other way round cannot be told by words: a long sentence that denies one thing asserts another.
        if _negated(claim) and not _negated(sentences[_nearest(claim, sentences)]):
            continue
        if all(fuzz.token_set_ratio(claim, other) < ALIKE for other in kept):
            kept.append(claim)
    return kept


def filled(claims: Sequence[str], sentences: Sequence[str]) -> tuple[DerivedPoint, ...]:
    """The claims and the sentences they leave uncovered, in the order of the reference."""
    said = set[str]().union(*(units(claim) for claim in claims))
    uncovered = [s for s in sentences if len(units(s) & said) < COVERED * len(units(s))]
    room = max(1, MAX_DERIVED_POINTS - len(claims))
    placed = [(_nearest(c, sentences), DerivedPoint(c, "reference" if c in sentences else "model")) for c in claims]
    placed += [(_nearest(text, sentences), DerivedPoint(text, "reference")) for text in merged(uncovered, room)]
    return tuple(point for _, point in sorted(placed, key=lambda pair: pair[0]))


def _stated(claims: list[str], question: str, reference: str, lang: Language, grader: Grader) -> list[str]:
    """The claims that the reference, graded like an answer, states. Raises JudgeError."""
    if not claims:
        return []
    points = tuple(Point(str(number), claim, 1) for number, claim in enumerate(claims))
    grade = grader.grade(rubric_of_reference(question, "", lang, points), reference)
    if grade.failure is not None:
        raise JudgeError(grade.failure, "the claims could not be checked")
    return [claims[int(verdict.point_id)] for verdict in grade.points if verdict.verdict is Verdict.HIT]


def _nearest(text: str, sentences: Sequence[str]) -> int:
    return max(range(len(sentences)), key=lambda n: (len(units(sentences[n]) & units(text)), -n))


def is_in(text: str, lang: Language) -> bool:
    """Whether a text is in Japanese letters where it should be, and in none where it should not."""
    return bool(_JAPANESE.search(text)) == (lang == "ja")


def _negated(text: str) -> bool:
    return NEGATION.search(text.casefold()) is not None
