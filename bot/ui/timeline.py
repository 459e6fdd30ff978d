"""An answer over time as a plot that can be played from any point, and the figures of its delivery. Pure functions; every text is escaped.

Shapes are one SVG that is stretched to the page's width. Text lies above it as HTML, placed in percent of the width and em of the height,
so that it keeps its size on a phone. What is clicked is dealt with by timeline.js.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from bot.grading.verdict import Verdict
from bot.speech.delivery.fillers import by_kind
from bot.speech.delivery.ranges import RANGES
from bot.speech.delivery.report import Delivery, Figure, kinds_used
from bot.speech.heard import Heard, Span
from bot.text import t
from bot.ui.charts import table
from bot.ui.score_card import MARKS
from knowledge.schema import Language

SCRIPT = resources.files("bot.ui").joinpath("timeline.js").read_text(encoding="utf-8")
PLACE_MARKS = {"below": "▼", "within": "●", "above": "▲"}
# Figures of which only one side is worth telling: at least, or at most.
_AT_LEAST = {"structure", "trend"}
_SHARES = {"pause_share", "first_point", "clipping"}
_DECIMALS = {"pace": 0, "length": 0, "pause_share": 0, "first_point": 0, "structure": 0, "clipping": 1}
# Plot: heights in em of its small text; widths of HTML marks in percent of the narrowest page, where they must not lie on each other.
_NAME, _BAR, _ROW, _GAP, _AXIS = 1.5, 1.9, 2.2, 0.7, 1.5
_BADGE_WIDTH, _PAUSE_WIDTH, _LETTER_WIDTH, _PILL_EDGE = 12.0, 11.0, {"ja": 4.2, "en": 2.7}, 5.0
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600)
_MOST_LABELS = 7


@dataclass(frozen=True)
class PointHit:
    """A key point that was said: its label, when, in seconds, and the verdict on it."""

    label: str
    start: float
    end: float
    verdict: Verdict


def timeline_html(heard: Heard, delivery: Delivery, hits: Sequence[PointHit], lang: Language, audio_url: str | None) -> str:
    """The timeline of an answer: key points, speech and pauses, fillers, structure signals; with a player when there is a recording."""
    plot = _Plot(max([heard.seconds, 1.0, *(span.end for span in heard.speech)]), playable=audio_url is not None)
    counts = {"pauses": len(delivery.pauses), "fillers": len(delivery.fillers), "signals": len(delivery.signals), "points": len(hits)}
    if hits:
        _points_lane(plot, hits, lang)
    _speech_lane(plot, heard, delivery.pauses, lang)
    _fillers_lane(plot, delivery, lang)
    if delivery.signals:
        _signals_lane(plot, delivery, lang)
    told = t("delivery.timeline.told", lang, seconds=f"{delivery.length:.0f}", speech=f"{delivery.speech_seconds:.0f}", **counts)
    player = f'<audio controls preload="metadata" src="{escape(audio_url)}"></audio>' if audio_url is not None else ""
    how = f'<p class="m-soft">{escape(t("delivery.timeline.how", lang))}</p>' if audio_url is not None else ""
    return (
        f'<section class="m-card m-timeline" lang="{lang}" data-m-timeline><h2>{escape(t("delivery.timeline.title", lang))}</h2>'
        f"{player}{how}{plot.html(told)}{_points_list(hits, plot.playable)}"
        f"{table(_headings(lang), _rows(delivery, hits, lang), t('delivery.timeline.numbers', lang))}</section>"
    )


def delivery_html(delivery: Delivery, lang: Language) -> str:
    """The figures of delivery as a card: those outside of their range with advice, the others folded; the score is of delivery alone."""
    if delivery.score is None:
        head = f'<p class="m-soft">{escape(t("delivery.too_short", lang))}</p>'
    else:
        head = f'<div class="m-own"><strong>{delivery.score}</strong><span>{escape(t("delivery.of", lang))}</span></div>'
    outside = "".join(_figure(figure, delivery, lang) for figure in delivery.figures if figure.place != "within")
    fine = [figure for figure in delivery.figures if figure.place == "within"]
    folded = "".join(_figure(figure, delivery, lang) for figure in fine)
    sources = "".join(f"<li>{escape(t(f'delivery.sources.{name}', lang))}</li>" for name in _SOURCES)
    return (
        f'<section class="m-card m-delivery" lang="{lang}"><header><h2>{escape(t("delivery.title", lang))}</h2>{head}</header>'
        f'<p class="m-soft">{escape(t("delivery.apart", lang))}</p><div class="m-figures">{outside}</div>'
        f'<details><summary>{escape(t("delivery.fine", lang, count=len(fine)))}</summary><div class="m-figures">{folded}</div></details>'
        f"<details><summary>{escape(t('delivery.sources.title', lang))}</summary><ul>{sources}</ul></details></section>"
    )


# ---- figures

_SOURCES = ("pace_en", "pace_ja", "pauses", "before_first", "fillers", "own")


def _figure(figure: Figure, delivery: Delivery, lang: Language) -> str:
    place = figure.place
    name = escape(t(f"delivery.figure.{figure.name}", lang))
    label = f"{PLACE_MARKS[place]} {t(f'delivery.place.{place}', lang)}"
    note = _note(figure, delivery, lang)
    below = f"<small>{escape(note)}</small>" if note else ""
    advice = f"<p>{escape(t(f'delivery.advice.{figure.advice}', lang))}</p>" if figure.advice else ""
    return (
        f'<div class="m-figure m-{place}"><span>{name}</span><b>{escape(_value(figure, delivery.lang, lang))}</b>{_track(figure, delivery.lang)}'
        f'<span class="m-range">{escape(_range(figure, lang))}</span><span class="m-place">{escape(label)}</span>{below}{advice}</div>'
    )


def _number(value: float, name: str) -> str:
    text = f"{100 * value if name in _SHARES else value:.{_DECIMALS.get(name, 1)}f}"
    return text.removesuffix(".0").replace("-", "−")


def _value(figure: Figure, spoken: Language, lang: Language) -> str:
    unit = f"pace_{spoken}" if figure.name == "pace" else figure.name
    return t(f"delivery.value.{unit}", lang, value=_number(figure.value, figure.name))


def _range(figure: Figure, lang: Language) -> str:
    sign = "%" if figure.name in _SHARES else ""
    low, high = _number(figure.low, figure.name), _number(figure.high, figure.name) + sign
    if figure.name in _AT_LEAST:
        return t("delivery.range.at_least", lang, low=low)
    return t("delivery.range.between", lang, low=low, high=high) if figure.low else t("delivery.range.up_to", lang, high=high)


def _track(figure: Figure, spoken: Language) -> str:
    """The range as a band and the value as a mark on it, on a scale somewhat wider than the range."""
    room = 0.6 * max(RANGES[spoken][figure.name].give, (figure.high - figure.low) / 4)
    left = figure.low - room if figure.low else 0.0
    right = figure.high if figure.name == "structure" else figure.high + room
    left, right = min(left, figure.value), max(right, figure.value)

    def at(value: float) -> float:
        return 100 * (value - left) / (right - left)

    low, high, value = at(figure.low), at(figure.high), min(99.4, max(0.6, at(figure.value)))
    return (
        f'<div class="m-track" aria-hidden="true"><em style="left:{low:.1f}%;width:{high - low:.1f}%"></em>'
        f'<u style="left:{value:.1f}%"></u></div>'
    )


def _note(figure: Figure, delivery: Delivery, lang: Language) -> str:
    between = t("delivery.between", lang)
    if figure.name == "fillers":
        return between.join(f"{kind} ×{count}" for kind, count in by_kind(delivery.fillers).items())
    if figure.name == "pauses" and delivery.pauses:
        total = sum(pause.seconds for pause in delivery.pauses)
        return t("delivery.pauses_told", lang, count=len(delivery.pauses), total=f"{total:.1f}")
    if figure.name == "structure":
        return between.join(t(f"delivery.signal.{kind}", lang) for kind in kinds_used(delivery))
    return ""


# ---- plot


class _Plot:
    """What is drawn so far: shapes in the SVG and marks above it, and how high it has become, in em."""

    def __init__(self, seconds: float, *, playable: bool) -> None:
        self.seconds, self.playable = seconds, playable
        self.height = 0.0
        self._shapes: list[tuple[str, Span, float, float, str]] = []
        self._marks: list[str] = []

    def name(self, text: str) -> None:
        """Begins a lane."""
        self._marks.append(f'<span class="m-lane" style="top:{self.height:.2f}em">{escape(text)}</span>')
        self.height += _NAME

    def percent(self, seconds: float) -> float:
        """Where a time lies, in percent of the width."""
        return min(100.0, max(0.0, 100 * seconds / self.seconds))

    def shape(self, kind: str, span: Span, height: float, title: str, top: float = 0.0) -> None:
        """A bar, `top` below where the lane has got to."""
        self._shapes.append((kind, span, self.height + top, height, title))

    def mark(self, css: str, text: str, at: float, title: str, row: float = 0.0) -> None:
        """A text at a time; a button when there is something to play."""
        x = self.percent(at)
        style = f"left:{x:.2f}%;top:{self.height + row:.2f}em;transform:translateX(-{x:.0f}%)"
        tag, more = ("button", f' type="button" data-m-at="{at:.2f}"') if self.playable else ("span", "")
        self._marks.append(
            f'<{tag}{more} class="{css}" style="{style}" title="{escape(title)}" aria-label="{escape(title)}">{escape(text)}</{tag}>'
        )

    def text(self, css: str, text: str, at: float) -> None:
        """A text centred on a time that is nothing to click."""
        self._marks.append(
            f'<span class="{css}" style="left:{self.percent(at):.2f}%;top:{self.height:.2f}em" aria-hidden="true">{escape(text)}</span>'
        )

    def html(self, told: str) -> str:
        """The plot with its axis of seconds."""
        step = next((step for step in _STEPS if self.seconds / step <= _MOST_LABELS), _STEPS[-1])
        ticks = [float(n) for n in range(0, int(self.seconds) + 1, step)]
        scale = 1000 / self.seconds
        drawn = "".join(
            f'<rect class="{kind}" x="{span.start * scale:.1f}" width="{max(0.1, span.seconds * scale):.1f}" y="{100 * top:.0f}" height="{100 * height:.0f}">'
            f"<title>{escape(title)}</title></rect>"
            for kind, span, top, height, title in self._shapes
        )
        bottom = 100 * self.height
        grid = "".join(f'<line class="m-grid" x1="{at * scale:.1f}" x2="{at * scale:.1f}" y1="0" y2="{bottom:.0f}"/>' for at in ticks)
        for at in ticks:
            if self.percent(at) < 97:
                self.text("m-second", _clock(at), at)
        total = self.height + _AXIS
        head = '<i class="m-playhead" hidden></i>' if self.playable else ""
        seconds = f' data-m-seconds="{self.seconds:.2f}"' if self.playable else ""
        return (
            f'<div class="m-plot"{seconds} style="height:{total:.2f}em">'
            f'<svg viewBox="0 0 1000 {100 * total:.0f}" preserveAspectRatio="none" role="img" aria-label="{escape(told)}"><title>{escape(told)}</title>'
            f"{grid}{drawn}</svg>{''.join(self._marks)}{head}</div>"
        )


def _points_lane(plot: _Plot, hits: Sequence[PointHit], lang: Language) -> None:
    plot.name(t("delivery.timeline.points", lang))
    rows = _rows_for([(plot.percent(hit.start), _BADGE_WIDTH) for hit in hits])
    for number, (hit, row) in enumerate(zip(hits, rows, strict=True), 1):
        title = f"{number} {t(f'verdict.{hit.verdict.value}', lang)} {hit.label} {_clock(hit.start)}"
        plot.mark(f"m-badge-at m-{hit.verdict.value}", f"{MARKS[hit.verdict]}{number}", hit.start, title, row * _ROW)
    plot.height += (max(rows) + 1) * _ROW
    for hit in hits:
        plot.shape(f"m-span m-{hit.verdict.value}", Span(hit.start, max(hit.end, hit.start)), 0.4, hit.label)
    plot.height += 0.4 + _GAP


def _speech_lane(plot: _Plot, heard: Heard, pauses: Sequence[Span], lang: Language) -> None:
    plot.name(t("delivery.timeline.speech", lang))
    for span in heard.speech:
        plot.shape("m-talk", span, _BAR, f"{_clock(span.start)} – {_clock(span.end)}")
    for pause in pauses:
        plot.shape("m-hush", pause, _BAR - 0.8, t("delivery.timeline.pause", lang, seconds=f"{pause.seconds:.1f}"), 0.4)
    plot.height += _BAR + 0.15
    labelled: list[float] = []
    for pause in sorted(pauses, key=lambda pause: -pause.seconds):
        middle = (pause.start + pause.end) / 2
        if all(abs(plot.percent(middle) - other) >= _PAUSE_WIDTH for other in labelled):
            labelled.append(plot.percent(middle))
            plot.text("m-silence", t("delivery.timeline.silence", lang, seconds=f"{pause.seconds:.1f}"), middle)
    plot.height += (1.4 if pauses else 0) + _GAP


def _fillers_lane(plot: _Plot, delivery: Delivery, lang: Language) -> None:
    if not delivery.fillers:
        return
    plot.name(t("delivery.timeline.fillers", lang, count=len(delivery.fillers)))
    for filler in delivery.fillers:
        plot.shape("m-tick", Span(filler.start, filler.start), 1.2, f"{filler.kind} {_clock(filler.start)}")
    plot.height += 1.2 + _GAP


def _signals_lane(plot: _Plot, delivery: Delivery, lang: Language) -> None:
    plot.name(t("delivery.timeline.signals", lang))
    texts = [t(f"delivery.signal.{signal.kind}", lang) for signal in delivery.signals]
    widths = [_PILL_EDGE + _LETTER_WIDTH[lang] * len(text) for text in texts]
    rows = _rows_for([(plot.percent(signal.start), width) for signal, width in zip(delivery.signals, widths, strict=True)])
    for signal, text, row in zip(delivery.signals, texts, rows, strict=True):
        plot.mark("m-pill", text, signal.start, f"{text} {signal.text} {_clock(signal.start)}", row * _ROW)
    plot.height += (max(rows) + 1) * _ROW + _GAP


def _rows_for(marks: Sequence[tuple[float, float]]) -> list[int]:
    """A row for each mark (place and width in percent) such that none lies on another. A mark is drawn from its place leftwards in
    proportion to how far right it lies, so that it stays inside."""
    rows: list[list[tuple[float, float]]] = []
    chosen: list[int] = []
    for at, width in marks:
        left = at - width * at / 100
        right = left + width
        row = next((n for n, taken in enumerate(rows) if all(right <= begin or left >= end for begin, end in taken)), len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append((left, right))
        chosen.append(row)
    return chosen


def _points_list(hits: Sequence[PointHit], playable: bool) -> str:
    if not hits:
        return ""
    items = []
    for number, hit in enumerate(hits, 1):
        inner = f'<i aria-hidden="true">{MARKS[hit.verdict]}{number}</i><span>{escape(hit.label)}</span><time>{_clock(hit.start)}</time>'
        tag, more = ("button", f' type="button" data-m-at="{hit.start:.2f}"') if playable else ("div", "")
        items.append(f'<li class="m-{hit.verdict.value}"><{tag}{more}>{inner}</{tag}></li>')
    return f'<ol class="m-when">{"".join(items)}</ol>'


# ---- numbers


def _headings(lang: Language) -> list[str]:
    return [t(f"delivery.timeline.{key}", lang) for key in ("when", "kind", "what", "seconds")]


def _rows(delivery: Delivery, hits: Sequence[PointHit], lang: Language) -> list[tuple[str, str, str, str]]:
    """Everything on the plot but speech, in order of time."""
    told = [
        (hit.start, t("delivery.timeline.points", lang), f"{t(f'verdict.{hit.verdict.value}', lang)}: {hit.label}", hit.end - hit.start)
        for hit in hits
    ]
    told += [(pause.start, t("delivery.timeline.pause_kind", lang), "", pause.seconds) for pause in delivery.pauses]
    told += [
        (filler.start, t("delivery.timeline.filler_kind", lang), filler.kind, filler.end - filler.start) for filler in delivery.fillers
    ]
    told += [(s.start, t(f"delivery.signal.{s.kind}", lang), s.text, s.end - s.start) for s in delivery.signals]
    return [(_clock(start), kind, what, f"{seconds:.1f}") for start, kind, what, seconds in sorted(told)]


def _clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
