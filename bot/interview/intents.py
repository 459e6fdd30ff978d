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


_ASK_JA = r"(?:お願い(?:します|できますか|いたします)?|(?:下さ|くださ)い(?:ませんか)?|(?:頂け|いただけ|もらえ)ま(?:す|せん)か|くれま(?:す|せん)か|(?:欲|ほ)しい(?:です)?)"
_PLEASE_JA = (
    rf"(?:を|は|で)?(?:もう少し|少し)?(?:(?:して|させて|出して|教えて)?{_ASK_JA}|して|出して|教えて|します|したいです|しましょう|で|です)?"
)
_PLEASE_EN = r"(?:please |just )?(?:(?:can|could|would|will|may) (?:you|i|we) |i(?:'d| would) like (?:to )?|i (?:want|need) (?:to )?|let'?s |let us |i'?ll )?(?:please |just )?(?:give me )?"
_QUESTION_EN = r"(?:that|this|it|(?:the|this|that|your) question)"
_PATTERNS: dict[Intent, str] = {
    Intent.REPEAT: r"(?:質問を)?もう(?:一度|一回|1度|1回)(?:質問を?)?(?:言って|聞いて|聞かせて|読んで|質問して|繰り返して)?"
    rf"{_PLEASE_JA}|(?:質問を)?(?:繰り返して|リピート){_PLEASE_JA}|(?:よく|うまく)?(?:聞き取れ|聞こえ)(?:ませんでした|なかったです)"
    r"|(?:何|なん)(?:て|と)(?:言い|おっしゃい)ましたか"
    rf"|{_PLEASE_EN}(?:repeat|say)(?: {_QUESTION_EN})?(?: again)?|(?:i beg your )?pardon(?: me)?|sorry|come again|once more"
    rf"|what(?:'s| is| was) the question(?: again)?|i did(?:n't| not) (?:catch|hear|get) {_QUESTION_EN}",
    Intent.HINT: rf"(?:何か|少し)?(?:ヒント|手がかり)(?:{_PLEASE_JA}|が(?:欲|ほ)しい(?:です)?|(?:は|って)?あり(?:ます|ません)か)"
    rf"|{_PLEASE_EN}(?:have )?(?:a |another |some |any )?(?:hint|clue|nudge)s?",
    Intent.EXPLAIN: r"(?:質問|問題|設問)の(?:意味|意図|趣旨)(?:が|は|を)?(?:(?:よく|もう少し)?(?:わか|分か|何|なん|教え|説明)[^。]{0,14})?"
    r"|(?:何|なに)を聞かれて(?:い)?るの?か(?:よく)?(?:わかりません|分かりません|わからないです|分からないです)"
    rf"|(?:この)?(?:質問|問題)を(?:もう少し)?(?:詳しく)?説明{_PLEASE_JA}|どういう(?:意味|こと)(?:ですか|でしょうか)?"
    rf"|{_PLEASE_EN}(?:clarify|rephrase|(?:explain|clarify|rephrase) {_QUESTION_EN})|what do you mean(?: by (?:that|this))?"
    r"|what does (?:the|this|that) question mean|i do(?:n't| not) (?:understand|get) (?:the|this|that|your) question",
    Intent.SKIP: rf"(?:この(?:質問|問題)(?:は|を)?)?(?:スキップ|飛ばして|とばして|パス){_PLEASE_JA}"
    rf"|{_PLEASE_EN}(?:skip|pass)(?: (?:on )?(?:{_QUESTION_EN}|this one))?",
    Intent.NEXT: rf"次(?:へ|に)?(?:の(?:質問|問題))?(?:へ|に)?(?:行(?:って|きましょう)|進(?:んで|みましょう|みます|む))?{_PLEASE_JA}"
    rf"|{_PLEASE_EN}(?:(?:go|move on|move) to )?(?:the )?next(?: question| one)?|{_PLEASE_EN}(?:move on|go on|continue)",
    Intent.END: r"(?:もう)?(?:(?:面接|練習|今日)(?:を|は)?)?(?:これで|ここで)?"
    rf"(?:(?:終了|終わりに|終わり|おわり|終わって|やめて|ストップ){_PLEASE_JA}|終わり(?:ます|たいです|ましょう)|やめ(?:ます|たいです|る)?)"
    rf"|{_PLEASE_EN}(?:end|stop|finish|quit|exit)(?: (?:(?:the |this )?(?:interview|session)|here|now))?|i'?m done|that'?s all",
    # "Let's try ..." and "Let's do ..." begin answers too
    Intent.ASK_ABOUT: r".{1,40}(?:について|に関して|のことを|の問題を|の質問を)(?:聞いて|質問して|出して|出題して|問題を出して|練習したい|お願いします)(?:です|ください|下さい|ほしい|欲しい)?(?:です)?"
    rf"|{_PLEASE_EN}(?:ask|quiz|test|question) me (?:a question |something )?(?:about|on) .{{2,50}}"
    r"|(?:let'?s|i(?:'d| would) like to|i want to) (?:practi[sc]e|talk about) [^,.:;]{2,40}",
}
_COMPILED = {intent: re.compile(pattern, re.IGNORECASE) for intent, pattern in _PATTERNS.items()}


def recognise(text: str) -> Intent | None:
    """The request a whole utterance makes, or None when it is (part of) an answer."""
    words = clean_text(text).replace("\n", " ")
    words = re.sub(r"^[\s。.!?、,]+|[\s。.!?、,]+$", "", words)
    words = re.sub(
        r"^(?:(?:すみません|すいません)が?|申し訳ありませんが|それでは|では|じゃあ|(?:okay|ok|sorry|excuse me)\b)[、,\s]*(?=.)",
        "",
        words,
        flags=re.IGNORECASE,
    )
    words = re.sub(r"[\s,、]*(?:please|thanks|thank you)$", "", words, flags=re.IGNORECASE)
    if not words or len(words) > LONGEST:
        return None
    for intent, pattern in _COMPILED.items():
        if pattern.fullmatch(words):
            return intent
    return None
