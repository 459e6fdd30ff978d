"""Recognises what a candidate wants when they do not answer: repeat, hint, skip and the like."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.grading.text import clean_text

# Nobody asks for a hint in a paragraph; anything longer is an answer.
LONGEST = 60


class Intent(StrEnum):
    """A request to the interviewer."""

    REPEAT = "repeat"
    HINT = "hint"
    EXPLAIN = "explain"
    SKIP = "skip"
    NEXT = "next"
    END = "end"
    ASK_ABOUT = "ask_about"


_PLEASE_JA = r"(?:を|は)?(?:もう少し|少し)?(?:お願い(?:します|できますか|いたします)?|ください|下さい|頂けますか|いただけますか|もらえますか|欲しいです|ほしいです|出して(?:ください)?|教えて(?:ください)?|します|したいです|しましょう|で|です)?"
_PLEASE_EN = r"(?:please|can you|could you|would you|may i|can i|i(?:'d| would) like|give me|i need|let'?s|let us|just)?[\s,]*"
_PATTERNS: dict[Intent, str] = {
    Intent.REPEAT: r"もう(?:一度|一回|1度|1回)(?:質問を?)?(?:言って|聞いて|読んで|質問して|繰り返して)?"
    rf"{_PLEASE_JA}|(?:質問を)?(?:繰り返して|リピート){_PLEASE_JA}|聞き取れませんでした|(?:何|なん)(?:て|と)(?:言い|おっしゃい)ましたか"
    rf"|{_PLEASE_EN}(?:repeat|say)(?: (?:that|it|the question))?(?: again)?|(?:i beg your )?pardon(?: me)?|come again|once more",
    Intent.HINT: rf"(?:何か)?ヒント{_PLEASE_JA}|(?:何か)?手がかり{_PLEASE_JA}|{_PLEASE_EN}(?:have )?(?:a |another |some |any )?(?:hint|clue|nudge)s?",
    Intent.EXPLAIN: r"(?:質問|問題|設問)の(?:意味|意図|趣旨)(?:が|は|を)?(?:わか|分か|何|なん|教え|説明)?[^。]{0,14}|(?:この)?(?:質問|問題)を(?:もう少し)?(?:詳しく)?説明して"
    rf"{_PLEASE_JA}|どういう(?:意味|こと)(?:ですか|でしょうか)?"
    rf"|{_PLEASE_EN}(?:explain|clarify)(?: (?:the|this|that|your))? question|what do you mean(?: by (?:that|this))?|what does (?:the|this) question mean",
    Intent.SKIP: rf"(?:この(?:質問|問題)(?:は|を)?)?(?:スキップ|飛ばして|とばして|パス){_PLEASE_JA}|{_PLEASE_EN}(?:skip|pass)(?: (?:this|that|it|the question|this question|this one|on this one))?",
    Intent.NEXT: rf"(?:では|じゃあ)?(?:、)?次(?:へ|に)?(?:の(?:質問|問題))?(?:へ|に)?(?:行(?:って|きましょう)|進んで|進みましょう|進む)?{_PLEASE_JA}"
    rf"|{_PLEASE_EN}(?:go to |move on to |move on|the )?(?:the )?next(?: question| one)?|{_PLEASE_EN}(?:move on|go on|continue)",
    Intent.END: rf"(?:面接|練習|今日)?(?:を|は)?(?:これで|ここで)?(?:終了|終わり|おわり|終わって|終わりに|やめ(?:ます|たいです|る)?|ストップ){_PLEASE_JA}(?:に(?:します|してください))?"
    rf"|{_PLEASE_EN}(?:end|stop|finish|quit|exit)(?: (?:the )?(?:interview|session|here|now))?|i'?m done|that'?s all",
    Intent.ASK_ABOUT: r".{1,40}(?:について|に関して|のことを|の問題を|の質問を)(?:聞いて|質問して|出して|出題して|問題を出して|練習したい)(?:です|ください|下さい|ほしい|欲しい)?(?:です)?"
    r"|(?:please )?(?:ask|quiz|test|question) me (?:a question |something )?(?:about|on) .{2,50}|let'?s (?:do|practi[sc]e|talk about|try) .{2,50}",
}
_COMPILED = {intent: re.compile(pattern, re.IGNORECASE) for intent, pattern in _PATTERNS.items()}


def recognise(text: str) -> Intent | None:
    """The request a whole utterance makes, or None when it is (part of) an answer."""
    words = clean_text(text).replace("\n", " ")
    words = re.sub(r"^[\s。.!?、,]+|[\s。.!?、,]+$", "", words)
    words = re.sub(r"[\s,、]*(?:please|thanks|thank you)$", "", words, flags=re.IGNORECASE)
    if not words or len(words) > LONGEST:
        return None
    for intent, pattern in _COMPILED.items():
        if pattern.fullmatch(words):
            return intent
    return None
