"""The report of one interview as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.export.content import MARKS, Asked, Exchange, Point, Report, Wrong
from bot.export.gather import read_report
from bot.memory.store import Store
from bot.text import t
from knowledge.deck import Deck
from knowledge.schema import Language

# What Markdown, its common extensions or HTML would read as more than a character.
_ACTIVE = re.compile(r"[\\`*_{}\[\]|~$@]")
# What makes a list, heading, rule or code block only where a line begins.
_LEADING = re.compile(r"^(?P<number>\d+)(?=[.)])|^(?P<sign>[#+=:-])")


def interview_markdown(store: Store, deck: Deck, interview_id: str, lang: Language) -> str:
    """The report of an interview as Markdown, told in `lang`. Raises ExportError when the learner has no such interview."""
    return markdown(read_report(store, deck, interview_id, lang), lang)


def markdown(report: Report, lang: Language) -> str:
    """A report as Markdown."""
    blocks = [f"# {inline(report.title)}", " · ".join(map(inline, report.facts)), f"**{inline(report.overall)}**"]
    if report.topics:
        head = f"| {t('report.topic', lang)} | {t('report.mean', lang)} | {t('report.questions', lang)} |\n| --- | ---: | ---: |"
        rows = [f"| {inline(topic.name)} | {topic.mean:.0f} | {topic.questions} |" for topic in report.topics]
        blocks.append("\n".join([head, *rows]))
    for question in report.questions:
        blocks += _question(question, lang)
    if report.closing:
        blocks.append(f"## {inline(t('summary.title', lang))}")
        for heading, lines in report.closing:
            blocks += [f"### {inline(heading)}", "\n".join(f"- {inline(line)}" for line in lines)]
    return "\n\n".join(blocks) + "\n"


def inline(text: str) -> str:
    """Text shown as it is within a line of Markdown: line breaks become spaces, nothing in it is read as Markdown or HTML."""
    escaped = _ACTIVE.sub(r"\\\g<0>", " ".join(text.split()))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LEADING.sub(lambda found: f"{found['number']}\\" if found["number"] else f"\\{found['sign']}", escaped)


def quoted(text: str) -> str:
    """Text shown as it is in a block quote, with its line breaks and indentation."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown = []
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        words = "&nbsp;" * indent + inline(line)
        followed = number + 1 < len(lines) and bool(lines[number + 1].strip())
        # A line break is two blanks, and an empty line begins a paragraph.
        shown.append(f"> {words}{'  ' if followed else ''}" if line.strip() else ">")
    return "\n".join(shown)


def _question(question: Asked, lang: Language) -> Iterator[str]:
    yield f"## {question.number}. {inline(question.title)}"
    yield inline(question.text)
    yield " · ".join(map(inline, question.facts))
    for exchange in question.exchanges:
        yield from _exchange(exchange, question, lang)


def _exchange(exchange: Exchange, question: Asked, lang: Language) -> Iterator[str]:
    yield f"### {inline(t(f'report.{exchange.kind}', lang))}"
    if exchange.asked != question.text:
        yield inline(exchange.asked)
    yield quoted(exchange.answer) if exchange.answer.strip() else inline(t("report.empty_answer", lang))
    if exchange.score:
        yield f"**{inline(exchange.score)}**"
    for note in exchange.notes:
        yield f"*{inline(note)}*"
    if exchange.points:
        yield "\n".join(line for point in exchange.points for line in _point(point, lang))
    if exchange.wrong:
        yield f"**{inline(t('card.misconceptions', lang))}**"
        yield "\n".join(line for wrong in exchange.wrong for line in _wrong(wrong, lang))


def _point(point: Point, lang: Language) -> Iterator[str]:
    details = [t("card.weight", lang, weight=point.weight)] + ([t("card.unsure", lang)] if point.unsure else [])
    word = t(f"verdict.{point.verdict.value}", lang)
    yield f"- {MARKS[point.verdict]} **{inline(word)}** {inline(point.label)} ({inline(', '.join(details))})"
    if point.quote:
        yield f"  - {_said(point.quote, lang)}"
    if point.truth:
        yield f"  - {inline(t('card.correct_point', lang))} {inline(point.truth)}"
    for correction in point.corrections:
        yield f"  - {inline(t('card.correction', lang))} {inline(correction)}"


def _wrong(wrong: Wrong, lang: Language) -> Iterator[str]:
    corrected = f"{inline(t('card.correction', lang))} {inline(wrong.correction)}"
    if wrong.quote:
        yield f"- {_said(wrong.quote, lang)}"
        yield f"  - {corrected}"
    else:
        yield f"- {corrected}"


def _said(quote: str, lang: Language) -> str:
    return t("report.quote", lang, quote=inline(quote))
