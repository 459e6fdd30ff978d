"""The score card as HTML. Pure functions; every text from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from bot.grading.feedback import Feedback, feedback, remarks
from bot.grading.grader import Grade
from bot.grading.text import MAX_CHARACTERS
from bot.grading.verdict import PointVerdict, Verdict
from bot.interview.summary import Summary
from bot.text import t
from bot.ui.status import judge_name
from knowledge.deck import topics
from knowledge.schema import Card, KeyPoint, Language, Misconception

# Shape and word besides colour, so that verdicts can be told apart without seeing colour.
MARKS = {Verdict.HIT: "✓", Verdict.PARTLY: "◐", Verdict.MISSED: "○", Verdict.CONTRADICTED: "✕"}


def topic_name(path: str, lang: Language) -> str:
    """A topic's leaf name in a language."""
    return topics()[path].leaf[lang]


def empty_card(lang: Language) -> str:
    """What stands in place of the card before the first answer."""
    return f'<section class="m-card m-empty" lang="{lang}"><h2>{t("card.empty_title", lang)}</h2><p>{t("card.empty", lang)}</p></section>'


def exam_card(lang: Language) -> str:
    """What stands in place of the card during an exam."""
    return (
        f'<section class="m-card m-empty" lang="{lang}"><h2>{t("card.exam_title", lang)}</h2><p>{t("card.exam_wait", lang)}</p></section>'
    )


def pending_card(card: Card, verdicts: Mapping[str, PointVerdict], lang: Language, only: str | None = None) -> str:
    """The card while points are judged: those judged so far with their verdicts, the others marked as pending."""
    rows = []
    for point in card.points:
        if only is not None and point.id != only:
            continue
        verdict = verdicts.get(point.id)
        rows.append(_point_row(point, verdict, lang) if verdict else _pending_row(point, lang))
    return (
        f'<section class="m-card" aria-busy="true" lang="{lang}"><header><h2>{escape(card.title)}</h2></header>'
        f'<ol class="m-points">{"".join(rows)}</ol></section>'
    )


def grade_card(card: Card, grade: Grade, lang: Language, *, before: Grade | None = None, recovered: Sequence[str] = ()) -> str:
    """The whole score card of one question. `before` is an earlier attempt to compare with; `recovered` names points a follow-up made up for."""
    told = feedback(card, grade)
    parts = [f"<header><h2>{escape(card.title)}</h2>{_total(grade, lang)}</header>"]
    parts += [f'<p class="m-note">{note}</p>' for note in _notes(grade, lang)]
    if grade.state != "ungraded":
        parts.append(_advice(told, lang))
        if before is not None and before.score and grade.score:
            parts.append(_newly(card, before, grade, lang))
        parts.append(
            f'<ol class="m-points">{"".join(feedback_row(p.point, p.verdict, p.corrections, lang, p.point.id in recovered) for p in told.points)}</ol>'
        )
        if told.loose:
            items = "".join(
                f"<li>{_quote(v.quote.text if v.quote else None)}<p><b>{t('card.correction', lang)}</b> {escape(m.correction)}</p></li>"
                for m, v in told.loose
            )
            parts.append(f'<h3>{t("card.misconceptions", lang)}</h3><ul class="m-false">{items}</ul>')
    parts.append(reading(card, lang))
    if grade.state == "graded":
        told_how = t("card.seconds", lang, seconds=f"{grade.seconds:.1f}", judge=judge_name(grade.judge, lang))
        parts.append(f"<footer>{escape(told_how)}</footer>")
    return f'<section class="m-card" lang="{lang}">{"".join(parts)}</section>'


def reading(card: Card, lang: Language, *, folded: bool = True) -> str:
    """The model answer, code and sources of a card, each folded; with `folded` off the answer stands open."""
    answer = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in card.answer.split("\n\n"))
    code = highlight(card.code, PythonLexer(), HtmlFormatter(cssclass="m-code"))
    sources = "".join(
        f"<li>{escape(', '.join(str(x) for x in (s.author, s.year) if x))}{': ' if s.author or s.year else ''}{escape(s.title)}</li>"
        for s in card.sources
    )
    opening = f"<details><summary>{t('card.model_answer', lang)}</summary>" if folded else ""
    return (
        f"{opening}{answer}{'</details>' if folded else ''}"
        f"<details><summary>{t('card.code', lang)}</summary>{code}</details>"
        f"<details><summary>{t('card.sources', lang)}</summary><ul>{sources}</ul></details>"
    )


def summary_card(summary: Summary, lang: Language) -> str:
    """The closing summary with every question's result."""
    parts = [f"<header><h2>{t('summary.title', lang)}</h2></header>"]
    if summary.score is None:
        parts.append(f'<p class="m-note">{t("summary.none", lang)}</p>')
    else:
        graded = sum(count for _, _, count in summary.topics)
        parts.append(f'<p class="m-average">{escape(t("summary.score", lang, score=f"{summary.score:.0f}", count=graded))}</p>')
        bars = "".join(
            _bar(topic_name(topic, lang), mean, t("summary.questions", lang, count=count)) for topic, mean, count in summary.topics
        )
        parts.append(f"<h3>{t('summary.topics', lang)}</h3>{bars}")
    if summary.ungraded:
        parts.append(f'<p class="m-note">{escape(t("summary.ungraded", lang, count=summary.ungraded))}</p>')
    for key, points in (("strongest", summary.strongest), ("weakest", summary.weakest)):
        if points:
            items = "".join(
                f"<li><b>{escape(card.point(v.point_id).label)}</b> <small>{escape(card.title)}</small></li>" for card, v in points
            )
            parts.append(f"<h3>{t(f'summary.{key}', lang)}</h3><ul>{items}</ul>")
    if summary.read_again:
        items = "".join(
            f'<details class="m-read"><summary>{escape(card.title)}</summary>{reading(card, lang, folded=False)}</details>'
            for card in summary.read_again
        )
        parts.append(f"<h3>{t('summary.read_again', lang)}</h3>{items}")
    results = "".join(_result(a.card, a.grade, lang) for a in summary.answered)
    if results:
        parts.append(f"<h3>{t('summary.question', lang)}</h3>{results}")
    return f'<section class="m-card m-summary" lang="{lang}">{"".join(parts)}</section>'


