"""The schedule against the fsrs package, against figures worked out once, and against calendars."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from fsrs import Card, Rating, Scheduler
from fsrs.scheduler import DEFAULT_PARAMETERS

from bot.memory.schedule import Recall, Schedule, desired_retention, end_of_day, local_day

AGAIN, HARD, GOOD, EASY = Rating.Again, Rating.Hard, Rating.Good, Rating.Easy
START = datetime(2026, 1, 1, 9, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
# Someone who forgets faster, within the bounds of the package.
OWN = (*(0.8 * p for p in DEFAULT_PARAMETERS[:4]), *DEFAULT_PARAMETERS[4:20], 0.3)

Reviews = Sequence[tuple[Rating, float]]


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def ours(reviews: Reviews, parameters: Sequence[float] | None = None) -> Recall:
    recall = Schedule(parameters).replay([(rating, at(days)) for rating, days in reviews])
    assert recall is not None
    return recall


def package(parameters: Sequence[float] = DEFAULT_PARAMETERS) -> Scheduler:
    return Scheduler(parameters, 0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def theirs(reviews: Reviews, parameters: Sequence[float] = DEFAULT_PARAMETERS) -> Card:
    card = Card(card_id=0, due=START)
    for rating, days in reviews:
        card, _ = package(parameters).review_card(card, rating, at(days))
    return card


def history(seed: int) -> list[tuple[Rating, float]]:
    """Up to twelve reviews from minutes to months apart."""
    rng = random.Random(seed)
    days, reviews = 0.0, []
    for _ in range(rng.randint(1, 12)):
        reviews.append((rng.choice(list(Rating)), days))
        days += rng.choice([0.003, 0.4, 0.99, 1.0, 1.01, 2.5, 14.0, 90.0]) * rng.uniform(0.8, 1.2)
    return reviews


# --- the state after reviews


@pytest.mark.parametrize(
    ("reviews", "stability", "difficulty", "interval"),
    [
        ([(AGAIN, 0)], 0.212, 6.4133, 1),
        ([(HARD, 0)], 1.2931, 5.112170705601056, 1),
        ([(GOOD, 0)], 2.3065, 2.118103970459016, 2),
        ([(EASY, 0)], 8.2956, 1.0, 8),
        ([(GOOD, 0), (GOOD, 2), (GOOD, 14)], 48.52077276660218, 2.1043313908464483, 49),
        ([(GOOD, 0), (AGAIN, 5), (HARD, 6), (GOOD, 10)], 5.8207266714319035, 8.24255066421011, 6),
        ([(EASY, 0), (EASY, 30), (AGAIN, 200)], 4.754347414232354, 7.0269895692968385, 5),
        ([(AGAIN, 0), (GOOD, 0.1), (GOOD, 1)], 0.2842063592758949, 6.3909413235243795, 1),
    ],
)
def test_known_histories_come_to_known_figures(reviews: Reviews, stability: float, difficulty: float, interval: int) -> None:
    recall = ours(reviews)
    assert recall.stability == pytest.approx(stability, rel=1e-12)
    assert recall.difficulty == pytest.approx(difficulty, rel=1e-12)
    assert Schedule().intervals(np.array([recall.stability]), 0.9).tolist() == [interval]
    assert recall.last_review == at(reviews[-1][1])


@pytest.mark.parametrize("parameters", [DEFAULT_PARAMETERS, OWN], ids=["default", "own"])
@pytest.mark.parametrize("seed", range(40))
def test_any_history_comes_to_what_the_package_says(seed: int, parameters: Sequence[float]) -> None:
    reviews = history(seed)
    recall, card = ours(reviews, parameters), theirs(reviews, parameters)
    assert (recall.stability, recall.difficulty, recall.last_review) == (card.stability, card.difficulty, card.last_review)


def test_the_history_does_not_have_to_be_in_order() -> None:
    for seed in range(20):
        reviews = [(rating, at(days)) for rating, days in history(seed)]
        shuffled = random.Random(seed).sample(reviews, len(reviews))
        assert Schedule().replay(shuffled) == Schedule().replay(reviews)


def test_reviews_and_lapses_are_counted_but_a_first_miss_is_no_lapse() -> None:
    recall = ours([(AGAIN, 0), (AGAIN, 1), (GOOD, 2), (AGAIN, 9), (HARD, 10)])
    assert (recall.reviews, recall.lapses) == (5, 2)


def test_without_reviews_nothing_is_remembered() -> None:
    assert Schedule().replay([]) is None


def test_a_clock_that_went_back_stood_still() -> None:
    schedule = Schedule()
    later = schedule.review(None, GOOD, at(10))
    assert schedule.review(later, GOOD, at(3)) == schedule.review(later, GOOD, at(10))
    assert schedule.retrievability(later.stability, later.last_review, at(3)) == 1.0


def test_the_zone_of_a_time_makes_no_difference() -> None:
    there = START.astimezone(TOKYO)
    assert Schedule().review(None, GOOD, there) == Schedule().review(None, GOOD, START)
    assert Schedule().review(None, GOOD, there).last_review.tzinfo is UTC


def test_a_time_without_a_zone_is_the_local_one(zone: Callable[[str], None]) -> None:
    zone("Asia/Tokyo")
    assert Schedule().review(None, GOOD, datetime(2026, 1, 1, 18)).last_review == START


@pytest.mark.parametrize("parameters", [DEFAULT_PARAMETERS[:19], [*DEFAULT_PARAMETERS[:20], 5.0]], ids=["too few", "out of bounds"])
def test_parameters_of_another_model_are_refused(parameters: Sequence[float]) -> None:
    with pytest.raises(ValueError, match="parameters"):
        Schedule(parameters)


# --- forgetting


@pytest.mark.parametrize("parameters", [DEFAULT_PARAMETERS, OWN], ids=["default", "own"])
def test_retrievability_is_the_packages_at_whole_days(parameters: Sequence[float]) -> None:
    days = np.array([0, 1, 2, 3, 7, 30, 365, 4000], dtype=np.float64)
    for seed in range(20):
        card = theirs(history(seed), parameters)
        assert card.last_review is not None
        assert card.stability is not None
        expected = [package(parameters).get_card_retrievability(card, card.last_review + timedelta(days=day)) for day in days]
        found = Schedule(parameters).retrievabilities(np.full(len(days), card.stability), days)
        assert found.tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("stability", "days", "retrievability"),
    [(2.3065, 0, 1.0), (2.3065, 2.3065, 0.9), (10, 1, 0.985682), (10, 30, 0.809388), (0.212, 1, 0.766196), (0.212, 0.25, 0.888279)],
)
def test_forgetting_in_figures(stability: float, days: float, retrievability: float) -> None:
    assert Schedule().retrievability(stability, START, at(days)) == pytest.approx(retrievability, abs=1e-6)


def test_part_of_a_day_counts() -> None:
    found = Schedule().retrievabilities(np.full(4, 5.0), np.array([1.0, 1.25, 1.5, 2.0]))
    assert found.tolist() == sorted(found.tolist(), reverse=True)
    assert len(set(found.tolist())) == 4


@pytest.mark.parametrize("retention", [0.7, 0.8, 0.9, 0.95, 0.97])
def test_intervals_are_the_packages_but_no_longer_than_a_year(retention: float) -> None:
    stability = np.array([0.001, 0.212, 1.2931, 2.3065, 8.2956, 48.5, 120.0, 5000.0])
    scheduler = Scheduler(desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=365)
    expected = [scheduler._next_interval(stability=s) for s in stability.tolist()]
    assert Schedule().intervals(stability, retention).tolist() == expected


@pytest.mark.parametrize(
    ("retention", "days"),
    [(0.90, [1, 1, 1, 2, 8, 48, 120, 365]), (0.97, [1, 1, 1, 1, 2, 11, 27, 365]), (0.80, [1, 1, 4, 8, 28, 161, 365, 365])],
)
def test_intervals_in_figures(retention: float, days: list[int]) -> None:
    stability = np.array([0.001, 0.212, 1.2931, 2.3065, 8.2956, 48.5, 120.0, 5000.0])
    assert Schedule().intervals(stability, retention).tolist() == days


# --- the days before an interview


@pytest.mark.parametrize(
    ("days", "retention"),
    [
        (None, 0.90),
        (-1, 0.90),
        (-400, 0.90),
        (400, 0.90),
        (60, 0.90),
        (30, 0.90),
        (29, 0.902333),
        (15, 0.935),
        (3, 0.963),
        (1, 0.967667),
        (0, 0.97),
    ],
)
def test_more_is_aimed_at_the_nearer_the_interview(days: int | None, retention: float) -> None:
    today = date(2026, 11, 24)
    on = None if days is None else today + timedelta(days=days)
    assert desired_retention(today, on) == pytest.approx(retention, abs=1e-6)


# --- calendars


@pytest.mark.parametrize(
    ("place", "now", "day", "end"),
    [
        ("UTC", "2026-11-24T23:59:59+00:00", "2026-11-24", "2026-11-25T00:00:00+00:00"),
        ("UTC", "2026-11-25T00:00:00+00:00", "2026-11-25", "2026-11-26T00:00:00+00:00"),
        ("UTC", "2026-12-31T12:00:00+00:00", "2026-12-31", "2027-01-01T00:00:00+00:00"),
        ("Asia/Tokyo", "2026-11-24T14:59:59+00:00", "2026-11-24", "2026-11-24T15:00:00+00:00"),
        ("Asia/Tokyo", "2026-11-24T15:00:00+00:00", "2026-11-25", "2026-11-25T15:00:00+00:00"),
        ("Asia/Tokyo", "2026-11-25T00:30:00+09:00", "2026-11-25", "2026-11-25T15:00:00+00:00"),
        # The clocks go back on 1 November 2026 at 2:00, so that day has 25 hours.
        ("America/New_York", "2026-10-31T23:59:00-04:00", "2026-10-31", "2026-11-01T04:00:00+00:00"),
        ("America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-01", "2026-11-02T05:00:00+00:00"),
        ("America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-01", "2026-11-02T05:00:00+00:00"),
        ("America/New_York", "2026-11-01T01:30:00-05:00", "2026-11-01", "2026-11-02T05:00:00+00:00"),
        ("America/New_York", "2026-11-02T04:59:59+00:00", "2026-11-01", "2026-11-02T05:00:00+00:00"),
        # and forward on 8 March 2026 at 2:00: 23 hours.
        ("America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-08", "2026-03-09T04:00:00+00:00"),
        # In Santiago they go forward at midnight: the next day begins at 1:00.
        ("America/Santiago", "2026-09-05T12:00:00-04:00", "2026-09-05", "2026-09-06T04:00:00+00:00"),
    ],
)
def test_days_end_at_local_midnight(zone: Callable[[str], None], place: str, now: str, day: str, end: str) -> None:
    zone(place)
    moment = datetime.fromisoformat(now)
    assert local_day(moment).isoformat() == day
    assert end_of_day(moment).isoformat() == end


@pytest.mark.parametrize("place", ["America/New_York", "Asia/Tokyo", "Europe/London", "America/Santiago", "Australia/Lord_Howe"])
def test_every_moment_of_a_year_ends_with_its_own_day(zone: Callable[[str], None], place: str) -> None:
    zone(place)
    for hours in range(0, 366 * 24, 5):
        moment = START + timedelta(hours=hours)
        end = end_of_day(moment)
        assert local_day(moment) == local_day(end - timedelta(microseconds=1)) == local_day(end) - timedelta(days=1)
        assert timedelta(0) < end - moment <= timedelta(hours=25)
