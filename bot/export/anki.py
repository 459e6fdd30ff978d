"""The key points a learner missed as an Anki deck, which updates itself when it is imported again."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import sqlite3
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from html import escape
from typing import NamedTuple

import genanki

from bot.grading.verdict import Verdict
from bot.memory.reviews import WHOLE_CARD, Item
from bot.memory.store import Store
from bot.text import t
from knowledge.deck import Deck
from knowledge.schema import Card, KeyPoint, Language

# Anki knows a note type and a deck by these numbers: another number would make a second one beside the first.
_MODEL_ID = 1_735_201_947
_DECK_IDS: dict[Language, int] = {"ja": 1_948_260_513, "en": 1_948_260_514}

_FIELDS = ("Question", "Title", "Point", "Corrections", "Model answer", "Labels")
_FRONT = '<div class="title">{{Title}}</div><div class="question">{{Question}}</div>'
_BACK = (
    "{{FrontSide}}<hr id=answer>"
    '<div class="point">{{Point}}</div>'
    '{{#Corrections}}<div class="corrections">{{Corrections}}</div>{{/Corrections}}'
    '<details><summary>{{Labels}}</summary><div class="model">{{Model answer}}</div></details>'
)
_CSS = """
.card { font-family: "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic", Meiryo, sans-serif; font-size: 20px;
        line-height: 1.6; text-align: left; max-width: 40em; margin: 0 auto; padding: 0 1em; }
.title { font-size: 14px; opacity: .65; }
.corrections { margin-top: .8em; color: #a32c08; }
.nightMode .corrections { color: #ffa384; }
details { margin-top: 1em; font-size: 16px; }
summary { cursor: pointer; opacity: .65; }
"""


class Missed(NamedTuple):
    """A key point that the learner does not say yet, with the words to ask for it."""

    card: Card
    point: KeyPoint
    wording: str


def missed_points(items: Sequence[Item], deck: Deck, lang: Language) -> Iterator[Missed]:
    """The points whose latest verdict is no hit, in the order of the deck.

    Left out is what the learner said is no weakness, and what the deck has lost since.
    """
    missed = {
        (item.card_id, item.point_id): item
        for item in items
        if item.point_id != WHOLE_CARD and item.verdict != Verdict.HIT.value and not item.dismissed
    }
    for card in deck.in_language(lang):
        for point in card.points:
            item = missed.get((card.id, point.id))
            if item is not None:
                # Another wording after every review, so that the point is learnt and not the sentence that asks for it.
                yield Missed(card, point, point.wordings[item.reviews % len(point.wordings)])


def missed_points_deck(store: Store, deck: Deck, lang: Language) -> genanki.Deck:
    """An Anki deck with a note for each point missed; without notes when there is none. Raises StoreError."""
    made = genanki.Deck(_DECK_IDS[lang], t("export.anki.deck", lang), t("export.anki.about", lang))
    model = _model()
    for missed in missed_points(store.items(), deck, lang):
        made.add_note(_note(model, missed, lang))
    return made


def package(deck: genanki.Deck) -> bytes:
    """An Anki deck as the contents of an .apkg file."""
    # Made in memory: genanki itself leaves a copy of the database in the folder for temporary files.
    moment = time.time()
    with closing(sqlite3.connect(":memory:")) as connection:
        genanki.Package(deck).write_to_db(connection.cursor(), moment, itertools.count(int(moment * 1000)))
        connection.commit()
        database = connection.serialize()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("collection.anki2", database)
        archive.writestr("media", json.dumps({}))
    return buffer.getvalue()


def _model() -> genanki.Model:
    return genanki.Model(
        _MODEL_ID,
        "Mensetsu",
        fields=[{"name": name} for name in _FIELDS],
        templates=[{"name": "Mensetsu", "qfmt": _FRONT, "afmt": _BACK}],
        css=_CSS,
    )


def _note(model: genanki.Model, missed: Missed, lang: Language) -> genanki.Note:
    card, point, wording = missed
    corrections = [m.correction for m in card.misconceptions if point.id in m.about]
    fields = (
        escape(wording),
        escape(card.title),
        escape(point.text),
        "".join(f"<p><b>{escape(t('card.correction', lang))}</b> {escape(correction)}</p>" for correction in corrections),
        escape(card.answer).replace("\n", "<br>"),
        escape(t("card.model_answer", lang)),
    )
    return genanki.Note(model, list(fields), tags=[f"topic::{card.topic.replace('/', '::')}", f"card::{card.id}"], guid=_guid(missed, lang))


def _guid(missed: Missed, lang: Language) -> str:
    """Always the same for a point in a language, so that Anki replaces the note and keeps its schedule."""
    return hashlib.sha256(f"mensetsu/{missed.card.id}/{missed.point.id}/{lang}".encode()).hexdigest()[:20]
