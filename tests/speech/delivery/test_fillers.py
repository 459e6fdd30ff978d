"""Fillers: counted where they hold the floor, not where the same words mean something. A / stands for a silence between two words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.speech.delivery.fillers import by_kind, fillers
from bot.speech.heard import Heard, Word
from knowledge.schema import Language
from tests.speech.delivery.heard_of import heard_of

FOUND: dict[Language, dict[str, list[str]]] = {
    "ja": {
        "Aと、正則化は罰則です": ["えーと"],
        "それで、Aと、次に分けます": ["えーと"],
        "AUC曲線は、Aと分類のしきい値を動かします": ["えーと"],
        "はい、良いと、正則化は罰則です。": ["えーと"],
        "言いと、いーと、へーと、二つあります。": ["えーと", "えーと", "えーと"],
        "ハイエート、正則化は罰則です。": ["えーと"],
        "えーと、正則化は過学習を防ぎます。": ["えーと"],
        "正則化は、えっと、罰則を足します。": ["えーと"],
        "正則化はええっとですね、罰則を足します。": ["えーと"],
        "えと、まず分けます。": ["えーと"],
        "バイアスはえーっと単純すぎるときのずれです。": ["えーと"],
        "あのー、交差検証を使います。": ["あのー"],
        "実務では、あの、初期設定のまま使います。": ["あのー"],
        "で、あのですね、リークが起きます。": ["あのー"],
        "これはあの〜リークです。": ["あのー"],
        "まあ、どちらも使えます。": ["まあ"],
        "精度はまあ良いほうです。": ["まあ"],
        "遅いんですけど、ま、使えます。": ["まあ"],
        "なんか、精度が上がらなくて困りました。": ["なんか"],
        "で、なんか値が飛ぶんですよ。": ["なんか"],
        "t-SNEのほうは、そうですね、図がきれいです。": ["そうですね"],
        "データは、えー、三つに分けます。": ["えー"],
        "あー、A/Bテストですか。": ["あー"],
        "うーん、難しいですね。": ["うーん"],
        "違いは、んー、速さでしょうか。": ["うーん"],
        "違いは、その、意識していません。": ["そのー"],
        "そのー、なんていうか、ずれるんです。": ["そのー", "なんというか"],
        "モデルを、こう、何度も回します。": ["こう"],
        "まあ、なんか、えーと、難しいです。": ["まあ", "なんか", "えーと"],
        "そのえーと罰則です。": ["そのー", "えーと"],
        "精度が/あの/下がりました。": ["あのー"],
        "はい、えーと、まあ、二つあります。": ["えーと", "まあ"],
    },
    "en": {
        "Um, regularisation adds a penalty.": ["um"],
        "So, uh, you split the data.": ["uh"],
        "It adds, er, a penalty.": ["er"],
        "Umm I would use, uhh, folds.": ["um", "uh"],
        "Hmm, that is a hard one.": ["hmm"],
        "The model, you know, overfits.": ["you know"],
        "You know, it just gets worse.": ["you know"],
        "It looks um like a line, and um you know how it goes.": ["um", "um"],
        "It's slow and things like that, you know.": ["you know"],
        "I mean, the bias goes up.": ["I mean"],
        "Precision, I mean recall, goes up.": ["I mean"],
        "It was, like, really slow.": ["like"],
        "It takes like twenty minutes.": ["like"],
        "And like we had no labels.": ["like"],
        "We had, um, like five folds.": ["um", "like"],
        "The weights kind of shrink.": ["kind of"],
        "It's sort of a penalty.": ["sort of"],
        "Basically, you add a term.": ["basically"],
        "So it's basically kind of the same.": ["basically", "kind of"],
        "Well, uh, I mean, you know, it depends.": ["uh", "I mean", "you know"],
        "We retrain it/like/every week.": ["like"],
        "It drops/you know/after a month.": ["you know"],
        "Erm, the second one.": ["er"],
        "Ah, so you mean drift.": ["ah"],
        "It’s like really, really imbalanced.": ["like"],
        "um uh um": ["um", "uh", "um"],
    },
}
NONE: dict[Language, list[str]] = {
    "ja": [
        "二つの群、Aと、Bを比べます",
        "群Aと、群Bの平均を比べます",
        "まず、Aと同じ条件で測ります",
        "ここで、Aと呼びます。次に、Aとします",
        "案として、AとCを比べます",
        "精度が良いと、採用します。精度は、良いと思います",
        "、いいと思います。",
        "言い方を変えると、損失です",
        "その後、モデルを更新します。",
        "あの手法は使いません。",
        "精度はまあまあです。",
        "そのモデルとあのモデルを比べます。",
        "そのため、罰則を足します。",
        "そのままある値を使います。",
        "スケーリングなんかを全体でやるとリークします。",
        "なんか問題があれば知らせます。",
        "なんかいも学習し直します。",
        "数字なんかも見ます。",
        "そうですね、正則化は罰則を足す手法です。",
        "はい、そうですね、二つあります。",
        "便利そうですねと言われました。",
        "それはそうですね。",
        "考えとしては単純です。",
        "例えと違って、数式で書きます。",
        "こうして過学習を防ぎます。",
        "ああいう手法は遅いです。",
        "データエンジニアと話します。",
        "何か問題が起きたら戻します。",
        "これをなんというか知りません。",
        "うんと小さくします。",
        "ええ、その通りです。",
        "へえー、と言われました。",
        "今あるデータを使います。いまある分だけです。",
        "エーアイではなく統計です。",
        "そのうえで評価します。",
    ],
    "en": [
        "I would like to explain it with an example.",
        "It looks like a straight line.",
        "Methods like this need scaling.",
        "Models like trees, or something like that, overfit.",
        "As you know, it overfits.",
        "Do you know what I mean by drift?",
        "When validation error rises, you know it overfits.",
        "Once you know the label, you can train.",
        "You know what the label is.",
        "By drift I mean a change in the inputs.",
        "What I mean is that it overfits.",
        "This kind of model is slow.",
        "There are two kinds of errors and some sort of noise.",
        "A different kind of penalty is used.",
        "What sort of data do you have?",
        "Like I said, it shrinks the weights.",
        "So like I said, it shrinks.",
        "I'd like to start with bias. I like ridge.",
        "It is just like the first one, and boosting is more like a relay.",
        "It looks like a line, and sounds like 5% of the data drifts.",
        "An HMM is a hidden Markov model, and an ER diagram shows tables.",
        "UMAP and Uber and the error and the user.",
        "Uh-huh.",
        "The line is 5 mm wide.",
        "Values like 0.1 or 10 are common, with folds like these.",
        "That's very kind of you.",
        "The likelihood is log-like and GPU-like.",
    ],
}


def spoken(text: str, lang: Language) -> Heard:
    """As heard, with half a second of silence for every slash."""
    pieces = text.split("/") if "/" in text and "A/B" not in text else [text]
    words: list[Word] = []
    for piece in pieces:
        at = words[-1].end + 0.5 if words else 0.0
        lead = " " if lang == "en" and words else ""
        words += [replace(word, start=word.start + at, end=word.end + at) for word in heard_of(lead + piece, lang).words]
    return replace(heard_of(text, lang), words=tuple(words))


@pytest.mark.parametrize(("lang", "text", "kinds"), [(lang, text, kinds) for lang in FOUND for text, kinds in FOUND[lang].items()])
def test_a_filler_is_found(lang: Language, text: str, kinds: list[str]) -> None:
    assert [filler.kind for filler in fillers(spoken(text, lang))] == kinds


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in NONE for text in NONE[lang]])
def test_words_that_mean_something_are_no_fillers(lang: Language, text: str) -> None:
    assert fillers(spoken(text, lang)) == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_there_are_as_many_traps_as_fillers(lang: Language) -> None:
    assert min(len(FOUND[lang]), len(NONE[lang])) >= 25


def test_a_filler_has_the_place_of_its_words() -> None:
    [filler] = fillers(heard_of("罰則は、えーと、重みです", "ja"))
    assert (filler.first, filler.last) == (4, 6)
    assert (filler.start, filler.end) == pytest.approx((0.8, 1.4))
    [filler] = fillers(heard_of("It is kind of slow", "en"))
    assert (filler.first, filler.last) == (2, 3)
    assert (filler.start, filler.end) == pytest.approx((0.4, 0.8))


def test_a_word_that_holds_more_than_the_filler_is_taken_whole() -> None:
    heard = heard_of("", "ja")
    words = (Word("まあ、", 0.0, 0.4, 1.0), Word("えー", 0.4, 0.7, 1.0), Word("と罰則", 0.7, 1.2, 1.0))
    assert [(f.kind, f.first, f.last) for f in fillers(replace(heard, words=words))] == [("まあ", 0, 0), ("えーと", 1, 2)]


def test_full_and_half_width_and_curly_apostrophes_are_read_alike() -> None:
    assert [f.kind for f in fillers(heard_of("ｴｰﾄ､まあ｡", "ja"))] == ["えーと", "まあ"]
    assert [f.kind for f in fillers(heard_of("It’s like ten percent", "en"))] == ["like"]


def test_kinds_are_counted_with_the_most_frequent_first() -> None:
    assert list(by_kind(fillers(heard_of("uh, um, so um it is", "en"))).items()) == [("um", 2), ("uh", 1)]
    assert by_kind(fillers(heard_of("", "ja"))) == {}
