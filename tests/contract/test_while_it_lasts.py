"""`event`: prepared before an announced start, again while it lasts, for those it concerns at that time."""

from __future__ import annotations

import pytest

from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance, end_circumstance
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from tests.contract.planned_house import DAY, PlannedHouse, instant

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def house(database: Database) -> PlannedHouse:
    found = PlannedHouse(database)
    found.people("ann", now=NOW, region="5101", tier="gold")
    found.people("bo", now=NOW, region="44", tier="iron")
    return found


def happens(house: PlannedHouse, event: Happening, now: int) -> None:
    with house.db.writing() as connection:
        add_circumstance(connection, event, "test", now)


def test_a_fair_is_prepared_when_the_first_step_comes_up_for_whom_it_fits_then(house: PlannedHouse) -> None:
    house.rule("{event: fair}", "-1mo 10:00", "+1d", now=NOW, more="    for: {tier: gold}\n")
    happens(house, Happening("f", "fair", instant("2026-04-20T08:00"), invited=("ann", "bo")), NOW)
    house.plan(NOW, NOW + 10 * DAY)
    assert house.book() == []
    with house.db.writing() as connection:
        change_leads(connection, {"bo": {"tier": "gold"}, "ann": {"tier": "iron"}}, Stamp(NOW + 10 * DAY, "test"))
    house.plan(NOW + 10 * DAY, instant("2026-04-19T06:00"))
    assert house.book() == [
        ("s1 bo", "fair:circumstance#f", "2026-03-20T10:00"), ("s2 bo", "fair:circumstance#f", "2026-04-21T08:00"),
    ]  # fmt: skip


def test_a_flood_is_asked_about_every_three_days_until_it_ends(house: PlannedHouse) -> None:
    house.rule("{event: flood, repeat: 3d}", "+0h", now=NOW)
    house.plan(NOW)
    happens(house, Happening("f", "flood", NOW, region="5101"), NOW)
    house.plan(NOW, NOW + 7 * DAY)
    assert [(anchor, when) for _, anchor, when in house.book()] == [
        ("flood:circumstance#f", "2026-03-02T06:00"), ("flood+1:circumstance#f", "2026-03-05T06:00"),
        ("flood+2:circumstance#f", "2026-03-08T06:00"), ("flood+3:circumstance#f", "2026-03-11T06:00"),
    ]  # fmt: skip
    with house.db.writing() as connection:
        end_circumstance(connection, "f", NOW + 8 * DAY, "test", NOW + 8 * DAY)
    house.plan(NOW + 8 * DAY, NOW + 20 * DAY)
    assert len(house.book()) == 3
    assert [anchor for _, anchor, _ in house.book("superseded")] == ["flood+3:circumstance#f"]


def test_times_bounds_the_repeats(house: PlannedHouse) -> None:
    house.rule("{event: flood, repeat: 2d, times: 2}", "+1h", now=NOW)
    happens(house, Happening("f", "flood", NOW, region="5101"), NOW)
    house.plan(NOW, NOW + 20 * DAY)
    assert [when for _, _, when in house.book()] == ["2026-03-02T07:00", "2026-03-04T07:00", "2026-03-06T07:00"]


def test_who_moves_into_a_flood_is_asked_once_for_what_is_past(house: PlannedHouse) -> None:
    house.rule("{event: flood, repeat: 3d}", "+0h", now=NOW)
    happens(house, Happening("f", "flood", NOW - 7 * DAY, region="5101"), NOW - 7 * DAY)
    house.plan(NOW)
    anchors = [anchor for _, anchor, _ in house.book()]
    assert anchors == ["flood+2:circumstance#f", "flood+3:circumstance#f"]
    with house.db.writing() as connection:
        change_leads(connection, {"bo": {"region": "5101"}}, Stamp(NOW + 60, "test"))
    house.plan(NOW + 60)
    assert [who for who, _, _ in house.book()] == ["s1 ann", "s1 bo", "s1 ann", "s1 bo"]


def test_the_end_of_something_is_waited_for_and_moves_with_it(house: PlannedHouse) -> None:
    house.rule("{event: illness, anchor: end}", "2d 09:00", now=NOW)
    happens(house, Happening("i", "illness", NOW, NOW + 30 * DAY, lead="ann"), NOW)
    house.plan(NOW, NOW + 5 * DAY)
    assert house.book() == []
    with house.db.writing() as connection:
        end_circumstance(connection, "i", NOW + 6 * DAY, "test", NOW + 5 * DAY)
    house.plan(NOW + 5 * DAY, NOW + 7 * DAY)
    assert house.book() == [("s1 ann", "illness:circumstance#i", "2026-03-10T09:00")]
