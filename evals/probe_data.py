"""What the linear probes are fitted to: labelled passages, gold answers, open questions, human-graded answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bot.grading.text import split_sentences
from evals.gold import CREDIT, Part, load_gold
from evals.human import SETS, load_human
from evals.options import evenly
from evals.pairs import load_pairs
from knowledge.deck import Deck
from knowledge.schema import Language

OTHERS = 0.06
OPEN = Path(__file__).parent / "open"
EXAM = Path(__file__).parent / "exam"
EXAM_GRADES = 5
# Those the probe of whole references is tried on; each answer costs seconds to read.
EXAM_REFERENCES = 198
# In the answers written first, wrong statements borrow the points' words and right ones avoid them. In the others it is the other way
# round, and some are about something else in the same words, or about nothing.
FIRST_KINDS = frozenset({"strong", "half", "swapped", "mixed", "everyday"})
OTHER_KINDS = "open, other kinds"
WRONG = frozenset({"swapped", "misconception"})
# A bare phrase is no statement. Of the kinds, those that most plainly state, contradict and leave out.
SHORT = 20
SHORT_KINDS = frozenset({"own-words", "plain", "vague", "swapped"})


@dataclass(frozen=True)
class Example:
    """One question put to the model about one answer: where it is from, the class that is right, the group that is left out together."""

    question: str
    answer: str
    lang: Language
    text: str
    kind: str
    label: str
    group: str
    source: str


def cleaned(example: Example) -> str:
    """The answer as the grader gives it to a judge."""
    return "\n".join(sentence.clean for sentence in split_sentences(example.answer, example.lang))


def statements(deck: Deck, count: int, seed: int) -> list[Example]:
    """So many labelled passages with their own point, and now and then with another point of the card; a group is a card."""
    rng = Random(seed)
    passages = load_pairs(deck, "abcd")
    examples = []
    for passage in rng.sample(passages, min(count, len(passages))):
        card = deck.get(passage.card, passage.lang)
        for point in card.points:
            if point.id == passage.point or rng.random() < OTHERS:
                label = passage.label if point.id == passage.point else "absent"
                examples.append(Example(card.question, passage.text, card.lang, point.text, "s", label, card.id, "passages"))
    return examples


def answers(deck: Deck, part: Part) -> list[Example]:
    """Every point of the gold answers of a part; the points of an answer follow each other, since they share most of the prompt."""
    examples = []
    for gold in load_gold(deck, part):
        card = deck.get(gold.card, gold.lang)
        for point in card.points:
            examples.append(Example(card.question, gold.answer, card.lang, point.text, "s", gold.labels[point.id], card.id, "gold"))
    return examples


def opened(folder: Path = OPEN) -> list[Example]:
    """Every point of the answers to the open questions, which no card covers; a group is a question, a source a set of kinds."""
    return [
        Example(
            row["question"],
            answer["text"],
            row["lang"],
            point["text"],
            "s",
            answer["labels"][point["id"]],
            row["id"],
            "open" if answer["kind"] in FIRST_KINDS else OTHER_KINDS,
        )
        for row in rows(folder)
        for answer in row["answers"]
        for point in row["points"]
    ]


def model_answers(folder: Path = OPEN) -> list[Example]:
    """The references of the open questions as answers, which state every point.

    In the answers written first, wrong statements borrow the points' words and right ones avoid them; by these alone, saying it in the
    very words would count against somebody.
    """
    return [
        Example(row["question"], " ".join(row["reference"].split()), row["lang"], point["text"], "s", "states", row["id"], "model answers")
        for row in rows(folder)
        for point in row["points"]
    ]


def opened_references(folder: Path = OPEN) -> list[Example]:
    """The first answers to the open questions with their whole reference; the label is that of the score the points' labels give."""
    examples = []
    for row in rows(folder):
        weights = {point["id"]: point["weight"] for point in row["points"]}
        for answer in (one for one in row["answers"] if one["kind"] in FIRST_KINDS):
            score = sum(weight * CREDIT[answer["labels"][point]] for point, weight in weights.items()) / sum(weights.values())
            label, reference = class_of_score(score), " ".join(row["reference"].split())
            examples.append(Example(row["question"], answer["text"], row["lang"], reference, "r", label, row["id"], "open"))
    return examples


def rows(folder: Path) -> list[dict[str, Any]]:
    """The questions of a folder with their answers, in the order of the files."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def exams(folder: Path = EXAM) -> list[Example]:
    """The graded answers to the first exam questions with their whole reference; a group is a question."""
    return [_exam(row, answer, "r") for row in rows(folder)[:EXAM_REFERENCES] for answer in row["answers"]]


def exam_statements(count: int, folder: Path = EXAM) -> list[Example]:
    """Short answers to so many exam questions, evenly taken of those whose reference is one sentence, which is the statement."""
    short = [row for row in rows(folder) if len(split_sentences(row["reference"], row["lang"])) == 1 and len(row["reference"]) > SHORT]
    return [_exam(row, answer, "s") for row in evenly(short, count) for answer in row["answers"] if answer["kind"] in SHORT_KINDS]


def _exam(row: dict[str, Any], answer: dict[str, Any], kind: str) -> Example:
    # What is confidently wrong contradicts; else the grade decides, as with human-graded answers.
    wrong = answer["kind"] in WRONG and answer["grade"] <= 1
    label = "contradicts" if wrong else class_of_score(answer["grade"] / EXAM_GRADES)
    return Example(row["question"], answer["text"], row["lang"], " ".join(row["reference"].split()), kind, label, row["id"], "exam")


def references(folder: Path, names: Sequence[str], each: int, seed: int) -> list[Example]:
    """Human-graded answers with their whole reference; scores become classes at one third and two thirds; a group is a question."""
    examples = []
    for name in names:
        data = load_human(folder, SETS[name])
        for question, rows in data.groupby("question"):
            for row in rows.sample(min(each, len(rows)), random_state=seed).to_dict("records"):
                text = " ".join(str(row["reference"]).split())
                label = class_of_score(row["score"])
                examples.append(Example(str(question), str(row["answer"])[:2500], "en", text, "r", label, str(question), name))
    return examples


def class_of_score(score: float) -> str:
    """The class of a score in [0, 1]: thirds, of which the middle one has its lower bound."""
    return "states" if score > 2 / 3 else "half" if score > 1 / 3 - 1e-9 else "absent"
