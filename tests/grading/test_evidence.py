"""The quote for a point is the sentence that carries it, verbatim. With the real embeddings."""

from __future__ import annotations

import pytest

from bot.grading.evidence import Evidence
from bot.grading.text import split_sentences
from bot.grading.verdict import Quote
from bot.models.embeddings import OfflineEmbeddings
from knowledge.schema import Language
from tests.fakes.word_embeddings import WordEmbeddings

ANSWER: dict[Language, str] = {
    "ja": "えーと、まず損失に罰則を足して、過学習を抑えます。Ｌ１だと係数がぴったりゼロになる列が出ます。\nリッジは縮めるだけで、ゼロにはなりません。強さは交差検証で決めます。",
    "en": "Um, you add a penalty to the loss so that the model overfits less. With lasso, some weights\nbecome exactly zero."
    " Ridge only makes them smaller. I choose the strength by cross-validation.",
}


@pytest.mark.parametrize(
    ("lang", "claim", "quote"),
    [
        (
            "ja",
            "正則化は、損失関数に係数の大きさへの罰則項を加えて、過学習を抑える手法である。",
            "えーと、まず損失に罰則を足して、過学習を抑えます。",
        ),
        ("ja", "L1(Lasso)は一部の係数をちょうどゼロにする。", "Ｌ１だと係数がぴったりゼロになる列が出ます。"),
        ("ja", "正則化の強さは交差検証で選ぶ。", "強さは交差検証で決めます。"),
        (
            "en",
            "Regularization adds a penalty to the loss function to curb overfitting.",
            "Um, you add a penalty to the loss so that the model overfits less.",
        ),
        ("en", "L1, or lasso, sets some coefficients to exactly zero.", "With lasso, some weights\nbecome exactly zero."),
        ("en", "The regularization strength is picked with cross-validation.", "I choose the strength by cross-validation."),
    ],
)
def test_the_quote_is_the_sentence_that_states_the_claim(lang: Language, claim: str, quote: str) -> None:
    found = Evidence(split_sentences(ANSWER[lang], lang), OfflineEmbeddings()).quote(claim)
    start = ANSWER[lang].index(quote)
    assert found == Quote(quote, start, start + len(quote))


class AllAlike(WordEmbeddings):
    def embed_query(self, text: str) -> list[float]:
        return [1.0, 0.0]


def test_a_similarity_is_the_meanings_and_a_tenth_of_the_wordings() -> None:
    evidence = Evidence(split_sentences("It rains. Lasso gives zeros.", "en"), AllAlike())
    assert evidence.similarities("Lasso gives zeros.")[1] == pytest.approx(1.1)
    assert 1.0 <= evidence.similarities("Lasso gives zeros.")[0] < 1.05
    meaning_only = Evidence(split_sentences("It rains. Lasso gives zeros.", "en"), OfflineEmbeddings()).similarities("ゼロになる")
    assert meaning_only.shape == (2,)
    assert meaning_only[1] > meaning_only[0]


def test_shared_wording_decides_between_sentences_that_are_equally_near() -> None:
    evidence = Evidence(split_sentences("Trees are bagged. Ridge shrinks weights. It rains.", "en"), AllAlike())
    found = evidence.quote("Ridge shrinks all weights.")
    assert found is not None
    assert found.text == "Ridge shrinks weights."


def test_the_sentences_of_an_answer_are_embedded_once() -> None:
    embeddings = WordEmbeddings()
    evidence = Evidence(split_sentences("Lasso gives zeros. Ridge shrinks.", "en"), embeddings)
    assert embeddings.embedded == []
    for claim in ("zeros", "shrinks"):
        evidence.quote(claim)
    assert embeddings.embedded == ["Lasso gives zeros.", "Ridge shrinks.", "zeros", "shrinks"]


def test_no_sentences_no_quote_and_nothing_is_embedded() -> None:
    embeddings = WordEmbeddings()
    assert Evidence([], embeddings).quote("anything") is None
    assert embeddings.embedded == []
