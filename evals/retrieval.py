"""Measures whether a request in words finds the card it means, and how fast, also among ten thousand other cards."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import numpy as np
import pandas as pd
import typer
from langchain_core.embeddings import Embeddings

from bot.models.embeddings import make_embeddings
from bot.settings import Settings
from evals.remembered import Remembered
from evals.report import RESULTS, interval, markdown_table, shown, write_report
from evals.synthetic import SyntheticEmbeddings, synthetic_cards
from knowledge.deck import Deck, load_deck
from knowledge.documents import texts_of
from knowledge.index import CardIndex, Ranking
from knowledge.requests import topic_of
from knowledge.schema import LANGUAGES, Card, Language

REQUESTS = Path(__file__).parent / "data" / "retrieval.jsonl"
Split = Literal["dev", "test"]

_DEPTH = 10
_WARM_UP = 10
_OTHER: dict[Language, Language] = {"ja": "en", "en": "ja"}


@dataclass(frozen=True)
class Request:
    """What a person says, the card meant, the language spoken and the language of the cards asked for."""

    id: str
    card: str
    lang: Language
    search_lang: Language
    split: Split
    text: str

    @property
    def cross(self) -> bool:
        """True if cards of another language than the spoken one are asked for."""
        return self.lang != self.search_lang


class Filters(TypedDict, total=False):
    """Filters of CardIndex.search()."""

    topic: str
    difficulty: str
    frequency: str


def load_requests(split: Split, path: Path = REQUESTS) -> list[Request]:
    """The requests of one split, in file order."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Request(**row) for row in rows if row["split"] == split]


def ask(
    index: CardIndex,
    requests: Sequence[Request],
    bank: str,
    lang: Callable[[Request], Language],
    filters: Callable[[int, Request], Filters] = lambda _number, _request: Filters(),
) -> list[dict[str, Any]]:
    """One case a request: `rank` of the card meant (None below the tenth), `milliseconds` with embedding."""
    for request in requests[:_WARM_UP]:
        index.search(request.text, lang=lang(request))
    cases = []
    for number, request in enumerate(requests):
        chosen = filters(number, request)
        began = time.perf_counter()
        hits = index.search(request.text, lang=lang(request), limit=_DEPTH, **chosen)
        took = time.perf_counter() - began
        found = [hit.card_id for hit in hits]
        rank = found.index(request.card) + 1 if request.card in found else None
        cases.append(
            {
                "id": request.id,
                "bank": bank,
                "split": request.split,
                "card": request.card,
                "lang": request.lang,
                "search_lang": lang(request),
                "cross": request.lang != lang(request),
                "text": request.text,
                "filters": chosen,
                "rank": rank,
                "found": found[:3],
                "similarity": round(hits[0].similarity, 4) if hits else None,
                "score": round(hits[0].score, 4) if hits else None,
                "milliseconds": round(1000 * took, 2),
            }
        )
    return cases


