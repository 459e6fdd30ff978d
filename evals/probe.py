"""Fits the linear probes for questions without a card, and reports how they judge questions they were fitted to nothing of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import sklearn
import typer
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from bot.models.embeddings import OfflineEmbeddings
from bot.models.judges.linear_probe.features import COUNT, SMALL, Floats, columns
from bot.models.judges.linear_probe.parameters import REFERENCE, STATEMENT, Probe, save_probe
from bot.models.judges.linear_probe.state import StateReader, tokens
from evals.disturbed import disturbed
from evals.options import DataOption, OutOption, data_folder
from evals.probe_data import (
    OTHER_KINDS,
    Example,
    answers,
    exam_statements,
    exams,
    model_answers,
    opened,
    opened_references,
    references,
    statements,
)
from evals.remembered import Remembered
from evals.report import RESULTS, fingerprint, interval, markdown_table, shown, write_report
from evals.services import services_for
from evals.states import States, features
from knowledge.deck import Deck, load_deck

CLASSES = ("states", "half", "contradicts", "absent")
CREDIT = (1.0, 0.5, 0.0, 0.0)
# Thousands of correlated columns for some thousands of rows, or a handful for some hundreds: strong regularisation, chosen by leaving
# questions out.
INVERSE_REGULARISATION = {STATEMENT: 1e-3, REFERENCE: 3e-4}
# The columns beside the states are few and each is worth many of theirs.
SMALL_SCALE = 20.0
# Directions in which states about answers are compared with their anchors, and what is added to their variance.
WHITENED, VARIANCE = 64, 1.0
FOLDS = 5
SHIPPED = "shipped"
Look = Literal["shipped", "wording alone", "without anchors"]
# Passages and answers to open questions are spoken; short written answers are learnt from these.
EXAM_QUESTIONS = 72


def fit(values: Floats, examples: Sequence[Example], name: str, model: str) -> Probe:
    """The probe of this name for the model file with this SHA-256. `values` are rows of what is seen: (examples, 3 * tokens + COUNT)."""
    pipeline = _pipeline(name).fit(values, _labels(examples))
    compared, scaler, _, regression = pipeline
    size = len(scaler.mean_)
    weights, bias = np.zeros((len(CLASSES), size)), np.full(len(CLASSES), -30.0)
    for row, label in enumerate(regression.classes_):
        weights[label], bias[label] = regression.coef_[row] * _scale(size), regression.intercept_[row]
    sources = pd.Series([example.source for example in examples]).value_counts()
    about = {
        "model": model,
        "name": name,
        "examples": {str(source): int(count) for source, count in sources.items()},
        "groups": len({example.group for example in examples}),
        "tokens": len(tokens()),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "scikit-learn": sklearn.__version__,
    }
    return Probe(scaler.mean_, scaler.scale_, weights, bias, compared.whitening_, about)


def left_out(
    values: Floats, examples: Sequence[Example], sources: Sequence[str], name: str = STATEMENT, look: Look = "shipped"
) -> pd.DataFrame:
    """Every example with what probes of this name fitted to these sources, and to nothing of its group, make of it.

    `look` leaves out what the probe compares: the anchors, or the states altogether.

    Columns: source, group, lang, answer, label, states (its probability), expected (credit) and credit (that of the label).
    """
    labels, groups = _labels(examples), np.array([example.group for example in examples])
    fitted = np.array([example.source in sources for example in examples])
    probabilities = np.zeros((len(examples), len(CLASSES)))
    for _, fold in tqdm(list(GroupKFold(FOLDS).split(values, labels, groups)), desc=", ".join(sources), unit="fold"):
        rows = fitted.copy()
        rows[fold] = False
        pipeline = _pipeline(name, look).fit(values[rows], labels[rows])
        probabilities[np.ix_(fold, pipeline.classes_)] = pipeline.predict_proba(values[fold])
    return pd.DataFrame(
        {
            "source": [example.source for example in examples],
            "group": [fingerprint(group) for group in groups],
            "lang": [example.lang for example in examples],
            "answer": [fingerprint(example.answer) for example in examples],
            "label": [example.label for example in examples],
            "states": probabilities[:, 0],
            "expected": probabilities @ np.array(CREDIT),
            "credit": np.array(CREDIT)[labels],
        }
    )


def table(values: Floats, examples: Sequence[Example], name: str, shipped: Sequence[str]) -> tuple[str, list[dict[str, Any]]]:
    """What each source of examples teaches about the others, and what anchors and states add; every judgement by the shipped probe."""
    every = list(dict.fromkeys(example.source for example in examples))
    teaching = [source for source in every if len({example.label for example in examples if example.source == source}) > 1]
    fits: list[tuple[str, Sequence[str], Look]] = [(source, [source], "shipped") for source in teaching if [source] != shipped]
    if every != shipped:
        fits.append(("all", every, "shipped"))
    fits += [(f"{SHIPPED}, {look}", shipped, look) for look in ("wording alone", "without anchors")]
    rows, cases = [], pd.DataFrame()
    for name_of, sources, look in [*fits, (SHIPPED, shipped, "shipped")]:
        cases = left_out(values, examples, sources, name, look)
        rows += [_row(name_of, str(source), data) for source, data in cases.groupby("source", sort=False)]
    rows += [_row(SHIPPED, f"all, {lang}", data) for lang, data in cases.groupby("lang")]
    return markdown_table(rows), [{"probe": name, **{str(k): v for k, v in case.items()}} for case in cases.to_dict("records")]


def _row(sources: str, judged: str, data: pd.DataFrame) -> dict[str, str]:
    whole = data.groupby("answer")["credit"].count().mean() > 1.5
    return {
        "fitted to": sources,
        "judged": judged,
        "n": str(len(data)),
        "questions": str(data["group"].nunique()),
        "AUC": shown(interval(auc, data[data["label"] != "half"], "group")),
        "Pearson": shown(interval(pearson, data, "group")),
        "Spearman of answers": shown(interval(spearman, data, "group")) if whole else "",
        "mean credit (true)": f"{data['expected'].mean():.2f} ({data['credit'].mean():.2f})",
        "true but below .5": _share_below(data),
    }


def auc(data: pd.DataFrame) -> float:
    """AUC of stated points against the others; NaN when there is only one kind."""
    truth = data["label"] == "states"
    return float(roc_auc_score(truth, data["states"])) if truth.nunique() == 2 else float("nan")


def pearson(data: pd.DataFrame) -> float:
    """Pearson correlation of the expected credit with the true one; NaN when all are alike."""
    if data["expected"].nunique() < 2 or data["credit"].nunique() < 2:
        return float("nan")
    return float(np.corrcoef(data["expected"], data["credit"])[0, 1])


def spearman(data: pd.DataFrame) -> float:
    """Spearman of the mean expected credit of each answer with its true one; NaN when all are alike."""
    means = data.groupby("answer")[["expected", "credit"]].mean()
    if means["credit"].nunique() < 2:
        return float("nan")
    return float(spearmanr(means["expected"], means["credit"]).statistic)


def _share_below(data: pd.DataFrame) -> str:
    """How many of the points that an answer states get less than half a point's credit."""
    stated = data[data["label"] == "states"]
    return f"{(stated['expected'] < 0.5).mean():.0%}" if len(stated) else ""


