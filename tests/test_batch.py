"""`mensetsu grade`: the format that other programs rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.batch import Question, derive_lines, grade_lines
from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.grading.key_points import Derived, DerivedPoint
from bot.grading.rubric import NothingToGrade
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges import JudgeError
from knowledge.deck import Deck, load_deck
from tests.fakes.fixed_judge import FixedJudge

KEYS = {
    *("id", "state", "score", "interval", "verdicts", "misconceptions", "follow_up", "no_answer", "failure", "spoke_to_grader"),
    "listed_terms",
    *("truncated", "judge", "seconds", "prompt_tokens", "generated_tokens"),
}
ANSWER = "Regularization adds a penalty to the loss. L1 uses absolute values."


@pytest.fixture(scope="module")
def deck() -> Deck:
    return load_deck()


@pytest.fixture
def judge() -> FixedJudge:
    return FixedJudge({"penalty": 0.97})


@pytest.fixture
def grader(judge: FixedJudge, tmp_path: Path) -> Grader:
    return Grader(judge, OfflineEmbeddings(), Calibrator(tmp_path / "b.json"))


def run(grader: Grader, deck: Deck, *items: dict[str, Any] | str) -> list[dict[str, Any]]:
    return list(grade_lines([x if isinstance(x, str) else json.dumps(x) for x in items], deck, grader))


def test_a_card_by_id_and_by_seed_number(grader: Grader, deck: Deck) -> None:
    by_id, by_seed = run(
        grader,
        deck,
        {"id": "a", "lang": "en", "answer": ANSWER, "card": "regularization"},
        {"id": 7, "lang": "en", "answer": ANSWER, "card": "seed:2"},
    )
    assert by_id.keys() == KEYS
    assert (by_id["id"], by_seed["id"]) == ("a", "7")
    assert by_id["state"] == "graded"
    assert by_id["score"] == by_seed["score"] == pytest.approx(100 * 5 / 23, abs=0.1)
    hit = by_id["verdicts"][0]
    assert (hit["point"], hit["verdict"]) == ("penalty", "hit")
    assert hit["quote"] in ANSWER
    assert by_id["follow_up"].endswith("?")
    assert by_id["interval"][0] <= by_id["score"] <= by_id["interval"][1]


def test_a_question_with_a_reference_or_with_points(grader: Grader, deck: Deck, judge: FixedJudge) -> None:
    judge.default = 0.95
    question = {"lang": "en", "question": "What is a stack?", "answer": "Last in, first out; push and pop at the top."}
    derived, given = run(
        grader,
        deck,
        {"id": "r", **question, "reference": "- A stack is last in, first out.\n- Elements are pushed and popped at the top."},
        {"id": "p", **question, "points": [{"text": "It is last in, first out.", "weight": 3}, {"text": "It has a top."}]},
    )
    assert [v["text"] for v in derived["verdicts"]] == ["- A stack is last in, first out.", "- Elements are pushed and popped at the top."]
    assert [v["weight"] for v in given["verdicts"]] == [3, 1]
    assert given["score"] == 100.0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "JSON"),
        ("[1, 2]", "object"),
        ('{"id": "x", "answer": "a"}', "card"),
        ('{"id": "x", "answer": "a", "card": "seed:99"}', "seed:99"),
        ('{"id": "x", "answer": "a", "card": "roc-auc", "lang": "fr"}', "lang"),
        ('{"id": "x", "card": "roc-auc"}', "answer"),
        ('{"id": "x", "answer": "a", "question": "q", "reference": "  "}', "reference"),
    ],
)
def test_a_bad_line_gives_an_error_record_and_the_rest_goes_on(grader: Grader, deck: Deck, line: str, says: str) -> None:
    bad, good = run(grader, deck, line, {"id": "ok", "lang": "en", "answer": ANSWER, "card": "seed:2"})
    assert bad["state"] == "error"
    assert bad["line"] == 1
    assert says in bad["error"]
    assert good["state"] == "graded"


@pytest.mark.parametrize(
    ("line", "record_id", "says"),
    [
        (b'{"id": "x", "answer": "\x82\xa0", "card": "seed:1"}', None, "UTF-8 (byte 24"),
        ("[" * 100_000, None, "recursion"),
        ('{"id": 7}', "7", "answer"),
        ('{"id": {"a": 1}, "answer": "a", "card": "seed:1"}', None, "id"),
        ('{"id": "\\ud800", "answer": "\\ud800", "card": "seed:1"}', "\ud800", "JSON"),
    ],
)
def test_a_line_nobody_would_write_by_hand(grader: Grader, deck: Deck, line: str | bytes, record_id: str | None, says: str) -> None:
    (bad,) = grade_lines([line], deck, grader)
    assert (bad["id"], bad["state"]) == (record_id, "error")
    assert says in bad["error"]


def test_a_byte_order_mark_is_passed_over(grader: Grader, deck: Deck) -> None:
    (only,) = grade_lines([b'\xef\xbb\xbf{"id": "b", "answer": "", "card": "seed:1"}\r\n'], deck, grader)
    assert only["state"] == "no_answer"


def test_a_bug_costs_one_line_only(grader: Grader, deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = grader.grade, [RuntimeError("a bug")]

    def grade(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(grader, "grade", grade)
    item = {"id": "ok", "answer": "わかりません", "card": "seed:1"}
    bad, good = run(grader, deck, item, item)
    assert (bad["id"], bad["state"], good["state"]) == ("ok", "error", "no_answer")
    assert "RuntimeError" in bad["error"]


def test_blank_lines_are_passed_over_and_no_answer_is_its_own_state(grader: Grader, deck: Deck, judge: FixedJudge) -> None:
    (only,) = run(grader, deck, "", "  \n", {"id": "e", "answer": "わかりません", "card": "seed:1"})
    assert (only["state"], only["no_answer"], only["score"]) == ("no_answer", "dont_know", 0.0)
    assert judge.requests == []


def test_a_failing_judge_is_ungraded_without_a_number(grader: Grader, deck: Deck, judge: FixedJudge) -> None:
    judge.failure = JudgeError("busy", "429")
    (only,) = run(grader, deck, {"id": "u", "lang": "en", "answer": ANSWER, "card": "seed:2"})
    assert (only["state"], only["failure"], only["score"], only["interval"]) == ("ungraded", "busy", None, None)


def test_records_come_one_by_one(grader: Grader, deck: Deck) -> None:
    taken: list[int] = []

    def lines() -> Any:
        for n in range(3):
            taken.append(n)
            yield json.dumps({"id": str(n), "answer": "わかりません", "card": "seed:1"})

    records = grade_lines(lines(), deck, grader)
    next(records)
    assert taken == [0]


def test_points_are_given_with_everything_else_of_the_line() -> None:
    def derived(question: Question) -> Derived:
        if not question.reference:
            raise NothingToGrade("the reference holds no text to grade against")
        return Derived((DerivedPoint("It is last in, first out.", "model"), DerivedPoint("It has a top.", "reference")))

    line = {"id": "q1", "lang": "en", "question": "What is a stack?", "reference": "Last in, first out.", "course": 7}
    lines = [json.dumps(line), "", "not json", json.dumps({**line, "reference": ""}), json.dumps({"id": "q2", "reference": "x"})]
    good, broken, empty, lacking = derive_lines(lines, derived)
    assert good == {
        **line,
        "points": [
            {"text": "It is last in, first out.", "weight": 1, "source": "model"},
            {"text": "It has a top.", "weight": 1, "source": "reference"},
        ],
        "failure": None,
    }
    assert [record["state"] for record in (broken, empty, lacking)] == ["error"] * 3
    assert (broken["line"], empty["id"], lacking["id"]) == (3, "q1", "q2")
    assert "no text" in empty["error"]
    assert "question" in lacking["error"]


def test_what_points_gives_is_what_grade_takes(grader: Grader, deck: Deck, judge: FixedJudge) -> None:
    judge.default = 0.95
    line = json.dumps(
        {
            "id": "q",
            "lang": "en",
            "question": "What is a stack?",
            "reference": "Last in, first out.",
            "answer": "A pile: last in, first out.",
        }
    )
    (pointed,) = derive_lines([line], lambda question: Derived((DerivedPoint(question.reference, "reference"),), "busy"))
    (graded,) = run(grader, deck, pointed)
    assert (graded["state"], [v["text"] for v in graded["verdicts"]]) == ("graded", ["Last in, first out."])
