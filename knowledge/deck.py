"""Reads cards from disk into a deck, or says which file, field and fix is at fault."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import frontmatter
import yaml
from pydantic import ValidationError

from knowledge.schema import LANGUAGES, Card, Language

CARDS = Path(__file__).parent / "cards"
TOPICS = Path(__file__).parent / "topics.yaml"
SEED_PREFIX = "seed:"

_CODE = re.compile(r"^```python\n(?P<code>.*?)^```\s*$", re.DOTALL | re.MULTILINE)


class CardError(ValueError):
    """A card that cannot be used. The message names the file, the field and the fix."""


@dataclass(frozen=True)
class TopicLeaf:
    """A leaf of the topic tree with its names: `branch` and `leaf` by language."""

    path: str
    branch: Mapping[Language, str]
    leaf: Mapping[Language, str]


@cache
def topics() -> dict[str, TopicLeaf]:
    """All leaves of the topic tree by path ("branch/leaf"), in the order of the file."""
    tree = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
    return {
        f"{branch}/{leaf}": TopicLeaf(f"{branch}/{leaf}", {lang: node[lang] for lang in LANGUAGES}, names)
        for branch, node in tree.items()
        for leaf, names in node["leaves"].items()
    }


def read_card(path: Path) -> Card:
    """The card in one Markdown file with YAML front matter. Raises CardError."""
    try:
        post = frontmatter.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CardError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions") from error
    except UnicodeDecodeError as error:
        raise CardError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise CardError(f"{path}: front matter is not YAML{where}; check the indentation and quote text with ': '") from error
    code = _CODE.search(post.content)
    if code is None:
        raise CardError(f"{path}: code: no ```python block found; add one runnable example after the model answer")
    try:
        return Card.model_validate({**post.metadata, "answer": post.content[: code.start()], "code": code["code"]})
    except ValidationError as error:
        lines = "\n".join(f"{path}: {'.'.join(map(str, e['loc'])) or 'card'}: {e['msg']}" for e in error.errors())
        raise CardError(lines) from error


class Deck:
    """All cards, by id and language. Iterates over the cards in seed order, then by id."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self._cards: dict[tuple[str, Language], Card] = {}
        self._names: dict[str, str] = {}
        for card in sorted(cards, key=lambda c: (c.seed is None, c.seed or 0, c.id, c.lang)):
            if (card.id, card.lang) in self._cards:
                raise CardError(f"{card.id}/{card.lang}.md: id: used twice; give one of the two cards another id")
            self._cards[card.id, card.lang] = card
        for card in self._cards.values():
            names = [("id", card.id), *(("aliases", alias) for alias in card.aliases)]
            if card.seed:
                names.append(("seed", f"{SEED_PREFIX}{card.seed}"))
            for field, name in names:
                if self._names.setdefault(name, card.id) != card.id:
                    raise CardError(f"{card.id}/{card.lang}.md: {field}: {name} already means {self._names[name]}; change one of the two")

    def __iter__(self) -> Iterator[Card]:
        return iter(self._cards.values())

    def __len__(self) -> int:
        return len({card.id for card in self})

    def get(self, name: str, lang: Language) -> Card:
        """The card with this id, alias or "seed:N" in this language; KeyError if there is none."""
        return self._cards[self._names[name], lang]

    def in_language(self, lang: Language) -> list[Card]:
        """The cards of one language, in deck order."""
        return [card for card in self if card.lang == lang]

    @cached_property
    def extents(self) -> Mapping[Language, Mapping[str, tuple[int, int]]]:
        """How many key points there are of each topic, and their weight together, by language and topic in deck order."""
        found: dict[Language, dict[str, tuple[int, int]]] = {lang: {} for lang in LANGUAGES}
        for card in self:
            points, weight = found[card.lang].get(card.topic, (0, 0))
            found[card.lang][card.topic] = points + len(card.points), weight + card.total_weight
        return found


def load_deck(folder: Path = CARDS) -> Deck:
    """All cards below a folder, one file a language (`<id>/ja.md`, `<id>/en.md`). Raises CardError with every fault found."""
    faults: list[str] = []
    cards: dict[Path, Card] = {}
    for path in sorted(folder.glob("*/*.md")):
        try:
            cards[path] = read_card(path)
        except CardError as error:
            faults.append(str(error))
            continue
        faults += _misplaced(path, cards[path])
    by_id: dict[str, dict[Language, Card]] = {}
    for card in cards.values():
        by_id.setdefault(card.id, {})[card.lang] = card
    if not faults:
        for card_id, pair in by_id.items():
            faults += _pair_faults(folder / card_id, pair)
        faults += [
            f"{path}: related: no card has the id {name}; remove it or write that card"
            for path, card in cards.items()
            for name in card.related
            if name not in by_id
        ]
    if not cards and not faults:
        faults.append(f"{folder}: holds no cards; expected <id>/ja.md and <id>/en.md")
    if faults:
        raise CardError("\n".join(faults))
    return Deck(cards.values())


def _misplaced(path: Path, card: Card) -> Iterator[str]:
    if path.stem != card.lang:
        yield f"{path}: lang: is {card.lang}, but the file is named {path.name}; rename it to {card.lang}.md"
    if path.parent.name != card.id:
        yield f"{path}: id: is {card.id}, but the folder is {path.parent.name}; make them the same"
    if card.topic not in topics():
        yield f"{path}: topic: {card.topic} is not in {TOPICS.name}; use one of its leaves or add it there"


def _pair_faults(folder: Path, pair: Mapping[Language, Card]) -> Iterator[str]:
    for lang in LANGUAGES:
        if lang not in pair:
            yield f"{folder}/{lang}.md: missing translation; write it beside the other language"
            return
    ja, en = pair["ja"], pair["en"]
    for field in ("seed", "aliases", "topic", "difficulty", "frequency", "related"):
        if getattr(ja, field) != getattr(en, field):
            yield f"{folder}: {field}: differs between ja.md and en.md; make them the same"
    if [(p.id, p.weight, p.tags) for p in ja.points] != [(p.id, p.weight, p.tags) for p in en.points]:
        yield f"{folder}: points: id, weight or tags differ between ja.md and en.md; list the same points in the same order"
    if [(m.id, m.about) for m in ja.misconceptions] != [(m.id, m.about) for m in en.misconceptions]:
        yield f"{folder}: misconceptions: id or about differ between ja.md and en.md; make them the same"
    try:
        if _bones(ja.code) != _bones(en.code):
            yield f"{folder}: code: does more than speak another language; only texts and comments may differ"
    except SyntaxError as error:
        yield f"{folder}: code: is not Python (line {error.lineno}: {error.msg}); mend it"


def _bones(code: str) -> str:
    """The syntax tree of a program with its strings blanked: equal for two translations of one example."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
