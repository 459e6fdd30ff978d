"""What is due, in which order and how, what will be, and how the days before an interview are filled; on the real bank."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bot.memory.due import Due, Known, Timetable, due_list, forecast, known_points, retention_for, review_minutes, timetable, within
from bot.memory.reviews import WHOLE_CARD, Item
from bot.memory.schedule import Schedule, end_of_day, local_day
from knowledge.deck import Deck, load_deck
from knowledge.schema import Card, Language

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCHEDULE = Schedule()


@pytest.fixture(scope="module")
def deck() -> Deck:
    return load_deck()


@pytest.fixture(autouse=True)
def greenwich(zone: Callable[[str], None]) -> None:
    zone("UTC")


def item(
    card: str = "regularization",
    point: str = "penalty",
    days: float = 20.0,
    stability: float = 10.0,
    verdict: str = "hit",
    dismissed: float | None = None,
) -> Item:
    """Reviewed `days` ago, and dismissed as a weakness that many days ago."""
    dismissed_at = None if dismissed is None else NOON - timedelta(days=dismissed)
    return Item(card, point, stability, NOON - timedelta(days=days), 1, 0, verdict, 1.0, 0.0, dismissed_at)


def known(deck: Deck, *items: Item, lang: Language = "en", retention: float = 0.9, now: datetime = NOON) -> list[Known]:
    return known_points(items, deck, lang, SCHEDULE, retention, now)


def due(deck: Deck, *items: Item, now: datetime = NOON, retention: float = 0.9) -> list[Due]:
    return due_list(known(deck, *items, retention=retention, now=now), now)


def names(entries: Sequence[Due]) -> list[tuple[str, str | None]]:
    return [(entry.card.id, entry.point.id if entry.point else None) for entry in entries]


def changed(deck: Deck, card_id: str, **values: object) -> Deck:
    """The deck with one card changed, in both languages."""
    return Deck(card.model_copy(update=values) if card.id == card_id else card for card in deck)


# --- what is known


def test_a_point_is_known_in_the_wanted_language_with_its_retrievability_and_its_days(deck: Deck) -> None:
    for lang in ("ja", "en"):
        [entry] = known(deck, item(days=20, stability=10), lang=lang)
        assert (entry.card, entry.point.id) == (deck.get("regularization", lang), "penalty")
        assert entry.retrievability == pytest.approx(0.845885, abs=1e-6)
        assert entry.due_in_days == pytest.approx(-10.0)
        # weight 5, asked very often
        assert entry.urgency == pytest.approx(5 * (1 - entry.retrievability) * 1.5)


def test_a_higher_retention_is_due_sooner(deck: Deck) -> None:
    [usual], [high] = known(deck, item(days=0)), known(deck, item(days=0), retention=0.97)
    assert (usual.due_in_days, high.due_in_days) == (10.0, 2.0)


def test_whole_questions_and_what_is_no_longer_in_the_bank_are_left_out(deck: Deck) -> None:
    gone = [item(point=WHOLE_CARD), item("no-such-card"), item(point="no-such-point"), item("no-such-card", WHOLE_CARD)]
    assert known(deck, *gone) == []
    assert [entry.point.id for entry in known(deck, *gone, item())] == ["penalty"]


def test_of_a_card_that_lost_a_point_the_others_are_kept(deck: Deck) -> None:
    points = deck.get("regularization", "en").points
    shorter = changed(deck, "regularization", points=points[1:])
    assert [entry.point.id for entry in known(shorter, item(), item(point="norms"))] == ["norms"]
    without = Deck(card for card in deck if card.id != "regularization")
    assert known(without, item(), item(point="norms")) == []


def test_a_renamed_card_is_found_under_its_new_name(deck: Deck) -> None:
    renamed = changed(deck, "regularization", id="shrinkage", aliases=("regularization",))
    [entry] = known(renamed, item(days=30))
    assert (entry.card.id, entry.item.card_id) == ("shrinkage", "regularization")
    assert names(due_list([entry], NOON)) == [("shrinkage", "penalty")]


def test_a_point_answered_under_both_names_of_its_card_counts_once_as_it_was_last(deck: Deck) -> None:
    renamed = changed(deck, "regularization", id="shrinkage", aliases=("regularization",))
    old, new = item(days=300, verdict="missed"), item("shrinkage", days=1)
    for order in ([old, new], [new, old]):
        [entry] = known(renamed, *order)
        assert entry.item is new
        assert due(renamed, *order) == []


# --- what is due


def test_the_most_urgent_comes_first(deck: Deck) -> None:
    entries = due(
        deck,
        item("regularization", "norms", days=40),  # weight 3, very common
        item("mlops", "devops-for-ml", days=40),  # 5, common
        item("roc-auc", "roc-curve", days=40),  # 5, very common
        item("ab-testing", "sample-size", days=40),  # 3, common
        item("cross-validation", "all-data", days=200),  # 3, very common, forgotten more
    )
    assert names(entries) == [
        ("cross-validation", "all-data"),
        ("roc-auc", "roc-curve"),
        ("mlops", "devops-for-ml"),
        ("regularization", "norms"),
        ("ab-testing", "sample-size"),
    ]
    assert [round(entry.urgency, 3) for entry in entries] == [1.678, 1.634, 1.307, 0.98, 0.784]


def test_equally_urgent_things_come_in_the_order_of_their_names(deck: Deck) -> None:
    entries = due(deck, item(point="l2-shrinks"), item("feature-engineering", "leakage"), item(point="when-which"))
    assert names(entries) == [("feature-engineering", "leakage"), ("regularization", "l2-shrinks"), ("regularization", "when-which")]


def test_what_falls_due_by_the_end_of_the_local_day_is_due(deck: Deck, zone: Callable[[str], None]) -> None:
    # Due at 23:54 and at 0:06 of Greenwich, where it is noon; in Tokyo the day ends at 15:00 of Greenwich.
    soon, later, afternoon = (item(days=10 - hours / 24) for hours in (11.9, 12.1, 2.9))
    assert (len(due(deck, soon)), len(due(deck, later)), len(due(deck, afternoon))) == (1, 0, 1)
    zone("Asia/Tokyo")
    assert (len(due(deck, soon)), len(due(deck, later)), len(due(deck, afternoon))) == (0, 0, 1)


def test_what_is_not_due_is_not_asked(deck: Deck) -> None:
    assert due(deck) == []
    assert due(deck, item(days=1), item(point="norms", days=9)) == []


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (["penalty"], ["penalty"]),
        (["penalty", "l1-zeros"], ["l1-zeros", "penalty"]),  # 10 of 23
        (["penalty", "l1-zeros", "elastic-net"], [None]),  # 12 of 23
        (["norms", "l2-shrinks", "elastic-net"], ["l2-shrinks", "norms", "elastic-net"]),  # 9
        (["norms", "l2-shrinks", "when-which"], ["l2-shrinks", "when-which", "norms"]),  # 11
    ],
)
def test_a_question_is_asked_whole_from_half_its_weight_on(deck: Deck, points: list[str], expected: list[str | None]) -> None:
    entries = due(deck, *(item(point=point) for point in points))
    assert [entry.point.id if entry.point else None for entry in entries] == expected
    assert {entry.minutes for entry in entries} == {3.0 if expected == [None] else 1.0}


def test_exactly_half_is_whole(deck: Deck) -> None:
    # two points that weigh 4 each
    points = tuple(p for p in deck.get("bias-variance", "en").points if p.id in {"bias-def", "balance"})
    half = changed(deck, "bias-variance", points=points)
    assert names(due(half, item("bias-variance", "balance"))) == [("bias-variance", None)]


def test_points_not_due_do_not_make_a_question_whole(deck: Deck) -> None:
    entries = due(
        deck, item(point="penalty"), item(point="l1-zeros", days=1), item(point="l2-shrinks", days=1), item(point="when-which", days=2)
    )
    assert names(entries) == [("regularization", "penalty")]


def test_the_reason_for_a_whole_question_does_not_hang_on_the_order_things_are_read_in(deck: Deck) -> None:
    items = [item(point=point.id) for point in deck.get("regularization", "en").points]
    for order in (items, items[::-1]):
        [entry] = due(deck, *order)
        assert [point.id for point in entry.points] == ["l1-zeros", "penalty", "l2-shrinks", "when-which", "norms", "elastic-net"]


def test_a_whole_question_says_on_account_of_what_it_is_asked(deck: Deck) -> None:
    items = [
        item(point="norms", days=60, stability=5.0),
        item(point="penalty", days=20, verdict="partly"),
        item(point="l1-zeros", days=30),
        item(point="when-which", days=2),
    ]
    [entry] = due(deck, *items)
    by_id = {k.point.id: k for k in known(deck, *items)}
    assert [point.id for point in entry.points] == ["norms", "l1-zeros", "penalty"]
    assert entry.retrievability == by_id["norms"].retrievability == min(k.retrievability for k in by_id.values())
    assert entry.urgency == pytest.approx(sum(by_id[point.id].urgency for point in entry.points))
    assert entry.last_review == NOON - timedelta(days=20)
    assert entry.missed


@pytest.mark.parametrize(("verdict", "missed"), [("hit", False), ("partly", True), ("missed", True), ("contradicted", True)])
def test_what_was_not_hit_last_time_is_due_as_missed(deck: Deck, verdict: str, missed: bool) -> None:
    [alone] = due(deck, item(verdict=verdict))
    assert (alone.missed, alone.points, alone.last_review) == (missed, (alone.point,), NOON - timedelta(days=20))
    [whole] = due(deck, item(), item(point="l1-zeros", verdict=verdict), item(point="l2-shrinks"))
    assert (whole.missed, whole.point) == (missed, None)


def test_what_was_dismissed_is_not_asked_until_it_was_answered_again(deck: Deck) -> None:
    assert due(deck, item(days=20, dismissed=19)) == []
    assert due(deck, item(days=20, dismissed=20)) == []
    assert names(due(deck, item(days=20, dismissed=21))) == [("regularization", "penalty")]
    # nor does it count for asking the whole question
    entries = due(deck, item(point="penalty"), item(point="l1-zeros"), item(point="l2-shrinks", dismissed=1))
    assert names(entries) == [("regularization", "l1-zeros"), ("regularization", "penalty")]


def test_a_clock_that_went_back_makes_nothing_due(deck: Deck) -> None:
    [entry] = known(deck, item(days=-5))
    assert (entry.retrievability, entry.due_in_days) == (1.0, 15.0)
    assert due_list([entry], NOON) == []


# --- how much of it


def test_as_much_is_chosen_as_there_is_time_for_but_never_nothing(deck: Deck) -> None:
    everything = due(
        deck,
        *(item("roc-auc", point.id, days=300) for point in deck.get("roc-auc", "en").points),
        *(item("mlops", point.id, days=100) for point in deck.get("mlops", "en").points),
        item("regularization", "penalty"),
        item("regularization", "norms"),
    )
    assert names(everything) == [("roc-auc", None), ("mlops", None), ("regularization", "penalty"), ("regularization", "norms")]
    chosen = {minutes: names(within(everything, minutes)) for minutes in (-1, 0, 1, 3, 4, 5, 6, 7, 8, 100)}
    assert chosen[-1] == chosen[0] == chosen[1] == chosen[3] == names(everything)[:1]
    assert chosen[4] == [("roc-auc", None), ("regularization", "penalty")]
    assert chosen[5] == [("roc-auc", None), ("regularization", "penalty"), ("regularization", "norms")]
    assert chosen[6] == names(everything)[:2]
    assert chosen[7] == names(everything)[:3]
    assert chosen[8] == chosen[100] == names(everything)
    assert within([], 20) == []


# --- what will be due


def test_reviews_take_half_the_minutes_until_every_question_was_met(deck: Deck) -> None:
    cards = deck.in_language("ja")
    met = known(deck, *(item(card.id, card.points[0].id) for card in cards), lang="ja")
    assert review_minutes(20, met[:-1], cards) == 10
    assert review_minutes(20, met, cards) == 20
    assert review_minutes(20, [], ()) == 20


def test_the_forecast_counts_points_by_the_day_they_fall_due(deck: Deck) -> None:
    entries = known(
        deck,
        item("regularization", "penalty", days=300),  # long overdue
        item("regularization", "norms", days=9.6),  # today at 21:36
        item("regularization", "l1-zeros", days=9.4),  # tomorrow at 2:24, less than a day away
        item("regularization", "l2-shrinks", days=9),  # tomorrow at noon
        item("mlops", "devops-for-ml", days=8.6),  # tomorrow at 21:36, more than a day away
        item("mlops", "version-everything", days=4, stability=10),  # in 6 days
        item("mlops", "automated-tests", days=0),  # in 10 days
        item("mlops", "cicd-pipeline", days=300, dismissed=1),
    )
    assert forecast(entries, NOON, 7) == [2, 3, 0, 0, 0, 0, 1]
    assert forecast(entries, NOON, 1) == [2]
    assert forecast([], NOON, 3) == [0, 0, 0]


@pytest.mark.parametrize("place", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_todays_forecast_is_what_is_due(deck: Deck, zone: Callable[[str], None], place: str) -> None:
    zone(place)
    rng = random.Random(3)
    points = [(card.id, point.id) for card in deck.in_language("en") for point in card.points]
    entries = known(deck, *(item(card, point, days=rng.uniform(8, 11)) for card, point in points))
    for hours in range(0, 48, 3):
        now = NOON + timedelta(hours=hours)
        later = known(deck, *(entry.item for entry in entries), now=now)
        assert forecast(later, now, 1) == [sum(len(entry.points) for entry in due_list(later, now))]


# --- the days before an interview


@pytest.mark.parametrize(("days", "retention"), [(None, 0.90), (-1, 0.90), (60, 0.90), (15, 0.935), (0, 0.97)])
def test_the_retention_of_a_learner_follows_the_local_calendar(days: int | None, retention: float) -> None:
    on = None if days is None else NOON.date() + timedelta(days=days)
    assert retention_for(NOON, on) == pytest.approx(retention)


def test_where_it_is_tomorrow_the_interview_is_a_day_nearer(zone: Callable[[str], None]) -> None:
    evening = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert retention_for(evening, date(2026, 11, 25)) == pytest.approx(0.967667, abs=1e-6)
    zone("Asia/Tokyo")
    assert retention_for(evening, date(2026, 11, 25)) == pytest.approx(0.97)


def planned(deck: Deck, entries: Sequence[Known], days: int, minutes: int = 20, cards: Sequence[Card] | None = None) -> Timetable:
    chosen = deck.in_language("en") if cards is None else cards
    return timetable(chosen, entries, SCHEDULE, NOON, NOON.date() + timedelta(days=days), minutes)


def by_day(table: Timetable) -> dict[str, list[str]]:
    return {day.isoformat(): [card.id for card in cards] for day, cards in table.days.items()}


def test_the_cards_with_most_to_lose_come_last_before_the_interview(deck: Deck) -> None:
    cards = [deck.get(name, "en") for name in ("mlops", "regularization", "ab-testing", "bias-variance", "roc-auc")]
    table = planned(deck, [], days=10, minutes=7, cards=cards)
    # to lose, nothing being known: 23 * 1.5, 22 * 1.5, 21 * 1.5, 22 * 1.2 and 21 * 1.2
    assert by_day(table) == {
        "2026-12-01": ["ab-testing"],
        "2026-12-02": ["roc-auc", "mlops"],
        "2026-12-03": ["regularization", "bias-variance"],
    }
    assert list(table.days) == sorted(table.days)
    assert table.left_out == ()


def test_what_will_be_known_on_the_day_has_least_to_lose(deck: Deck) -> None:
    cards = [deck.get(name, "en") for name in ("mlops", "regularization", "ab-testing")]
    fresh = known(deck, *(item("regularization", point.id, days=0, stability=200.0) for point in cards[1].points))
    table = planned(deck, fresh, days=3, minutes=3, cards=cards)
    assert by_day(table) == {"2026-11-24": ["regularization"], "2026-11-25": ["ab-testing"], "2026-11-26": ["mlops"]}


def test_what_there_is_no_time_for_is_named(deck: Deck) -> None:
    table = planned(deck, [], days=2, minutes=20)
    assert [len(cards) for cards in table.days.values()] == [6, 6]
    assert [card.id for card in table.left_out] == ["dimensionality-reduction", "high-cardinality"]


@pytest.mark.parametrize("days", [0, -1, -100])
def test_on_the_day_and_after_it_nothing_is_planned(deck: Deck, days: int) -> None:
    for entries in ([], known(deck, item())):
        table = planned(deck, entries, days)
        assert (table.days, len(table.left_out)) == ({}, len(deck))


def test_the_day_before_today_is_the_only_one(deck: Deck) -> None:
    table = planned(deck, [], days=1, minutes=3)
    assert by_day(table) == {"2026-11-24": [table.days[NOON.date()][0].id]}
    assert len(table.left_out) == len(deck) - 1


@pytest.mark.parametrize(("minutes", "a_day"), [(0, 1), (2, 1), (3, 1), (5, 1), (6, 2), (20, 6), (1000, 14)])
def test_a_day_holds_as_many_questions_as_its_minutes_and_at_least_one(deck: Deck, minutes: int, a_day: int) -> None:
    assert len(planned(deck, [], days=1, minutes=minutes).days[NOON.date()]) == a_day


def test_without_cards_there_is_nothing_to_plan(deck: Deck) -> None:
    assert planned(deck, [], days=5, cards=[]) == Timetable({}, ())


# --- anything at all


def anything(deck: Deck, seed: int) -> list[Item]:
    """Items as they may be: of points, whole questions and what is gone, fresh and old, some dismissed."""
    rng = random.Random(seed)
    pairs = [(card.id, point) for card in deck.in_language("en") for point in [WHOLE_CARD, "gone", *(p.id for p in card.points)]]
    return [
        item(
            card,
            point,
            days=rng.choice([0.0, rng.uniform(0, 3), rng.uniform(0, 40), rng.uniform(0, 700), -1.0]),
            stability=10 ** rng.uniform(-3, 3),
            verdict=rng.choice(["hit", "partly", "missed", "contradicted"]),
            dismissed=rng.choice([None, None, None, rng.uniform(0, 50)]),
        )
        for card, point in rng.sample(pairs, rng.randint(0, len(pairs)))
    ]


@pytest.mark.parametrize("seed", range(30))
def test_whatever_was_reviewed_the_list_of_what_is_due_holds_together(deck: Deck, seed: int) -> None:
    rng = random.Random(seed)
    items, retention, now = anything(deck, seed), rng.uniform(0.9, 0.97), NOON + timedelta(hours=rng.uniform(-12, 12))
    met = known(deck, *items, retention=retention, now=now)
    entries = due_list(met, now)
    # exactly those points that fall due by midnight and were not dismissed, each once
    expected = {
        (i.card_id, i.point_id)
        for i in items
        if i.point_id not in {WHOLE_CARD, "gone"} and not i.dismissed and i.last_review + interval(i, retention) <= end_of_day(now)
    }
    asked = Counter((entry.card.id, point.id) for entry in entries for point in entry.points)
    assert asked == Counter(expected)
    for card_id in {entry.card.id for entry in entries}:
        own = [entry for entry in entries if entry.card.id == card_id]
        half = sum(point.weight for entry in own for point in entry.points) >= own[0].card.total_weight / 2
        assert [entry.point is None for entry in own] == ([True] if half else [False] * len(own))
    assert [entry.urgency for entry in entries] == sorted((entry.urgency for entry in entries), reverse=True)
    assert all(entry.urgency >= 0 and 0 < entry.retrievability <= 1 for entry in entries)
    # the same whatever the order it is read in
    shuffled = rng.sample(items, len(items))
    assert due_list(known(deck, *shuffled, retention=retention, now=now), now) == entries
    assert sum(forecast(met, now, 1)) == sum(asked.values())
    assert sum(forecast(met, now, 400)) == sum(not entry.item.dismissed for entry in met)
    minutes = rng.uniform(0, 30)
    chosen = within(entries, minutes)
    assert chosen == [entry for entry in entries if entry in chosen]
    assert sum(entry.minutes for entry in chosen) <= max(minutes, chosen[0].minutes if chosen else 0)
    assert bool(chosen) == bool(entries)


def interval(of: Item, retention: float) -> timedelta:
    return timedelta(days=float(SCHEDULE.intervals(np.array([of.stability]), retention)[0]))


@pytest.mark.parametrize("seed", range(30))
def test_whatever_was_reviewed_the_timetable_holds_every_card_once(deck: Deck, seed: int) -> None:
    rng = random.Random(seed)
    met = known(deck, *anything(deck, seed))
    days, minutes = rng.randint(-2, 20), rng.randint(0, 60)
    table = planned(deck, met, days, minutes)
    placed = [card for cards in table.days.values() for card in cards]
    assert Counter(card.id for card in (*placed, *table.left_out)) == Counter(card.id for card in deck.in_language("en"))
    assert all(local_day(NOON) <= day < NOON.date() + timedelta(days=days) for day in table.days)
    assert all(1 <= len(cards) <= max(1, minutes // 3) for cards in table.days.values())
    # no day is left empty between those used and the interview
    assert list(table.days) == [NOON.date() + timedelta(days=days - back) for back in range(len(table.days), 0, -1)]