def _result(card: Card, grade: Grade | None, lang: Language) -> str:
    if grade is None:
        return f'<p class="m-skipped">{escape(card.title)} <small>{t("summary.skipped", lang)}</small></p>'
    value = f"{grade.score.value:.0f}" if grade.score else "–"
    rows = "".join(feedback_row(p.point, p.verdict, p.corrections, lang) for p in feedback(card, grade).points)
    return (
        f'<details><summary>{escape(card.title)} <b class="m-small-score">{value}</b></summary><ol class="m-points">{rows}</ol></details>'
    )


def _bar(name: str, value: float, note: str) -> str:
    return (
        f'<div class="m-bar"><span>{escape(name)} <small>{escape(note)}</small></span><b>{value:.0f}</b>'
        f'<div class="m-track" role="img" aria-label="{escape(name)} {value:.0f}"><i style="width:{value:.0f}%"></i></div></div>'
    )


def _total(grade: Grade, lang: Language) -> str:
    if grade.score is None:
        return f'<div class="m-total m-ungraded"><strong>{t("state.ungraded", lang)}</strong></div>'
    low, high, value = (f"{x:.0f}" for x in (grade.score.low, grade.score.high, grade.score.value))
    interval = ""
    if grade.state == "graded":
        interval = f"<small>{escape(t('card.interval', lang, low=low, high=high))}</small>"
    track = f'<div class="m-track" aria-hidden="true"><em style="left:{low}%;width:{float(high) - float(low):.0f}%"></em><i style="width:{value}%"></i></div>'
    return f'<div class="m-total"><strong>{value}</strong><span>{t("card.of", lang)}</span>{track}{interval}</div>'


def _notes(grade: Grade, lang: Language) -> list[str]:
    notes = []
    if grade.state == "ungraded":
        notes.append(escape(t("state.ungraded_body", lang, reason=t(f"reason.{grade.failure}", lang))))
    notes += [t(key, lang) for key in remarks(grade)]
    if grade.truncated:
        notes.append(t("input.too_long", lang, limit=MAX_CHARACTERS))
    return notes


def _advice(told: Feedback, lang: Language) -> str:
    text = t(f"feedback.{told.advice}", lang, **({"label": told.about.label} if told.about else {}))
    return f'<p class="m-next"><b>{t("card.next_step", lang)}</b>{escape(text)}</p>'


def _newly(card: Card, before: Grade, grade: Grade, lang: Language) -> str:
    assert before.score is not None
    assert grade.score is not None
    had = {v.point_id for v in before.points if v.verdict is Verdict.HIT}
    new = [v.point_id for v in grade.points if v.verdict is Verdict.HIT and v.point_id not in had]
    change = escape(t("card.before", lang, score=f"{before.score.value:.0f}", now=f"{grade.score.value:.0f}"))
    items = "".join(f"<li>{escape(card.point(point).label)}</li>" for point in new)
    listed = f"<b>{t('card.newly', lang)}</b><ul>{items}</ul>" if items else ""
    return f'<div class="m-newly"><p>{change}</p>{listed}</div>'


def _pending_row(point: KeyPoint, lang: Language) -> str:
    return (
        f'<li class="m-point m-pending"><span class="m-verdict"><i aria-hidden="true">…</i> {t("card.pending", lang)}</span>'
        f"<div><b>{escape(point.label)}</b></div></li>"
    )


def _point_row(point: KeyPoint, verdict: PointVerdict, lang: Language) -> str:
    return feedback_row(point, verdict, (), lang)


def feedback_row(
    point: KeyPoint, verdict: PointVerdict, corrections: Sequence[Misconception], lang: Language, recovered: bool = False
) -> str:
    """A point with its verdict, quote and what is right; `recovered` when a follow-up made up for it."""
    outcome = verdict.verdict
    badges = ""
    if verdict.doubted:
        badges += f' <span class="m-badge">{t("speech.heard_only", lang)}</span>'
    elif verdict.distribution.unsure:
        badges += f' <span class="m-badge">{t("card.unsure", lang)}</span>'
    if recovered:
        badges += f' <span class="m-badge">{t("card.recovered", lang)}</span>'
    body = f'<b>{escape(point.label)}</b>{badges} <small class="m-weight">{t("card.weight", lang, weight=point.weight)}</small>'
    body += _quote(verdict.quote.text if verdict.quote else None)
    if verdict.doubted:
        body += f'<p class="m-truth">{escape(t("speech.heard_only_how", lang))}</p>'
    if outcome is not Verdict.HIT:
        body += f'<p class="m-truth"><b>{t("card.correct_point", lang)}</b> {escape(point.text)}</p>'
    for misconception in corrections if outcome is not Verdict.HIT else ():
        body += f'<p class="m-truth"><b>{t("card.correction", lang)}</b> {escape(misconception.correction)}</p>'
    return (
        f'<li class="m-point m-{outcome.value}"><span class="m-verdict"><i aria-hidden="true">{MARKS[outcome]}</i> {t(f"verdict.{outcome.value}", lang)}</span>'
        f"<div>{body}</div></li>"
    )


def _quote(text: str | None) -> str:
    return f"<blockquote>{escape(text)}</blockquote>" if text else ""
