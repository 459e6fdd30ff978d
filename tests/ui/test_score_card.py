"""The score card: everything shown, everything escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bot.grading.grader import Grade
from bot.grading.score import score
from bot.grading.verdict import Distribution, MisconceptionVerdict, PointVerdict, Quote
from bot.interview.summary import Answered, summarise
from bot.ui.score_card import empty_card, grade_card, pending_card, summary_card
from knowledge.deck import load_deck
from knowledge.schema import Card, Language

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">&\'"'
VOID = {"br", "img", "input", "hr"}


class Balanced(HTMLParser):
    """Collects tags and complains about those that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def check(html: str) -> set[str]:
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert not {"script", "img", "iframe", "link", "style"} & parser.seen
    assert not re.search(r"\b(?:src|href|on\w+)\s*=", re.sub(r">[^<]*<", "><", html))
    return parser.seen


def card(lang: Language) -> Card:
    return load_deck().get("regularization", lang)


def verdicts(of: Card) -> tuple[PointVerdict, ...]:
    shapes = [
        Distribution(0.97),
        Distribution(0.3, 0.4),
        Distribution(0.05),
        Distribution(0.02, 0, 0.9),
        Distribution(0.5),
        Distribution(0.1),
    ]
    return tuple(PointVerdict(p.id, p.weight, d, Quote(HOSTILE, 0, len(HOSTILE))) for p, d in zip(of.points, shapes, strict=True))


def graded(of: Card) -> Grade:
    points = verdicts(of)
    beliefs = (MisconceptionVerdict(of.misconceptions[0].id, 0.9, Quote(HOSTILE, 0, len(HOSTILE))),)
    return Grade("graded", points, beliefs, score(points), judge=HOSTILE, seconds=1.0)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_hostile_quote_is_shown_as_text(lang: Language) -> None:
    html = grade_card(card(lang), graded(card(lang)), lang, before=graded(card(lang)), recovered=("norms",))
    check(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_point_its_verdict_and_the_model_answer_are_shown(lang: Language) -> None:
    of = card(lang)
    html = grade_card(of, graded(of), lang)
    for name in ("m-hit", "m-partly", "m-missed", "m-contradicted"):
        assert name in html
    assert html.count("m-point ") == len(of.points)
    assert of.misconceptions[0].correction[:20] in html
    assert html.count("<details>") == 3


@pytest.mark.parametrize("reason", ["timeout", "unreachable", "key", "busy", "refused", "unreadable", "no_model"])
def test_ungraded_says_why_and_shows_no_number(reason: str) -> None:
    html = grade_card(card("ja"), Grade("ungraded", (), failure=reason), "ja")  # type: ignore[arg-type]
    check(html)
    assert "採点できませんでした" in html
    assert "/ 100" not in html


@pytest.mark.parametrize("why", ["empty", "dont_know", "gibberish", "echo", "other_language", "to_grader", "keywords"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_answer_says_what_to_do(why: str, lang: Language) -> None:
    of = card(lang)
    missed = tuple(PointVerdict(p.id, p.weight, Distribution(0.0)) for p in of.points)
    html = grade_card(of, Grade("no_answer", missed, score=score(missed), no_answer=why), lang)  # type: ignore[arg-type]
    check(html)
    assert "m-note" in html


def test_pending_points_and_the_empty_card() -> None:
    of = card("en")
    first = verdicts(of)[0]
    html = pending_card(of, {first.point_id: first}, "en")
    check(html)
    assert html.count("m-pending") == len(of.points) - 1
    assert pending_card(of, {}, "en", only="norms").count("m-pending") == 1
    check(empty_card("ja"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_summary_names_topics_and_points(lang: Language) -> None:
    of = card(lang)
    html = summary_card(summarise([Answered(of, graded(of)), Answered(load_deck().get("mlops", lang), None)]), lang)
    check(html)
    assert of.points[0].label in html
    check(summary_card(summarise([]), lang))
