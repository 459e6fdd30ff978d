"""The deck holds a note for each point not said, escaped, and always under the same ids."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.export.anki import missed_points, missed_points_deck, package
from bot.memory.reviews import Item
from bot.memory.store import Store
from knowledge.deck import Deck
from knowledge.schema import Language
from tests.export.conftest import DECK, fill

LAST = datetime(2026, 4, 1, tzinfo=UTC)
LANGUAGES: tuple[Language, ...] = ("ja", "en")


@dataclass
class Read:
    """What is in an .apkg file."""

    notes: dict[str, tuple[list[str], set[str]]]
    cards: int
    decks: set[int]
    models: dict[int, list[str]]


def read(data: bytes) -> Read:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == {"collection.anki2", "media"}
        assert json.loads(archive.read("media")) == {}
        database = archive.read("collection.anki2")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(database)
    notes = {
        guid: (fields.split("\x1f"), set(tags.split())) for guid, fields, tags in connection.execute("SELECT guid, flds, tags FROM notes")
    }
    [(decks, models)] = connection.execute("SELECT decks, models FROM col")
    [(cards, without)] = connection.execute("SELECT count(*), sum(nid NOT IN (SELECT id FROM notes)) FROM cards")
    connection.close()
    assert not without
    return Read(
        notes, cards, {int(d) for d in json.loads(decks)}, {int(i): [f["name"] for f in m["flds"]] for i, m in json.loads(models).items()}
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_note_for_each_point_that_was_not_said(store: Store, lang: Language) -> None:
    fill(store, lang)
    found = read(package(missed_points_deck(store, DECK, lang)))
    card = DECK.get("regularization", lang)
    # The last answer said the penalty only; norms, partly said before, was missed then.
    wanted = {p.id for p in card.points} - {"penalty"}
    own = [fields for fields, tags in found.notes.values() if "card::regularization" in tags]
    assert len(own) == len(wanted)
    assert len(found.notes) == found.cards == len(wanted) + 1  # and the point of bias-variance that was asked for alone
    for fields, tags in found.notes.values():
        assert "topic::machine-learning::fundamentals" in tags
        assert len(fields) == 6
    by_point = {fields[2]: fields for fields in own}
    norms = card.point("norms")
    assert norms.text in by_point
    assert by_point[norms.text][0] in norms.wordings
    assert by_point[norms.text][1] == card.title
    assert card.misconceptions[0].correction in by_point[card.point("l1-zeros").text][3]
    assert by_point[norms.text][3] == ""
    assert by_point[norms.text][4].startswith(card.answer[:30])


def test_importing_again_updates(store: Store) -> None:
    fill(store)
    first, second = (read(package(missed_points_deck(store, DECK, "ja"))) for _ in range(2))
    assert first == second
    english = read(package(missed_points_deck(store, DECK, "en")))
    assert english.notes.keys().isdisjoint(first.notes.keys())
    assert english.models == first.models
    assert english.decks != first.decks


def item(card: str, point: str, verdict: str, **changes: object) -> Item:
    return Item(card, point, 1.0, LAST, 1, 0, verdict, 0.0, 1.0, None)._replace(**changes)  # type: ignore[arg-type]


def test_which_points_are_taken() -> None:
    items = [
        item("regularization", "norms", "hit"),
        item("regularization", "penalty", "partly"),
        item("regularization", "l1-zeros", "contradicted"),
        item("regularization", "", "missed"),  # the whole question
        item("regularization", "gone", "missed"),
        item("gone", "norms", "missed"),
        item("mlops", DECK.get("mlops", "ja").points[0].id, "missed", dismissed_at=LAST),
    ]
    assert [missed.point.id for missed in missed_points(items, DECK, "ja")] == ["penalty", "l1-zeros"]


def test_the_wording_changes_with_every_review() -> None:
    wordings = DECK.get("regularization", "ja").point("norms").wordings
    asked = [next(missed_points([item("regularization", "norms", "missed", reviews=n)], DECK, "ja")).wording for n in range(len(wordings))]
    assert sorted(asked) == sorted(wordings)


def test_html_is_escaped(store: Store) -> None:
    fill(store, "en")
    hostile = '<script>alert("x")</script> & {{Question}}'
    cards = []
    for card in DECK:
        points = tuple(point.model_copy(update={"text": hostile, "follow_up": hostile, "rephrasings": ()}) for point in card.points)
        misconceptions = tuple(m.model_copy(update={"correction": hostile}) for m in card.misconceptions)
        cards.append(card.model_copy(update={"title": hostile, "answer": hostile, "points": points, "misconceptions": misconceptions}))
    found = read(package(missed_points_deck(store, Deck(cards), "en")))
    assert found.notes
    for fields, _ in found.notes.values():
        assert not any("<script" in field for field in fields)
        assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; " in fields[0]


def test_nothing_missed_gives_no_notes_and_nothing_is_left_behind(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    deck = missed_points_deck(store, DECK, "ja")
    assert deck.notes == []
    assert read(package(deck)).notes == {}
    assert list((tmp_path / "temporary").iterdir()) == []
