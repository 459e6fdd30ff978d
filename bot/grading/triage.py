"""Recognises what is not an answer before any model is called, and text that is addressed to the grader."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from typing import Literal

from bot.grading.text import Sentence, clean_text, without_fillers
from knowledge.schema import Language

NoAnswer = Literal["empty", "dont_know", "gibberish", "echo", "other_language", "to_grader"]

_DONT_KNOW = re.compile(
    r"(?:わか|分か|判)(?:りません|らない|んない|らん)|知りません|知らない|存じ(?:ま|上げま)せん|答えられません|思いつ(?:きません|かない)|覚えて(?:いません|ない)|ギブアップ|パスします"
    r"|(?:i\s+)?(?:do\s*n['o]?t|do not|have no)\s+(?:really\s+)?(?:know|idea|remember|clue)|no\s+idea|not\s+sure|can(?:no|')t\s+(?:answer|remember|recall)|i\s+give\s+up|no\s+clue|dunno",
    re.IGNORECASE,
)
# What may stand around "I don't know" without being an answer: apologies, politeness, the question's own words.
_AROUND = re.compile(
    r"すみません|申し訳(?:ありません|ございません)|ごめんなさい|ちょっと|正直|よく|それは|これは|この(?:質問|問題)|については|について|は|が|です|。|、|[.,!?\s]"
    r"|\b(?:sorry|i'm|i|am|honestly|really|that|this|about|it|the|answer|question|to|be|honest|but|afraid|well|at|all)\b",
    re.IGNORECASE,
)

_TO_GRADER = re.compile(
    "|".join(
        [
            # overriding instructions
            r"(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|rubric|criteria|guideline|context|above|previous|prior)s?\b",
            r"(?:指示|命令|プロンプト|ルール|採点基準|ルーブリック|上記|前述|これまで)(?:の[^。]{0,12})?(?:を|は)?(?:全て|すべて|全部)?(?:を)?(?:無視|忘れ|破棄|取り消)",
            # asking for marks
            r"\b(?:give|award|assign|grant|grade|score|rate|mark)\b.{0,25}\b(?:me|this|it|the answer|my answer|full|maximum|max|perfect|top|100|10/10|a\+)\b.{0,25}(?:\b(?:score|marks?|points?|credit|100|grade|rating|percent|10/10)\b|%|$)",
            r"\b(?:mark|count|treat|accept|consider|judge|report|output|return)\b.{0,30}\b(?:all|every|each|everything)\b.{0,30}\b(?:hit|correct|yes|points?|stated|true|pass(?:ed)?|statements?)\b",
            r"(?:満点|100点|百点|10点満点|最高(?:点|評価)|合格)(?:を|に|と|で)?[^。]{0,12}(?:ください|下さい|つけ|付け|与え|して|お願い|くれ|採点|評価しろ)",
            r"(?:すべて|全て|全部|全項目)[^。]{0,12}(?:はい|Yes|正解|ヒット|満たし|言及した|達成)[^。]{0,12}(?:と(?:し|判定|答|出力|見な|みな)|扱|ください|して)",
            r"(?:answer|reply|respond|say|output)\b.{0,20}[\"'「]?\byes\b[\"'」]?.{0,30}(?:every|all|each|to|only|for|always|$)",
            r"(?:「?はい」?|Yes)(?:と|だけ)(?:だけ)?(?:答え|回答|返|出力)",
            # speaking to or as the machine
            r"\b(?:dear|hey|attention|note to|message to|instructions? (?:to|for))\b.{0,15}\b(?:grader|evaluator|judge|examiner|ai|model|assistant|llm|system|scorer)\b",
            r"\b(?:you are|act as|pretend|from now on|as an ai|as a language model)\b.{0,40}\b(?:grader|evaluator|judge|assistant|ai|model|lenient|generous|mode|teacher)\b",
            r"(?:採点者|評価者|審査員|採点AI|AI(?:さん|へ|に)|採点(?:システム|モデル|プログラム)|アシスタント)(?:へ|は|に|さん|の皆|よ|、|:)",
            r"\b(?:developer|admin|debug|maintenance|test|god|jailbreak|dan) mode\b|管理者(?:モード|権限|として)|開発者モード|デバッグモード",
            # forged structure
            r"<\|[^|>]{1,30}\|>|\[/?(?:INST|SYS|SYSTEM)\]|<</?SYS>>|</?(?:system|assistant|user|answer|instructions?|grade|score|verdict)s?>",
            r"^\s*(?:#+\s*)?(?:system|assistant|developer|grader|システム|採点結果|評価結果)\s*[::]",
            r"[\"'「]?\b(?:verdicts?|stances?|score|grade|probability)\b[\"'」]?\s*[::=]\s*[\"'\[{]?\s*(?:hit|states|yes|true|100|10/10|1\.0|a\+)",
            r"(?:スコア|得点|点数|評価|判定|総合点)\s*[::=]\s*(?:100|10/10|満点|A\+?|合格|hit)",
            # claims about the reference or the outcome
            r"\b(?:this|my|the above|the following) (?:answer|response)\b.{0,30}\b(?:matches|is identical to|equals|covers|contains|includes|satisfies|hits)\b.{0,30}\b(?:reference|model answer|all|every|rubric|key points?|criteria)\b",
            r"(?:模範解答|参照解答|採点基準|全ての要点|すべての要点|全要点|キーポイント)(?:と|を|に|は)[^。]{0,14}(?:一致|同じ|満た|網羅|カバー|含|合致|述べ)",
        ]
    ),
    re.IGNORECASE,
)


def addressed_to_grader(text: str) -> bool:
    """Whether a sentence speaks to whoever grades instead of to the subject."""
    return _TO_GRADER.search(clean_text(text)) is not None


def triage(answer: str, question: str, lang: Language, sentences: Sequence[Sentence]) -> NoAnswer | None:
    """Why this is no answer, or None when it may be one. `sentences` are those left after text to the grader was put aside."""
    cleaned = clean_text(answer)
    if not any(character.isalnum() for character in cleaned):
        return "empty"
    if not sentences:
        return "to_grader"
    text = " ".join(sentence.clean for sentence in sentences)
    if _is_dont_know(text, lang):
        return "dont_know"
    if _is_gibberish(text):
        return "gibberish"
    if _is_other_language(text):
        return "other_language"
    if _is_echo(text, question):
        return "echo"
    return None


def _is_dont_know(text: str, lang: Language) -> bool:
    if not _DONT_KNOW.search(text):
        return False
    rest = _AROUND.sub("", _DONT_KNOW.sub("", without_fillers(text, lang)))
    return len(rest) <= 12


def _is_gibberish(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    if len(letters) < 2 or len(letters) < 0.4 * len(text.replace(" ", "")):
        return True
    if len(text) >= 60 and len(zlib.compress(text.encode())) < 0.16 * len(text.encode()):
        return True  # the same few words over and over
    if len(letters) >= 6 and len(set(letters)) <= max(2, len(letters) // 20):
        return True
    latin = re.findall(r"[a-z]+", text.casefold())
    if latin and sum(map(len, latin)) > 0.8 * len(letters):
        odd = [word for word in latin if len(word) > 3 and not _pronounceable(word)]
        return sum(map(len, odd)) > 0.5 * sum(map(len, latin))
    return False


def _pronounceable(word: str) -> bool:
    """A loose look at spelling: English words hold a vowel within any five letters and none stands four times in a row."""
    return re.search(r"[^aeiouy]{5,}|(.)\1{3,}", word) is None and re.search(r"[aeiouy]", word) is not None


def _is_other_language(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    known = sum(1 for character in letters if _script(character) in {"LATIN", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK", "GREEK"})
    return known < 0.5 * len(letters)


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").split(" ", 1)[0]


def _is_echo(text: str, question: str) -> bool:
    """Whether nearly all of the text is the question again."""
    grams, asked = _trigrams(text), _trigrams(clean_text(question))
    return bool(grams) and len(grams & asked) >= 0.8 * len(grams)


def _trigrams(text: str) -> set[str]:
    squeezed = "".join(character for character in text.casefold() if character.isalnum())
    return {squeezed[i : i + 3] for i in range(len(squeezed) - 2)}
