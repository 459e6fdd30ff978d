"""Fits the classifier for sentences spoken to the grader, and reports what it finds of families it was fitted to nothing of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bot.grading.addressed import SURE, TARGET, parameters_of
from bot.grading.injection import addressed_to_grader
from bot.grading.text import split_sentences
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.features import Array
from bot.models.judges.trained.classifier import CardClassifier, save_classifier
from evals.attacks import cases_of
from evals.gold import load_gold
from evals.options import OutOption
from evals.probe_data import EXAM, OPEN, rows
from evals.remembered import Remembered
from evals.report import RESULTS, markdown_table, write_report
from evals.train import vocabulary
from evals.whole import load_answers
from knowledge.deck import Deck, load_deck
from knowledge.schema import LANGUAGES, Language

FOLDER = Path(__file__).parent / "addressed"
# Families of the attack suite that speak to the grader; the others pretend to be an answer.
SPEAKING = frozenset({"encoding", "fake-role", "flattery", "forged-verdict", "override", "reference-claim", "role-play", "threat"})
INVERSE_REGULARISATION = 10.0
# The hand-written ones are few; ordinary sentences are many.
WRITTEN_WEIGHT = 3.0
FOLDS = 6


@dataclass(frozen=True)
class Sentence:
    """A sentence, whether it is spoken to the grader, and the group it is left out with."""

    text: str
    addressed: bool
    group: str
    written: bool


def training(deck: Deck, lang: Language) -> list[Sentence]:
    """Attacks and dangerous-looking honest sentences written for this, and the sentences of ordinary answers, none twice."""
    found = [Sentence(row["text"], True, row["family"], True) for row in _lines("attacks", lang)]
    honest = [(row["text"], True) for row in _lines("honest", lang)]
    answers = [answer["text"] for folder in (OPEN, EXAM) for row in rows(folder) if row["lang"] == lang for answer in row["answers"]]
    answers += [gold.answer for gold in load_gold(deck, "development") if gold.lang == lang]
    said = [s.clean for answer in answers for s in split_sentences(answer, lang)]
    said += [text for answer in load_answers(deck) if answer.lang == lang for text, _ in answer.sentences]
    honest += [(text, False) for text in dict.fromkeys(said)]
    return found + [Sentence(text, False, f"honest {n % FOLDS}", written) for n, (text, written) in enumerate(honest)]


def fit(sentences: Sequence[Sentence], lang: Language, embeddings: Remembered) -> CardClassifier:
    """A logistic regression on the trained judge's features, as a classifier of one point with two classes."""
    texts = [sentence.text for sentence in sentences]
    columns, idf = vocabulary(texts, lang)
    vectors = np.asarray(embeddings.embed_documents(texts), dtype=np.float32)
    none = np.zeros((1, 2, 0), dtype=np.float32)
    frame = CardClassifier(lang, (TARGET,), columns, idf, vectors.mean(axis=0), none, none.sum(axis=2))
    weight = np.array([WRITTEN_WEIGHT if sentence.written else 1.0 for sentence in sentences])
    features = sparse.csr_matrix(frame.features(texts, vectors))
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000)
    model.fit(features, [sentence.addressed for sentence in sentences], sample_weight=weight)
    weights, bias = np.zeros((1, 2, features.shape[1]), dtype=np.float32), np.zeros((1, 2), dtype=np.float32)
    weights[0, 0], bias[0, 0] = model.coef_[0], model.intercept_[0]
    return CardClassifier(lang, (TARGET,), columns, idf, vectors.mean(axis=0), weights, bias)


def probabilities(classifier: CardClassifier, texts: Sequence[str], embeddings: Remembered) -> Array:
    """How likely each text is spoken to the grader. Shape (texts,)."""
    vectors = np.asarray(embeddings.embed_documents(list(texts)), dtype=np.float32)
    return np.asarray(classifier.probabilities(texts, vectors)[0, :, 0])


