"""Texts brought into one form before they are compared: punctuation, case, numerals and hyphens are not what is measured."""

from __future__ import annotations

import re
import unicodedata

from knowledge.schema import Card, GlossaryTerm, Language

_JA_DIGITS = {character: digit for digit, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
_JA_PLACES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
# Alone, a character for a hundred and more is no number but part of a word.
_JA_NUMBER = re.compile(r"[〇零一二三四五六七八九十百千万]{2,}|[〇零一二三四五六七八九十]")
# What stands between two Latin words or numbers; a decimal point is part of its number.
_JA_APART = re.compile(r"(?<=[A-Za-z0-9])(?:[^\w.]|_|\.(?!\d))+(?=[A-Za-z0-9])")
_JA_KEPT = re.compile(r"[^\w.%]|_|(?<!\d)\.|\.(?!\d)")

_EN_SMALL = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18},
    "nineteen": 19,
}
_EN_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_TENS_DIGITS = {str(value) for value in _EN_TENS.values()}
_EN_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|%|&")
# Two spellings of one word, and signs. British endings are made American ones.
_EN_BRITISH = re.compile(r"(?<=\w{4})is(?=(?:e|es|ed|er|ing|ation)$)")
_EN_SAME = {"%": "percent", "&": "and", "okay": "ok"}


def comparable(text: str, lang: Language) -> str:
    """A text as it is compared: Japanese without any space, English as words with one space between them."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return _japanese(text) if lang == "ja" else " ".join(_english(text))


def said(entry: GlossaryTerm, text: str, lang: Language) -> int:
    """How often a glossary entry, as its term or any of its spoken forms, stands in a text.

    An English word may end in a plural s; a Latin term in a Japanese text is no part of a longer Latin word.
    """
    found = 0
    text = _searchable(text, lang)
    for form in sorted({_searchable(form, lang) for form in (entry.term, *entry.spoken)} - {""}, key=len, reverse=True):
        # Taken out, so that a shorter form inside it is not counted again.
        text, count = _standing(form, lang).subn("\n", text)
        found += count
    return found


def terms_said(card: Card, text: str) -> tuple[str, ...]:
    """The terms of a card's glossary that stand in a text, in the order of the glossary."""
    return tuple(entry.term for entry in card.glossary if said(entry, text, card.lang))


def _searchable(text: str, lang: Language) -> str:
    """A text as it is compared, but with a space between two Latin words, so that each can be found."""
    if lang == "en":
        return comparable(text, lang)
    return " ".join(part for part in (comparable(part, lang) for part in _JA_APART.split(unicodedata.normalize("NFKC", text))) if part)


def _standing(form: str, lang: Language) -> re.Pattern[str]:
    if lang == "en":
        return re.compile(rf"(?<!\S){re.escape(form)}s?(?!\S)")
    before, after = ("(?<![a-z0-9])" if form[0].isascii() else ""), ("(?![a-z0-9])" if form[-1].isascii() else "")
    spaced = re.escape(form).replace(r"\ ", " ?")  # Docker API or DockerAPI
    return re.compile(f"{before}{spaced}{after}")


def _japanese(text: str) -> str:
    text = _JA_NUMBER.sub(lambda found: _number(found[0]), text)
    text = re.sub(r"(?<=\d)点(?=\d)", ".", text.replace("ゼロ", "0")).replace("パーセント", "%")
    return _JA_KEPT.sub("", text)


def _number(characters: str) -> str:
    """Characters for a number as digits; digit by digit when they name no places."""
    if not any(character in _JA_PLACES for character in characters):
        return "".join(str(_JA_DIGITS[character]) for character in characters)
    total = section = digit = 0
    for character in characters:
        if character in _JA_DIGITS:
            digit = _JA_DIGITS[character]
        elif character == "万":
            total, section, digit = total + 10_000 * ((section + digit) or 1), 0, 0
        else:
            section, digit = section + _JA_PLACES[character] * (digit or 1), 0
    return str(total + section + digit)


def _english(text: str) -> list[str]:
    words: list[str] = []
    for token in _EN_TOKEN.findall(text):
        value = _EN_SMALL.get(token, _EN_TENS.get(token))
        if token in _EN_SAME:
            words.append(_EN_SAME[token])
        elif value is None:
            words.append(_EN_BRITISH.sub("iz", token))
        elif token in _EN_SMALL and 0 < value < 10 and words and words[-1] in _TENS_DIGITS:
            words[-1] = str(int(words[-1]) + value)
        else:
            words.append(str(value))
    return _with_points(words)


def _with_points(words: list[str]) -> list[str]:
    """Decimals said digit by digit ("zero point zero five") as one number."""
    joined: list[str] = []
    position = 0
    while position < len(words):
        digits = position + 2
        if words[position].isdigit() and words[position + 1 : digits] == ["point"]:
            while digits < len(words) and re.fullmatch(r"\d", words[digits]):
                digits += 1
        if digits > position + 2:
            joined.append(f"{words[position]}.{''.join(words[position + 2 : digits])}")
            position = digits
        else:
            joined.append(words[position])
            position += 1
    return joined
