"""Grades one answer against one rubric: triage, judge, calibration, verdicts, score."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from langchain_core.embeddings import Embeddings

from bot.grading.addressed import BESIDE, SURE, addressed_probabilities
from bot.grading.calibration import Calibrator, fitted
from bot.grading.evidence import Evidence
from bot.grading.injection import addressed_to_grader
from bot.grading.rubric import Rubric
from bot.grading.score import Score, score
from bot.grading.text import MAX_CHARACTERS, Sentence, split_sentences
from bot.grading.triage import NoAnswer, is_term_list, triage
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Verdict
from bot.models.errors import Reason
from bot.models.judges import CardKey, Claim, Judge, JudgeError, JudgeRequest
from bot.models.judges.base import Decision
from knowledge.schema import Language

log = logging.getLogger(__name__)

State = Literal["graded", "ungraded", "no_answer"]
ASSERTED_FROM = 0.6
WHOLE = "reference"


@dataclass(frozen=True)
class Grade:
    """The outcome of grading one answer. `score` is None unless the state is "graded" or "no_answer" (then 0).

    `spoke_to_grader` and `listed_terms` say that sentences of that kind were put aside before judging.
    `judge` and `calibration` say what it was made with: backend and model, and the fitted parameters.
    """

    state: State
    points: tuple[PointVerdict, ...]
    misconceptions: tuple[MisconceptionVerdict, ...] = ()
    score: Score | None = None
    no_answer: NoAnswer | None = None
    failure: Reason | None = None
    spoke_to_grader: bool = False
    listed_terms: bool = False
    truncated: bool = False
    judge: str = ""
    calibration: str = ""
    seconds: float = 0.0
    prompt_tokens: int = 0
    generated_tokens: int = 0

    def of(self, point_id: str) -> PointVerdict:
        """The verdict on one point; KeyError if it was not graded."""
        for verdict in self.points:
            if verdict.point_id == point_id:
                return verdict
        raise KeyError(point_id)


class Grader:
    """Grades answers with one judge."""

    def __init__(self, judge: Judge, embeddings: Embeddings, calibrator: Calibrator) -> None:
        self.judge = judge
        self._embeddings = embeddings
        self._calibrator = calibrator

    def grade(self, rubric: Rubric, answer: str) -> Grade:
        """The grade, when the verdicts one by one are of no interest."""
        for outcome in self.stream(rubric, answer):
            if isinstance(outcome, Grade):
                return outcome
        raise AssertionError("a stream ends with a grade")

    def stream(self, rubric: Rubric, answer: str) -> Iterator[PointVerdict | Grade]:
        """Each point's verdict as soon as it is had, heaviest first; last the grade. A judge that fails gives an "ungraded" grade."""
        began = time.monotonic()
        truncated = len(answer) > MAX_CHARACTERS
        spoken, spoke = on_subject(answer, rubric.lang)
        kept = without_lists(spoken, rubric.lang)
        listed = len(kept) < len(spoken)
        nothing = triage(answer[:MAX_CHARACTERS], rubric.question, rubric.lang, kept)
        if nothing is not None:
            missed = tuple(PointVerdict(p.id, p.weight, Distribution(0.0)) for p in rubric.points)
            yield from missed
            yield Grade(
                "no_answer",
                missed,
                score=Score(0.0, 0.0, 0.0),
                no_answer=nothing,
                spoke_to_grader=spoke,
                listed_terms=listed,
                truncated=truncated,
                judge=self.judge.name,
                calibration=fitted(),
                seconds=time.monotonic() - began,
            )
            return
        decisions: list[Decision] = []
        verdicts: dict[str, PointVerdict] = {}
        said = said_once(kept)
        evidence = Evidence(said, self._embeddings)
        request = judge_request(rubric, said)
        texts = {claim.id: claim.text for claim in request.claims}
        weights = {p.id: p.weight for p in rubric.points}
        try:
            for decision in self._calibrator.calibrated(self.judge, request):
                decisions.append(decision)
                if decision.claim.id in weights:
                    verdict = _point_verdict(decision, weights[decision.claim.id], evidence)
                    verdicts[verdict.point_id] = verdict
                    yield verdict
            beliefs = tuple(
                MisconceptionVerdict(d.claim.id, d.stated, evidence.quote(texts[d.claim.id]))
                for d in decisions
                if d.claim.kind == "misconception" and d.stated >= ASSERTED_FROM
            )
        except JudgeError as error:
            log.warning("ungraded: %s: %s", error.reason, error)
            yield Grade(
                "ungraded",
                (),
                failure=error.reason,
                spoke_to_grader=spoke,
                listed_terms=listed,
                truncated=truncated,
                judge=self.judge.name,
                calibration=fitted(),
                seconds=time.monotonic() - began,
            )
            return
        points = tuple(verdicts[p.id] for p in rubric.points)
        overall = next((_distribution(d) for d in decisions if d.claim.id == WHOLE), None)
        yield Grade(
            "graded",
            points,
            beliefs,
            score(points, overall),
            spoke_to_grader=spoke,
            listed_terms=listed,
            truncated=truncated,
            judge=self.judge.name,
            calibration=fitted(),
            seconds=time.monotonic() - began,
            prompt_tokens=sum(d.prompt_tokens for d in decisions),
            generated_tokens=sum(d.generated_tokens for d in decisions),
        )

    def second_opinion(self, rubric: Rubric, answer: str) -> Distribution:
        """One point judged again in other words and without what was learnt for its card. Raises JudgeError.

        The rubric has that one point and the other question; it comes from `Rubric.only()`.
        """
        kept = without_lists(on_subject(answer, rubric.lang)[0], rubric.lang)
        request = judge_request(replace(rubric, card_id=None, misconceptions=()), said_once(kept))
        return next(_distribution(decision) for decision in self._calibrator.calibrated(self.judge, request))


