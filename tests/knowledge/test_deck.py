"""The bank itself, and every fault of a bank: each message names the file, the field and the fix."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from knowledge.centring import script_of
from knowledge.deck import CARDS, CardError, Deck, load_deck, read_card, topics
from knowledge.schema import LANGUAGES, SPOKEN_LENGTH, Card, Language, spoken_length

SEEDS = range(1, 15)
ASKING = {"ja": re.compile(r"(か[。?\uff1f]|ください。)$"), "en": re.compile(r"\?$")}

# --- the bank


def test_the_fourteen_seed_questions_are_there_in_both_languages_and_in_order(bank: Deck) -> None:
    for lang in LANGUAGES:
        assert [card.seed for card in bank.in_language(lang)] == list(SEEDS)
        assert [bank.get(f"seed:{seed}", lang).seed for seed in SEEDS] == list(SEEDS)
    assert len(bank) == 14
    assert len(list(bank)) == 28


def test_a_card_is_found_by_id_and_seed_number(bank: Deck) -> None:
    assert bank.get("seed:2", "ja") is bank.get("regularization", "ja")
    assert bank.get("regularization", "en").lang == "en"
    with pytest.raises(KeyError):
        bank.get("seed:99", "ja")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_can_be_put_in_four_ways_at_least(bank: Deck, lang: Language) -> None:
    for card in bank.in_language(lang):
        assert len({card.question, *card.rephrasings}) == 1 + len(card.rephrasings) >= 4, card.id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_point_has_a_follow_up_of_its_own_that_asks(bank: Deck, lang: Language) -> None:
    for card in bank.in_language(lang):
        follow_ups = [point.follow_up for point in card.points]
        assert len(set(follow_ups)) == len(follow_ups), card.id
        assert [text for text in follow_ups if not ASKING[lang].search(text)] == [], card.id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_model_answers_can_be_said_in_one_to_two_minutes(bank: Deck, lang: Language) -> None:
    low, high = SPOKEN_LENGTH[lang]
    assert all(low <= spoken_length(card.answer, lang) <= high for card in bank.in_language(lang))


def prose(card: Card) -> list[str]:
    points = [text for point in card.points for text in (point.text, point.follow_up)]
    beliefs = [text for belief in card.misconceptions for text in (belief.text, belief.correction)]
    return [card.question, *card.rephrasings, card.explanation, card.hint, card.answer, *points, *beliefs]


def test_each_card_speaks_its_own_language(bank: Deck) -> None:
    for lang, script in (("ja", "japanese"), ("en", "latin")):
        wrong = [text for card in bank if card.lang == lang for text in prose(card) if script_of(text) != script]
        assert wrong == []


def test_both_languages_of_a_card_say_the_same_things(bank: Deck) -> None:
    for ja, en in zip(bank.in_language("ja"), bank.in_language("en"), strict=True):
        assert (ja.id, ja.topic, ja.difficulty, ja.frequency, ja.related) == (en.id, en.topic, en.difficulty, en.frequency, en.related)
        assert [(p.id, p.weight, p.tags) for p in ja.points] == [(p.id, p.weight, p.tags) for p in en.points]
        assert [(m.id, m.about) for m in ja.misconceptions] == [(m.id, m.about) for m in en.misconceptions]


def test_the_topic_tree_has_room_for_more_than_the_bank_covers(bank: Deck) -> None:
    branches = {path.partition("/")[0] for path in topics()}
    covered = {card.topic.partition("/")[0] for card in bank}
    assert branches - covered == {"deep-learning", "statistics", "sql", "product", "big-data", "system-design"}


def test_every_topic_has_a_name_in_both_languages() -> None:
    for leaf in topics().values():
        assert leaf.branch["ja"], leaf.path
        assert leaf.leaf["ja"], leaf.path
        assert {script_of(name) for name in (leaf.branch["en"], leaf.leaf["en"])} == {"latin"}, leaf.path


# --- its faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bank of one card, to be spoiled."""
    shutil.copytree(CARDS / "regularization", tmp_path / "regularization")
    for lang in LANGUAGES:
        change(tmp_path, lang, "related: [bias-variance, feature-selection, cross-validation]", "related: []")
    return tmp_path


