"""Lines are broken where Japanese and English allow it."""

from __future__ import annotations

import pytest

from bot.export.linebreaks import wrap


def wide(text: str) -> float:
    """A kanji is as wide as two letters."""
    return sum(2 if character >= "\u2e80" else 1 for character in text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a\n\nb", ["a", "", "b"]),
        ("one two three", ["one two", "three"]),
        ("正則化は手法です", ["正則化は手", "法です"]),
        ("正則化手法、とは", ["正則化手", "法、とは"]),  # no comma at the beginning of a line
        ("あいうえ「おか」", ["あいうえ", "「おか」"]),  # no opening bracket at the end of one
        ("あいうえーき", ["あいうえー", "き"]),
        ("L1とL2の使い分け", ["L1とL2の使", "い分け"]),
        ("これはLassoです", ["これは", "Lassoです"]),  # English words stay whole
        ("abcdefghijklmnop", ["abcdefghij", "klmnop"]),
        ("  x", ["  x"]),
        ("a" * 10 + " " * 5 + "b", ["a" * 10, "b"]),
        ("、" * 6, ["、" * 5, "、"]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    assert wrap(text, 10, wide) == lines


def test_nothing_is_lost_however_narrow() -> None:
    text = "正則化(regularization)は、L1とL2です。"
    for width in range(1, 40):
        lines = wrap(text, width, wide)
        assert "".join(lines) == text
        assert all(wide(line) <= max(width, 2) for line in lines)
