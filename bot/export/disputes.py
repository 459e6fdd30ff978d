"""Disputed verdicts as JSON Lines: labelled material for the next calibration, given only by whoever chooses to."""

from __future__ import annotations

import json

from bot.memory.store import Store
from knowledge.deck import Deck


def disputes_jsonl(store: Store, deck: Deck) -> str:
    """One object a line: card, point and its text, question, answer, what was claimed, and the probabilities of both judgements.

    Points that are no longer on a card are left out. Raises StoreError.
    """
    lines = []
    for dispute, attempt in store.disputes():
        lang = "en" if attempt.lang == "en" else "ja"
        try:
            card = deck.get(attempt.card_id, lang)  # type: ignore[arg-type]
            point = card.point(dispute.point_id)
        except KeyError:
            continue
        row = {
            "card": card.id,
            "lang": lang,
            "point": point.id,
            "text": point.text,
            "question": attempt.asked,
            "answer": attempt.answer,
            "claimed": dispute.claimed,
            "before": dispute.before,
            "again": dispute.again,
            "judge": attempt.judge,
            "date": dispute.created_at.date().isoformat(),
        }
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)
