"""What the recogniser is told to expect."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from bot.models.weights import ensure_whisper
from bot.settings import Settings
from bot.speech.prompts import FILLERS, TOKENS, fitting, prompt_for, terms_of
from knowledge.deck import load_deck
from knowledge.schema import LANGUAGES, Language

DECK = load_deck()
# Whisper keeps the last 223 tokens of a prompt.
HOLDS = 223


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_terms_are_the_cards_own_in_the_form_of_its_glossary(lang: Language) -> None:
    card = DECK.get("regularization", lang)
    terms = terms_of(card)
    assert set(terms) == {entry.term for entry in card.glossary}
    assert len(terms) == len(card.glossary)


def test_terms_of_the_heaviest_points_come_first() -> None:
    card = DECK.get("regularization", "ja")
    terms = terms_of(card)
    weights = [sum(point.weight for point in card.points if term.casefold() in f"{point.label} {point.text}".casefold()) for term in terms]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > weights[-1]


@pytest.mark.model
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_prompt_fits_and_keeps_its_fillers(lang: Language) -> None:
    tokenizer = Tokenizer.from_file(str(ensure_whisper(Settings().cache_dir) / "tokenizer.json"))
    longest = {"ja": ["勾配消失問題"] * 100, "en": ["heteroscedasticity"] * 100}[lang]
    hard = ["龠齧躪", "ΔΣλ", "🤖"] * 50
    for terms in [*(terms_of(card) for card in DECK if card.lang == lang), tuple(longest), tuple(hard)]:
        prompt = prompt_for(lang, terms)
        assert prompt.startswith(FILLERS[lang])
        assert len(tokenizer.encode(prompt, add_special_tokens=False).ids) <= HOLDS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_terms_there_are_fillers_alone(lang: Language) -> None:
    assert prompt_for(lang, ()) == FILLERS[lang].strip()


def test_what_does_not_fit_is_left_out_from_the_end() -> None:
    terms = [f"term{n}" for n in range(1_000)]
    kept = fitting(terms)
    assert list(kept) == terms[: len(kept)]
    assert 10 < len(kept) < TOKENS
    assert fitting(kept) == kept
