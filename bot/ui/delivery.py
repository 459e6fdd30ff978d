"""How a spoken answer was delivered, below its grade: figures, advice and the timeline."""

from __future__ import annotations

import base64
from pathlib import Path

from bot.interview.spoken import said_points
from bot.memory.store import grade_of
from bot.memory.tables import Attempt
from bot.speech.alignment import Alignment
from bot.speech.delivery.report import from_data as delivery_from_data
from bot.speech.heard import from_data
from bot.ui.timeline import PointHit, delivery_html, timeline_html
from knowledge.schema import Card, Language


def delivered(attempt: Attempt, card: Card | None, lang: Language, sound: str | None = None) -> str:
    """The delivery of an attempt as HTML, playable where there is `sound` (a URL); empty for a typed answer and one not graded yet."""
    if attempt.speech is None or attempt.speech.delivery is None:
        return ""
    heard = from_data(attempt.speech.heard)
    delivery = delivery_from_data(attempt.speech.delivery)
    grade = grade_of(attempt)
    labels = {point.id: point.label for point in card.points} if card else {}
    said = said_points(grade, Alignment(heard, attempt.answer)) if grade else []
    hits = [PointHit(labels.get(s.point_id, s.point_id), s.span.start, s.span.end, s.verdict) for s in said]
    return delivery_html(delivery, lang) + timeline_html(heard, delivery, hits, lang, sound)


def recording(attempt: Attempt, folder: Path | None) -> str | None:
    """A recording that was kept, as a URL that holds it; None when there is none."""
    if folder is None or attempt.speech is None or attempt.speech.audio is None:
        return None
    path = folder / Path(attempt.speech.audio).name  # a name from an imported file leads nowhere else
    return f"data:audio/ogg;base64,{base64.b64encode(path.read_bytes()).decode()}" if path.is_file() else None