def on_subject(answer: str, lang: Language) -> tuple[list[Sentence], bool]:
    """The sentences of an answer without those spoken to the grader, and whether there were such."""
    sentences = split_sentences(answer[:MAX_CHARACTERS], lang)
    chances = addressed_probabilities([sentence.clean for sentence in sentences], lang)
    spoke = [chance >= SURE or addressed_to_grader(s.clean) for s, chance in zip(sentences, chances, strict=True)]
    if not any(spoke):
        return sentences, False
    kept = [s for s, spoken, chance in zip(sentences, spoke, chances, strict=True) if not spoken and chance < BESIDE]
    return kept, True


def without_lists(sentences: list[Sentence], lang: Language) -> list[Sentence]:
    """The sentences without bare lists of terms, which say nothing of them but name every point.

    Beside a long list a short one goes too. Where there is nothing else, all are kept, for `triage` to see.
    """
    if not any(is_term_list(sentence.clean, lang) for sentence in sentences):
        return sentences
    return [sentence for sentence in sentences if not is_term_list(sentence.clean, lang, least=1)] or sentences


def said_once(sentences: list[Sentence]) -> list[Sentence]:
    """The sentences without those that only repeat the one before word for word. Further on the same words may be about something else."""
    return [next(same) for _, same in groupby(sentences, key=lambda sentence: sentence.clean.casefold())]


def with_second_opinion(grade: Grade, point_id: str, second: Distribution) -> Grade:
    """The grade with the mean of both judgements for a point, if that is better for the candidate; else the grade as it was."""
    first = grade.of(point_id)
    p, q = first.distribution, second
    mean = Distribution((p.hit + q.hit) / 2, (p.partly + q.partly) / 2, (p.contradicted + q.contradicted) / 2)
    if mean.expected <= p.expected:
        return grade
    points = tuple(replace(v, distribution=mean) if v.point_id == point_id else v for v in grade.points)
    return replace(grade, points=points, score=score(points))


def judge_request(rubric: Rubric, sentences: list[Sentence]) -> JudgeRequest:
    """What the judge is asked about an answer: points first, the heaviest before the lighter, then the misconceptions."""
    points = sorted(rubric.points, key=lambda p: -p.weight)
    if rubric.reference and len(points) == 1:
        claims = [Claim(points[0].id, rubric.reference, "reference")]
    else:
        claims = [Claim(p.id, p.text) for p in points] + ([Claim(WHOLE, rubric.reference, "reference")] if rubric.reference else [])
    claims += [Claim(m.id, m.text, "misconception", m.about) for m in rubric.misconceptions]
    card = CardKey(rubric.card_id, rubric.digest) if rubric.card_id else None
    # A line is a sentence to the judges; one that was wrapped is put on a line of its own.
    answer = "\n".join(s.clean.replace("\n", " ") for s in sentences)
    return JudgeRequest(rubric.question, answer, rubric.lang, tuple(claims), card)


def _point_verdict(decision: Decision, weight: int, evidence: Evidence) -> PointVerdict:
    distribution = _distribution(decision)
    quote = None
    if distribution.verdict is not Verdict.MISSED:
        quote = evidence.quote(decision.claim.text) if decision.sentence is None else evidence.quote_of(decision.sentence)
    return PointVerdict(decision.claim.id, weight, distribution, quote)


def _distribution(decision: Decision) -> Distribution:
    return Distribution(decision.stated, decision.partly, decision.contradicted)
