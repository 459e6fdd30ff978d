"""Fits the trained judge: classifiers of each card on the labelled passages, the aggregate on the development half of the gold set."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import sklearn
import typer
from langchain_core.embeddings import Embeddings
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from bot.grading.text import split_sentences
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.features import Array, ngrams, tf_idf, windows
from bot.models.judges.trained.aggregate import FILE as AGGREGATE
from bot.models.judges.trained.aggregate import Aggregate, Floats, Stage, context, summaries
from bot.models.judges.trained.classifier import CLASSES, CardClassifier, parameters_file, save_classifier, text_hash
from evals.composites import composites
from evals.gold import GoldAnswer, load_gold
from evals.pairs import Passage, load_pairs
from evals.remembered import Remembered
from evals.swaps import swapped_examples
from evals.whole import Labels, WholeAnswer, load_answers
from knowledge.deck import Deck, load_deck
from knowledge.schema import LANGUAGES, Card, Language

# Weak regularisation: there are a few dozen passages a point and their wording is the evidence. Chosen on development answers.
INVERSE_REGULARISATION = 30.0
LEAST_DOCUMENTS = 2
# Chosen by leaving one development card out: whole answers are few and like real ones, those put together many and less so.
AGGREGATE_INVERSE_REGULARISATION = 0.3
GOLD_WEIGHT = 3.0
COMPOSITES = 560
HELD_BACK = "bcd"

Classifiers = dict[tuple[str, str], CardClassifier]


@dataclass(frozen=True)
class Parts:
    """What the judge is made of; the shipped one of all of it. Leaving one out is how `ablation` says what it is worth."""

    ngrams: bool = True
    embedding: bool = True
    answers: bool = True
    exchanged: bool = True
    composites: bool = True


ALL = Parts()


def fit_card(
    card: Card, passages: Sequence[Passage], embeddings: Embeddings, answers: Sequence[WholeAnswer] = (), parts: Parts = ALL
) -> CardClassifier:
    """Classifiers of a card: its labelled passages and sentences of whole answers, with those of other points and the card's own statements
    as examples too."""
    examples: list[tuple[str, Labels]] = [(p.text, {p.point: p.label}) for p in passages]
    examples += [(p.text, {p.id: "states"}) for p in card.points]
    examples += [(m.text, dict.fromkeys(m.about, "contradicts")) for m in card.misconceptions]
    examples += [example for answer in answers for example in answer.passages()]
    if parts.exchanged:
        examples += swapped_examples(card, passages, answers)
    texts = [text for text, _ in examples]
    columns, idf = vocabulary(texts, card.lang)
    vectors = np.asarray(embeddings.embed_documents(texts), dtype=np.float32)
    centre = vectors.mean(axis=0)
    empty = np.zeros((len(card.points), len(CLASSES), 0), dtype=np.float32)
    frame = CardClassifier(card.lang, tuple(p.id for p in card.points), columns, idf, centre, empty, empty[:, :, 0:0])
    features = np.hstack([tf_idf(texts, card.lang, columns, idf), frame.features(texts, vectors)[:, len(columns) :]])
    # A column that is zero throughout gets the weight zero, so the classifier does without it.
    features[:, : len(columns)] *= parts.ngrams
    features[:, len(columns) :] *= parts.embedding
    weights, bias = [], []
    for point in card.points:
        labels = [CLASSES.index(labels.get(point.id, "absent")) for _, labels in examples]
        model = LogisticRegression(C=INVERSE_REGULARISATION, class_weight="balanced", max_iter=300).fit(features, labels)
        weights.append(model.coef_.astype(np.float32))
        bias.append(model.intercept_.astype(np.float32))
    return CardClassifier(card.lang, frame.points, columns, idf, centre, np.stack(weights), np.stack(bias))


def vocabulary(texts: Sequence[str], lang: Language) -> tuple[npt.NDArray[np.int32], Array]:
    """The n-grams that at least LEAST_DOCUMENTS texts have, as sorted buckets, and their inverse document frequencies."""
    found: dict[int, int] = {}
    for text in texts:
        for bucket in ngrams(text, lang):
            found[bucket] = found.get(bucket, 0) + 1
    columns = np.array(sorted(bucket for bucket, count in found.items() if count >= LEAST_DOCUMENTS), dtype=np.int32)
    # Smoothed, as in scikit-learn's TfidfTransformer.
    return columns, np.log((1 + len(texts)) / (1 + np.array([found[int(c)] for c in columns]))).astype(np.float32) + 1


Judged = tuple[Floats, npt.NDArray[np.int64]]


def judged(classifiers: Classifiers, answers: Sequence[GoldAnswer], embeddings: Embeddings) -> list[Judged]:
    """Summaries and labels of the points of each answer. Shapes (points, summaries) and (points,)."""
    found = []
    for answer in answers:
        classifier = classifiers[answer.card, answer.lang]
        passages = windows([s.clean for s in split_sentences(answer.answer, answer.lang)], answer.lang)
        probabilities = classifier.probabilities(passages, np.asarray(embeddings.embed_documents(passages), dtype=np.float32))
        labels = np.array([CLASSES.index(answer.labels[point]) for point in classifier.points])
        found.append((np.stack([summaries(of_point) for of_point in probabilities]), labels))
    return found


def fit_aggregate(gold: Sequence[Judged], made: Sequence[Judged]) -> Aggregate:
    """Both stages, on gold answers and on answers that were put together; regularised, so that they are not learnt by heart."""
    answers = [*gold, *made]
    labels = np.concatenate([y for _, y in answers])
    weights = np.concatenate([np.full(len(y), GOLD_WEIGHT if n < len(gold) else 1.0) for n, (_, y) in enumerate(answers)])

    def stage(features: Floats) -> Stage:
        model = LogisticRegression(C=AGGREGATE_INVERSE_REGULARISATION, max_iter=5000).fit(features, labels, sample_weight=weights)
        return Stage(model.coef_, model.intercept_)

    alone = stage(np.concatenate([x for x, _ in answers]))
    together = stage(np.concatenate([np.hstack([x, context(alone.probabilities(x))]) for x, _ in answers]))
    return Aggregate(alone, together)


def fit_cards(
    deck: Deck, passages: Sequence[Passage], embeddings: Embeddings, answers: Sequence[WholeAnswer] = (), parts: Parts = ALL
) -> Classifiers:
    """The classifiers of every card in both languages."""

    def of(card: Card, everything: Sequence[Any]) -> list[Any]:
        return [one for one in everything if (one.card, one.lang) == (card.id, card.lang)]

    return {
        (card.id, card.lang): fit_card(card, of(card, passages), embeddings, of(card, answers), parts)
        for card in tqdm(list(deck), unit="card")
    }


@dataclass(frozen=True)
class Fitted:
    """A judge with how many examples of which kind it was fitted to."""

    classifiers: Classifiers
    aggregate: Aggregate
    counts: Mapping[str, int]


def fit_judge(deck: Deck, batches: str, embeddings: Embeddings, parts: Parts = ALL) -> Fitted:
    """The whole judge: classifiers of all cards, and the aggregate on the gold set's development half and what classifiers had not seen."""
    passages = load_pairs(deck, batches)
    answers = load_answers(deck) if parts.answers else []
    classifiers = fit_cards(deck, passages, embeddings, answers, parts)
    # The aggregate must learn from what the classifiers have not seen, so each batch and a part of the answers are kept back once.
    made: list[Judged] = []
    whole: list[Judged] = []
    for part, batch in enumerate(HELD_BACK if parts.answers or parts.composites else ""):
        kept_back = answers[part :: len(HELD_BACK)]
        others = [answer for answer in answers if answer not in kept_back]
        partial = fit_cards(deck, [p for p in passages if p.batch != batch], embeddings, others, parts)
        if parts.composites:
            made += judged(partial, composites(deck, [p for p in passages if p.batch == batch], COMPOSITES, seed=0), embeddings)
        whole += judged(partial, [answer.as_gold(deck) for answer in kept_back], embeddings)
    gold = load_gold(deck, "development")
    aggregate = fit_aggregate([*judged(classifiers, gold, embeddings), *whole], made)
    counts = {"passages": len(passages), "answers": len(answers), "gold": len(gold), "made": len(made)}
    return Fitted(classifiers, aggregate, counts)


