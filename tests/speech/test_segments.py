"""What the decoder's figures say was not said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.speech.heard import Span, Word
from bot.speech.segments import said, without_loop


def words(texts: str) -> list[Word]:
    return [Word(text, n, n + 1, 0.9) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("start", "end", "no_speech", "logprob", "wanted"),
    [
        (1.0, 3.0, 0.1, -0.3, True),
        (1.0, 3.0, 0.9, -0.3, True),
        (1.0, 3.0, 0.1, -1.5, True),
        (1.0, 3.0, 0.9, -1.5, False),
        (4.1, 6.0, 0.1, -0.3, False),
        (3.95, 6.0, 0.1, -0.3, False),
    ],
)
def test_a_segment_counts_if_somebody_spoke(start: float, end: float, no_speech: float, logprob: float, wanted: bool) -> None:
    segment = SimpleNamespace(start=start, end=end, no_speech_prob=no_speech, avg_logprob=logprob)
    assert said(segment, [Span(0.5, 2.0), Span(2.5, 4.0)]) == wanted


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("正則化です", "正則化です"),
        ("", ""),
        ("正則化ああああ", "正則化"),
        ("正則化お前はお前はお前はお前はお前は終", "正則化"),
        ("はいはいはい", "はいはいはい"),
        ("ですですですです", ""),
    ],
)
def test_a_text_ends_where_it_begins_to_go_round(given: str, kept: str) -> None:
    assert "".join(word.text for word in without_loop(words(given))) == kept
