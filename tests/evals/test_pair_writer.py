"""Passages by a chat model on a real HTTP server: what is asked for, what is kept, and that an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError
from evals.__main__ import app
from evals.pair_writer import BATCH, LONGEST, WANTED, passages_of, usable, written
from evals.pairs import load_pairs
from knowledge.deck import load_deck
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint, garbage, status

DECK = load_deck()
CARD = DECK.get("regularization", "en")
POINT = CARD.points[0]


def test_a_kind_is_asked_for_with_the_statement_fenced(fake: FakeEndpoint, endpoint: Endpoint) -> None:
    fake.reply = json.dumps({"passages": [f"Passage {n}." for n in range(12)]})
    assert len(passages_of(endpoint, CARD, POINT, WANTED[1])) == WANTED[1].count
    (seen,) = fake.seen
    asked = seen.body["messages"][1]["content"].split("\n")
    assert asked[2] == asked[4]
    assert asked[3] == POINT.text
    assert f"Write {WANTED[1].count} passages in English that {WANTED[1].told}." == asked[-1]


def test_what_is_kept() -> None:
    known = ["It shrinks the weights, I would say."]
    texts = [
        "So  you add a term\u200b to the loss.",  # cleaned
        "so you add a term to the loss!",  # like the one before
        "It shrinks the weights, I'd say.",  # like one that is known
        "損失に項を足します。",
        "x" * (LONGEST["en"] + 1),
        " ",
        POINT.text,
    ]
    assert usable(texts, CARD, POINT, "states", known) == ["So you add a term to the loss.", POINT.text]
    assert usable(texts, CARD, POINT, "contradicts", known) == ["So you add a term to the loss."]


def test_every_point_has_every_kind_unless_it_is_done(fake: FakeEndpoint, endpoint: Endpoint) -> None:
    fake.reply = json.dumps({"passages": ["Only this."]})
    done = {(point.id, wanted.label): ["There."] for point in CARD.points[1:] for wanted in WANTED}
    rows = list(written(endpoint, CARD, done))
    assert fake.count(CHAT) == len(WANTED)
    assert [len(of_reply) for of_reply in rows] == [1, 0, 0, 0, 0]  # the same sentence again is no new passage
    assert rows[0] == [
        {"point": POINT.id, "label": "states", "style": "model", "batch": BATCH, "writer": "test-model", "text": "Only this."}
    ]


@pytest.mark.parametrize(("fault", "reason"), [(status(401), "key"), (garbage("<html>"), "unreadable")])
def test_a_model_that_gives_nothing_says_why(fake: FakeEndpoint, endpoint: Endpoint, fault: object, reason: str) -> None:
    fake.faults[CHAT] = fault  # type: ignore[assignment]
    with pytest.raises(JudgeError) as caught:
        list(written(endpoint, CARD, {}))
    assert caught.value.reason == reason


def test_the_command_writes_what_the_training_can_read(fake: FakeEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fake.url)
    monkeypatch.setenv("MENSETSU_MODEL", "test-model")
    fake.reply = json.dumps({"passages": ["So you punish large weights.", "大きな重みに罰を与えます。"]})
    run = CliRunner().invoke(app, ["pairs", "regularization", "--judge", "json", "--out", str(tmp_path)])
    assert run.exit_code == 0, run.output
    asked = fake.count(CHAT)
    deck = [DECK.get("regularization", lang) for lang in ("ja", "en")]
    assert {(p.lang, p.batch, p.label) for p in load_pairs(deck, BATCH, tmp_path)} == {("ja", BATCH, "states"), ("en", BATCH, "states")}
    assert load_pairs(deck, "abcdh", tmp_path) == []
    # What gave nothing usable is asked for again, what is there is not.
    assert CliRunner().invoke(app, ["pairs", "regularization", "--judge", "json", "--out", str(tmp_path)]).exit_code == 0
    assert fake.count(CHAT) - asked < asked


def test_a_card_without_passages_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"([\w-]+)\.\w+\.jsonl is missing: .*python -m evals pairs \1[)]"):
        load_pairs(DECK, "a", tmp_path)


def test_a_card_that_is_not_there() -> None:
    run = CliRunner().invoke(app, ["pairs", "astrology"])
    assert run.exit_code == 2
    assert "there is no card astrology" in run.output
