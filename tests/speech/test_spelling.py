"""What sounds as a term of the card is spelled as the term, and nothing else is touched."""

from __future__ import annotations

import pytest

from bot.speech.heard import Heard, Span, Word
from bot.speech.spelling import respelled
from knowledge.schema import GlossaryTerm

GLOSSARY = (
    GlossaryTerm(term="閾値", spoken=("しきいち", "いきち", "しきい値", "スレッショルド")),
    GlossaryTerm(term="係数"),
    GlossaryTerm(term="過学習", spoken=("オーバーフィット",)),
    GlossaryTerm(term="絶対値"),
    GlossaryTerm(term="偽陽性率", spoken=("ぎようせいりつ", "FPR")),
    GlossaryTerm(term="L1", spoken=("エルワン",)),
)


def heard(text: str, lang: str = "ja", size: int = 2) -> Heard:
    """A transcript in words of some characters each, as the recogniser cuts them without regard to meaning."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    words = tuple(Word(piece, n, n + 1.0, 0.5 if n % 2 else 0.9) for n, piece in enumerate(pieces))
    return Heard(lang, words, (Span(0, float(len(pieces))),), float(len(pieces)))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize(
    ("said", "spelled"),
    [
        ("分類の式位置を動かします。", "分類の閾値を動かします。"),
        ("計数の大きさに罰則を足して科学習を防ぎます。", "係数の大きさに罰則を足して過学習を防ぎます。"),
        ("L1は計数の絶対地の合計です。", "L1は係数の絶対値の合計です。"),
        ("横軸に、義陽性率をとって0.5になります。", "横軸に、偽陽性率をとって0.5になります。"),
    ],
)
def test_a_word_that_sounds_as_a_term_is_spelled_as_it(said: str, spelled: str, size: int) -> None:
    assert respelled(heard(said, size=size), GLOSSARY).text == spelled


@pytest.mark.parametrize(
    "said",
    [
        "閾値と過学習と係数は合っています。",
        "スレッショルドを上げます。",
        "オーバーフィットを防ぎます。",
        "機械学習の学習率を下げます。",
        "意味のある値です。",
        "ケースごとに数えます。",
    ],
)
def test_what_sounds_otherwise_or_is_another_word_stays(said: str) -> None:
    before = heard(said)
    assert respelled(before, GLOSSARY) is before


def test_english_stays() -> None:
    before = heard("we raise the threshold", "en")
    assert respelled(before, GLOSSARY) is before


def test_the_term_takes_time_and_doubt_of_what_it_replaces() -> None:
    words = (Word("式", 1.0, 1.2, 0.4), Word("位置", 1.2, 1.6, 0.8, True), Word("を", 1.6, 1.7, 0.9))
    [term, rest] = respelled(Heard("ja", words, (Span(1.0, 1.7),), 2.0), GLOSSARY).words
    assert (term.text, term.start, term.end, term.doubtful) == ("閾値", 1.0, 1.6, True)
    assert term.probability == pytest.approx(0.6)
    assert rest == words[2]
