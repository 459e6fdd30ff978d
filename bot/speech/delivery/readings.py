"""How Latin words are read aloud in Japanese speech, so that their morae can be counted.

OpenJTalk spells words it does not know: "SMOTE" would count ten morae instead of four. Terms are looked up in the table that the Japanese
voice reads by. Capitals of at most five letters and words without a vowel are left to be spelled, as people do. Any other word is counted
by its length: over the words of that table a reading has about 0.74 morae a letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

MORAE_PER_LETTER = 0.74
SPELLED = 5

# Parts of terms, which the voice never meets alone.
_PARTS = {
    **{"cross": "クロス", "deep": "ディープ", "elastic": "エラスティック", "error": "エラー", "fold": "フォールド", "gini": "ジニ"},
    **{"grid": "グリッド", "hot": "ホット", "learn": "ラーン", "machine": "マシン", "means": "ミーンズ", "of": "オブ", "one": "ワン"},
    **{"out": "アウト", "scikit": "サイキット", "target": "ターゲット"},
}
_TERM = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9/+#. -]+")
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)
# A hyphen or slash inside a term is not spoken, but makes OpenJTalk read the number before it digit by digit.
_JOINT = re.compile(r"(?<=[A-Za-z0-9])[-/_](?=[A-Za-zァ-ヶ])")


def readable(text: str) -> tuple[str, int]:
    """The text with known Latin terms in katakana and unknown ones taken out, and the morae estimated for those."""
    estimated = 0

    def known(match: re.Match[str]) -> str:
        return _readings()[match.group().casefold()]

    def unknown(match: re.Match[str]) -> str:
        nonlocal estimated
        word = match.group()
        if len(word) == 1 or not _VOWEL.search(word) or (word.isupper() and len(word) <= SPELLED):
            return word.upper()
        estimated += max(2, round(MORAE_PER_LETTER * len(word)))
        return "、"

    return _WORD.sub(unknown, _JOINT.sub("、", _terms().sub(known, text))), estimated


@cache
def _readings() -> Mapping[str, str]:
    """Readings by term in lower case."""
    table = yaml.safe_load(resources.files("bot.speech.voices").joinpath("readings.ja.yaml").read_text(encoding="utf-8"))
    return _PARTS | {str(term).casefold(): str(said) for term, said in table["words"].items() if _TERM.fullmatch(str(term))}


@cache
def _terms() -> re.Pattern[str]:
    """Any known term, the longest first, where it is not part of a longer word."""
    longest_first = sorted(_readings(), key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])", re.IGNORECASE)
