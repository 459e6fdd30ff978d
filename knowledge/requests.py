"""What a person asks for, without the words with which they ask: "正則化について聞いて" → "正則化"."""

from __future__ import annotations

import re
import unicodedata

# A spoken request is a sentence or two; what follows costs embedding time and names no topic.
LONGEST_REQUEST = 300

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffc-\uffff]+")

_JA_OPENING = re.compile(
    r"^(?:(?:えー?っ?と|あのー?|うーん|じゃあ?|(?:それ)?では|次(?:は|に|、)|今度は|今日は|まず(?:は)?|できれば|よければ)[、,\s]*)+"
)
_JA_POLITE = (
    r"(?:み(?:て|たい)|(?:ほ|欲)しい|(?:くだ|下)さい(?:ませんか)?|く(?:れ(?:る|ます|ません|ない)?)"
    r"|もら(?:える|えます|えません|えない|いたい)|(?:いただ|頂)け(?:る|ます|ません)|いい)*(?:です|でしょう)?[かなねよ]*"
)
_JA_ASKING = re.compile(
    r"(?:(?:聞|訊|き)いて|(?:質問|出題|テスト)して|(?:出|試|話)して|や(?:って|らせて|りましょう|りたい|ろう)|(?:い|行)(?:こう|きましょう)"
    r"|(?:お願い|練習|勉強|復習)?し(?:ましょう|よう|たい|ます)|お願い(?:でき(?:る|ます))?|(?:話|聞き|知り)たい|話そう|(?:頼|たの)(?:む|みます)"
    r"|(?:くだ|下)さい|(?:ちょうだい|頂戴)|(?:が|で)(?:いい|よい)|欲しい|ほしい)" + _JA_POLITE + r"[\s。、.!?!?]*$"
)
_JA_FRAME = re.compile(
    r"(?:(?:に(?:ついて|関して|関する)|関連|とか|なんか|みたいな|って(?:いう)?|という)?[のをがはでもと、,\s]*"
    r"(?:問題|質問|話題?|やつ|テーマ|こと|[1一]問|あたり)|に(?:ついて|関して|関する)|みたいな|って(?:いう)?|という|[のをがはでも、,\s])$"
)

_EN_OPENING = re.compile(r"^(?:(?:ok(?:ay)?|so|u[mh]+|er+|well|right|now|next|then|maybe|hi|hey|please|and)[,.\s]+)+", re.IGNORECASE)
_EN_WISH = re.compile(
    r"^(?:(?:can|could|would|will|may|shall) (?:you|we|i)|i(?:'d| would) (?:like|love)|i (?:want|wanna)|let[’']?s|let (?:us|me)"
    r"|why don[’']?t (?:you|we)|how about|what about)\b[\s,]*(?:please\s+)?(?:you\s+)?(?:to\s+)?",
    re.IGNORECASE,
)
_EN_VERB = re.compile(
    r"^(?:(?:ask|quiz|test|drill|interview|examine|grill) me|be (?:asked|tested|quizzed|interviewed)|give me"
    r"|(?:do|try|get|have|practi[sc]e|discuss|cover|hear|take|start|talk|move on|go)\b)\s*",
    re.IGNORECASE,
)
_EN_OBJECT = re.compile(
    r"^(?:(?:something|anything|some|one|(?:a|an|another|the) (?:question|one|topic)|questions?)\b\s*)?"
    r"(?:(?:about|on|regarding|around|with|over|for)\b\s*)?",
    re.IGNORECASE,
)
_EN_CLOSING = re.compile(
    r"[\s,.!?]*(?:\b(?:please|for me|questions?|next|now|today|then|ask me (?:that|this)(?: one)?|thanks|thank you)\b|[.!?])[\s,.!?]*$",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """The text in NFKC with control, zero-width and direction characters gone and white space single."""
    return " ".join(_INVISIBLE.sub(" ", unicodedata.normalize("NFKC", text)).split())


def topic_of(request: str) -> str:
    """What a request is about, at most LONGEST_REQUEST characters; the request itself if it names nothing else.

    Pure: the same request always gives the same text.
    """
    request = clean(request[: 4 * LONGEST_REQUEST])[:LONGEST_REQUEST]
    for strip in (_without_japanese_frame, _without_english_frame):
        request = strip(request) or request
    return request


def _without_japanese_frame(text: str) -> str:
    text = _JA_OPENING.sub("", text)
    asking = _JA_ASKING.search(text)
    if asking is None:
        return text
    text = text[: asking.start()]
    while (frame := _JA_FRAME.search(text)) and frame.group():
        text = text[: frame.start()]
    return text


def _without_english_frame(text: str) -> str:
    while (closing := _EN_CLOSING.search(text)) and closing.start():
        text = text[: closing.start()]
    text = _EN_OPENING.sub("", text)
    wish = _EN_WISH.match(text)
    rest = text[wish.end() :] if wish else text
    verb = _EN_VERB.match(rest)
    if verb and (wish or " " in verb.group().strip()):
        rest = rest[verb.end() :]
    elif wish is None and not re.match(r"(?:something|anything|an?other|questions?)\b", rest, re.IGNORECASE):
        return rest
    return _EN_OBJECT.sub("", rest)
