"""Answers of every kind: stored as they were said, graded or told apart, quoted verbatim, never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.batch import record
from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.grading.rubric import rubric_of_card
from bot.grading.triage import NoAnswer
from bot.interview.events import Graded
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, Means
from bot.memory.store import Store
from knowledge.deck import Deck, load_deck
from tests.fakes.fixed_judge import FixedJudge
from tests.fakes.word_embeddings import WordEmbeddings

ANSWER = "正則化は損失関数に罰則項を加えて過学習を抑える手法です。L1は一部の係数をゼロにします。"
REFERENCE = load_deck().get("regularization", "ja").answer
ODD: dict[str, tuple[str, NoAnswer | None]] = {
    "empty": ("", "empty"),
    "blank": (" \u3000\n\t", "empty"),
    "100,000 characters": ("".join(f"{n}番目の罰則は係数を小さくします。" for n in range(6000))[:100_000], None),
    "control characters": (f"\x07\x1b[31m{ANSWER}\x1b[0m\x08\x7f\x85", None),
    "NUL": (ANSWER.replace("。", "。\0"), None),
    "emoji": (f"🎉👩\u200d🔬 {ANSWER} 👍🏽", None),
    "emoji only": ("🎉👍🏽👩\u200d🔬", "empty"),
    "right-to-left marks": (f"\u202e{ANSWER}\u202c\u200f\u2067", None),
    "zero-width characters": ("\u200b".join(ANSWER), None),
    "zero-width only": ("\u200b\u200d\ufeff\u2060", "empty"),
    "HTML": (f'<b>{ANSWER}</b><script>alert(1)</script><img src=x onerror="alert(2)">', None),
    "Markdown image": (f"![x](http://127.0.0.1:1/steal?q=1) {ANSWER} [y](javascript:alert(1))", None),
    "mixed languages": (f"{ANSWER} In other words, the penalty makes large weights expensive.", None),
    "another language": (
        "Регуляризация добавляет штраф к функции потерь и тем самым уменьшает переобучение модели.",
        "other_language",
    ),
    "pasted reference": (REFERENCE, None),
    "half a surrogate pair": (ANSWER + "\ud83d", None),
}


@pytest.mark.parametrize(("said", "no_answer"), ODD.values(), ids=ODD)
def test_an_odd_answer(store: Store, deck: Deck, tmp_path: Path, said: str, no_answer: NoAnswer | None) -> None:
    judge = FixedJudge({"penalty": 0.97})
    grader = Grader(judge, WordEmbeddings(), Calibrator(tmp_path / "b.json"))
    session = InterviewSession.begin(Means(store, deck, lambda: grader), Plan("ja", cards=("regularization",)))
    list(session.ask())
    [graded] = [event for event in session.answer(said) if isinstance(event, Graded)]

    kept = store.interview(session.id).turns[0].attempts[0].answer
    assert kept == said.replace("\0", "").replace("\ud83d", "?")
    assert graded.grade.no_answer == no_answer
    assert graded.grade.state == ("no_answer" if no_answer else "graded")
    assert graded.grade.score is not None
    assert bool(judge.requests) == (no_answer is None)
    if no_answer is None:
        quote = graded.grade.of("penalty").quote
        assert quote is not None
        assert quote.text == kept[quote.start : quote.end]

    line = json.dumps(record("a", rubric_of_card(graded.card), graded.grade, deck), ensure_ascii=False)
    assert "\n" not in line
    assert line.encode()