def left_out(sentences: Sequence[Sentence], lang: Language, embeddings: Remembered) -> Array:
    """The probability of each sentence by classifiers fitted to nothing of its family. Shape (sentences,)."""
    groups = sorted({sentence.group for sentence in sentences})
    found = np.zeros(len(sentences), dtype=np.float32)
    for fold in range(FOLDS):
        held = np.array([sentence.group in groups[fold::FOLDS] for sentence in sentences])
        others = [sentence for sentence, out in zip(sentences, held, strict=True) if not out]
        classifier = fit(others, lang, embeddings)
        found[held] = probabilities(classifier, [s.text for s, out in zip(sentences, held, strict=True) if out], embeddings)
    return found


def command(
    save: Annotated[bool, typer.Option(help="also write the parameters, which the product then uses")] = False,
    cache: Annotated[Path, typer.Option(help="file that keeps embeddings between runs")] = Path(".cache/embeddings.npz"),
    out: OutOption = RESULTS,
) -> None:
    """How many sentences spoken to the grader are recognised, and how many honest ones are taken for such."""
    deck, embeddings = load_deck(), Remembered(OfflineEmbeddings(), cache)
    table: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    for lang in LANGUAGES:
        sentences = training(deck, lang)
        classifier = fit(sentences, lang, embeddings)
        if save:
            parameters_of(lang).parent.mkdir(exist_ok=True)
            save_classifier(classifier, parameters_of(lang), digest=TARGET, embedding=OfflineEmbeddings.name)
        chance = left_out(sentences, lang, embeddings)
        sets = {
            "written for it, family left out": [(s.text, p) for s, p in zip(sentences, chance, strict=True) if s.addressed],
            "honest, dangerous words": [(s.text, p) for s, p in zip(sentences, chance, strict=True) if s.written and not s.addressed],
            "honest, ordinary": [(s.text, p) for s, p in zip(sentences, chance, strict=True) if not s.written],
            **{name: _scored(texts, classifier, embeddings) for name, texts in _unseen(deck, lang).items()},
        }
        for name, scored in sets.items():
            told = [
                {"lang": lang, "sentences": name, "text": text, "rules": addressed_to_grader(text), "probability": round(float(p), 4)}
                for text, p in scored
            ]
            table.append(row(lang, name, pd.DataFrame(told)))
            cases += told
    embeddings.save()
    about = (
        f"Logistic regressions on n-grams and embedding, sure from {SURE} on. Sentences written for it are judged by ones that were fitted "
        "to nothing of their family, honest ones by ones fitted to other honest ones; of the attack suite, the gold reporting half and "
        "the unseen writer nothing was fitted.\n\n"
    )
    title = "Sentences spoken to the grader"
    typer.echo(write_report("addressed", title, [about + markdown_table(table)], cases, out).read_text(encoding="utf-8"))


def row(lang: Language, name: str, told: pd.DataFrame) -> dict[str, str]:
    """Which share of the sentences the rules find, the classifier, and both together."""
    sure = told["probability"] >= SURE
    return {
        "language": lang,
        "sentences": name,
        "n": str(len(told)),
        "by rules": f"{told['rules'].mean():.1%}",
        "by the classifier": f"{sure.mean():.1%}",
        "by either": f"{(told['rules'] | sure).mean():.1%}",
    }


def _scored(texts: list[str], classifier: CardClassifier, embeddings: Remembered) -> list[tuple[str, float]]:
    return list(zip(texts, probabilities(classifier, texts, embeddings).tolist(), strict=True))


def _unseen(deck: Deck, lang: Language) -> dict[str, list[str]]:
    """Sentences that nothing is fitted to."""
    found: dict[str, list[str]] = {}
    for name, key in (("attacks", "answer"), ("appended", "attack"), ("appended-unseen", "attack")):
        cases = [case for case in cases_of(name) if case["lang"] == lang and case["family"] in SPEAKING]
        found[f"attack suite, {name}"] = [s.clean for case in cases for s in split_sentences(case[key], lang)]
    gold = [answer for part in ("reporting", "unseen") for answer in load_gold(deck, part) if answer.lang == lang]
    found["honest, gold (reporting) and unseen writer"] = [s.clean for answer in gold for s in split_sentences(answer.answer, lang)]
    return found


def _lines(name: str, lang: Language) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.{lang}.jsonl").read_text(encoding="utf-8").splitlines()]
