"""Cuts a stretch of speech without full stops: at commas, else at words that join clauses, else at spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ENDS: tuple[re.Pattern[str], ...] = (
    re.compile(r"[、，；]|[,;:](?=\s)"),
    re.compile(
        r"(?:けれども|けど|ので|んですが|ですが|ますが|まして|でして|ですし|ますし)"
        r"|(?:です|ます|でした|ました|ません)(?:よね|ね|よ)?(?![かがけしのねよんとっ])"
        r"|(?=まず|次に|つぎに|それから|それで|あとは|また(?!は)|さらに|一方|最後に|例えば|たとえば|なので|だから|しかし|逆に)"
        r"|\s(?=(?:and|but|so|because|whereas|while|which|then|or|if|when)\s)"
    ),
    re.compile(r"\s"),
)


def clauses(answer: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Where the pieces of at most `longest` characters begin and end that the text from `start` to `end` is cut into at its clauses."""
    while end - start > longest:
        cut = _cut(answer, start + longest // 2, start + longest)
        yield start, cut
        start = cut
    yield start, end


def _cut(answer: str, low: int, high: int) -> int:
    """The best place to cut between two positions."""
    for pattern in _ENDS:
        for match in pattern.finditer(answer, low, high):
            if match.end() > low:
                return match.end()
    return high
