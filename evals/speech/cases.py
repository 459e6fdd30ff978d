"""One clip heard: every figure of it as plain data."""

from __future__ import annotations

from typing import Any

from bot.grading.grader import Grade
from bot.grading.misheard import as_heard
from bot.grading.rubric import rubric_of_card
from bot.speech.alignment import Alignment
from bot.speech.delivery.pace import english_words, morae, pace
from bot.speech.delivery.pauses import pauses
from bot.speech.heard import Heard
from bot.speech.prompts import terms_of
from bot.speech.spelling import respelled
from evals.cached import CachedGrader
from evals.speech.clips import Clip
from evals.speech.measures import doubted_terms, errors, inserted_terms, kana_errors, matched_fillers, matched_pauses, term_counts
from evals.speech.transcripts import Transcripts
from knowledge.deck import Deck
from knowledge.schema import Card


def answer_case(clip: Clip, prompted: bool, transcripts: Transcripts, grader: CachedGrader, deck: Deck) -> dict[str, Any]:
    """An answer as it was heard, with or without what is known of the card, beside what was said."""
    script = clip.script
    card = deck.get(script.card, script.lang)
    transcript = transcripts.of(clip.samples, script.lang, terms_of(card), prompted=prompted)
    heard = respelled(transcript.heard, card.glossary) if prompted else transcript.heard
    found = errors(script.text, heard.text, script.lang)
    case: dict[str, Any] = {
        "id": script.id,
        "card": script.card,
        "lang": script.lang,
        "speaker": clip.speaker,
        "noise": clip.noise,
        "prompted": prompted,
        "refused": transcript.refused,
        "clip_seconds": clip.seconds,
        "seconds": transcript.seconds,
        "edits": found.edits,
        "length": found.length,
        "terms": term_counts(card, script.terms, script.text, heard.text),
        **_fillers(clip, heard),
        **_pace(clip, heard),
        **_pauses(clip, heard),
        **(_grades(card, clip, heard, grader) if not transcript.refused else {"true_text_score": None, "score": None, "doubted": 0}),
        "transcript": heard.text,
        "terms_doubted": doubted_terms(card, script.terms, heard.words),
        "doubtful": [word.text for word in heard.words if word.doubtful],
    }
    if script.lang == "ja":
        kana = kana_errors(script.text, heard.text)
        case |= {"kana_edits": kana.edits, "kana_length": kana.length}
    return case


def off_case(clip: Clip, prompted: bool, transcripts: Transcripts, deck: Deck) -> dict[str, Any]:
    """A clip whose prompt tells of what is not said: the prompted terms that are in its transcript all the same."""
    script = clip.script
    card = deck.get(script.card, script.lang)
    transcript = transcripts.of(clip.samples, script.lang, terms_of(card), prompted=prompted)
    heard = respelled(transcript.heard, card.glossary) if prompted else transcript.heard
    certain, marked = inserted_terms(card, script.text, heard.words)
    return {
        "id": script.id,
        "card": script.card,
        "lang": script.lang,
        "kind": script.kind,
        "speaker": clip.speaker,
        "prompted": prompted,
        "refused": transcript.refused,
        "inserted": certain,
        "marked": marked,
        "near": script.not_said,
        "text": script.text,
        "transcript": heard.text,
    }


def _fillers(clip: Clip, heard: Heard) -> dict[str, Any]:
    found, missed = matched_fillers(clip.script.text, clip.script.fillers, heard)
    said = [clip.script.text[start:end] for start, end in clip.script.fillers]
    return {
        "fillers": found.true,
        "fillers_found": found.found,
        "fillers_right": found.right,
        "fillers_missed": [said[index] for index in missed],
    }


def _pace(clip: Clip, heard: Heard) -> dict[str, Any]:
    """The pace that is reported against the units of what was really said over the time in which it was said."""
    script = clip.script
    units = morae(script.spoken) if script.lang == "ja" else english_words(script.text)
    reported = pace(heard).per_minute
    truth = 60 * units / clip.speech
    return {"pace": truth, "pace_error": None if reported is None else reported / truth - 1}


def _pauses(clip: Clip, heard: Heard) -> dict[str, int]:
    found = matched_pauses(clip.pauses, pauses(heard).long)
    return {"pauses": found.true, "pauses_found": found.found, "pauses_right": found.right}


def _grades(card: Card, clip: Clip, heard: Heard, grader: CachedGrader) -> dict[str, Any]:
    """The content score of the transcript, as a spoken answer is graded, beside that of what was said."""
    rubric = rubric_of_card(card)
    alignment = Alignment(heard, heard.text)
    rest = alignment.without_doubtful
    grade = as_heard(grader.grade(rubric, heard.text), None if rest is None else grader.grade(rubric, rest), alignment.certainty)
    return {
        "true_text_score": _score(grader.grade(rubric, clip.script.text)),
        "score": _score(grade),
        "doubted": sum(verdict.doubted for verdict in grade.points),
    }


def _score(grade: Grade) -> float | None:
    return grade.score.value if grade.score else None
