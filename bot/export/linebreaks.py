"""Breaks text into lines: English at blanks, Japanese anywhere but where a line would begin or end badly."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

# JIS X 4051: what must not begin a line, and what must not end one.
_NOT_FIRST = set("、。,.，．・:;：；?!？！)]}）］｝」』】〉》〕’”…‥ー々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ%％°")
_NOT_LAST = set("([{（［｛「『【〈《〔‘“")
# From here on scripts write without spaces (CJK punctuation, kana, kanji, full-width forms).
FIRST_WIDE = "\u2e80"


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines of a text, none wider than `width` by `measure` unless a single character is; an empty line for each empty one."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for unit in _units(paragraph):
            if line and measure((line + unit).rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            while not line and (fitting := _fitting(unit, width, measure)) < len(unit.rstrip()):
                lines.append(unit[:fitting])
                unit = unit[fitting:]
            line += unit
        lines.append(line.rstrip())
    return lines


def _units(text: str) -> list[str]:
    """Pieces that are not broken: words with the blanks after them, single Japanese characters with the marks that cling to them."""
    starts = [n for n in range(len(text)) if n == 0 or _may_break(text[n - 1], text[n])]
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


def _may_break(before: str, after: str) -> bool:
    if after.isspace() or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return before.isspace() or before >= FIRST_WIDE or after >= FIRST_WIDE


def _fitting(unit: str, width: float, measure: Callable[[str], float]) -> int:
    """How many characters of a unit fit on a line, at least one."""
    fitting = 1
    while fitting < len(unit) and measure(unit[: fitting + 1]) <= width:
        fitting += 1
    return fitting
