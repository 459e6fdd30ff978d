"""Recognises what is not an answer before any model is called. An honest answer turned away is the worse error: in doubt, the judge decides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from bot.grading.text import Sentence, clean_text, split_sentences, without_fillers
from knowledge.schema import Language

NoAnswer = Literal["empty", "dont_know", "gibberish", "echo", "other_language", "to_grader", "keywords"]


def triage(answer: str, question: str, lang: Language, sentences: Sequence[Sentence]) -> NoAnswer | None:
    """Why this is no answer, or None when it may be one. `sentences` are those left after text to the grader was put aside."""
    if not any(character.isalnum() for character in clean_text(answer)):
        return "empty"
    if not sentences:
        return "to_grader"
    said = [sentence.clean.replace("’", "'") for sentence in sentences]
    text = " ".join(said)
    if _is_opening_only(text, lang):
        return "empty"
    if _is_dont_know(said, question):
        return "dont_know"
    if _is_other_language(text):
        return "other_language"
    if _is_bare_number(text, question) or _is_gibberish(text):
        return "gibberish"
    if _is_echo(said, question, lang):
        return "echo"
    if _is_keyword_list(text, lang):
        return "keywords"
    return None


# ---- nothing said yet

# What comes before an answer; alone it makes some judges say yes.
_OPENING = (
    r"(?:(?:(?:the|my|final|here is|here's|is|as follows|below|model|correct|sample) ?)*"
    r"(?:solution|answer|response|reasoning|explanation|conclusion|thought process)(?: is| as follows| below)*"
    r"|let'?s (?:think|solve|work|go)(?: (?:this|it|the problem|this problem|through|about|out))*(?: (?:step by step|carefully))?|step by step"
    r"|respuesta|réponse|antwort|lösung|ответ|решение|答案|解析"
    r"|(?:私の)?(?:解答|回答|答え|解説|解|結論|かいとう|こたえ|説明)(?:は以下の通りです|は次の通りです|を述べます|は|です|します)?"
    r"|以下の通りです|(?:順を追って|ステップごとに)(?:考え|説明し)ます)[\s::。.、,!?…-]*"
)
_OPENINGS = re.compile(f"(?:{_OPENING})+", re.IGNORECASE)
_OPENING_LONGEST = 120


def _is_opening_only(text: str, lang: Language) -> bool:
    rest = without_fillers(text, lang)
    return not any(map(str.isalnum, rest)) or (len(rest) <= _OPENING_LONGEST and _OPENINGS.fullmatch(rest) is not None)


# ---- not knowing

_IGNORANCE = re.compile(
    r"(?:わか|分か|判|解)(?:りません|らない|んない|らん|りかね|らなく|っていません|っていない|ってない)|知(?:りません|らない|らなく|らん)"
    r"|存じ(?:ま|上げま|て(?:い|お)りま)せん|お?答え(?:られ|でき|することができ|が出(?:て来|てき)?)(?:ません|ない|かね)"
    r"|説明(?:することが)?でき(?:ません|ない|そうに)|申し上げられ(?:ません|ない)"
    r"|思い(?:つ|付|浮か|出)(?:き|か|び|ば|せ)(?:ません|ない|なく)|出てき(?:ません|ない)|覚えてい?(?:ません|ない|なく)|忘れ(?:ました|てしま|ちゃ)|ど忘れ"
    r"|ギブアップ|降参|お手上げ|パスします|(?:勉強|知識|経験|理解)不足|(?:知識|経験|自信)が(?:な|あ(?:りま|んま)せん)|頭が真っ白|さっぱり|未経験|ノーコメント"
    r"|(?:勉強|学習|経験|使用)(?:し|でき)てい?(?:ません|ない|なく)|(?:聞いた|使った|触った|考えた|学んだ|習った|やった|扱った)ことが(?:ありません|ない|なく)"
    r"|特に(?:ありません|ないです|なし)"
    r"|\b(?:do ?n[o']?t|do not|did ?n't|did not|would ?n't|would not|could ?n't|could not|can ?not|can'?t|have ?n't|have not) (?:\w+ ){0,2}?"
    r"(?:know|remember|recall|tell you|say|answer|explain|think of|learned|learnt|studied|heard|used)\b"
    r"|\b(?:no|haven't an?|without an?) (?:idea|clue|answer|comment)\b|\bnot (?:\w+ )?(?:sure|certain|familiar)\b"
    r"|\b(?:dunno|idk|beats me|i give up|nothing comes to mind)\b|\bnever (?:\w+ )?(?:heard|learned|learnt|studied|used|thought|seen|came across|come across)\b"
    r"|\b(?:draw(?:ing)? |drew |went |gone )?(?:a )?blank\b|\bhave to look\b|\b(?:escapes|slipped)\b|\bnot (?:my (?:area|field)|something i know)\b|^\W*pass\W*$",
    re.IGNORECASE,
)
# Where a sentence turns from not knowing to what is known all the same, or from a guess to the doubt about it.
_TURN = re.compile(
    r"(?<=せん|ない|した|った|ます)(?:[のん]?です)?(?:が|けれども|けれど|けど)[、,\s]*|(?<=です)(?:が|けれども|けれど|けど)[、,\s]*(?=.{0,6}自信)"
    r"|\b(?:but|though|although)\b|;|,(?= not (?:\w+ )?(?:sure|certain))",
    re.IGNORECASE,
)
_WONDERS = re.compile(r"(?:[か?…]|ね|っけ)[。. ]*$|(?:聞いた|見た|習った)こと[はがも]?あ[りる]")
# A guess may be one of the things asked about: "L1 or L2?" "L1, I think."
_GUESSES = re.compile(
    r"たぶん|多分|おそらく|恐らく|(?<![何う])でしょうか|かもしれ|思いま(?!せん)|と(?:聞|習)[いきっ]|\b(?:maybe|perhaps|probably|guess|might be|i think|i believe)\b",
    re.IGNORECASE,
)
# What may stand around "I don't know" without being an answer: apologies, hedges, politeness, asking to go on.
_AROUND_JA = re.compile(
    r"すみません|すいません|申し訳|ございません|ありません|ごめんなさい|正直|残念|恐縮|恥|質問|問題|設問|分野|内容|部分|言葉|用語|名前|今回|今|現時点|現在|全く|全然|何"
    r"|私|自分|答え|具体的|詳し|次|願|教|頂|聞|思|言|話|点|一切|少|回答|説明|勉強|知識|深|方|中身|事"
)
_GRAMMAR_JA = re.compile(
    r"ちょっと|まったく|ぜんぜん|よく|それ|これ|この|その|という|について|ところ|もの|こと|です|ます|でした|ました|ません|のは|のが|けれども|けど|ので|から"
    r"|なにも|まだ|はっきり|うまく|ちゃんと|ください|いただ|えっと|えーと|あの|うーん"
)
_AROUND_EN_WORDS = (
    "i i'm i'd i've it it's its that that's this these those the a an to be is am are was of on in at for from with and or but so as well no not"
    " sorry honest honestly frankly afraid apologies unfortunately really actually truly just very quite much exactly completely totally fully all"
    " me my mind you your we what how why which when where who about answer question topic thing anything something nothing right now here there"
    " moment yet ever have has do don't does know say tell think would could can will need give any clue idea please next skip pass move hmm um uh er oh"
    " okay ok sure perhaps maybe more up it'd time today concept term word area top head"
)
_AROUND_EN = frozenset(_AROUND_EN_WORDS.split())
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_WEIGHTY = re.compile(r"[\u3400-\u9fff々]+|[ァ-ヴー]{2,}")
_HIRAGANA_LEFT = 10


def _is_dont_know(said: Sequence[str], question: str) -> bool:
    """Whether every sentence says no more than that, or repeats what was asked, or apologises."""
    if not any(map(_IGNORANCE.search, said)):
        return False
    asked = clean_text(question).casefold()
    clauses = [clause for sentence in said for clause in _TURN.split(sentence)]
    return all(_says_nothing(_IGNORANCE.sub(" ", clause), asked if _wonders(clause) else "") for clause in clauses)


def _wonders(clause: str) -> bool:
    """Whether words of the question that stand in it are no answer."""
    return _GUESSES.search(clause) is None and (_IGNORANCE.search(clause) is not None or _WONDERS.search(clause) is not None)


def _says_nothing(text: str, asked: str) -> bool:
    """Whether a text holds no words but those of the question, politeness and grammar."""
    text = re.sub(r"\b(?:this|that|next) one\b", " ", text.casefold())
    if any(word not in _AROUND_EN and word not in asked for word in _WORD.findall(text)):
        return False
    rest = _AROUND_JA.sub(" ", text)
    if any(not _in_question(chunk, asked) for chunk in _WEIGHTY.findall(rest)):
        return False
    grammar = re.findall("[ぁ-ん]+", _GRAMMAR_JA.sub(" ", rest))
    return sum(len(run) for run in grammar if run not in asked) <= _HIRAGANA_LEFT


def _in_question(chunk: str, asked: str) -> bool:
    """Whether a run of kanji or katakana stands in the question, whole or in pairs of characters."""
    return chunk in asked or (len(chunk) > 2 and all(a + b in asked for a, b in pairwise(chunk)))


# ---- other languages

_KNOWN_SCRIPTS = frozenset({"LATIN", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK", "GREEK", "IDEOGRAPHIC"})
# Characters of written Chinese that Japanese does not have.
_CHINESE_ONLY = frozenset(
    "这们么吗呢没说过时间实现样训练则为个从对关还动图标类权误预测证习进网络术问题头发见观该让给较应适选择变换链节结构储须"
)
_CHINESE_ONLY_LEAST = 3


def _is_other_language(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    known = sum(1 for character in letters if character.isascii() or _script(character) in _KNOWN_SCRIPTS)
    if known < 0.5 * len(letters):
        return True
    has_kana = any("ぁ" <= character <= "ヿ" for character in text)
    return not has_kana and sum(character in _CHINESE_ONLY for character in text) >= _CHINESE_ONLY_LEAST


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").split(" ", 1)[0]


# ---- gibberish

_ASKS_FOR_NUMBER = re.compile(
    r"\bhow (?:many|much|large|big|often|long|high|low|old|far)\b"
    r"|\b(?:numbers?|values?|percent\w*|ranges?|address\w*|size|probability|count|threshold|calculate|compute)\b"
    r"|いくつ|いくら|何(?:回|個|人|割|点|番|件|本|分|倍|パーセント|%)|どれ(?:く|ぐ)らい|どの(?:く|ぐ)らい|値|(?<![係関変複対多少])数|割合|確率|計算",
    re.IGNORECASE,
)
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ROWS = tuple(row for line in _KEYBOARD for row in (line, line[::-1]))
_RUNS_OF_3 = frozenset(row[i : i + 3] for row in _ROWS for i in range(len(row) - 2))
_RUNS_OF_4 = frozenset(row[i : i + 4] for row in _ROWS for i in range(len(row) - 3)) - {"erty"}  # property
_RUN_OF_3 = re.compile("|".join(sorted(_RUNS_OF_3)))
# Pairs of letters that English, and the names of its software, do not have within a word.
_NO_SUCH_PAIR = re.compile(
    r"q(?![uls])|j[bcdfghklmqrtxz]|[cfghjklmpqtvwxyz]j|v[bcdfghjkmpqtwxz]|[bcdfgjkmpqvwxz]x|x[djkrvz]|z[bcdfghjkqrstvwx]"
    r"|[bdfghjkpqvwx]z|[dfgkmw]q|k[jqxzv]|f[kvqxzd]|[sl]dk|kd[sfj]|lkf|dfj|fgh|hgf"
)
# The commonest pairs of hiragana: three in five of those in ordinary Japanese, one in fifty of those in a random string.
_COMMON_KANA = (
    "あのありあるいういかいくいたいていでいといないのいまいるうかうとうなうにうのえたえてえまえるかけかっかなかはからかれかをがあがいがっがながらきなきにきは"
    "きまくさくてくなけてけでけらけることころさせされさんしいしたしてしますかすがすねすよするせてせるせんそのそれたくたとためたらたりだけだとったってっとつけ"
    "つのてあていておてしてもでいできですではでもといとかとがときとことしとでとにとはどうどのないながなくなっなどなのならなりなるにしにすになにはのかのがので"
    "のはのほのまはなべてほうましますませまっまでまままりめてめるものようよくらなられりまるかるこるたるとるのるよれたれてればれまれるわせをしんでんの"
)
_KANA_PAIRS = frozenset(_COMMON_KANA[i : i + 2] for i in range(0, len(_COMMON_KANA), 2))
_KANA_LEAST, _KANA_SHARE = 10, 0.1
# Small letters and marks where no Japanese word has them, katakana written as hiragana.
_NO_SUCH_KANA = re.compile(
    r"[あ-おかくけこさすせそたつぬねのはふへほまむめもら-れろやゆよわをん][ゃゅょ]|っ[あ-おな-のま-もや-よら-ん]|[ぁぃぅぇぉゃゅょっー][ゃゅょぁぃぅぇぉ]|んん"
    r"|[なにぬねのはひへほま-もや-ろ][ぁぃぅぇぉ]|[ゐゑヲヂヅ]|(?:^|[\s、。,.])[っーぁぃぅぇぉゃゅょん]"
)
_REPEATS, _REPEATED_LONGEST = 3, 120


def _is_bare_number(text: str, question: str) -> bool:
    """Whether it is whole numbers and no more, when none was asked for. 0.8, 1/2 or 10.0.0.0 is a terse answer."""
    if any(map(str.isalpha, text)):
        return False
    return re.search(r"\d[.,:/^*+=×-]\d|\d ?%", text) is None and _ASKS_FOR_NUMBER.search(question) is None


def _is_gibberish(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    shown = sum(not character.isspace() for character in text)
    written = sum(character.isalnum() or unicodedata.category(character) == "Sm" for character in text)
    if (shown >= 10 and written < 0.4 * shown) or letters == 1 == written:
        return True
    return _repeats_itself(text) or _is_mashed(text, letters) or _is_random_kana(text, letters) or _is_random_kanji(text)


def _repeats_itself(text: str) -> bool:
    """Whether it is one short thing over and over."""
    squeezed = "".join(character for character in text.casefold() if character.isalnum())
    period = (squeezed + squeezed).find(squeezed, 1)
    if len(squeezed) >= 4 and len(squeezed) >= _REPEATS * period and period <= _REPEATED_LONGEST:
        return True
    words = [word.strip(".,!?;:。、").casefold() for word in text.split()]
    if len(words) >= 5 * len(set(words)) and len(set(words)) <= 3:
        return True
    grams = [squeezed[i : i + 8] for i in range(len(squeezed) - 7)]
    return len(set(grams)) < min(_REPEATED_LONGEST, len(grams) / (_REPEATS + 1))


def _is_mashed(text: str, letters: int) -> bool:
    """Whether most of the Latin letters were struck at random, and the rest is no Japanese."""
    spelt = sum(len(run) for run in re.findall(r"(?:\b[a-z][ .]){12,}", text.casefold()))
    if spelt > 0.5 * len(text):
        return True  # letter by letter
    words = [word for word in re.findall(r"[A-Za-z]+", text) if len(word) >= 3]
    latin = sum(map(len, words))
    # Names in capitals are spelt out, not pronounced.
    odd = sum(len(word) for word in words if not (word.isupper() and len(word) <= 6) and _is_odd(word.casefold()))
    if odd <= 0.5 * latin:
        return False
    return latin > 0.4 * letters or not any(a + b in _KANA_PAIRS or "\u3400" <= a <= "\u9fff" for a, b in pairwise(text))


def _is_odd(word: str) -> bool:
    if len(word) == 3:
        return word in _RUNS_OF_3
    if any(word[i : i + 4] in _RUNS_OF_4 for i in range(len(word) - 3)) or len(_RUN_OF_3.findall(word)) >= 2:
        return True
    if re.search(r"([^x])\1{3}|[^aeiouy]{6}|^[^aeiou]{6}", word) or _NO_SUCH_PAIR.search(word):
        return True
    return len(word) >= 5 and re.search(r"[aeiouy]", word) is None


def _is_random_kana(text: str, letters: int) -> bool:
    pairs = [a + b for a, b in pairwise(text) if "ぁ" <= a <= "ん" and "ぁ" <= b <= "ん"]
    if len(pairs) >= _KANA_LEAST and sum(pair in _KANA_PAIRS for pair in pairs) < _KANA_SHARE * len(pairs):
        return True
    kana = sum("ぁ" <= character <= "ヿ" for character in text)
    if kana < 8 or kana <= 0.8 * letters:
        return False
    hiragana = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヴ" and c not in "ヲヂヅ" else c for c in text)
    return len(_NO_SUCH_KANA.findall(hiragana)) >= max(2, kana / 15)


def _is_random_kanji(text: str) -> bool:
    """Whether the kanji are such as nobody uses in speech: outside the first level of the Japanese standard."""
    kanji = [character for character in text if "\u3400" <= character <= "\u9fff"]
    rare = sum(map(_is_rare, kanji))
    return rare >= 4 and rare > 0.4 * len(kanji)


def _is_rare(kanji: str) -> bool:
    try:
        return kanji.encode("shift_jis") >= b"\x98\x9f"
    except UnicodeEncodeError:
        return True


# ---- echo

_ECHO_SHARE = 0.8
_ECHO_SHORTEST = 8


def _is_echo(said: Sequence[str], question: str, lang: Language) -> bool:
    """Whether it is the question again, or a whole sentence of it, and nothing new."""
    text, asked = " ".join(said), clean_text(question).casefold()
    if not _says_nothing(text, asked):
        return False
    grams = _trigrams(text)
    wholes = [asked, *(sentence.clean for sentence in split_sentences(asked, lang))]
    return any(len(grams & whole) >= _ECHO_SHARE * len(whole) for whole in map(_trigrams, wholes) if len(whole) >= _ECHO_SHORTEST)


def _trigrams(text: str) -> set[str]:
    squeezed = "".join(character for character in text.casefold() if character.isalnum())
    return {squeezed[i : i + 3] for i in range(len(squeezed) - 2)}


# ---- keyword lists

# Fewer terms may be all that a question asks for.
_TERMS_LEAST, _WORDS_LEAST = 8, 20
_BARE_SHARE = {"ja": 0.75, "en": 0.8}
_LONGEST_TERM = {"ja": 4, "en": 5}
_WORDS_A_TERM = 2.3
_GRAMMAR_SHARE = 0.05
_MARKS = r"[、。;!?・|•\n]|(?<!\S)[#*]|[,./](?!\d)|(?<=\s)[-–—]+\s|(?:^|\s)\d{1,2}[.)]\s"
# Japanese sentences have no blanks, but among and beside foreign words; lists of terms may.
_BETWEEN_TERMS = {
    "en": re.compile(_MARKS),
    "ja": re.compile(_MARKS + r"|(?<=[ァ-ヶー一-龯々])\s(?![ぁ-ん])|(?<![ぁ-ん])\s(?=[ァ-ヶ一-龯])"),
}
# What only says that terms follow; "metrics:" or "steps:" says what they are.
_LIST_LABEL = re.compile(
    r"^\W*(?:tags?|key ?words?|key terms?|terms?|topics?|buzz ?words?|concepts?|キーワード|重要語|用語|タグ|トピック|関連語)\W{0,3}[:.]\s*",
    re.IGNORECASE,
)
# A mark between a term and what is said of it.
_BINDS = re.compile(r"(?<=\S)\s*(?:[:=≠<>≤≥→⇒↑↓+×]|->)\s*(?=\S)")
_TERM_WORD = re.compile(r"[A-Za-z0-9]+(?:[-'&_][A-Za-z0-9]+)*")
# What joins nouns to one term.
_JOINS_JA = re.compile("[のとやなでへに]")
_JOINS_EN = frozenset({"of", "the", "and", "in", "on", "per", "to", "a", "for", "with", "vs", "or", "within", "across", "by"})


def is_term_list(sentence: str, lang: Language, *, least: int = _TERMS_LEAST) -> bool:
    """Whether a sentence is nothing but terms, so many at least: no fragment of it has a verb or a particle, none is bound to another."""
    sentence = _LIST_LABEL.sub("", sentence)
    fragments, terms = _terms(sentence, lang)
    return least <= fragments == len(terms) and sum(terms) < _WORDS_A_TERM * len(terms) and _BINDS.search(sentence) is None


def _is_keyword_list(text: str, lang: Language) -> bool:
    """Whether it strings terms together and says nothing of them: hardly a fragment has a verb or a particle, none is bound to another."""
    if len(_BINDS.findall(text)) > 1:
        return False
    all_words = _WORD.findall(text.casefold())
    if lang == "en" and len(all_words) >= _WORDS_LEAST and sum(word in _AROUND_EN for word in all_words) <= _GRAMMAR_SHARE * len(all_words):
        return True
    fragments, terms = _terms(text, lang)
    return len(terms) >= max(_TERMS_LEAST, _BARE_SHARE[lang] * fragments) and sum(terms) < _WORDS_A_TERM * len(terms)


def _terms(text: str, lang: Language) -> tuple[int, list[int]]:
    """How many fragments there are between marks, and the number of Latin words of each that is a noun phrase at most."""
    fragments = [fragment for fragment in _BETWEEN_TERMS[lang].split(text) if any(map(str.isalnum, fragment))]
    return len(fragments), [len(_TERM_WORD.findall(fragment)) for fragment in fragments if _is_term(fragment, lang)]


def _is_term(fragment: str, lang: Language) -> bool:
    """Whether a fragment is a noun phrase at most."""
    if len(_TERM_WORD.findall(fragment)) > _LONGEST_TERM[lang]:
        return False
    if any(word in _AROUND_EN and word not in _JOINS_EN for word in _WORD.findall(fragment.casefold())):
        return False
    return sum("ぁ" <= character <= "ん" for character in _JOINS_JA.sub("", fragment)) <= 1
