"""`date` with `every`: the n-th return is counted from the date itself, and each comes once."""

from __future__ import annotations

import pytest

from engine.domain.dates import LifeDate, parse_life_date
from engine.domain.intervals import next_return, nth_return
from engine.domain.records import RecordEntry
from engine.ground.durations import Duration
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_records
from tests.contract.planned_house import DAY, SETTINGS, PlannedHouse, instant

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def house(database: Database) -> PlannedHouse:
    found = PlannedHouse(database)
    found.people("ann", "bo", now=NOW)
    return found


def dated(house: PlannedHouse, ident: str, lead: str, kind: str, text: str, now: int) -> None:
    with house.db.writing() as connection:
        entry = RecordEntry(ident, lead, kind, {}, parse_life_date(text))
        write_records(connection, [entry], SETTINGS, Stamp(now, "test"))


def test_half_years_are_counted_from_the_date_and_not_from_each_other(house: PlannedHouse) -> None:
    house.rule("{date: signing, every: 6mo}", "-1d 09:00", now=NOW)
    dated(house, "s", "ann", "signing", "2024-08-31", NOW)
    dated(house, "t", "bo", "signing", "--08-31", NOW)
    house.plan(NOW, instant("2027-03-01T00:00"), 10 * DAY)
    assert house.book() == [
        ("s1 ann", "signing:date#s:6mo+3", "2026-02-27T09:00"),
        ("s1 ann", "signing:date#s:6mo+4", "2026-08-30T09:00"),
        ("s1 ann", "signing:date#s:6mo+5", "2027-02-27T09:00"),
    ]


def test_two_children_and_only_the_hundredth_day(house: PlannedHouse) -> None:
    house.rule("{date: child_birthday, every: 100d, only: [1, 3]}", "0d 09:00", now=NOW)
    dated(house, "c1", "ann", "child_birthday", "2026-01-10", NOW)
    dated(house, "c2", "ann", "child_birthday", "2026-01-10", NOW)
    house.plan(NOW, instant("2027-01-10T00:00"), 10 * DAY)
    assert [(anchor, when[:10]) for _, anchor, when in house.book()] == [
        ("child_birthday:date#c1:100d+1", "2026-04-20"), ("child_birthday:date#c2:100d+1", "2026-04-20"),
        ("child_birthday:date#c1:100d+3", "2026-11-06"), ("child_birthday:date#c2:100d+3", "2026-11-06"),
    ]  # fmt: skip


def test_a_week_misses_no_return_though_several_lie_within_the_catch_up(house: PlannedHouse) -> None:
    house.rule("{date: signing, every: 1w}", "-10d 09:00", "0d 09:00", now=NOW)
    dated(house, "s", "ann", "signing", "2026-02-27", NOW)
    house.plan(NOW, NOW + 30 * DAY)
    days = [when[:10] for who, _, when in house.book() if who == "s2 ann"]
    assert days == ["2026-03-06", "2026-03-13", "2026-03-20", "2026-03-27", "2026-04-03"]


def test_a_corrected_date_moves_what_waits(house: PlannedHouse) -> None:
    house.rule("{date: signing, every: 100d}", "0d 09:00", now=NOW)
    dated(house, "s", "ann", "signing", "2025-11-24", NOW)
    house.plan(NOW)
    assert house.book() == [("s1 ann", "signing:date#s:100d+1", "2026-03-04T09:00")]
    dated(house, "s", "ann", "signing", "2025-11-23", NOW + 60)
    house.plan(NOW + 60)
    assert house.book() == [("s1 ann", "signing:date#s:100d+1", "2026-03-03T09:00")]


@pytest.mark.parametrize("text", ["2020-01-31", "2024-02-29", "lunar:1987-L06-10"])
def test_the_next_return_is_the_first_of_all_that_are_not_past(text: str) -> None:
    found: LifeDate = parse_life_date(text)
    for span in (Duration(months=1), Duration(months=6), Duration(days=100), Duration(months=1, days=3)):
        every = [nth_return(found, span, n) for n in range(1, 900)]
        for n, day in enumerate(every[100:110], 101):
            assert day is not None
            assert next_return(found, day, span) == (day, n, n)