def _labels(examples: Sequence[Example]) -> Any:
    return np.array([CLASSES.index(example.label) for example in examples])


def _pipeline(name: str, look: Look = "shipped") -> Pipeline:
    # Real students' answers with a grade are few: states themselves carry little from one set of them to another, their position does.
    compared = _Compared(states=name == STATEMENT, look=look)
    regression = LogisticRegression(C=INVERSE_REGULARISATION[name], max_iter=3000)
    return make_pipeline(compared, StandardScaler(), _Upweighted(), regression)


def _scale(size: int) -> Floats:
    scale = np.ones(size)
    scale[-SMALL:] = SMALL_SCALE
    return scale


class _Compared(sklearn.base.TransformerMixin, sklearn.base.BaseEstimator):  # type: ignore[misc]
    """Rows of what is seen to the columns of the linear model; learns the whitening, from the differences to the affirmed anchors."""

    def __init__(self, states: bool, look: Look) -> None:
        self.states = states
        self.look = look

    def fit(self, values: Floats, labels: Any = None) -> _Compared:
        """The directions of most variance, each scaled to about one."""
        size = (values.shape[1] - COUNT) // 3
        variances, directions = np.linalg.eigh(np.cov((values[:, :size] - values[:, size : 2 * size]).T))
        kept = slice(max(0, size - WHITENED), size)
        self.whitening_ = directions[:, kept] / np.sqrt(np.maximum(variances[kept], 0) + VARIANCE)
        return self

    def transform(self, values: Floats) -> Floats:
        """The columns. Shape (rows, columns)."""
        if self.look != "shipped":
            state, nearness = values[:, : len(self.whitening_)], values[:, -COUNT:]
            kept = [state] if self.look == "without anchors" else []
            return np.hstack([*kept, np.zeros((len(values), SMALL - COUNT)), nearness])
        return columns(values, self.whitening_, states=self.states)


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
    passages: Annotated[int, typer.Option(help="labelled passages to read as well; short answers are learnt from them", min=0)] = 427,
    each: Annotated[int, typer.Option(help="human-graded answers of each question to read")] = 6,
    sets: Annotated[str, typer.Option(help="sets to fit on; never those reported on")] = "beetle,saf_en",
    read: Annotated[bool, typer.Option(help="read states that are not in the cache; without it only known ones are used")] = True,
    cache: Annotated[Path, typer.Option(help="file that keeps states between runs")] = Path(".cache/states.sqlite"),
    save: Annotated[bool, typer.Option(help="also write the parameters, which is what the product then judges by")] = False,
    out: OutOption = RESULTS,
) -> None:
    """How linear probes judge questions they were fitted to nothing of; with --save, those fitted to everything are written."""
    deck = load_deck()
    embeddings = Remembered(OfflineEmbeddings(), Path(".cache/embeddings.npz"))
    parts, cases = [f"{FOLDS} folds by question; 95% bootstrap intervals by question in brackets.\n"], []
    with services_for("logprobs") as services:
        endpoint = services.models.endpoint
        assert endpoint is not None
        states = States(cache, StateReader(endpoint) if read else None)
        for name, examples, sources in _tasks(deck, data_folder(data), passages, each, sets.split(",")):
            values, used = features(examples, states, embeddings)
            if save:
                taught = [number for number, example in enumerate(used) if example.source in sources]
                typer.echo(save_probe(fit(values[taught], [used[number] for number in taught], name, endpoint.sha256), name))
            rows, judged = table(values, used, name, sources)
            parts.append(f"## {name.capitalize()}s\n\nShipped: the probe fitted to {', '.join(sources)}.\n\n{rows}")
            cases += judged
    embeddings.save()
    typer.echo(write_report("probe", "Questions without a card", parts, cases, out).read_text(encoding="utf-8"))


def _tasks(deck: Deck, folder: Path, passages: int, each: int, sets: Sequence[str]) -> Iterator[tuple[str, list[Example], Sequence[str]]]:
    """Name, examples and the sources to fit to of each probe. What is not fitted to is judged all the same."""
    examples = [
        *opened(),
        *model_answers(),
        *statements(deck, passages, seed=1),
        *exam_statements(EXAM_QUESTIONS),
        *answers(deck, "development"),
        *disturbed(),
    ]
    # Answers of the other kinds were tried too: what they win on their like they lose on paraphrases, of which half then get too little.
    yield STATEMENT, examples, [s for s in dict.fromkeys(example.source for example in examples) if s != OTHER_KINDS]
    # Wrong answers to the open and exam questions borrow the reference's words and right ones avoid them; real students do the reverse.
    # One linear probe of both is worse on the real ones, which count.
    yield REFERENCE, [*references(folder, sets, each, seed=0), *opened_references(), *exams()], sets
