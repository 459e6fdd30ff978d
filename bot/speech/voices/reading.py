"""A text as the voice should read it: technical terms, numbers and signs in words that it pronounces well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from bot.speech.voices.numerals import in_kanji
from knowledge.schema import Language

_KANJI = "\u3005\u4e00-\u9fff"
_KATAKANA = "\u30a1-\u30ff"
_LATIN = "A-Za-z0-9"
# What may not stand beside a key that begins or ends in such a character: it would be part of a longer word.
_BEFORE = ((_LATIN, _LATIN), (_KANJI, _KANJI + _KATAKANA + _LATIN), (_KATAKANA, _KATAKANA))
_AFTER = ((_LATIN, _LATIN), (_KANJI, _KANJI), (_KATAKANA, _KATAKANA))

_MARKUP = re.compile(r"[`*]+|!?\[([^\]]*)\]\([^)]*\)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FRACTION = re.compile(r"(?<![\d/])(\d+)/(\d+)(?![\d/])")
_RANGE = re.compile(r"(?<=\d)\s*[~〜–—]\s*(?=\d)|(?<=\d)-(?=\d)")
_RATIO = re.compile(r"(?<=\d):(?=\d)")
_MINUS = re.compile(r"(?<![^\s(（、。=<>])[-−](?=\d)|(?<=[ぁ-んァ-ヶ一-鿿])-(?=\d)")
_COMPARED = re.compile(r"(?<=\S)\s*(<=|>=|[≤≥<>])\s*(-?\d+(?:\.\d+)?%?)")
_COMPARISONS = {"<": "未満", ">": "超", "<=": "以下", "≤": "以下", ">=": "以上", "≥": "以上"}
_SPACES = re.compile(r"[ \t\n]+")

_JA_WORD = re.compile(r"[A-Za-z]+")
_JA_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
# A pause for what separates, nothing for what only surrounds.
_JA_PAUSES = re.compile(r"」\s*「|』\s*『|[()（）\[\]【】:;：；/…—–]|・{2,}|\.{2,}")
_JA_SILENT = re.compile(r"[「」『』\"'“”‘’<>{}|\\^_~`*.•●■◆▪-]")
_JA_COMMAS = re.compile(r"[、,]*、[、,]*|,")
_JA_DANGLING = re.compile(r"、(?=[。？！?!])|^、|(?<=[。？！?!])、")
_EN_SILENT = re.compile(r"[\"“”{}|\\^*`\[\]]")


@dataclass(frozen=True)
class _Table:
    """One language's readings. The keys of `words` are matched whatever their case, those of the others as they are."""

    words: Mapping[str, str]
    units: Mapping[str, str]
    signs: Mapping[str, str]
    letters: Mapping[str, str]
    any_word: re.Pattern[str]
    any_unit: re.Pattern[str]
    any_sign: re.Pattern[str]


@cache
def _table(lang: Language) -> _Table:
    data = yaml.safe_load(resources.files(__package__).joinpath(f"readings.{lang}.yaml").read_text(encoding="utf-8"))
    words = {key.casefold(): said for key, said in {**data["words"], **data.get("bare_units", {})}.items()}
    units, signs = data["units"], data["signs"]
    return _Table(
        words=words,
        units=units,
        signs=signs,
        letters=data.get("letters", {}),
        any_word=_any(words, whole=True),
        any_unit=re.compile(rf"(?<=\d)\s?(?:{_any(units, whole=False).pattern})(?![{_LATIN}])"),
        any_sign=_any(signs, whole=False),
    )


def read(text: str, lang: Language) -> str:
    """The text as the voice of this language should read it. In Japanese no Latin letter and no digit is left."""
    table = _table(lang)
    text = _MARKUP.sub(r"\1", unicodedata.normalize("NFKC", text))
    text = _THOUSANDS.sub("", text) if lang == "ja" else text
    text = table.any_word.sub(lambda found: table.words[found[0].casefold()], text)
    return _read_japanese(text, table) if lang == "ja" else _read_english(text, table)


def unknown_words(text: str, lang: Language) -> list[str]:
    """The Latin words of two letters and more for which the Japanese table has no reading, so that they are spelled; none for English."""
    if lang == "en":
        return []
    table = _table(lang)
    text = table.any_unit.sub("", table.any_word.sub("", unicodedata.normalize("NFKC", text)))
    return [word for word in _JA_WORD.findall(text) if len(word) > 1]


def _read_japanese(text: str, table: _Table) -> str:
    text = _COMPARED.sub(lambda found: f"が{found[2]}{_COMPARISONS[found[1]]}", text)
    text = _FRACTION.sub(r"\2分の\1", _RANGE.sub("から", _RATIO.sub("対", text)))
    text = table.any_unit.sub(lambda found: table.units[found[0].strip()], _MINUS.sub("マイナス", text))
    text = _NUMBER.sub(lambda found: in_kanji(found[0]), text)
    text = _JA_WORD.sub(lambda found: _spelled(found[0], table), text)
    text = table.any_sign.sub(lambda found: table.signs[found[0]], text)
    text = _JA_SILENT.sub("", _JA_PAUSES.sub("、", text))
    text = _JA_COMMAS.sub("、", _SPACES.sub("", text))
    return _JA_DANGLING.sub("", text)


def _read_english(text: str, table: _Table) -> str:
    text = _RATIO.sub(" to ", _FRACTION.sub(r"\1 over \2", re.sub(r"(?<=\d)\s*[–—]\s*(?=\d)", " to ", text)))
    text = table.any_unit.sub(lambda found: table.units[found[0].strip()], text)
    text = table.any_sign.sub(lambda found: table.signs[found[0]], re.sub(r"\s[-–—]\s|—", ", ", text).replace("–", "-"))
    return re.sub(r" (?=[,.;:?!])", "", _SPACES.sub(" ", _EN_SILENT.sub("", text))).strip()


def _spelled(word: str, table: _Table) -> str:
    """Latin letters that are in no list: the words within RandomForest or n_jobs if they are known, else the names of the letters."""
    parts = [part for part in _JA_HUMPS.split(word) if part]
    return "".join(table.words.get(part.casefold()) or "".join(table.letters[letter] for letter in part.casefold()) for part in parts)


def _any(keys: Mapping[str, str], *, whole: bool) -> re.Pattern[str]:
    longest_first = sorted(keys, key=len, reverse=True)
    if not whole:
        return re.compile("|".join(map(re.escape, longest_first)))
    # ASCII, since otherwise i also matches a Turkish ı, which no key folds to.
    return re.compile("|".join(map(_whole_word, longest_first)), re.IGNORECASE | re.ASCII)


def _whole_word(key: str) -> str:
    before = next((f"(?<![{beside}])" for kind, beside in _BEFORE if re.match(f"[{kind}]", key[0])), "")
    after = next((f"(?![{beside}])" for kind, beside in _AFTER if re.match(f"[{kind}]", key[-1])), "")
    return f"{before}{re.escape(key)}{after}"
