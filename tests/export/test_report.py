"""The Markdown report says everything that was asked, answered and found, and shows an answer's Markdown and HTML instead of obeying it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from bot.export.errors import ExportError
from bot.export.gather import latest_interview, read_report
from bot.export.report import inline, interview_markdown, quoted
from bot.memory.store import Question, Store
from bot.memory.tables import now
from bot.text import t
from knowledge.deck import Deck
from knowledge.schema import Language
from tests.export.conftest import ANSWERS, DECK, fill

LANGUAGES: tuple[Language, ...] = ("ja", "en")


class Text(HTMLParser):
    """What a reader of the HTML sees, with the names of the elements met."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.text, self.elements = "", set[str]()
        # HTML is let through, so that what is not escaped would show as an element.
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.add(tag)
        self.text += "\n" if tag in {"br", "p", "li", "blockquote"} else ""

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\n", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_said_and_found_is_in_the_report(store: Store, lang: Language) -> None:
    interview_id = fill(store, lang)
    interview = store.interview(interview_id)
    shown = Text(interview_markdown(store, DECK, interview_id, lang)).text
    card = DECK.get("regularization", lang)
    for turn in interview.turns[:4]:
        assert turn.question in shown
        for attempt in turn.attempts:
            assert attempt.asked in shown
            for line in attempt.answer.split("\n"):
                assert line in shown
    local = interview.created_at.astimezone()
    assert f"{local:%H:%M}" in shown
    assert str(local.year) in shown
    assert t("report.mode.practice", lang) in shown
    for outcome in ("hit", "partly", "missed", "contradicted"):
        assert t(f"verdict.{outcome}", lang) in shown
    for point in card.points:
        assert point.label in shown
    assert card.point("norms").text in shown
    assert {m.correction for m in card.misconceptions if m.correction in shown} == {m.correction for m in card.misconceptions[:2]}
    [first, _, third] = interview.turns[0].attempts
    for attempt in (first, third):
        assert attempt.score is not None
        assert attempt.low is not None
        assert attempt.high is not None
        assert t("report.score", lang, score=f"{attempt.score:.0f}", low=f"{attempt.low:.0f}", high=f"{attempt.high:.0f}") in shown
    assert t("report.hints", lang, count=2) in shown
    assert t("report.skipped", lang) in shown
    assert t("report.follow_up", lang) in shown
    assert t("report.again", lang) in shown
    assert t("report.ungraded", lang, reason=t("reason.timeout", lang)) in shown
    assert t("state.no_answer.dont_know", lang) in shown
    assert t("summary.strongest", lang) in shown
    assert DECK.get("ab-testing", lang).question not in shown  # it was never asked


def test_a_follow_up_tells_what_it_raised_the_question_to(store: Store) -> None:
    report = read_report(store, DECK, fill(store), "en")
    answer, follow_up, again = report.questions[0].exchanges
    assert [e.kind for e in (answer, follow_up, again)] == ["answer", "follow_up", "again"]
    assert follow_up.score == t("report.total", "en", score="50")
    assert (answer.score or "").startswith("28 points")
    assert [exchange.kind for exchange in report.questions[3].exchanges] == ["answer"]  # a point asked for alone is no follow-up


@pytest.mark.parametrize(
    "text",
    [
        *(part for answer in ANSWERS.values() for part in answer.split("\n\n")),
        "<script>alert(1)</script> <img src=x onerror=alert(1)> <!-- gone --> &lt; &amp; &#65;",
        "# a\n## b\n- c\n+ d\n* e\n1. f\n2) g\n> h\n---\n===\n***",
        "```python\nx = 1\n```\n~~~\n~~x~~ `y` ``z``",
        "[a](http://x) ![b](c) [^1]: d\n[e]: f\n<http://x>\n$x_1$ _a_ **b** __c__ a*b*c",
        "| a | b |\n| - | - |\n| 1 | 2 |",
        "end\\\nof \\* line\\",
        "    def f():\n\treturn 1",
        "2026. x",
    ],
)
def test_an_answer_is_shown_and_not_obeyed(text: str) -> None:
    shown = Text(f"x\n\n{quoted(text)}\n\ny")
    assert shown.elements <= {"p", "br", "blockquote"}
    lines = [line.replace("\xa0", " ").strip() for line in shown.text.split("\n")]
    assert [line for line in lines if line][1:-1] == [line.strip() for line in text.split("\n")]
    one = Text(f"- {inline(text)}")
    assert one.elements <= {"ul", "li"}
    assert one.text.strip() == " ".join(text.split())


def test_line_breaks_paragraphs_and_indentation_stay() -> None:
    html = MarkdownIt("commonmark").render(quoted("one\r\n  two\rthree\n\nfour"))
    assert re.findall(r"<p>(.*?)</p>", html, re.DOTALL) == ["one<br />\n\xa0\xa0two<br />\nthree", "four"]


def test_an_interview_under_way_and_an_empty_answer(store: Store) -> None:
    interview_id = store.create_interview("en", "exam", {}, [Question("mlops", "What is MLOps?"), Question("roc-auc", "AUC?")])
    turns = store.interview(interview_id).turns
    for turn in turns:
        store.update_turn(turn.id, asked_at=now())
    store.add_attempt(turns[0], "en", " \n")
    shown = Text(interview_markdown(store, DECK, interview_id, "en")).text
    for key in ("report.unfinished", "report.mode.exam", "report.empty_answer", "report.pending", "report.unanswered", "summary.none"):
        assert t(key, "en") in shown


def test_a_card_that_is_gone_takes_only_its_explanations_along(store: Store) -> None:
    interview_id = fill(store, "en")
    without = Deck(card for card in DECK if card.id != "regularization")
    shown = Text(interview_markdown(store, without, interview_id, "en")).text
    assert t("report.unknown_card", "en", card="regularization") in shown
    assert ANSWERS["en"].split("\n")[0] in shown
    assert t("verdict.contradicted", "en") in shown


def test_the_latest_interview_is_the_latest_with_an_answer_of_this_learner(store: Store) -> None:
    with pytest.raises(ExportError) as caught:
        latest_interview(store)
    assert caught.value.reason == "no_interview"
    first = fill(store)
    second = fill(store, "en")
    store.create_interview("ja", "practice", {}, [Question("mlops", "?")])
    assert latest_interview(store) == second
    other = Store(str(store.engine.url), 2)
    try:
        with pytest.raises(ExportError):
            latest_interview(other)
        for unknown in (first, "nowhere"):
            with pytest.raises(ExportError) as caught:
                interview_markdown(other, DECK, unknown, "ja")
            assert caught.value.reason == "unknown_interview"
    finally:
        other.close()


def test_a_spoken_answer_says_how_it_was_delivered(store: Store) -> None:
    told = read_report(store, DECK, fill(store), "ja")
    [spoken] = [note for question in told.questions for exchange in question.exchanges for note in exchange.notes if "フィラー" in note]
    assert "モーラ/分" in spoken
    assert "1秒以上の沈黙：0回" in spoken
