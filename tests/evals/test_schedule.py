"""Made-up learners forget as their models say, predictors see only the past, and every policy spends the same minutes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fsrs import Rating
from fsrs.scheduler import DEFAULT_PARAMETERS

from bot.memory.schedule import Schedule
from evals.learners import MODELS, FsrsMemory, draw, fsrs_curve, fsrs_step, person
from evals.policies import POLICIES, Bank, Ours, Policy, Question, Seer, bank_of, practised
from evals.predictors import BEGINNING, History, by_half_life, by_mean, by_sm2, log_loss, observe, rmse_bins
from evals.schedule import run
from knowledge.deck import load_deck

ITEMS = 40
EVERYTHING = np.arange(ITEMS)


@pytest.fixture(scope="module")
def bank() -> Bank:
    return bank_of(load_deck())


@pytest.mark.parametrize("model", MODELS)
def test_what_was_never_met_is_not_said_and_what_was_read_is_forgotten_bit_by_bit(model: str) -> None:
    memory = draw(model, 0, 3, ITEMS)
    fresh = np.flatnonzero(~person(0, 3, ITEMS).known)
    assert fresh.size
    assert memory.recall(fresh, 0.0) == pytest.approx(0, abs=1e-9)
    memory.practise(fresh, np.zeros(fresh.size, dtype=bool), 0.0)
    days = [memory.recall(fresh, day).mean() for day in (1.0, 7.0, 60.0)]
    assert 1 > days[0] > days[1] > days[2] > 0


@pytest.mark.parametrize("model", MODELS)
def test_spaced_practice_lasts_and_the_same_numbers_draw_the_same_learner(model: str) -> None:
    once, often = draw(model, 1, 2, ITEMS), draw(model, 1, 2, ITEMS)
    for day in (0.0, 3.0, 10.0):
        often.practise(EVERYTHING, np.ones(ITEMS, dtype=bool), day)
    once.practise(EVERYTHING, np.ones(ITEMS, dtype=bool), 10.0)
    assert often.recall(EVERYTHING, 25.0).mean() > once.recall(EVERYTHING, 25.0).mean()
    assert np.array_equal(draw(model, 1, 2, ITEMS).recall(EVERYTHING, 5.0), draw(model, 1, 2, ITEMS).recall(EVERYTHING, 5.0))
    assert not np.array_equal(draw(model, 1, 2, ITEMS).recall(EVERYTHING, 5.0), draw(model, 1, 3, ITEMS).recall(EVERYTHING, 5.0))


@pytest.mark.parametrize("drawn", [False, True])
def test_fsrs_for_many_at_once_is_fsrs(drawn: bool) -> None:
    memory = draw("drawn FSRS-6", 0, 0, ITEMS)
    assert isinstance(memory, FsrsMemory)
    w = memory.parameters if drawn else np.array(DEFAULT_PARAMETERS)
    schedule = Schedule(w.tolist())
    recall = schedule.review(None, Rating.Good, BEGINNING)
    at = BEGINNING
    for days, said in [(0.5, True), (3.2, True), (0.1, False), (40.0, False), (1.0, True), (200.0, True)]:
        at += timedelta(days=days)
        state = np.array([recall.stability]), np.array([recall.difficulty])
        assert fsrs_curve(w, state[0], np.array([days]))[0] == pytest.approx(
            schedule.retrievability(recall.stability, recall.last_review, at)
        )
        stability, difficulty = fsrs_step(w, *state, np.array([days]), np.array([said]))
        recall = schedule.review(recall, Rating.Good if said else Rating.Again, at)
        assert stability[0] == pytest.approx(recall.stability)
        assert difficulty[0] == pytest.approx(recall.difficulty)


def history(gaps: list[float], recalled: list[bool]) -> History:
    at = np.cumsum([[0.0, *gaps]], axis=1)
    return History(at, np.array([recalled]), np.full(at.shape, 0.5))


def test_sm2_steps_through_its_intervals() -> None:
    foretold = by_sm2(history([1.0, 6.0, 15.6, 2.0], [True, True, True, False, True]))
    # Easy at first (2.5 + 0.1), then good: 1 day, 6 days, 6 * 2.6 days; after a lapse a day again.
    assert foretold[0] == pytest.approx([0.9, 0.9, 0.9, 0.81])


def test_calibration_is_of_bins_and_not_of_single_answers() -> None:
    four = History(np.array([[0.0, 5.0]] * 4), np.array([[False, True]] * 3 + [[False, False]]), np.ones((4, 2)))
    assert rmse_bins(np.full((4, 1), 0.75), four) == pytest.approx(0)
    assert rmse_bins(np.full((4, 1), 0.25), four) == pytest.approx(0.5)
    # Half of the answers after another interval: each bin has its own gap.
    two = History(np.array([[0.0, 5.0]] * 2 + [[0.0, 50.0]] * 2), four.recalled, four.truth)
    assert rmse_bins(np.full((4, 1), 0.75), two) == pytest.approx(0.25)


def test_the_fitted_see_others_only() -> None:
    histories = [observe(draw("power law", 0, n, ITEMS), ITEMS, 3, np.random.default_rng(n)) for n in range(6)]
    unlike = [*histories[:-1], history([1.0], [True, True])]
    assert np.array_equal(by_half_life(histories)[5], by_half_life([*histories[:-1], histories[-1]])[5])
    assert by_mean(histories)[5][0, 0] == pytest.approx(by_mean(unlike)[5][0, 0])
    assert by_mean(histories)[0][0, 0] != by_mean(unlike)[0][0, 0]
    assert 0 < log_loss(histories[0].truth[:, 1:], histories[0].recalled[:, 1:]) < np.log(2)


class _Noting(Policy):
    def __init__(self, inner: Policy) -> None:
        super().__init__(inner.bank, inner.days, inner.daily_minutes, 0)
        self.inner = inner
        self.asked: list[tuple[int, Question]] = []

    def questions(self, day: int, minutes: float) -> Iterator[Question]:
        return self.inner.questions(day, minutes)

    def answered(self, question: Question, said: Sequence[bool], day: int) -> None:
        self.asked.append((day, question))
        self.inner.answered(question, said, day)


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_spends_the_same_minutes(name: str, bank: Bank) -> None:
    memory = draw("power law", 0, 0, len(bank.weight))
    policy = POLICIES[name](bank, 10, 10.0, 1)
    if isinstance(policy, Seer):
        policy.memory = memory
    noting = _Noting(policy)
    share = practised(noting, memory, np.full((len(bank.weight), 2), 0.5))
    assert 0 < share < 1
    spent = [sum(q.minutes for day, q in noting.asked if day <= last) for last in range(10)]
    assert all(spent[last] <= 10 * (last + 1) for last in range(10))
    assert spent[-1] > 97
    if name in {"ours", "fixed rotation"}:
        assert {q.card.id for _, q in noting.asked} == {card.id for card in bank.cards}


def test_ours_asks_what_is_due_before_what_was_just_said(bank: Bank) -> None:
    ours = Ours(bank, 30, 20.0, 0)
    first, second = bank.cards[:2]
    ours.answered(Question(first), [True] * len(first.points), 0)
    ours.answered(Question(second), [False] * len(second.points), 0)
    order = [question.card.id for question in ours.questions(1, 20.0)]
    assert order[0] == second.id
    assert order[-1] == first.id


def test_the_report_names_every_model_policy_and_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("activation", "drawn FSRS-6"):
        monkeypatch.delitem(MODELS, name)
    report = run(2, [7], tmp_path, budgets=[5.0], sizes=[40]).read_text()
    assert "No person took part" in report
    assert all(name in report for name in (*POLICIES, *MODELS, "SM-2", "Seeds 7"))
    cases = [json.loads(line) for line in (tmp_path / "schedule.jsonl").read_text().splitlines()]
    assert len(cases) == 3 * 2 * 2
    assert all(set(case["share"]) == set(POLICIES) for case in cases if case["part"] == "outcome")