def command(
    batches: Annotated[str, typer.Option(help="batches of passages to train on")] = "abcdh",
    cache: Annotated[Path, typer.Option(help="file that keeps embeddings between runs")] = Path(".cache/embeddings.npz"),
) -> None:
    """Fit the trained judge and write its parameters."""
    deck = load_deck()
    embeddings = Remembered(OfflineEmbeddings(), cache)
    fitted = fit_judge(deck, batches, embeddings)
    for card in deck:
        digest = text_hash((p.id, p.text) for p in card.points)
        file = parameters_file(card.id, card.lang)
        file.parent.mkdir(exist_ok=True)
        save_classifier(fitted.classifiers[card.id, card.lang], file, digest=digest, embedding=OfflineEmbeddings.name)
    AGGREGATE.write_text(json.dumps(_aggregate(fitted.aggregate, batches, fitted.counts), indent=1), encoding="utf-8")
    embeddings.save()


def _aggregate(aggregate: Aggregate, batches: str, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        **{
            name: {"coefficients": stage.coefficients.round(6).tolist(), "intercepts": stage.intercepts.round(6).tolist()}
            for name, stage in (("alone", aggregate.alone), ("together", aggregate.together))
        },
        "classes": CLASSES,
        "provenance": {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "classifiers": f"{counts['passages']} labelled passages, batches {batches}, and the sentences of {counts['answers']} whole "
            f"answers, {len(LANGUAGES)} languages",
            "aggregate": f"gold set, development half: {counts['gold']} answers; the whole answers, each judged by classifiers that had "
            f"not seen it; made of passages of the batches {HELD_BACK}: {counts['made']} answers",
            "embedding": OfflineEmbeddings.name,
            "scikit-learn": sklearn.__version__,
            "python": platform.python_version(),
        },
    }
