"""Which words of a Japanese transcript are fillers.

Drawn-out sounds (えーと, あのー, うーん) are fillers wherever they stand. Words that can also mean something (あの, その, なんか, まあ) are
fillers only where a pause, a comma or another filler sets them off: その後, あの手法, スケーリングなんかを and まあまあ are none.
そうですね with which an answer begins is an opening, as "well" is, and no filler; further on, set off by itself, it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from bot.speech.delivery.transcript import GAP

# Where a filler may stand: anywhere; after a particle, a pause or a filler; or only after a pause or a filler.
_Where = Literal["anywhere", "joined", "apart"]

_STOP = f"[、。,.!?…・\\s{GAP}]"
_CLOSES = f"(?:(?={_STOP})|$)"
# Before another filler あの points at nothing.
_CLOSES_OR_FILLER = f"(?:(?={_STOP})|$|(?=え[ーえっ]+と|えー|あのー|うー+ん|そのー|んー|なんか|まあ[、。]))"
# なんか before these is "something" or "and the like".
_SOMETHING = (
    r"[をはがもにのとし]|い[もる、]|[いっ]?かい|ない|要ら|いら|(?:問題|質問|理由|原因|方法|対策|根拠|いい|良い)"
    r"|[^、。]{0,6}(?:あれば|あったら|あります|ありません|ある|なければ)"
)

_KINDS: tuple[tuple[str, _Where, str], ...] = (
    ("えーと", "anywhere", r"え(?:[ーえ]+っ?|っ)ー*とー*(?:ですね(?=[、。]))?"),
    ("えーと", "joined", rf"(?:えと|エーッ?ト){_CLOSES}"),
    # So the recogniser writes えーと now and then. A letter that means something has another near, or is named or compared.
    ("えーと", "apart", r"Aと(?![^。]{0,14}[B-D]|[すし言呼同異違比]|いう)"),
    ("えーと", "apart", rf"(?:い[ーい]+|言い|良い|へー+)と{_CLOSES}"),
    ("えーと", "apart", r"ハイエー?ト"),
    ("あのー", "anywhere", rf"あの(?:ー+(?:ですね(?=[、。]))?|(?:う|ですね)?{_CLOSES_OR_FILLER})"),
    ("そのー", "anywhere", rf"その(?:ー+(?:ですね(?=[、。]))?|(?:う|ですね)?{_CLOSES_OR_FILLER})"),
    ("うーん", "anywhere", r"う(?:ー+|う+)[んむ]ー*と?"),
    ("うーん", "joined", r"んー+と?"),
    ("うーん", "apart", rf"ん{_CLOSES}"),
    (
        "なんというか",
        "anywhere",
        r"(?<!を)(?:なん|何)[てと](?:いう|言う|いい|言い)(?:んです|ます|んでしょう)?か(?:ね|な)?"
        r"(?![はがをもにとの]|わか|分か|知)",
    ),
    ("なんか", "joined", rf"なんかー*(?!{_SOMETHING})"),
    ("なんか", "apart", rf"何か{_CLOSES}"),
    ("まあ", "anywhere", r"(?<![まさざい])(?<!まあ)(?<!まぁ)ま(?:あ+|ぁ+|ー+)ー*(?![まるりっれ])"),
    ("まあ", "joined", rf"ま{_CLOSES}"),
    ("そうですね", "apart", rf"そうですね[ーえぇ]*{_CLOSES_OR_FILLER}"),
    ("えー", "anywhere", rf"(?<![ねへげぜめてけれ])え(?:ー+|えー+){_CLOSES}"),
    ("えー", "joined", r"え(?:ー+|えー+)(?!っ)"),
    ("あー", "joined", r"あ(?:ー+|あー+)(?!っ)"),
    ("こう", "joined", rf"こう{_CLOSES}"),
)
_PATTERNS = tuple((kind, where, re.compile(pattern)) for kind, where, pattern in _KINDS)
_AFTER_STOP = re.compile(f"{_STOP}$")
_AFTER_PARTICLE = re.compile(r"(?:[でとはがをにもてし]|けど|ので|から|たら)$")
# What may come before the opening そうですね.
_BEFORE_OPENING = re.compile(f"{_STOP}|はい|ええ|うん")


def find(text: str) -> Iterator[tuple[str, int, int]]:
    """The fillers of a transcript, in order: kind, first character and the one after the last."""
    position, last_end, opening = 0, 0, True
    while position < len(text):
        kind, end = _at(text, position, last_end)
        if kind:
            if kind != "そうですね" or not opening:
                yield kind, position, end
            opening = opening and kind != "そうですね"
            position = last_end = end
        elif opening and (before := _BEFORE_OPENING.match(text, position)):
            position = before.end()
        else:
            opening = False
            position += 1


def _at(text: str, position: int, last_end: int) -> tuple[str, int]:
    """The kind and the end of the filler that begins at a position, the last one having ended at another; no kind when none begins."""
    apart = position == last_end or _AFTER_STOP.search(text, position - 1, position) is not None
    joined = apart or _AFTER_PARTICLE.search(text, max(0, position - 2), position) is not None
    fits = {"anywhere": True, "joined": joined, "apart": apart}
    for kind, where, pattern in _PATTERNS:
        if fits[where] and (match := pattern.match(text, position)):
            return kind, match.end()
    return "", position
