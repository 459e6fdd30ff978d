"""How far what was heard is from what was said: words, terms, fillers, pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from bot.speech.delivery.fillers import fillers
from bot.speech.heard import Heard, Span, Word
from bot.speech.prompts import terms_of
from evals.speech.words import comparable, said
from knowledge.schema import Card, Language

PAUSE_TOLERANCE = 0.3
# How many characters apart a filler that was said and one that was heard may lie after the two texts are laid against each other.
FILLER_TOLERANCE = 4


@dataclass(frozen=True)
class Errors:
    """Edits (insertions, deletions, substitutions) that make the truth of what was heard, and the length of the truth."""

    edits: int
    length: int


def errors(truth: str, heard: str, lang: Language) -> Errors:
    """Character errors in Japanese, word errors in English."""
    left, right = comparable(truth, lang), comparable(heard, lang)
    if lang == "ja":
        return Errors(Levenshtein.distance(left, right), len(left))
    words = left.split()
    return Errors(Levenshtein.distance(words, right.split()), len(words))


def kana_errors(truth: str, heard: str) -> Errors:
    """Errors in the kana that both Japanese texts are read as: how something is written does not count."""
    import pyopenjtalk

    left, right = (pyopenjtalk.g2p(comparable(text, "ja"), kana=True) for text in (truth, heard))
    return Errors(Levenshtein.distance(left, right), len(left))


def term_counts(card: Card, terms: Sequence[str], truth: str, heard: str) -> dict[str, tuple[int, int]]:
    """For each term that was said: how often, and how many of these were heard."""
    counts = {}
    for entry in card.glossary:
        if entry.term in terms:
            often = said(entry, truth, card.lang)
            counts[entry.term] = (often, min(often, said(entry, heard, card.lang)))
    return counts


def doubted_terms(card: Card, terms: Sequence[str], words: Sequence[Word]) -> int:
    """How often a term that was said and heard is marked as doubtful."""
    everything, sure = "".join(word.text for word in words), _sure(words)
    entries = [entry for entry in card.glossary if entry.term in terms]
    return sum(said(entry, everything, card.lang) - sum(said(entry, stretch, card.lang) for stretch in sure) for entry in entries)


def inserted_terms(card: Card, truth: str, words: Sequence[Word]) -> tuple[list[str], list[str]]:
    """Terms the prompt names that were not said but are in the transcript: those in words that are not doubtful, and those that only
    doubtful words make up."""
    prompted, everything, sure = terms_of(card), "".join(word.text for word in words), _sure(words)
    certain, marked = [], []
    for entry in card.glossary:
        if entry.term not in prompted or said(entry, truth, card.lang):
            continue
        if any(said(entry, stretch, card.lang) for stretch in sure):
            certain.append(entry.term)
        elif said(entry, everything, card.lang):
            marked.append(entry.term)
    return certain, marked


def _sure(words: Sequence[Word]) -> list[str]:
    """The transcript without its doubtful words, cut where they stood."""
    stretches = [""]
    for word in words:
        if word.doubtful:
            stretches.append("")
        else:
            stretches[-1] += word.text
    return stretches


@dataclass(frozen=True)
class Found:
    """How many there truly are, how many were found, and how many of those found are true."""

    true: int
    found: int
    right: int


def matched_fillers(text: str, places: Sequence[tuple[int, int]], heard: Heard) -> tuple[Found, tuple[int, ...]]:
    """The fillers of a text against those that the delivery report finds in the transcript, and the indices of the missed ones.

    The two texts are laid against each other letter by letter; a filler counts as found when one is reported at its place. That "um" was
    heard as "uh" does not matter, as the report counts either.
    """
    transcript = "".join(word.text for word in heard.words)
    starts = [0]
    for word in heard.words:
        starts.append(starts[-1] + len(word.text))
    reported = [(starts[filler.first], starts[filler.last + 1]) for filler in fillers(heard)]
    opcodes = Levenshtein.opcodes(text.casefold(), transcript.casefold())
    free, missed = list(reported), []
    for index, (start, end) in enumerate(places):
        low, high = _carried(opcodes, start), _carried(opcodes, end)
        near = [place for place in free if place[0] < high + FILLER_TOLERANCE and place[1] > low - FILLER_TOLERANCE]
        if near:
            free.remove(min(near, key=lambda place: abs(place[0] - low)))
        else:
            missed.append(index)
    return Found(len(places), len(reported), len(reported) - len(free)), tuple(missed)


def _carried(opcodes: Levenshtein.Opcodes, position: int) -> int:  # type: ignore[name-defined]
    """The place in the second text that belongs to one in the first."""
    for code in opcodes:
        if code.src_start <= position <= code.src_end:
            return int(min(code.dest_start + position - code.src_start, code.dest_end))
    return int(opcodes[-1].dest_end) if len(opcodes) else 0


def matched_pauses(truth: Sequence[Span], found: Sequence[Span]) -> Found:
    """Pauses against those found; one is right when its beginning and its end lie within 0.3 s of a true one's."""
    free, right = list(truth), 0
    for pause in found:
        same = [t for t in free if abs(t.start - pause.start) <= PAUSE_TOLERANCE and abs(t.end - pause.end) <= PAUSE_TOLERANCE]
        if same:
            free.remove(min(same, key=lambda t: abs(t.start - pause.start)))
            right += 1
    return Found(len(truth), len(found), right)
