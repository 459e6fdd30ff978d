"""Own forgetting curves: fitted to made-up learners whose true curve is known, adopted only when better, and then used for everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fsrs import Rating
from fsrs.scheduler import DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

from bot.grading.grader import Grade
from bot.grading.score import score
from bot.grading.verdict import Distribution, PointVerdict
from bot.memory import fitting, reviews
from bot.memory import store as store_module
from bot.memory.fitting import Fit, fit, recalls, refit
from bot.memory.schedule import Recall, Schedule
from bot.memory.store import Question, Store
from bot.memory.tables import Review
from knowledge.deck import load_deck

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CARD = load_deck().get("regularization", "en")
# Strength after the first review and after each success is a third: this person forgets much faster than most.
FORGETFUL = (*(p / 3 for p in DEFAULT_PARAMETERS[:4]), *DEFAULT_PARAMETERS[4:8], DEFAULT_PARAMETERS[8] - 1.1, *DEFAULT_PARAMETERS[9:])


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def learner(parameters: tuple[float, ...], items: int = 120, seed: int = 0) -> list[list[tuple[Rating, datetime]]]:
    """The reviews of someone who forgets exactly by these parameters, at gaps of 1 to 40 days that no scheduler chose."""
    rng = np.random.default_rng([7, seed])
    schedule = Schedule(parameters)
    histories = []
    for _ in range(items):
        when, recall = at(rng.uniform(0, 60)), None
        history: list[tuple[Rating, datetime]] = []
        for _ in range(7):
            p = 0.7 if recall is None else schedule.retrievability(recall.stability, recall.last_review, when)
            history.append((Rating.Good if rng.random() < p else Rating.Again, when))
            recall = schedule.review(recall, *history[-1])
            when += timedelta(days=float(np.exp(rng.uniform(0, np.log(40)))))
        histories.append(history)
    return histories


# --- the fit itself


def test_a_forgetful_learner_is_foretold_better_by_their_own_curve() -> None:
    found = fit(learner(FORGETFUL))
    assert found is not None
    assert found.better
    assert found.gain > 0.02
    assert found.held_out == pytest.approx(0.2 * 120 * 6, abs=1)
    # On reviews of the same person that neither fit nor judgement saw, too.
    fresh = learner(FORGETFUL, seed=1)
    own, default = (sum(sum(fitting.losses(h, Schedule(p), START)) for h in fresh) for p in (found.parameters, None))
    assert own < default


def test_the_same_reviews_give_the_same_parameters() -> None:
    assert fit(learner(FORGETFUL, 60)) == fit(learner(FORGETFUL, 60))


def test_parameters_stay_within_the_schedulers_bounds() -> None:
    everything_forgotten = [[(Rating.Again, at(2 * n)) for n in range(8)] for _ in range(60)]
    found = fit(everything_forgotten)
    assert found is not None
    for value, low, high in zip(found.parameters, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True):
        assert low <= value <= high


def test_nobody_gains_much_who_forgets_as_the_defaults_say() -> None:
    gains = [found.gain for seed in range(8) if (found := fit(learner(DEFAULT_PARAMETERS, seed=seed))) is not None]
    assert len(gains) == 8
    assert max(gains) < 0.02


@pytest.mark.parametrize(
    "histories",
    [
        [],
        [[]],
        [[(Rating.Good, START)]],
        [[(Rating.Good, START), (Rating.Good, at(0.5)), (Rating.Good, at(0.9))]],
        [[(Rating.Good, START), (Rating.Good, at(2))]],
        [[(Rating.Good, START), (Rating.Good, at(2))]] * 50,
    ],
    ids=["nothing", "empty", "one", "one day", "one recall", "all at once"],
)
def test_too_little_is_not_fitted(histories: list[list[tuple[Rating, datetime]]]) -> None:
    assert fit(histories) is None


def test_a_review_within_a_day_says_nothing_about_forgetting() -> None:
    history = [(Rating.Good, START), (Rating.Good, at(0.99)), (Rating.Good, at(1.99)), (Rating.Again, at(2.5))]
    assert recalls([history, history[:2]]) == 1


def test_a_gain_within_its_error_is_not_better() -> None:
    assert not Fit((), 100, 0.010, 0.011).better
    assert Fit((), 100, 0.012, 0.011).better
    assert not Fit((), 100, -0.5, 0.01).better


# --- in the store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()


def practise(store: Store, monkeypatch: pytest.MonkeyPatch, verdicts: list[tuple[float, bool]]) -> None:
    """Answers the same question again and again: on these days, with every point said or missed."""
    for days, said in verdicts:
        monkeypatch.setattr(store_module, "now", lambda days=days: at(days))
        turn = store.interview(store.create_interview("en", "practice", {}, [Question(CARD.id, CARD.question)])).turns[0]
        points = tuple(PointVerdict(p.id, p.weight, Distribution(float(said))) for p in CARD.points)
        store.save_grade(
            store.add_attempt(turn, "en", f"Answer of day {days}."), Grade("graded", points, score=score(points), judge="fake · fixed")
        )


DAYS = [(15.0 * n, n % 3 != 1) for n in range(6)]


def remember(store: Store, histories: list[list[tuple[Rating, datetime]]]) -> None:
    """Reviews as they would have come of answers with one point for each history."""
    turn = store.interview(store.create_interview("en", "practice", {}, [Question(CARD.id, CARD.question)])).turns[0]
    attempts = [store.add_attempt(turn, "en", f"Answer {n}.") for n in range(max(map(len, histories)))]
    with store.session() as session:
        for point, history in enumerate(histories):
            for attempt, (rating, when) in zip(attempts, history, strict=True):
                session.add(
                    Review(
                        attempt_id=attempt,
                        point_id=f"p{point}",
                        learner_id=store.learner_id,
                        card_id=CARD.id,
                        circumstance="free",
                        verdict="hit" if rating is Rating.Good else "missed",
                        rating=int(rating),
                        credit=float(rating is Rating.Good),
                        reviewed_at=when,
                    )
                )
        session.flush()
        reviews.recompute(session, store.learner_id, CARD.id, [f"p{n}" for n in range(len(histories))])


def test_a_fit_is_adopted_and_everything_remembered_follows(store: Store) -> None:
    histories = learner(FORGETFUL)
    remember(store, histories)
    before = {item.point_id: item for item in store.items()}
    found = refit(store)
    expected = fit(histories)
    assert found is not None
    assert expected is not None
    assert found.parameters == expected.parameters
    assert store.learner().fsrs_parameters == list(found.parameters)
    assert store.learner().fsrs_recalls == recalls(histories)
    for item in store.items():
        recall = Schedule(found.parameters).replay(histories[int(item.point_id[1:])])
        assert isinstance(recall, Recall)
        assert item.stability == pytest.approx(recall.stability)
        assert item.stability != pytest.approx(before[item.point_id].stability)
        assert item._replace(stability=0.0) == before[item.point_id]._replace(stability=0.0), "evidence and verdicts do not depend on it"


def test_the_next_answer_goes_on_from_the_new_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    practise(store, monkeypatch, DAYS)
    monkeypatch.setattr(fitting, "ENOUGH", 20)
    monkeypatch.setattr(fitting, "fit", lambda histories, in_use: Fit(FORGETFUL, 10, 0.02, 0.01))
    refit(store)
    practise(store, monkeypatch, [(140.0, True)])
    replayed = Schedule(FORGETFUL).replay(store.histories()[CARD.id, "penalty"])
    assert replayed is not None
    assert {item.point_id: item.stability for item in store.items()}["penalty"] == pytest.approx(replayed.stability)


def test_a_fit_that_is_no_better_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    practise(store, monkeypatch, DAYS)
    monkeypatch.setattr(fitting, "ENOUGH", 20)
    monkeypatch.setattr(fitting, "fit", lambda histories, in_use: Fit(DEFAULT_PARAMETERS, 10, 0.01, 0.02))
    before = store.items()
    refit(store)
    assert store.learner().fsrs_parameters is None
    assert sorted(store.items(), key=str) == sorted(before, key=str)


def test_the_next_try_waits_until_there_is_a_quarter_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []
    monkeypatch.setattr(fitting, "fit", lambda histories, in_use: tries.append(recalls(histories)))
    per_answer = len(CARD.points) + 1
    monkeypatch.setattr(fitting, "ENOUGH", 4 * per_answer)
    for n in range(8):
        practise(store, monkeypatch, [(3.0 * n, n % 2 == 0)])
        refit(store)
    assert tries == [4 * per_answer, 5 * per_answer, 7 * per_answer]


def test_another_learners_reviews_stay_out(store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    practise(store, monkeypatch, DAYS)
    monkeypatch.setattr(fitting, "ENOUGH", 20)
    other = Store(database_url, learner_id=2)
    try:
        assert other.histories() == {}
        assert refit(other) is None
        assert store.learner().fsrs_parameters is None
    finally:
        other.close()
