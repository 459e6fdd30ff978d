"""The report of one interview as PDF, set in IPAexGothic, which is embedded with the characters that are used."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TextMode, XPos, YPos

from bot.export.content import MARKS, Asked, Exchange, Point, Report, Topic
from bot.export.errors import writing
from bot.export.gather import read_report
from bot.export.linebreaks import FIRST_WIDE, wrap
from bot.grading.verdict import Verdict
from bot.memory.store import Store
from bot.text import t
from knowledge.deck import Deck
from knowledge.schema import Language

_PACKAGE = "matplotlib-fontja"
_FAMILY = "ipaex"
_UNKNOWN = "□"
_PAGES = "\U000f0000"
_UNSEEN = {"Cc", "Cf", "Mn", "Me"}
# The font has these as wide as a kanji, which tears English words apart.
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})

Colour = tuple[int, int, int]

# The page's light theme.
_INK: Colour = (23, 32, 47)
_SOFT: Colour = (85, 97, 122)
_LINE: Colour = (219, 225, 234)
_GROUND: Colour = (244, 246, 250)
_ACCENT: Colour = (29, 79, 168)
_VERDICTS: dict[Verdict, tuple[Colour, Colour]] = {
    Verdict.HIT: ((0, 102, 79), (230, 245, 240)),
    Verdict.PARTLY: ((122, 79, 0), (252, 242, 220)),
    Verdict.MISSED: ((71, 82, 99), (240, 243, 247)),
    Verdict.CONTRADICTED: ((163, 44, 8), (252, 235, 229)),
}

# In points.
_MARGIN = 54.0
_BODY, _SMALL = 10.0, 8.5
_LEADING = 1.6
_PAD = 8.0


def interview_pdf(store: Store, deck: Deck, interview_id: str, lang: Language) -> bytes:
    """The report of an interview as a PDF file, told in `lang`. Raises ExportError when the learner has no such interview."""
    return pdf(read_report(store, deck, interview_id, lang), lang)


def pdf(report: Report, lang: Language) -> bytes:
    """A report as a PDF file. Raises ExportError when the font is not installed."""
    with writing():
        sheet = _Sheet(_font_file(), lang)
    sheet.set_title(f"{report.title} {report.facts[0]}")
    sheet.set_creator("Mensetsu")
    sheet.add_page()
    _head(sheet, report, lang)
    for question in report.questions:
        _question(sheet, question, lang)
    _closing(sheet, report, lang)
    return bytes(sheet.output())


def _font_file() -> Path:
    """The font, found without importing its package, which would import matplotlib. Raises PackageNotFoundError."""
    for file in files(_PACKAGE) or ():
        if file.suffix == ".ttf":
            return Path(str(file.locate()))
    raise PackageNotFoundError(_PACKAGE)


class _Sheet(FPDF):
    """Pages with a number at the foot, and text in one font broken into lines for Japanese."""

    def __init__(self, font: Path, lang: Language) -> None:
        super().__init__(unit="pt", format="A4")
        self._lang: Language = lang
        self.add_font(_FAMILY, fname=font)
        self.set_font(_FAMILY, size=_BODY)
        self._known = frozenset(self.fonts[_FAMILY].cmap)  # type: ignore[union-attr]
        self._widths: dict[str, float] = {}
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN)
        self.set_lang(lang)
        self.c_margin = 0.0
        # What stands for the number of pages until it is known: an answer may have fpdf's own "{nb}" in it, but never what the font lacks.
        self.alias_nb_pages(_PAGES)

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-_MARGIN + 18)
        self.set_font_size(_SMALL)
        self.set_text_color(*_SOFT)
        self.cell(self.epw, _SMALL, t("report.page", self._lang, page=self.page_no(), pages=_PAGES), align="C")

    def shown(self, text: str) -> str:
        """The text with □ in place of each character that the font has not; line breaks stay, joiners of emoji and controls go."""
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
        kept = (c for c in text if c == "\n" or unicodedata.category(c) not in _UNSEEN)
        text = "".join(c if c == "\n" or ord(c) in self._known else _UNKNOWN for c in kept)
        return text if any(c >= FIRST_WIDE for c in text) else text.translate(_STRAIGHT)

    def width(self, text: str, size: float) -> float:
        """Width of a text in points: the sum of its characters', as the font is set without kerning."""
        for character in text:
            if character not in self._widths:
                self._widths[character] = self.fonts[_FAMILY].get_text_width(character, 1, None)[1]
        return size * sum(self._widths[character] for character in text)

    def lines(self, text: str, size: float, indent: float = 0.0) -> list[str]:
        """The text broken into lines that fit between an indent and the right margin."""
        return wrap(self.shown(text), self.epw - indent, lambda piece: self.width(piece, size))

    def write_lines(
        self, text: str, *, size: float = _BODY, colour: Colour = _INK, indent: float = 0.0, bold: bool = False, after: float = 0.0
    ) -> None:
        """A paragraph, with the room after it."""
        self.set_font_size(size)
        self.set_text_color(*colour)
        with self._weight(bold, colour, size):
            for line in self.lines(text, size, indent):
                self.set_x(_MARGIN + indent)
                self.cell(0, size * _LEADING, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(after)

    def boxed(self, text: str, *, rule: Colour, ground: Colour, after: float) -> None:
        """A paragraph on a ground with a rule at its left, that goes on over the end of a page."""
        height = _BODY * _LEADING
        lines = self.lines(text, _BODY, 2 * _PAD)
        for number, line in enumerate(lines):
            top, bottom = (_PAD / 2 if number == 0 else 0.0), (_PAD / 2 if number == len(lines) - 1 else 0.0)
            self.keep(top + height + bottom)
            self.set_fill_color(*ground)
            self.rect(_MARGIN, self.y, self.epw, top + height + bottom + 0.2, style="F")
            self.set_fill_color(*rule)
            self.rect(_MARGIN, self.y, 2, top + height + bottom + 0.2, style="F")
            self.set_xy(_MARGIN + _PAD, self.y + top)
            self.set_font_size(_BODY)
            self.set_text_color(*_INK)
            self.cell(0, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.y += bottom
        self.ln(after)

    def keep(self, height: float) -> None:
        """Goes to the next page when less than this height is left."""
        if self.y + height > self.page_break_trigger:
            self.add_page()

    @contextmanager
    def _weight(self, bold: bool, colour: Colour, size: float) -> Iterator[None]:
        """The font comes in one weight; an outline around its characters makes a bolder one."""
        if not bold:
            yield
            return
        with self.local_context():
            self.set_draw_color(*colour)
            self.set_line_width(size / 36)
            self.text_mode = TextMode.FILL_STROKE
            yield


def _head(sheet: _Sheet, report: Report, lang: Language) -> None:
    sheet.write_lines(report.title, size=20, bold=True, after=2)
    sheet.write_lines(" · ".join(report.facts), size=_BODY, colour=_SOFT, after=10)
    sheet.write_lines(report.overall, size=13, colour=_ACCENT, bold=True, after=6)
    for topic in report.topics:
        _bar(sheet, topic, lang)
    sheet.ln(6)


def _bar(sheet: _Sheet, topic: Topic, lang: Language) -> None:
    height, left, track = 16.0, 170.0, 200.0
    sheet.keep(height)
    sheet.set_font_size(_BODY)
    sheet.set_text_color(*_INK)
    top = sheet.y
    sheet.cell(left, height, sheet.shown(topic.name))
    sheet.set_fill_color(*_LINE)
    sheet.rect(_MARGIN + left, top + height / 2 - 3, track, 6, style="F", round_corners=True, corner_radius=3)
    if topic.mean >= 3:  # a shorter one would be narrower than its corners
        sheet.set_fill_color(*_ACCENT)
        sheet.rect(_MARGIN + left, top + height / 2 - 3, track * topic.mean / 100, 6, style="F", round_corners=True, corner_radius=3)
    sheet.set_xy(_MARGIN + left + track + 10, top)
    count = t("summary.questions", lang, count=topic.questions)
    sheet.cell(0, height, sheet.shown(f"{topic.mean:.0f}   {count}"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _question(sheet: _Sheet, question: Asked, lang: Language) -> None:
    sheet.keep(110)
    sheet.ln(10)
    sheet.set_draw_color(*_LINE)
    sheet.set_line_width(0.8)
    sheet.line(_MARGIN, sheet.y, _MARGIN + sheet.epw, sheet.y)
    sheet.ln(8)
    sheet.start_section(sheet.shown(f"{question.number}. {question.title}"))
    sheet.write_lines(f"{question.number}. {question.title}", size=14, bold=True)
    sheet.write_lines(" · ".join(question.facts), size=_SMALL, colour=_SOFT, after=4)
    sheet.write_lines(question.text, after=6)
    for exchange in question.exchanges:
        _exchange(sheet, exchange, question, lang)


def _exchange(sheet: _Sheet, exchange: Exchange, question: Asked, lang: Language) -> None:
    sheet.keep(60)
    sheet.write_lines(t(f"report.{exchange.kind}", lang), colour=_ACCENT, bold=True, after=2)
    if exchange.asked != question.text:
        sheet.write_lines(exchange.asked, after=4)
    answer = exchange.answer if exchange.answer.strip() else t("report.empty_answer", lang)
    sheet.boxed(answer, rule=_ACCENT, ground=_GROUND, after=6)
    if exchange.score:
        sheet.keep(40)
        sheet.write_lines(exchange.score, bold=True, after=2)
    for note in exchange.notes:
        sheet.write_lines(note, colour=_SOFT, after=2)
    for point in exchange.points:
        _point(sheet, point, lang)
    if exchange.wrong:
        sheet.write_lines(t("card.misconceptions", lang), bold=True, after=2)
    for wrong in exchange.wrong:
        if wrong.quote:
            sheet.write_lines(t("report.quote", lang, quote=wrong.quote), colour=_SOFT, indent=_PAD)
        _labelled(sheet, t("card.correction", lang), wrong.correction, _PAD, _VERDICTS[Verdict.CONTRADICTED][0])
    sheet.ln(6)


def _point(sheet: _Sheet, point: Point, lang: Language) -> None:
    ink, ground = _VERDICTS[point.verdict]
    badge = sheet.shown(f"{MARKS[point.verdict]} {t(f'verdict.{point.verdict.value}', lang)}")
    widest = max(sheet.width(sheet.shown(f"✓ {t(f'verdict.{verdict.value}', lang)}"), _SMALL) for verdict in Verdict)
    height, left = _BODY * _LEADING, widest + 2 * _PAD + 8
    sheet.keep(2.2 * height)
    sheet.set_fill_color(*ground)
    sheet.rect(_MARGIN, sheet.y + 1.5, widest + 2 * _PAD, height - 3, style="F", round_corners=True, corner_radius=4)
    sheet.set_font_size(_SMALL)
    sheet.set_text_color(*ink)
    sheet.set_x(_MARGIN + _PAD)
    sheet.cell(widest, height, badge)
    details = [t("card.weight", lang, weight=point.weight)] + ([t("card.unsure", lang)] if point.unsure else [])
    sheet.write_lines(f"{point.label} ({', '.join(details)})", indent=left)
    if point.quote:
        sheet.write_lines(t("report.quote", lang, quote=point.quote), size=9, colour=_SOFT, indent=left)
    if point.truth:
        _labelled(sheet, t("card.correct_point", lang), point.truth, left, _INK)
    for correction in point.corrections:
        _labelled(sheet, t("card.correction", lang), correction, left, _VERDICTS[Verdict.CONTRADICTED][0])
    sheet.ln(3)


def _labelled(sheet: _Sheet, label: str, text: str, indent: float, colour: Colour) -> None:
    sheet.write_lines(f"{label} {text}", size=9, colour=colour, indent=indent)


def _closing(sheet: _Sheet, report: Report, lang: Language) -> None:
    if not report.closing:
        return
    sheet.keep(90)
    sheet.ln(14)
    title = t("summary.title", lang)
    sheet.start_section(sheet.shown(title))
    sheet.write_lines(title, size=14, bold=True, after=4)
    for heading, lines in report.closing:
        _listed(sheet, heading, lines)


def _listed(sheet: _Sheet, heading: str, lines: Sequence[str]) -> None:
    sheet.keep(40)
    sheet.write_lines(heading, colour=_ACCENT, bold=True)
    for line in lines:
        sheet.write_lines(f"・{line}", indent=_PAD)
    sheet.ln(4)
