"""Fits the linear probes for questions without a card: states of the embedded model on labelled passages and on human-graded answers."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import sklearn
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from bot.grading.text import split_sentences
from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.base import JudgeRequest
from bot.models.judges.linear_probe import prompts
from bot.models.judges.linear_probe.overlap import COUNT, overlap
from bot.models.judges.linear_probe.parameters import REFERENCE, STATEMENT, Floats, Probe, save_probe
from bot.models.judges.linear_probe.state import StateReader, tokens
from evals.gold import Part, load_gold
from evals.human import SETS, load_human
from evals.options import DataOption, data_folder
from evals.pairs import load_pairs
from evals.remembered import Remembered
from evals.services import services_for
from knowledge.deck import Deck, load_deck
from knowledge.schema import Language

CLASSES = ("states", "half", "contradicts", "absent")
# A thousand correlated columns for some hundred rows: strong regularisation. Chosen by leaving cards and questions out.
INVERSE_REGULARISATION = 1e-3
# The columns beside the state are few and each is worth many of its columns.
OVERLAP_SCALE = 20.0
OTHERS = 0.06
OPEN = Path(__file__).parent / "open"


@dataclass(frozen=True)
class Example:
    """One question put to the model about one answer, with the class that is right and the group that is left out together."""

    question: str
    answer: str
    lang: Language
    text: str
    kind: str
    label: str
    group: str


class States:
    """States by the hash of the prompt, kept in a file, since each costs a second or more."""

    def __init__(self, file: Path, reader: StateReader | None) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._reader = reader
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("CREATE TABLE IF NOT EXISTS s (k TEXT PRIMARY KEY, v BLOB)")

    def of(self, example: Example) -> npt.NDArray[np.float32] | None:
        """The state of an example, read when it is not known; None when it is not known and there is no reader."""
        answer = cleaned(example)
        key = hashlib.sha256("\0".join((example.question, answer, example.kind, example.text)).encode()).hexdigest()
        row = self._rows.execute("SELECT v FROM s WHERE k = ?", (key,)).fetchone()
        if row is not None:
            return np.frombuffer(row[0], dtype=np.float32)
        if self._reader is None:
            return None
        ending = prompts.about_reference(example.text) if example.kind == "r" else prompts.about_statement(example.text)
        shared = prompts.beginning(JudgeRequest(example.question, answer, example.lang, ()))
        state, _, _ = next(self._reader.read(prompts.SYSTEM, shared, [ending], anew=False))
        self._rows.execute("INSERT INTO s VALUES (?, ?)", (key, state.tobytes()))
        return state


def cleaned(example: Example) -> str:
    """The answer as the grader gives it to a judge."""
    return "\n".join(sentence.clean for sentence in split_sentences(example.answer, example.lang))


def statements(deck: Deck, limit: int | None, seed: int) -> list[Example]:
    """Labelled passages with their own point, and now and then with another point of the card, which they do not state.

    `limit` takes so many passages at random; without it all of them are paired with every point. A group is a card.
    """
    rng = Random(seed)
    passages = load_pairs(deck, "abcd")
    if limit is not None:
        passages = rng.sample(passages, min(limit, len(passages)))
    examples = []
    for passage in passages:
        card = deck.get(passage.card, passage.lang)
        for point in card.points:
            if point.id == passage.point or limit is None or rng.random() < OTHERS:
                label = passage.label if point.id == passage.point else "absent"
                examples.append(Example(card.question, passage.text, card.lang, point.text, "s", label, card.id))
    return examples


def answers(deck: Deck, part: Part) -> list[Example]:
    """Every point of the gold answers of a part; the points of an answer follow each other, since they share most of the prompt."""
    examples = []
    for gold in load_gold(deck, part):
        card = deck.get(gold.card, gold.lang)
        for point in card.points:
            examples.append(Example(card.question, gold.answer, card.lang, point.text, "s", gold.labels[point.id], card.id))
    return examples


def opened(folder: Path = OPEN) -> list[Example]:
    """Every point of the answers to the open questions, which no card covers; a group is a question."""
    examples = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for answer in row["answers"]:
                for point in row["points"]:
                    label = answer["labels"][point["id"]]
                    examples.append(Example(row["question"], answer["text"], row["lang"], point["text"], "s", label, row["id"]))
    return examples


def references(folder: Path, names: Sequence[str], each: int, seed: int) -> list[Example]:
    """Human-graded answers with their whole reference; scores become classes at one third and two thirds; a group is a question."""
    examples = []
    for name in names:
        data = load_human(folder, SETS[name])
        for question, rows in data.groupby("question"):
            for row in rows.sample(min(each, len(rows)), random_state=seed).to_dict("records"):
                label = "states" if row["score"] > 2 / 3 else "half" if row["score"] > 1 / 3 - 1e-9 else "absent"
                text = " ".join(str(row["reference"]).split())
                examples.append(Example(str(question), str(row["answer"])[:2500], "en", text, "r", label, str(question)))
    return examples


def features(examples: Sequence[Example], states: States, embeddings: Remembered) -> tuple[Floats, list[Example]]:
    """Feature vectors of the examples whose state is known or can be read, with those examples. Shape (examples, features)."""
    rows, used = [], []
    for example in tqdm(examples, unit="state"):
        pieces = cleaned(example).split("\n")
        state = states.of(example) if pieces[0] else None
        if state is None:
            continue
        vectors = np.asarray(embeddings.embed_documents(pieces), dtype=np.float64)
        vector = np.asarray(embeddings.embed_documents([example.text])[0], dtype=np.float64)
        rows.append(np.concatenate([state, overlap(example.text, pieces, vector, vectors)]))
        used.append(example)
    return np.array(rows), used


def fit(values: Floats, examples: Sequence[Example], name: str, model: str) -> tuple[Probe, dict[str, float]]:
    """The probe, and its figures on groups left out: AUC of full credit against none, and Pearson's r of the expected credit."""
    labels = np.array([CLASSES.index(example.label) for example in examples])
    groups = [example.group for example in examples]
    scaled = make_pipeline(StandardScaler(), _Upweighted(), LogisticRegression(C=INVERSE_REGULARISATION, max_iter=3000))
    left_out = cross_val_predict(scaled, values, labels, groups=groups, cv=GroupKFold(7), method="predict_proba")
    present = sorted(set(labels))
    states, half = left_out[:, present.index(0)], left_out[:, present.index(1)]
    clear = labels != 1
    expected, credit = states + 0.5 * half, np.choose(labels, [1.0, 0.5, 0.0, 0.0])
    figures = {
        "n": len(labels),
        "AUC": float(roc_auc_score(labels[clear] == 0, states[clear])),
        "Pearson": float(np.corrcoef(expected, credit)[0, 1]),
    }
    scaled.fit(values, labels)
    scaler, _, regression = scaled
    weights, bias = np.zeros((len(CLASSES), values.shape[1])), np.full(len(CLASSES), -30.0)
    for row, label in enumerate(regression.classes_):
        weights[label], bias[label] = regression.coef_[row] * _scale(values.shape[1]), regression.intercept_[row]
    about = {
        "model": model,
        "name": name,
        "examples": len(labels),
        "groups": len(set(groups)),
        "left out": figures,
        "tokens": len(tokens()),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "scikit-learn": sklearn.__version__,
    }
    return Probe(scaler.mean_, scaler.scale_, weights, bias, about), figures


