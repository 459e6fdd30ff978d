"""Every text a person reads exists in both languages, with the same blanks to fill in."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from bot.text import catalogue, t

ROOT = Path(__file__).parents[1]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert catalogue("ja").keys() == catalogue("en").keys()


@pytest.mark.parametrize("key", sorted(catalogue("ja")))
def test_texts_fill_in_the_same_blanks_and_are_not_empty(key: str) -> None:
    assert catalogue("ja")[key].strip()
    assert catalogue("en")[key].strip()
    assert blanks(catalogue("ja")[key]) == blanks(catalogue("en")[key])


def test_english_holds_no_japanese_but_the_name() -> None:
    japanese = {key for key, text in catalogue("en").items() if re.search(r"[぀-ヿ一-鿿]", text)}
    assert japanese == {"app.name"}


def test_every_key_that_the_code_names_exists() -> None:
    used = set()
    for path in (ROOT / "bot").rglob("*.py"):
        used |= set(re.findall(r"""\bt\(\s*["']([a-z_.]+)["']""", path.read_text(encoding="utf-8")))
    assert used
    assert used <= catalogue("ja").keys()


def test_a_missing_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("no.such.key", "ja")
