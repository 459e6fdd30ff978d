"""Pictures of numbers as HTML and SVG, each with its numbers in a table. Pure functions; every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

from bot.memory.progress import RecallBin, TopicStrength, Week
from bot.memory.strength import Standing, Strength
from bot.text import t
from bot.ui.score_card import topic_name
from knowledge.schema import Language

CALENDAR_WEEKS = 18
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM = 600, 180, 34, 40, 22
# Shape beside colour, so that standings can be told apart without seeing colour.
STANDING_MARKS = {Standing.STRONG: "▲", Standing.MIDDLING: "◆", Standing.WEAK: "▼", Standing.UNKNOWN: "?"}


def percent(value: float) -> str:
    """A share in [0, 1] as a whole percentage."""
    return f"{100 * value:.0f}%"


def strength_bar(name: str, strength: Strength, note: str, lang: Language) -> str:
    """A named bar with its 80% interval and what can be said of it; of what is unknown no value is shown."""
    standing = strength.standing
    label = f"{STANDING_MARKS[standing]} {t(f'standing.{standing.value}', lang)}"
    if standing is Standing.UNKNOWN:
        value, track = "–", '<div class="m-track m-unknown"></div>'
    else:
        value = percent(strength.value)
        low, high, at = 100 * strength.low, 100 * strength.high, 100 * strength.value
        track = (
            f'<div class="m-track" aria-hidden="true"><em style="left:{low:.1f}%;width:{high - low:.1f}%"></em>'
            f'<u style="left:{at:.1f}%"></u></div>'
        )
    return (
        f'<div class="m-strength m-{standing.value}"><span>{escape(name)} <small>{escape(note)}</small></span>'
        f'<b>{value}</b><span class="m-standing">{escape(label)}</span>{track}</div>'
    )


def topic_map(topics: Sequence[TopicStrength], lang: Language) -> str:
    """Every topic with its strength; the bars are the table."""
    rows = "".join(
        strength_bar(topic_name(topic.topic, lang), topic.strength, t("progress.met", lang, met=topic.met, points=topic.points), lang)
        for topic in topics
    )
    return f'<div class="m-topics">{rows}</div>'


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], summary: str) -> str:
    """A table, folded away under `summary`."""
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in headings)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<details class="m-numbers"><summary>{escape(summary)}</summary>'
        f'<div class="m-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def over_time(weeks: Sequence[Week], lang: Language) -> str:
    """Mean score by week as a line with its 80% interval as a band."""
    spots = [(_x(n, len(weeks)), week) for n, week in enumerate(weeks)]
    grid = "".join(_grid_line(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    band = " ".join(f"{x:.1f},{_y(w.high):.1f}" for x, w in spots) + " " + " ".join(f"{x:.1f},{_y(w.low):.1f}" for x, w in reversed(spots))
    line = " ".join(f"{x:.1f},{_y(w.value):.1f}" for x, w in spots)
    bars = "".join(
        f'<line class="m-whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{_y(w.low):.1f}" y2="{_y(w.high):.1f}"/>'
        for x, w in spots
        if len(spots) == 1
    )
    dots = "".join(f'<circle cx="{x:.1f}" cy="{_y(w.value):.1f}" r="4"/>' for x, w in spots)
    every = max(1, len(spots) // 6)
    dates = "".join(f'<text x="{x:.1f}" y="{_HEIGHT - 4}" text-anchor="middle">{_day(w.monday)}</text>' for x, w in spots[::every])
    svg = (
        f'<svg class="m-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(t("progress.over_time", lang))}">'
        f'{grid}<polygon class="m-band" points="{band}"/><polyline class="m-line" points="{line}"/>{bars}{dots}{dates}</svg>'
    )
    rows = [
        (week.monday.isoformat(), str(week.answers), percent(week.value), f"{percent(week.low)} – {percent(week.high)}") for week in weeks
    ]
    headings = [t(f"progress.{key}", lang) for key in ("week", "answers", "mean", "interval")]
    return svg + table(headings, rows, t("progress.numbers", lang))


def _x(n: int, count: int) -> float:
    inner = _WIDTH - _LEFT - _RIGHT
    return _LEFT + 12 + (inner / 2 if count == 1 else inner * n / (count - 1))


def _y(share: float) -> float:
    return 8 + (1 - share) * (_HEIGHT - 8 - _BOTTOM)


def _grid_line(share: float) -> str:
    y = _y(share)
    return f'<line class="m-grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/><text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.0f}</text>'


def columns(counts: Sequence[int], first: date, lang: Language, label: str, today: str) -> str:
    """A column a day from `first` on."""
    most = max([1, *counts])
    cells = "".join(
        f'<div title="{_day(first + timedelta(days=n))}: {count}"><b>{count or ""}</b><i style="height:{100 * count / most:.0f}%"></i>'
        f"<span>{today if n == 0 else _day(first + timedelta(days=n)) if n % 7 == 0 else ''}</span></div>"
        for n, count in enumerate(counts)
    )
    rows = [((first + timedelta(days=n)).isoformat(), str(count)) for n, count in enumerate(counts)]
    picture = f'<div class="m-columns" role="img" aria-label="{escape(label)}">{cells}</div>'
    return picture + table([t("progress.day", lang), t("progress.points_due", lang)], rows, t("progress.numbers", lang))


def practice_calendar(days: Mapping[date, int], today: date, lang: Language) -> str:
    """The last weeks as squares, a column a week; darker means more answers."""
    monday = today - timedelta(days=today.weekday() + 7 * (CALENDAR_WEEKS - 1))
    most = max([1, *days.values()])
    cells = []
    for n in range(7 * CALENDAR_WEEKS):
        day = monday + timedelta(days=n)
        count = days.get(day, 0)
        level = 0 if count == 0 else 1 + min(3, int(3 * count / most))
        hidden = ' class="m-future"' if day > today else f' class="m-level-{level}"'
        cells.append(f'<i{hidden} title="{day.isoformat()}: {count}"></i>')
    picture = f'<div class="m-calendar" role="img" aria-label="{escape(t("progress.calendar", lang))}">{"".join(cells)}</div>'
    rows = [(day.isoformat(), str(count)) for day, count in sorted(days.items(), reverse=True)[: 7 * CALENDAR_WEEKS]]
    return picture + table([t("progress.day", lang), t("progress.answers", lang)], rows, t("progress.numbers", lang))


def recall(bins: Sequence[RecallBin], lang: Language) -> str:
    """Predicted against observed recall, a row a group: the mark is what was predicted, the bar what was recalled."""
    rows = "".join(
        f"<tr><td>{percent(b.low)} – {percent(b.high)}</td><td>{percent(b.predicted)}</td><td>{percent(b.recalled)}"
        f' <small>({percent(b.recalled_low)} – {percent(b.recalled_high)})</small><div class="m-track" aria-hidden="true">'
        f'<em style="left:{100 * b.recalled_low:.1f}%;width:{100 * (b.recalled_high - b.recalled_low):.1f}%"></em>'
        f'<u style="left:{100 * b.predicted:.1f}%"></u></div></td><td>{b.reviews}</td></tr>'
        for b in bins
    )
    headings = "".join(
        f'<th scope="col">{escape(t(f"progress.{key}", lang))}</th>' for key in ("group", "predicted", "recalled", "reviews")
    )
    return f'<div class="m-scroll"><table class="m-recall"><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table></div>'


def _day(day: date) -> str:
    return f"{day.month}/{day.day}"