def run(out: Path = RESULTS, limit: int | None = None, seed: int = 0, synthetic: int = 10_000) -> Path:
    """Measures all of it and writes `retrieval.md` and `retrieval.jsonl` below `out`; returns the path of the report.

    `limit` takes only so many of the test requests, spread over all of them; `synthetic` is the number of made-up cards.
    """
    settings = Settings()
    base, name = make_embeddings(settings)
    embeddings, deck = Remembered(base), load_deck()
    dev, test = load_requests("dev"), load_requests("test")
    test = test[:: -(-len(test) // limit)] if limit else test
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        _tell("building the index of the bank")
        with _index(embeddings, name, folder / "bank", deck) as bank:
            _tell("asking")
            main = ask(bank.index, test, "bank", lambda r: r.search_lang)
        alone = []
        for lang in LANGUAGES:
            with _index(embeddings, name, folder / lang, Deck(deck.in_language(lang))) as one:
                alone += ask(one.index, test, "one language", lambda _request, only=lang: only)  # type: ignore[misc]
        variants = list(_variants(embeddings, name, folder / "bank", deck, dev, test))
        _tell(f"making {synthetic} cards")
        cards = synthetic_cards(synthetic, seed)
        among = SyntheticEmbeddings(embeddings, deck, cards, seed)
        with _index(among, name, folder / "large", Deck([*deck, *cards])) as large:
            _tell("asking among them")
            crowd = ask(large.index, test, "bank + synthetic", lambda r: r.search_lang)
            filtered = ask(large.index, test, "bank + synthetic, filtered", lambda r: r.search_lang, _filters_of(deck))
    texts = sum(1 for card in cards for _ in texts_of(card))
    cases = [*main, *alone, *crowd, *filtered]
    parts = [
        f"Embedding: {name}. n = {len(test)} test requests over {len(deck)} cards, {sum(r.cross for r in test)} of them for cards of the "
        "other language. 95% bootstrap intervals, resampling cards, in brackets. Weights and word lists of the search were chosen on "
        f"{len(dev)} other requests (split dev of `evals/data/retrieval.jsonl`); the test requests were not looked at for that. "
        "The author of the dev requests also wrote the rules that strip “ask me about”; test requests, and the phrases on the cards, are "
        "by other writers who knew neither those nor each other's. Writers are instances of one language model family.\n",
        "## The bank\n\nBoth languages of a card speak for it, whichever is returned: a translation is part of the card. "
        "So asking for the other language costs nothing, as long as the card exists in both.\n\n"
        + markdown_table(
            [
                _quality("all", main),
                *(_quality(f"{lang}, {lang} cards", _only(main, lang=lang, cross=False)) for lang in LANGUAGES),
                *(_quality(f"cross-language: {lang}, {_OTHER[lang]} cards", _only(main, lang=lang, cross=True)) for lang in LANGUAGES),
                _quality("cross-language, both", _only(main, cross=True)),
            ]
        ),
        "## A bank in one language only\n\nThe same requests against an index that holds nothing but one language, neither translations "
        "nor the other language's glossary: what the embedding does by itself.\n\n"
        + markdown_table(
            [
                *(_quality(f"{lang}, {lang} cards", _only(alone, lang=lang, cross=False)) for lang in LANGUAGES),
                *(_quality(f"{lang}, {_OTHER[lang]} cards", _only(alone, lang=lang, cross=True)) for lang in LANGUAGES),
            ]
        ),
        f"## Among {len(cards)} more cards\n\n{len(cards)} synthetic cards ({texts} texts, seed {seed}) beside the bank. Their texts are "
        "templates filled from word lists; their vectors were not computed from the texts but drawn from the normal distribution of "
        "the bank's own vectors (middles of cards and spread about them apart, by script), so that they crowd the same region. Requests "
        "and bank have real vectors. With filters: in turn the branch, the leaf, the difficulty, the frequency, and all of them at once "
        "of the card meant.\n\n"
        + markdown_table(
            [_quality("all", crowd), _quality("cross-language", _only(crowd, cross=True)), _quality("with filters", filtered)]
        ),
        f"## Time of one search, embedding included\n\nLoad average at the end: {_load()}.\n\n"
        + markdown_table(
            [_speed("bank", main), _speed(f"bank + {len(cards)}", crowd), _speed(f"bank + {len(cards)}, with filters", filtered)]
        ),
        "## What each part brings\n\nRecall@1 on the bank.\n\n" + markdown_table(variants),
        "## Misses on the bank\n\n"
        + markdown_table([{"request": c["text"], "meant": c["card"], "found": c["found"][0]} for c in main if c["rank"] != 1]),
    ]
    return write_report("retrieval", "Finding the card a request means", parts, cases, folder=out)


def command(
    out: Annotated[Path, typer.Option(help="folder for retrieval.md and retrieval.jsonl")] = RESULTS,
    limit: Annotated[int | None, typer.Option(min=1, help="only so many of the test requests")] = None,
    seed: Annotated[int, typer.Option(help="of the synthetic cards")] = 0,
    synthetic: Annotated[int, typer.Option(min=2, help="number of synthetic cards")] = 10_000,
) -> None:
    """Recall and speed of the search for cards."""
    typer.echo(run(out, limit, seed, synthetic))


class _index:
    """An index of a deck in a folder, closed at the end of the block."""

    def __init__(self, embeddings: Embeddings, name: str, folder: Path, deck: Deck, ranking: Ranking | None = None) -> None:
        self.index = CardIndex(embeddings, name, folder=folder, ranking=ranking)
        self.index.refresh(deck)

    def __enter__(self) -> _index:
        return self

    def __exit__(self, *_error: object) -> None:
        self.index.close()


def _variants(
    embeddings: Embeddings, name: str, folder: Path, deck: Deck, dev: Sequence[Request], test: Sequence[Request]
) -> Iterator[dict[str, str]]:
    """Recall@1 with parts of the search left out."""

    def row(what: str, hits: Callable[[Sequence[Request]], Sequence[bool]]) -> dict[str, str]:
        return {"ranking by": what, **{f"{s} (n = {len(r)})": f"{np.mean(hits(r)):.3f}" for s, r in (("dev", dev), ("test", test))}}

    yield row("nearest text, cosine as it is", lambda rs: list(_plain(embeddings, deck, rs, str)))
    yield row("+ request without its frame", lambda rs: list(_plain(embeddings, deck, rs, topic_of)))
    for what, ranking in (
        ("+ centred by script, both languages", Ranking(1, 0, 0)),
        ("+ eight nearest texts", Ranking(glossary=0, coverage=0)),
        ("+ glossary", Ranking(coverage=0)),
        ("+ words in common (all)", Ranking()),
        ("all without glossary", Ranking(glossary=0)),
    ):
        with _index(embeddings, name, folder, deck, ranking) as variant:
            yield row(what, lambda rs, v=variant: [c["rank"] == 1 for c in ask(v.index, rs, "", lambda r: r.search_lang)])  # type: ignore[misc]


def _plain(embeddings: Embeddings, deck: Deck, requests: Sequence[Request], strip: Callable[[str], str]) -> Iterator[bool]:
    """Whether the nearest text by cosine, among cards of the language asked for, is of the card meant."""
    owners = {lang: [(card.id, text.text) for card in deck.in_language(lang) for text in texts_of(card)] for lang in LANGUAGES}
    rows = {lang: np.array(embeddings.embed_documents([text for _, text in owners[lang]])) for lang in LANGUAGES}
    for request in requests:
        cosines = rows[request.search_lang] @ np.array(embeddings.embed_query(strip(request.text)))
        yield owners[request.search_lang][int(cosines.argmax())][0] == request.card


def _filters_of(deck: Deck) -> Callable[[int, Request], Filters]:
    def choose(number: int, request: Request) -> Filters:
        card: Card = deck.get(request.card, request.search_lang)
        kinds = (
            Filters(topic=card.topic.split("/")[0]),
            Filters(topic=card.topic),
            Filters(difficulty=card.difficulty),
            Filters(frequency=card.frequency),
            Filters(topic=card.topic, difficulty=card.difficulty, frequency=card.frequency),
        )
        return kinds[number % len(kinds)]

    return choose


def _only(cases: Sequence[dict[str, Any]], **wanted: object) -> list[dict[str, Any]]:
    return [case for case in cases if all(case[key] == value for key, value in wanted.items())]


def _quality(what: str, cases: Sequence[dict[str, Any]]) -> dict[str, str]:
    if not cases:
        return {"requests": what, "n": "0", "recall@1": "", "recall@3": "", "MRR": ""}
    rank = np.array([case["rank"] or np.inf for case in cases])
    data = pd.DataFrame({"card": [c["card"] for c in cases], "recall@1": rank == 1, "recall@3": rank <= 3, "MRR": 1 / rank})
    return {
        "requests": what,
        "n": str(len(cases)),
        **{column: shown(interval(lambda d, c=column: float(d[c].mean()), data, "card")) for column in ("recall@1", "recall@3", "MRR")},  # type: ignore[misc]
    }


def _speed(what: str, cases: Sequence[dict[str, Any]]) -> dict[str, str]:
    p50, p95, worst = np.percentile([case["milliseconds"] for case in cases], [50, 95, 100])
    return {"index": what, "n": str(len(cases)), "p50 ms": f"{p50:.1f}", "p95 ms": f"{p95:.1f}", "longest ms": f"{worst:.1f}"}


def _load() -> str:
    return ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def _tell(doing: str) -> None:
    typer.echo(f"{doing} ...", err=True)
