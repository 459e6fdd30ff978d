"""Fitting the linear probes: what is left out is left out, and a fitted probe says what the pipeline says."""

from __future__ import annotations

import numpy as np
import pytest

from bot.models.judges.linear_probe.features import COUNT
from bot.models.judges.linear_probe.parameters import STATEMENT
from evals.disturbed import ANSWERS, EMPTY, disturbed
from evals.probe import CLASSES, fit, left_out, table
from evals.probe_data import Example, class_of_score, exams, opened, opened_references
from knowledge.schema import LANGUAGES

RNG = np.random.default_rng(5)


def example(group: str, label: str, source: str = "open", number: int = 0) -> Example:
    return Example("?", f"answer {number}", "en", "point", "s", label, group, source)


def told(examples: list[Example], by: str) -> np.ndarray:
    """States that tell the label, or only the group; noise besides, the same anchors for all, and nothing in the columns of the overlap."""
    anchors = np.repeat([[1.0] * 12 + [0.0] * 12], len(examples), axis=0)
    values = np.hstack([RNG.normal(0, 0.3, (len(examples), 12)), anchors, np.zeros((len(examples), COUNT))])
    for row, one in enumerate(examples):
        values[row, CLASSES.index(one.label) if by == "label" else int(one.group) % 9] += 5
    return values


def test_what_a_question_alone_gives_away_is_not_learnt() -> None:
    labels = [CLASSES[number % 4] for number in range(24)]
    examples = [example(str(group), labels[group], number=group) for group in range(24) for _ in range(40)]
    by_label = left_out(told(examples, "label"), examples, ["open"])
    by_group = left_out(told(examples, "group"), examples, ["open"])
    assert np.corrcoef(by_label["expected"], by_label["credit"])[0, 1] > 0.4
    assert np.corrcoef(by_group["expected"], by_group["credit"])[0, 1] < 0.1


def test_only_the_sources_that_are_named_are_fitted_to() -> None:
    examples = [example(str(group), CLASSES[n % 4], source) for group in range(20) for n in range(4) for source in ("open", "gold")]
    values = told(examples, "label")
    gold = np.array([one.source == "gold" for one in examples])
    values[gold] = RNG.permutation(values[gold])  # gold teaches nothing
    judged = left_out(values, examples, ["open"])
    figures = {source: np.corrcoef(data["expected"], data["credit"])[0, 1] for source, data in judged.groupby("source")}
    assert figures["open"] > 0.8
    assert abs(figures["gold"]) < 0.4


def test_a_fitted_probe_gives_every_class_its_place() -> None:
    labels = ("absent", "half", "states")
    examples = [example(str(group), label, number=3 * group + n) for group in range(20) for n, label in enumerate(labels)]
    values = told(examples, "label")
    probe = fit(values, examples, STATEMENT, "abc")
    probabilities = np.array([probe.probabilities(row) for row in values])
    assert probabilities.shape == (60, len(CLASSES))
    assert [CLASSES[number] for number in probabilities.argmax(axis=1)] == [one.label for one in examples]
    assert probabilities[:, CLASSES.index("contradicts")].max() < 1e-9  # never seen
    assert probe.about["examples"] == {"open": 60}
    text, cases = table(values, examples, STATEMENT, ["open"])
    assert "open" in text
    assert len(cases) == 60


@pytest.mark.parametrize(
    ("score", "label"), [(0.0, "absent"), (0.33, "absent"), (1 / 3, "half"), (2 / 3, "half"), (0.7, "states"), (1.0, "states")]
)
def test_scores_fall_into_thirds(score: float, label: str) -> None:
    assert class_of_score(score) == label


def test_the_open_questions_are_read_with_their_points_and_whole() -> None:
    points, wholes = opened(), opened_references()
    assert {one.lang for one in points} == {"ja", "en"}
    assert {one.kind for one in points} == {"s"}
    assert {one.kind for one in wholes} == {"r"}
    assert {one.answer for one in points if one.source == "open"} == {one.answer for one in wholes}
    assert len({one.group for one in points if one.source == "open, other kinds"}) == len({one.group for one in points})
    assert {one.label for one in points} == set(CLASSES)


def test_the_exam_questions_are_read_and_length_tells_no_grade() -> None:
    examples = exams()
    assert {one.lang for one in examples} == {"ja", "en"}
    assert {one.label for one in examples} == set(CLASSES)
    for lang in ("ja", "en"):
        told = [(len(one.answer), one.label == "states") for one in examples if one.lang == lang]
        assert abs(np.corrcoef(np.log(np.array(told)[:, 0]), np.array(told)[:, 1])[0, 1]) < 0.2


def test_disturbed_answers_keep_their_labels_and_salads_state_nothing() -> None:
    examples = disturbed()
    answers = {lang: {one.answer for one in examples if one.lang == lang} for lang in LANGUAGES}
    assert {lang: len(found) for lang, found in answers.items()} == dict.fromkeys(LANGUAGES, ANSWERS + EMPTY)
    known = {(one.answer, one.text): one.label for one in opened() if one.source == "open"}
    plain: dict[str, list[tuple[str, str]]] = {}
    for answer, text in known:
        plain.setdefault(text, []).append((answer, known[answer, text]))
    within = [[label for answer, label in plain[one.text] if answer in one.answer] for one in examples]
    assert all(labels == [one.label] for labels, one in zip(within, examples, strict=True) if labels)
    alone = [one for labels, one in zip(within, examples, strict=True) if not labels]
    assert {one.label for one in alone} == {"absent"}
    assert len({one.answer for one in alone}) == 2 * EMPTY
