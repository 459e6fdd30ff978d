"""Human-graded short answers from outside the project, and the simple baselines that a grader has to beat on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from langchain_core.embeddings import Embeddings
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

Scores = npt.NDArray[np.float64]
COLUMNS = ("question", "reference", "answer", "score")
FOLDS = 10


class DataError(ValueError):
    """A data file that cannot be used; the message says which, what is wrong and where the file can be had."""


@dataclass(frozen=True)
class HumanSet:
    """One set: its file, what it is, where a reader gets it, and the number of steps its scores are rounded to for kappa."""

    name: str
    file: str
    what: str
    where: str
    steps: int
    split: str | None = None


SETS = {
    "mohler": HumanSet(
        "mohler", "mohler.csv", "Mohler 2011, computer science, mean of two graders", "Hugging Face, Viswa45/ASAG (CC-BY-4.0)", 5
    ),
    "saf_en": HumanSet(
        "saf_en", "saf_en.csv", "Short Answer Feedback, communication networks", "Hugging Face, Short-Answer-Feedback (CC-BY-4.0)", 4
    ),
    "beetle": HumanSet(
        "beetle", "beetle.csv", "SemEval-2013 task 7, Beetle, unseen answers", "SemEval-2013 task 7 (CC-BY-SA)", 3, "unseen-answers"
    ),
}


def load_human(folder: Path, which: HumanSet) -> pd.DataFrame:
    """The rows of a set with text and a score in [0, 1], questions told apart by their text. Raises DataError."""
    path = folder / which.file
    try:
        data = pd.read_csv(path)
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing; {which.what} can be had from {which.where}; name its folder with --data") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a CSV file: {error}") from error
    lacking = [column for column in COLUMNS if column not in data.columns]
    if lacking:
        raise DataError(f"{path} lacks the columns {', '.join(lacking)}; expected {', '.join(COLUMNS)}")
    data = data.dropna(subset=list(COLUMNS)).reset_index(drop=True)
    if data.empty:
        raise DataError(f"{path} holds no graded answers")
    wrong = data[~data["score"].between(0, 1)]
    if len(wrong):
        raise DataError(f"{path}: row {wrong.index[0] + 2}: score {wrong['score'].iloc[0]} is not between 0 and 1")
    return data


def sample(data: pd.DataFrame, which: HumanSet, limit: int | None, seed: int) -> pd.DataFrame:
    """At most `limit` rows, as many of each question as of the others; of the split that is for reporting."""
    rows = data[data["split"] == which.split] if which.split else data
    if limit is None or limit >= len(rows):
        return rows
    shuffled = rows.sample(frac=1, random_state=seed)
    order = shuffled.groupby("question").cumcount()
    return shuffled.loc[order.sort_values(kind="stable").index[:limit]].sort_index()


def similarity_features(data: pd.DataFrame) -> Scores:
    """Cosine of TF-IDF vectors, overlap of words with the reference both ways, and log length. Shape (rows, 4)."""
    vectors = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit([*data["reference"], *data["answer"]])
    left, right = vectors.transform(data["answer"].tolist()), vectors.transform(data["reference"].tolist())
    cosine = np.asarray(left.multiply(right).sum(axis=1)).ravel()
    rows = []
    for answer, reference in zip(data["answer"], data["reference"], strict=True):
        said, asked = set(str(answer).casefold().split()), set(str(reference).casefold().split())
        common = len(said & asked)
        rows.append((common / max(1, len(asked)), common / max(1, len(said)), np.log1p(len(str(answer).split()))))
    return np.column_stack([cosine, np.array(rows)])


def embedding_cosine(data: pd.DataFrame, embeddings: Embeddings) -> Scores:
    """Cosine of each answer with its reference. Shape (rows, 1)."""
    texts = list(dict.fromkeys([*map(str, data["answer"]), *map(str, data["reference"])]))
    known = dict(zip(texts, np.asarray(embeddings.embed_documents(texts)), strict=True))
    return np.array([[float(known[str(a)] @ known[str(r)])] for a, r in zip(data["answer"], data["reference"], strict=True)])


def out_of_fold(features: Scores, score: Scores, groups: Sequence[str]) -> Scores:
    """Ridge predictions for each row from rows of other questions, clipped to [0, 1]. Shape (rows,)."""
    predicted = np.empty(len(score))
    for train, test in GroupKFold(min(FOLDS, len(set(groups)))).split(features, score, groups):
        scaler = StandardScaler().fit(features[train])
        model = RidgeCV(alphas=np.logspace(-2, 3, 12)).fit(scaler.transform(features[train]), score[train])
        predicted[test] = model.predict(scaler.transform(features[test]))
    return np.clip(predicted, 0, 1)


def mean_of_others(score: Scores, groups: Sequence[str]) -> Scores:
    """The mean score of all other questions, for each row. Shape (rows,)."""
    frame = pd.DataFrame({"score": score, "group": list(groups)})
    total, count = frame["score"].sum(), len(frame)
    own = frame.groupby("group")["score"].agg(["sum", "count"])
    return np.asarray((total - own["sum"].reindex(frame["group"])) / (count - own["count"].reindex(frame["group"])), dtype=float)
