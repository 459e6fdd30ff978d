"""Numbers in kanji, from which the Japanese voice finds the right reading with what is counted: 1回 いっかい, 3本 さんぼん."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_MYRIADS = ("", "万", "億", "兆")
_LONGEST = len(_PLACES) * len(_MYRIADS)


def in_kanji(number: str) -> str:
    """A number of digits with at most one point, as it is said: 1234 is 千二百三十四, 0.05 is 零点零五.

    With a leading zero, or with more digits than there are names for, it is said digit by digit.
    """
    whole, _, fraction = number.partition(".")
    said = _whole(whole)
    return f"{said}点{_by_digit(fraction)}" if fraction else said


def _by_digit(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def _whole(digits: str) -> str:
    if len(digits) > _LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return _by_digit(digits)
    if digits == "0":
        return _DIGITS[0]
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    named = [_below_myriad(group) + name for group, name in zip(groups, _MYRIADS, strict=False) if int(group)]
    return "".join(reversed(named))


def _below_myriad(digits: str) -> str:
    said = ""
    for place, digit in zip(reversed(range(len(digits))), digits, strict=True):
        if digit == "0":
            continue
        # 十, 百 and 千 stand without a one before them.
        said += (_DIGITS[int(digit)] if digit != "1" or place == 0 else "") + _PLACES[place]
    return said
