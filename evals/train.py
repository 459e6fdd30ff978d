"""Fits the trained judge: classifiers of each card on the labelled passages, the aggregate on the development half of the gold set."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import sklearn
import typer
from langchain_core.embeddings import Embeddings
from sklearn.linear_model import LogisticRegression

from bot.grading.text import split_sentences
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.features import ngrams, tf_idf, windows
from bot.models.judges.trained.aggregate import FILE as AGGREGATE
from bot.models.judges.trained.aggregate import summaries
from bot.models.judges.trained.classifier import CLASSES, CardClassifier, parameters_file, save_classifier, text_hash
from evals.gold import GoldAnswer, load_gold
from evals.pairs import Passage, load_pairs
from evals.remembered import Remembered
from knowledge.deck import load_deck
from knowledge.schema import LANGUAGES, Card

# Weak regularisation: there are a few dozen passages a point and their wording is the evidence. Chosen on development answers.
INVERSE_REGULARISATION = 30.0
LEAST_DOCUMENTS = 2


def fit_card(card: Card, passages: Sequence[Passage], embeddings: Embeddings) -> CardClassifier:
    """Classifiers of a card: its labelled passages, with those of other points and the card's own statements as examples too."""
    texts = [p.text for p in passages] + [p.text for p in card.points] + [m.text for m in card.misconceptions]
    documents = [ngrams(text, card.lang) for text in texts]
    found: dict[int, int] = {}
    for document in documents:
        for bucket in document:
            found[bucket] = found.get(bucket, 0) + 1
    columns = np.array(sorted(bucket for bucket, count in found.items() if count >= LEAST_DOCUMENTS), dtype=np.int32)
    # Smoothed inverse document frequency, as in scikit-learn's TfidfTransformer.
    idf = np.log((1 + len(texts)) / (1 + np.array([found[int(c)] for c in columns]))).astype(np.float32) + 1
    vectors = np.asarray(embeddings.embed_documents(texts), dtype=np.float32)
    centre = vectors.mean(axis=0)
    empty = np.zeros((len(card.points), len(CLASSES), 0), dtype=np.float32)
    frame = CardClassifier(card.lang, tuple(p.id for p in card.points), columns, idf, centre, empty, empty[:, :, 0:0])
    features = np.hstack([tf_idf(texts, card.lang, columns, idf), frame.features(texts, vectors)[:, len(columns) :]])
    weights, bias = [], []
    for point in card.points:
        labels = [p.label if p.point == point.id else "absent" for p in passages]
        labels += ["states" if p.id == point.id else "absent" for p in card.points]
        labels += ["contradicts" if point.id in m.about else "absent" for m in card.misconceptions]
        model = LogisticRegression(C=INVERSE_REGULARISATION, class_weight="balanced", max_iter=300)
        model.fit(features, [CLASSES.index(label) for label in labels])
        weights.append(model.coef_.astype(np.float32))
        bias.append(model.intercept_.astype(np.float32))
    return CardClassifier(card.lang, frame.points, columns, idf, centre, np.stack(weights), np.stack(bias))


def gold_summaries(
    classifiers: dict[tuple[str, str], CardClassifier], answers: Sequence[GoldAnswer], embeddings: Embeddings
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Summaries and labels of every point of every answer. Shapes (judgements, summaries) and (judgements,)."""
    rows, labels = [], []
    for answer in answers:
        classifier = classifiers[answer.card, answer.lang]
        passages = windows([s.clean for s in split_sentences(answer.answer, answer.lang)], answer.lang)
        probabilities = classifier.probabilities(passages, np.asarray(embeddings.embed_documents(passages), dtype=np.float32))
        for index, point in enumerate(classifier.points):
            rows.append(summaries(probabilities[index]))
            labels.append(CLASSES.index(answer.labels[point]))
    return np.array(rows), np.array(labels)


def fit_aggregate(values: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> LogisticRegression:
    """The aggregate; its regularisation keeps the few hundred judgements from being learnt by heart."""
    return LogisticRegression(C=0.3, max_iter=2000).fit(values, labels)


def command(
    batches: Annotated[str, typer.Option(help="batches of passages to train on")] = "abc",
    cache: Annotated[Path, typer.Option(help="file that keeps embeddings between runs")] = Path(".cache/embeddings.npz"),
) -> None:
    """Fit the trained judge and write its parameters."""
    deck = load_deck()
    embeddings = Remembered(OfflineEmbeddings(), cache)
    passages = load_pairs(deck, batches)
    classifiers: dict[tuple[str, str], CardClassifier] = {}
    for card in deck:
        own = [p for p in passages if (p.card, p.lang) == (card.id, card.lang)]
        classifiers[card.id, card.lang] = fit_card(card, own, embeddings)
        digest = text_hash((p.id, p.text) for p in card.points)
        file = parameters_file(card.id, card.lang)
        file.parent.mkdir(exist_ok=True)
        save_classifier(classifiers[card.id, card.lang], file, digest=digest, embedding=OfflineEmbeddings.name)
        typer.echo(f"{card.id}.{card.lang}: {len(own)} passages, {len(classifiers[card.id, card.lang].columns)} n-grams")
    answers = load_gold(deck, "development")
    values, labels = gold_summaries(classifiers, answers, embeddings)
    model = fit_aggregate(values, labels)
    AGGREGATE.write_text(json.dumps(_aggregate(model, batches, len(passages), len(answers), len(labels)), indent=1), encoding="utf-8")
    embeddings.save()


def _aggregate(model: LogisticRegression, batches: str, passages: int, answers: int, judgements: int) -> dict[str, Any]:
    return {
        "coefficients": model.coef_.round(6).tolist(),
        "intercepts": model.intercept_.round(6).tolist(),
        "classes": CLASSES,
        "provenance": {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "classifiers": f"{passages} labelled passages, batches {batches}, {len(LANGUAGES)} languages",
            "aggregate": f"gold set, development half: {answers} answers, {judgements} point judgements",
            "embedding": OfflineEmbeddings.name,
            "scikit-learn": sklearn.__version__,
            "python": platform.python_version(),
        },
    }