def change(folder: Path, lang: str, old: str, new: str, card: str = "regularization") -> None:
    path = folder / card / f"{lang}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add_second(folder: Path, seed: int, extra: str = "") -> None:
    shutil.copytree(folder / "regularization", folder / "second")
    for lang in LANGUAGES:
        change(folder, lang, "id: regularization\n", f"id: second\n{extra}", "second")
        change(folder, lang, "seed: 2\n", f"seed: {seed}\n", "second")


def faults(folder: Path) -> list[str]:
    with pytest.raises(CardError) as caught:
        load_deck(folder)
    return str(caught.value).splitlines()


def test_a_bank_without_fault_is_read(folder: Path) -> None:
    add_second(folder, 7, "aliases: [shrinkage]\n")
    deck = load_deck(folder)
    assert [card.id for card in deck.in_language("ja")] == ["regularization", "second"]
    assert deck.get("shrinkage", "en") is deck.get("seed:7", "en") is deck.get("second", "en")


CHANGES = {
    "broken YAML": (
        "difficulty: medium",
        "difficulty: [medium",
        "front matter is not YAML at line 7",
        "check the indentation and quote text",
    ),
    "no front matter": ("---\nid:", "id:", "id: Field required"),
    "no code block": ("```python", "```", "code: no ```python block found", "add one runnable example"),
    "unknown topic": (
        "machine-learning/fundamentals",
        "machine-learning/magic",
        "topic: machine-learning/magic is not in topics.yaml",
        "use one of its leaves",
    ),
    "unknown point": (
        "about: [penalty]",
        "about: [penatly]",
        "misconceptions.improves-training-fit.about names no key point: penatly",
        "use one of elastic-net, l1-zeros",
    ),
    "unknown related card": ("related: []", "related: [absent]", "related: no card has the id absent", "remove it or write that card"),
    "another folder": ("id: regularization\n", "id: other\n", "id: is other, but the folder is regularization", "make them the same"),
    "unknown field": ("seed: 2", "seeds: 2", "seeds: Extra inputs are not permitted"),
    "weight too high": ("weight: 5", "weight: 9", "points.0.weight: Input should be less than or equal to 5"),
    "point without follow-up": ("    follow_up: How is the penalty", "    note: How is the penalty", "points.1.follow_up: Field required"),
}


@pytest.mark.parametrize("fault", CHANGES)
def test_a_fault_in_one_file_names_file_field_and_fix(folder: Path, fault: str) -> None:
    old, new, *says = CHANGES[fault]
    change(folder, "en", old, new)
    found = next(line for line in faults(folder) if says[0] in line)
    assert found.startswith(f"{folder}/regularization/en.md: ")
    assert all(part in found for part in says)


def test_a_file_in_the_place_of_another_language_is_named(folder: Path) -> None:
    path = folder / "regularization" / "en.md"
    shutil.copy(path.with_name("ja.md"), path)
    assert f"{path}: lang: is ja, but the file is named en.md; rename it to ja.md" in faults(folder)


def test_an_answer_that_is_too_short_names_its_size_and_the_bounds(folder: Path) -> None:
    path = folder / "regularization" / "en.md"
    head, _, rest = path.read_text(encoding="utf-8").rpartition("\n---\n")
    path.write_text(f"{head}\n---\nIt adds a penalty.\n\n{rest[rest.index('```python') :]}", encoding="utf-8")
    (fault,) = faults(folder)
    assert fault == f"{path}: card: Value error, answer has 4 words; write 140 to 310 so that it takes 60 to 120 s to say"