def _scale(columns: int) -> Floats:
    scale = np.ones(columns)
    scale[-COUNT:] = OVERLAP_SCALE
    return scale


class _Upweighted(sklearn.base.TransformerMixin, sklearn.base.BaseEstimator):  # type: ignore[misc]
    """Gives the columns beside the state a larger scale, so that they are regularised less."""

    def fit(self, values: Floats, labels: Any = None) -> _Upweighted:
        """Nothing to learn."""
        return self

    def transform(self, values: Floats) -> Floats:
        """The columns, scaled."""
        return values * _scale(values.shape[1])


def command(
    data: DataOption = None,
    passages: Annotated[int, typer.Option(help="labelled passages to read")] = 900,
    each: Annotated[int, typer.Option(help="human-graded answers of each question to read")] = 6,
    sets: Annotated[str, typer.Option(help="sets to fit on; never those reported on")] = "beetle,saf_en",
    read: Annotated[bool, typer.Option(help="read states that are not in the cache; without it only known ones are used")] = True,
    cache: Annotated[Path, typer.Option(help="file that keeps states between runs")] = Path(".cache/states.sqlite"),
) -> None:
    """Fit the linear probes and write their parameters."""
    deck = load_deck()
    embeddings = Remembered(OfflineEmbeddings(), Path(".cache/embeddings.npz"))
    with services_for("logprobs") as services:
        endpoint = services.models.endpoint
        assert endpoint is not None
        states = States(cache, StateReader(endpoint) if read else None)
        for name, examples in _tasks(deck, data_folder(data), passages if read else None, each, sets.split(",")):
            values, used = features(examples, states, embeddings)
            probe, figures = fit(values, used, name, endpoint.sha256)
            typer.echo(f"{name}: {figures} -> {save_probe(probe, name)}")
    embeddings.save()


def _tasks(deck: Deck, folder: Path, passages: int | None, each: int, sets: Sequence[str]) -> Iterator[tuple[str, list[Example]]]:
    yield STATEMENT, [*statements(deck, passages, seed=1), *answers(deck, "development"), *opened()]
    yield REFERENCE, references(folder, sets, each, seed=0)
