"""Key points of a reference: what a model may propose, what is refused, and that nothing of the reference is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.grading.key_points import LONGEST, DerivedPoint, borrowed, derive, filled
from bot.grading.rubric import MAX_DERIVED_POINTS, NothingToGrade
from bot.models.embeddings import OfflineEmbeddings
from bot.models.endpoint import Endpoint
from bot.models.judges import JudgeError
from knowledge.schema import Language
from tests.fakes.fixed_judge import FixedJudge
from tests.fakes.openai_endpoint import CHAT, FakeEndpoint, status

EN = [
    "Testing many hypotheses raises the chance that one comes out significant by accident.",
    "With 20 tests at 5 percent that chance is about 64 percent.",
    "Bonferroni divides the significance level by the number of tests; it is safe, and it does not keep much power.",
]
JA = [
    "勾配消失は、誤差の勾配が出力側から入力側へさかのぼるうちに小さくなる現象です。",
    "1未満の微分が層の数だけ掛け合わされるためです。",
    "残差接続を入れると、勾配が手前の層へ直接届くので消えません。",
]


@pytest.fixture
def endpoint(fake: FakeEndpoint) -> Iterator[Endpoint]:
    made = Endpoint(fake.url, "test-model", SecretStr("sk-test"), embedded=False, timeout=5, retries=0)
    with made.http:
        yield made


@pytest.fixture
def judge() -> FixedJudge:
    return FixedJudge(default=0.97)


@pytest.fixture
def grader(judge: FixedJudge, tmp_path: Path) -> Grader:
    return Grader(judge, OfflineEmbeddings(), Calibrator(tmp_path / "b.json"))


@pytest.mark.parametrize(
    ("lang", "claim"),
    [
        ("en", "The chance that one hypothesis comes out significant by accident is raised by testing many."),
        ("en", "Bonferroni divides the significance level by the number of tests."),
        ("en", "With 20 tests that chance is about 64 percent."),
        ("ja", "勾配消失とは、誤差の勾配が入力側へさかのぼるうちに小さくなる現象である。"),
        ("ja", "１未満の微分が層の数だけ掛け合わされる。"),
    ],
)
def test_claims_in_the_references_words_are_kept(lang: Language, claim: str) -> None:
    kept = borrowed([claim], EN if lang == "en" else JA, lang)
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("lang", "claim", "why"),
    [
        ("en", "The reference explains that testing many hypotheses raises the chance.", "is about the reference"),
        ("en", "What raises the chance that one hypothesis comes out significant?", "asks"),
        ("en", "Benjamini and Hochberg control the expected share of false discoveries.", "is not in the reference"),
        ("en", "With 20 tests at 5 percent that chance is about 46 percent.", "another number"),
        ("en", "Testing many hypotheses never raises the chance that one comes out significant.", "turned round"),
        ("en", "勾配消失は小さくなる現象です。", "another language"),
        ("en", "", "empty"),
        ("en", "chance " * LONGEST["en"], "too long"),
        ("ja", "Vanishing gradients become smaller.", "another language"),
        ("ja", "残差接続とは何ですか。", "asks"),
        ("ja", "模範解答は、勾配消失の現象について述べています。", "is about the reference"),
        ("ja", "ドロップアウトは一部のユニットを無効にして過学習を防ぐ。", "is not in the reference"),
        ("ja", "2未満の微分が層の数だけ掛け合わされるためです。", "another number"),
    ],
)
def test_claims_that_are_refused(lang: Language, claim: str, why: str) -> None:
    assert borrowed([claim], EN if lang == "en" else JA, lang) == [], why


def test_of_two_claims_alike_one_is_kept() -> None:
    claim = "Bonferroni divides the significance level by the number of tests."
    assert borrowed([claim, claim.replace("divides", "then divides")], EN, "en") == [claim]


def test_what_no_claim_covers_is_taken_from_the_reference_in_its_order() -> None:
    claim = "With 20 tests that chance is about 64 percent."
    assert filled([claim], EN) == (DerivedPoint(EN[0], "reference"), DerivedPoint(claim, "model"), DerivedPoint(EN[2], "reference"))
    assert filled([], JA) == tuple(DerivedPoint(text, "reference") for text in JA)


def test_a_claim_that_is_a_sentence_of_the_reference_has_its_words() -> None:
    assert filled([EN[1]], EN)[1] == DerivedPoint(EN[1], "reference")


def test_never_more_points_than_a_rubric_holds() -> None:
    sentences = [f"thing{n} matter{n} subject{n} object{n}." for n in range(20)]
    points = filled(sentences[:3], sentences)
    assert len(points) == MAX_DERIVED_POINTS
    assert all(f"thing{n}" in " ".join(point.text for point in points) for n in range(20))


def test_a_claim_counts_when_the_judge_finds_it_in_the_reference(
    fake: FakeEndpoint, endpoint: Endpoint, grader: Grader, judge: FixedJudge
) -> None:
    right, wrong = "With 20 tests that chance is about 64 percent.", "Bonferroni keeps much power and is not safe."
    fake.reply = json.dumps({"claims": [right, wrong]})
    judge.stated = {"1": 0.1}
    found = derive("What is the problem with many tests?", " ".join(EN), "en", endpoint, grader)
    assert found.failure is None
    assert DerivedPoint(right, "model") in found.points
    assert wrong not in [point.text for point in found.points]
    assert DerivedPoint(EN[2], "reference") in found.points
    (request,) = judge.requests
    assert request.answer == "\n".join(EN)


def test_without_a_model_the_reference_is_cut_and_the_reason_told(
    fake: FakeEndpoint, endpoint: Endpoint, grader: Grader, judge: FixedJudge
) -> None:
    fake.faults[CHAT] = status(429)
    found = derive("勾配消失とは?", "".join(JA), "ja", endpoint, grader)
    assert found.points == tuple(DerivedPoint(text, "reference") for text in JA)
    assert found.failure == "busy"
    fake.faults.clear()
    fake.reply = json.dumps({"claims": [JA[0]]})
    judge.failure = JudgeError("timeout", "too slow")
    found = derive("勾配消失とは?", "".join(JA), "ja", endpoint, grader)
    assert (len(found.points), found.failure) == (3, "timeout")


@pytest.mark.parametrize("reference", ["", " \n", "…!?"])
def test_a_reference_without_text(endpoint: Endpoint, grader: Grader, reference: str) -> None:
    with pytest.raises(NothingToGrade):
        derive("?", reference, "ja", endpoint, grader)