def test_a_file_that_is_not_utf8_says_at_which_byte(folder: Path) -> None:
    path = folder / "regularization" / "ja.md"
    path.write_bytes("正則化".encode("shift_jis"))
    assert faults(folder) == [f"{path}: is not UTF-8 (byte 0); save it as UTF-8"]


def test_a_file_saved_by_a_windows_editor_is_read(folder: Path) -> None:
    path = folder / "regularization" / "en.md"
    before = read_card(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_card(path) == before


def test_a_file_that_cannot_be_read_says_why(folder: Path) -> None:
    path = folder / "regularization" / "en.md"
    path.unlink()
    path.mkdir()
    assert faults(folder) == [f"{path}: cannot be read (Is a directory); check the file and its permissions"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_translation_is_named(folder: Path, lang: Language) -> None:
    (folder / "regularization" / f"{lang}.md").unlink()
    assert faults(folder) == [f"{folder}/regularization/{lang}.md: missing translation; write it beside the other language"]


@pytest.mark.parametrize("name", [".", "absent"])
def test_a_folder_without_cards_says_what_belongs_there(tmp_path: Path, name: str) -> None:
    assert faults(tmp_path / name) == [f"{tmp_path / name}: holds no cards; expected <id>/ja.md and <id>/en.md"]


PAIRS = {
    "seed": ("seed: 2", "seed: 3", "seed: differs", "make them the same"),
    "aliases": ("seed: 2", "seed: 2\naliases: [lasso]", "aliases: differs", "make them the same"),
    "topic": ("machine-learning/fundamentals", "machine-learning/evaluation", "topic: differs", "make them the same"),
    "difficulty": ("difficulty: medium", "difficulty: hard", "difficulty: differs", "make them the same"),
    "frequency": ("frequency: very-common", "frequency: rare", "frequency: differs", "make them the same"),
    "weights": ("weight: 5", "weight: 4", "points: id, weight or tags differ", "list the same points in the same order"),
    "misconceptions": ("about: [penalty]", "about: [norms]", "misconceptions: id or about differ", "make them the same"),
    "code": ("noise=30.0", "noise=31.0", "code: does more than speak another language", "only texts and comments may differ"),
    "code that is no Python": ("import numpy as np", "import numpy as", "code: is not Python (line 1", "mend it"),
}


@pytest.mark.parametrize("difference", PAIRS)
def test_a_difference_between_the_languages_names_card_field_and_fix(folder: Path, difference: str) -> None:
    old, new, *says = PAIRS[difference]
    change(folder, "en", old, new)
    (fault,) = faults(folder)
    assert fault.startswith(f"{folder}/regularization: ")
    assert all(part in fault for part in says)


def test_examples_may_speak_another_language(folder: Path) -> None:
    change(folder, "en", '"no penalty (OLS)"', '"without penalty"')
    change(folder, "en", "# the penalty acts", "# Note: the penalty acts")
    assert len(load_deck(folder)) == 1


def test_two_cards_with_one_seed_number_are_named(folder: Path) -> None:
    add_second(folder, 2)
    assert faults(folder) == ["second/en.md: seed: seed:2 already means regularization; change one of the two"]


def test_an_alias_that_is_another_cards_id_is_named(folder: Path) -> None:
    add_second(folder, 3, "aliases: [regularization]\n")
    assert faults(folder) == ["second/en.md: aliases: regularization already means regularization; change one of the two"]


def test_an_id_used_twice_is_named(bank: Deck) -> None:
    card = bank.get("regularization", "ja")
    with pytest.raises(CardError) as caught:
        Deck([card, card.model_copy(update={"seed": 20})])
    assert str(caught.value) == "regularization/ja.md: id: used twice; give one of the two cards another id"


def test_all_faults_are_told_at_once(folder: Path) -> None:
    change(folder, "en", "difficulty: medium", "difficulty: brutal")
    change(folder, "en", "frequency: very-common", "frequency: often")
    change(folder, "ja", "```python", "```")
    assert [line.split(": ")[1] for line in faults(folder)] == ["difficulty", "frequency", "code"]
