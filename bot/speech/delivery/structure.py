"""Signals by which an answer tells its listener how it is built: the conclusion, numbered points, examples, contrasts, a summary.

Phrases count, not their truth: "first" with which a clause begins is a numbered point, "the first component" is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from bot.speech.delivery.transcript import GAP, Transcript
from bot.speech.heard import Heard
from knowledge.schema import Language

SignalKind = Literal["conclusion", "number", "example", "contrast", "summary"]
KINDS: tuple[SignalKind, ...] = get_args(SignalKind)
# "In short" announces the answer in its first part and closes it later on.
OPENING_SHARE = 1 / 3

_JA_BEGINS = rf"(?:^|(?<=[、。,.!?…\s{GAP}])|(?<=で、)|(?<=えーと))"
_EN_BEGINS = rf"(?:^|(?<=[,.;:!?…—–{GAP}])) *(?:(?:and|but|so|then|well|okay|um|uh)[, ]+)*"
_EN_CLOSES = rf"(?=[,.;:!?…—–{GAP}]|$)"
_EN_GOES_ON = r"(?=,| (?:of all|off|I|you|we|they|it|there|the|is|comes|let)\b)"

# "either" stands for a conclusion at the beginning and a summary afterwards.
_Named = SignalKind | Literal["either"]
_PATTERNS: dict[Language, dict[_Named, tuple[str, ...]]] = {
    "ja": {
        "conclusion": (
            r"結論から(?:先に)?(?:言|い[うい]|申し|述べ|お?話)",
            r"(?:先に|まず)結論|結論を先に",
            r"(?:一言|ひとこと)で(?:言|い[うい])|端的に(?:言|い[うい])",
        ),
        "either": (r"結論として|結論は(?!出|まだ|わか|分か|変わ)",),
        "number": (
            r"(?:[一二三四五1-5]つ|ひとつ|ふたつ|みっつ|よっつ|[一二三四五1-5]点|[一二三四五1-5]番)[目め]"
            r"(?:は|が|に(?![多大高良重小])|として|、|の(?:理由|ポイント|点|方法|違い|手法|利点))",
            r"第[一二三四1-4]に",
            r"(?:[二三四五2-5]つ|ふたつ|みっつ|よっつ|[二三四五2-5]点)(?:あります|ありまして|ございます)",
            rf"{_JA_BEGINS}(?:まず(?![いくさまは])|まずは|次に(?![高大多良重小])|つぎに|最後に(?!まとめ))",
        ),
        "example": (r"例えば(?!なし|話)|たとえば|具体例|例を挙げ|例として|一例(?:です|を|と)", r"具体的に(?:は|言|い[うい])"),
        "contrast": (
            r"一方で|一方(?:、|は)|反面|それに対し|対照的に|その代わり|トレードオフ",
            rf"{_JA_BEGINS}(?:逆に|反対に)(?![しす並な])",
        ),
        "summary": (
            r"(?<![をにとへで])(?:まとめると|まとめますと)|最後にまとめ|要するに|というわけで",
            rf"{_JA_BEGINS}以上(?:です|になり|が私|、|の(?:こと|よう|理由)|から|より、)",
        ),
    },
    "en": {
        "conclusion": (
            r"\bthe short answer\b|\bmy (?:short )?answer (?:is|would be)\b",
            r"\b(?:the|my) main (?:point|thing|idea|difference|reason|answer)\b|\bthe key (?:point|thing|idea|difference) is\b",
            r"\bthe bottom line\b|\bsimply put\b|\bto put it simply\b|\bin a word\b|\bin one sentence\b",
        ),
        "either": (rf"\bin (?:short|a nutshell|brief){_EN_CLOSES}",),
        "number": (
            rf"{_EN_BEGINS}\b(?:first|second|third|fourth|firstly|secondly|thirdly|next|finally|lastly){_EN_GOES_ON}",
            r"\bfirst of all\b|\b(?:number|step|point) (?:one|two|three|four)\b|\bthe (?:first|second|third) is\b",
            r"\bthe (?:first|second|third|last|final) (?:one|thing|reason|point|step|way|part) (?:is|would be|was)\b",
            r"\bthere(?: are|'re) (?:two|three|four|five) (?:\w+ )?"
            r"(?:things|reasons|ways|points|steps|parts|kinds|types|families|options)\b",
        ),
        "example": (
            r"\bfor (?:example|instance)\b|\bas an example\b|\be\.g\.",
            r"\b(?:to give|here's|here is) (?:you )?an? (?:quick |concrete )?example\b",
        ),
        "contrast": (
            r"\bon the (?:one|other) hand\b|\b(?:in|by) contrast\b|\bwhereas\b|\bconversely\b|\btrade-?offs?\b",
            r"\bthe (?:downside|flip side|drawback|catch)\b|\bhowever\b(?=,)",
            rf"{_EN_BEGINS}\bhowever\b(?! (?:many|much|large|small|long|big|few|often|you)\b)",
        ),
        "summary": (
            rf"\bto (?:sum up|conclude|wrap up){_EN_CLOSES}|\bto summari[sz]e(?=,| I\b| it\b| we\b)",
            r"\bsumming up\b|\bin (?:summary|conclusion)\b|\ball in all\b|\bso that's (?:how|why|my|what|basically)\b",
            rf"{_EN_BEGINS}\boverall(?=,)",
        ),
    },
}
_COMPILED = {
    lang: [(kind, re.compile("|".join(pieces), re.IGNORECASE)) for kind, pieces in kinds.items()] for lang, kinds in _PATTERNS.items()
}


@dataclass(frozen=True)
class Signal:
    """A structure signal: its kind, its words, the indices of the first and last word, and its time in seconds."""

    kind: SignalKind
    text: str
    first: int
    last: int
    start: float
    end: float


def signals(heard: Heard) -> tuple[Signal, ...]:
    """The structure signals of an answer, in order; none overlaps another."""
    transcript = Transcript(heard.words)
    found: list[Signal] = []
    taken = 0
    matches = [(match, kind) for kind, pattern in _COMPILED[heard.lang] for match in pattern.finditer(transcript.text)]
    for match, kind in sorted(matches, key=lambda pair: (_start(pair[0]), -pair[0].end())):
        start, end = _start(match), match.end()
        if start < taken:
            continue
        taken = end
        early = start < OPENING_SHARE * len(transcript.text)
        named = ("conclusion" if early else "summary") if kind == "either" else kind
        said = transcript.text[start:end].strip("、, ")
        found.append(Signal(named, said, *transcript.words(start, end), *transcript.time(start, end)))
    return tuple(found)


def _start(match: re.Match[str]) -> int:
    """Where a match begins, less the white space before it."""
    return match.start() + len(match.group()) - len(match.group().lstrip())
