"""A learner with a practice interview that has everything in it: follow-ups, another try, hints, a skipped question, a failed grade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.grading.grader import Grade
from bot.grading.score import Score, score
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Quote
from bot.memory.store import Question, Spoken, Store
from bot.memory.tables import Dispute, now
from bot.speech.delivery import report
from bot.speech.heard import Heard, Span, Word, as_data
from knowledge.deck import load_deck
from knowledge.schema import Card, Language

DECK = load_deck()
RECORDING = "0123.ogg"
ANSWERS: dict[Language, str] = {
    "ja": (
        "正則化は、損失関数に罰則項を足して過学習を抑える手法です。👍\n"
        "L1は絶対値の和、<b>L2は二乗和</b>です。`alpha`や*強さ*は| 交差検証 |で決めます。\n\n"
        "# 使い分け\n- L2でも強くすればちょうどゼロになります。"
    ),
    "en": (
        "Regularization adds a penalty so that the model overfits less. 👍\n"
        "L1 sums absolute values, <b>L2 squares</b>. `alpha` and *strength* | cross-validation |.\n\n"
        "# When\n- A strong L2 makes weights exactly zero."
    ),
}


def quote(answer: str, text: str) -> Quote:
    start = answer.index(text)
    return Quote(text, start, start + len(text))


def graded(card: Card, answer: str, spread: dict[str, Distribution], quotes: dict[str, str]) -> Grade:
    points = tuple(
        PointVerdict(p.id, p.weight, spread.get(p.id, Distribution(0.0)), quote(answer, quotes[p.id]) if p.id in quotes else None)
        for p in card.points
    )
    return Grade("graded", points, score=score(points), judge="fake · fixed", seconds=0.5)


def fill(store: Store, lang: Language = "ja") -> str:
    """An interview with answers, stored; returns its id."""
    card = DECK.get("regularization", lang)
    answer = ANSWERS[lang]
    first = answer.split("\n")[0]
    last = answer.split("\n- ")[1]
    interview_id = store.create_interview(
        lang,
        "practice",
        {"count": 4},
        [
            Question(card.id, card.rephrasings[0], reason="frequent"),
            Question("roc-auc", DECK.get("roc-auc", lang).question),
            Question("mlops", DECK.get("mlops", lang).question),
            Question(
                "bias-variance", DECK.get("bias-variance", lang).points[0].wordings[1], DECK.get("bias-variance", lang).points[0].id, "due"
            ),
            Question("ab-testing", DECK.get("ab-testing", lang).question),
        ],
    )

    turns = store.interview(interview_id).turns
    for asked in turns[:4]:
        store.update_turn(asked.id, asked_at=now())
    store.update_turn(turns[0].id, hints=2)
    heard = Heard(lang, (Word(first, 0.4, 3.2, 0.8),), (Span(0.4, 3.2),), 4.0)
    attempt = store.add_attempt(turns[0], lang, answer, spoken=Spoken(as_data(heard), corrected=True, audio=RECORDING))
    store.save_delivery(attempt, report.as_data(report.deliver(heard, 0.4)))
    grade = graded(
        card,
        answer,
        {"penalty": Distribution(0.95, 0.03), "norms": Distribution(0.3, 0.4), "l2-shrinks": Distribution(0.02, 0.03, 0.9)},
        {"penalty": first, "norms": first, "l2-shrinks": last},
    )
    beliefs = (
        MisconceptionVerdict("l2-zeroes", 0.9, quote(answer, last)),
        MisconceptionVerdict("improves-training-fit", 0.7, quote(answer, first)),
    )
    store.save_grade(attempt, Grade("graded", grade.points, beliefs, grade.score, judge=grade.judge, seconds=0.5))
    follow_up = store.add_attempt(turns[0], lang, "Lasso", "l1-zeros", card.point("l1-zeros").follow_up)
    only = PointVerdict("l1-zeros", 5, Distribution(0.9), Quote("Lasso", 0, 5))
    store.save_grade(follow_up, Grade("graded", (only,), score=score((only,)), judge="fake · fixed"))
    again = store.add_attempt(turns[0], lang, first)
    store.save_grade(again, graded(card, first, {"penalty": Distribution(0.97)}, {"penalty": first}))
    store.update_turn(turns[0].id, closed_at=now())

    store.update_turn(turns[1].id, closed_at=now(), skipped=True)
    broken = store.add_attempt(turns[2], lang, "=1+1 MLOps")
    store.save_grade(broken, Grade("ungraded", (), failure="timeout", judge="fake · fixed"))
    store.update_turn(turns[2].id, closed_at=now())
    point = turns[3].point_id
    assert point is not None
    unknown = store.add_attempt(turns[3], lang, "わかりません" if lang == "ja" else "I don't know", point)
    missed = (PointVerdict(point, 5, Distribution(0.0)),)
    store.save_grade(unknown, Grade("no_answer", missed, score=Score(0.0, 0.0, 0.0), no_answer="dont_know", judge="fake · fixed"))
    store.update_turn(turns[3].id, closed_at=now())
    store.end_interview(interview_id)
    with store.session() as session:
        session.add(
            Dispute(
                attempt_id=attempt, learner_id=store.learner_id, point_id="norms", claimed="hit", before={"hit": 0.3}, comment="違うと思う"
            )
        )
    return interview_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    yield store
    store.close()
