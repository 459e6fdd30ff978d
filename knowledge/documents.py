"""The texts of a card that are searched, each with its id and metadata."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.schema import Card, Language

Kind = Literal["question", "answer", "point"]

# Raised when the same cards must be indexed anew: other documents, metadata or vectors.
INDEX_FORMAT = 2


@dataclass(frozen=True, slots=True)
class CardText:
    """One searchable text of a card. `id` is unique in the index; `point_id` is set for key points."""

    id: str
    card_id: str
    lang: Language
    kind: Kind
    text: str
    point_id: str | None = None


def texts_of(card: Card) -> Iterator[CardText]:
    """The question first, then its title, rephrasings and phrases (of kind question too), the model answer and each key point."""

    def text(name: str, kind: Kind, content: str, point_id: str | None = None) -> CardText:
        return CardText(f"{card.id}/{card.lang}/{name}", card.id, card.lang, kind, content, point_id)

    yield text("question", "question", card.question)
    yield text("title", "question", card.title)
    for number, rephrasing in enumerate(card.rephrasings, 1):
        yield text(f"rephrasing/{number}", "question", rephrasing)
    for number, phrase in enumerate(card.phrases, 1):
        yield text(f"phrase/{number}", "question", phrase)
    yield text("answer", "answer", card.answer)
    for point in card.points:
        yield text(f"point/{point.id}", "point", point.text, point.id)


def metadata_of(card: Card, text: CardText) -> dict[str, str]:
    """What Chroma keeps beside a text, for whoever filters with LangChain."""
    branch, _ = card.topic.split("/")
    return {
        "card": card.id,
        "lang": card.lang,
        "branch": branch,
        "topic": card.topic,
        "difficulty": card.difficulty,
        "frequency": card.frequency,
        "kind": text.kind,
        "point": text.point_id or "",
    }


def fingerprint(cards: Iterable[Card], embedding_name: str) -> str:
    """32 hex digits that differ whenever an index of these cards with this embedding would."""
    digest = hashlib.sha256(f"{INDEX_FORMAT}\n{embedding_name}\n".encode())
    for card in cards:
        for text in texts_of(card):
            digest.update(json.dumps([text.id, text.text, metadata_of(card, text)], ensure_ascii=False).encode())
    return digest.hexdigest()[:32]
