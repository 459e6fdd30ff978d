"""Structure signals: phrases that tell a listener how the answer is built, not the same words in other uses."""

from __future__ import annotations

import pytest

from bot.speech.delivery.structure import signals
from knowledge.schema import Language
from tests.speech.delivery.heard_of import heard_of

FOUND: dict[Language, dict[str, list[str]]] = {
    "ja": {
        "結論から言うと、L1を使います。": ["conclusion"],
        "先に結論を言うと、使います。": ["conclusion"],
        "一言で言うと、罰則です。": ["conclusion"],
        "一つ目は罰則です。二つ目は検証です。": ["number", "number"],
        "理由は三つあります。": ["number"],
        "まず、データを分けます。次に、学習します。最後に、評価します。": ["number"] * 3,
        "第一に、速いです。": ["number"],
        "1点目は速さ、2点目は精度です。": ["number", "number"],
        "罰則には、例えばL2があります。": ["example"],
        "具体的には、係数を見ます。": ["example"],
        "一方で、バイアスは増えます。": ["contrast"],
        "これはトレードオフです。": ["contrast"],
        "速いです。逆に、精度は落ちます。": ["contrast"],
        "まとめると、罰則で防ぎます。": ["summary"],
        "要するに、罰則です。": ["summary"],
        "罰則で防ぎます。以上です。": ["summary"],
        "結論から言うと罰則です。例えばL2です。一方でL1もあります。まとめると罰則です。": ["conclusion", "example", "contrast", "summary"],
    },
    "en": {
        "The short answer is yes.": ["conclusion"],
        "The main thing is the penalty.": ["conclusion"],
        "First, you split the data. Second, you train. Finally, you score.": ["number"] * 3,
        "First of all, split the data.": ["number"],
        "There are two reasons.": ["number"],
        "And then, third, we score it.": ["number"],
        "The second one is faster.": ["number"],
        "For example, ridge.": ["example"],
        "You could, for instance, use ridge.": ["example"],
        "On the other hand, the bias grows.": ["contrast"],
        "There is a trade-off here.": ["contrast"],
        "It is fast. However, it is less exact.": ["contrast"],
        "To sum up, add a penalty.": ["summary"],
        "It all adds up. Overall, I like ridge.": ["summary"],
        "My answer is ridge. For example, in sales. The downside is bias. In conclusion, use it.": [
            "conclusion",
            "example",
            "contrast",
            "summary",
        ],
    },
}
NONE: dict[Language, list[str]] = {
    "ja": [
        "結論は出ていません。",
        "一方的に決めません。一方向に流れます。",
        "データをまとめると速くなります。",
        "精度は50以上です。",
        "まずい結果でした。まずまずです。",
        "一つ目的があります。",
        "次に高い値を選びます。目次に書きます。",
        "逆にしたら動きました。",
        "例えなしで話します。",
        "第一印象が大事です。",
    ],
    "en": [
        "The first component explains the most.",
        "At first it was slow, and for the first time it worked.",
        "It takes one second, with second-order terms.",
        "The next batch comes in.",
        "However many folds you use, it is slow.",
        "Overall accuracy is not enough.",
        "You summarise the data and wrap up the model.",
        "It is a good example of drift.",
        "In shorter answers, and in briefs.",
        "One hand and the other.",
    ],
}


@pytest.mark.parametrize(("lang", "text", "kinds"), [(lang, text, kinds) for lang in FOUND for text, kinds in FOUND[lang].items()])
def test_a_signal_is_found(lang: Language, text: str, kinds: list[str]) -> None:
    assert [signal.kind for signal in signals(heard_of(text, lang))] == kinds


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in NONE for text in NONE[lang]])
def test_the_same_words_in_another_use_are_none(lang: Language, text: str) -> None:
    assert signals(heard_of(text, lang)) == ()


@pytest.mark.parametrize(
    ("lang", "phrase", "rest"),
    [("ja", "結論として、", "L1は係数をちょうどゼロにします。"), ("en", "In short, ", "the lasso sets weights to exactly zero. ")],
)
def test_where_it_stands_tells_a_conclusion_from_a_summary(lang: Language, phrase: str, rest: str) -> None:
    assert [signal.kind for signal in signals(heard_of(phrase + rest * 3, lang))] == ["conclusion"]
    assert [signal.kind for signal in signals(heard_of(rest * 3 + phrase + rest, lang))] == ["summary"]


def test_a_signal_has_its_words_and_time() -> None:
    [signal] = signals(heard_of("罰則には、例えばL2があります。", "ja"))
    assert (signal.text, signal.first, signal.last) == ("例えば", 5, 7)
    assert (signal.start, signal.end) == pytest.approx((1.0, 1.6))
    [signal] = signals(heard_of("You can, for example, shrink it", "en"))
    assert (signal.text, signal.first, signal.last) == ("for example", 2, 3)
