"""`since: last.visit` and `since: opportunity.stage_since`: the last contact of its kind, each chance by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.store.database import Database
from engine.store.tables import last_talk
from tests.contract.planned_house import DAY, PlannedHouse, instant

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def house(database: Database) -> PlannedHouse:
    found = PlannedHouse(database)
    found.people("ann", "bo", now=NOW, registered_at=NOW - 400 * DAY)
    return found


def test_a_visit_moves_it_and_a_call_or_an_attempt_does_not(house: PlannedHouse) -> None:
    house.rule("{since: last.visit, after: 30d}", "+0h", now=NOW)
    first = house.talk("ann", "visited", NOW - 29 * DAY, NOW, purpose="visit", channel="visit")
    house.talk("ann", "reached", NOW - DAY, NOW, purpose="call", channel="phone")
    house.talk("ann", "no_answer", NOW - DAY, NOW, purpose="visit")
    house.plan(NOW)
    was = ("s1 ann", f"last.visit:interaction#{first}@20260201T060000Z+0", "2026-03-03T06:00")
    assert house.book() == [was]
    second = house.talk("ann", "visited", NOW - 20 * DAY, NOW + 60, purpose="visit")
    house.plan(NOW + 60, NOW + 10 * DAY)
    assert house.book("superseded") == [was]
    assert house.book() == [("s1 ann", f"last.visit:interaction#{second}@20260210T060000Z+0", "2026-03-12T06:00")]


def test_the_latest_of_several_kinds_counts_and_else_stands_in(house: PlannedHouse) -> None:
    house.rule("{since: {latest: [last.visit, last.phone, owner_since], else: registered}, after: 30d}", "+0h", now=NOW)
    house.people("cy", now=NOW, owner=None, registered_at=NOW - 28 * DAY)
    house.talk("ann", "visited", NOW - 27 * DAY, NOW, purpose="visit")
    phoned = house.talk("ann", "reached", NOW - 26 * DAY, NOW, channel="phone")
    house.plan(NOW, NOW + 3 * DAY)
    assert house.book() == [
        ("s1 bo", "owner_since:lead@20250126T060000Z+0", "2025-02-25T06:00"),
        ("s1 ann", f"last.phone:interaction#{phoned}@20260204T060000Z+0", "2026-03-06T06:00"),
    ]
    with house.db.reading() as connection:
        kept = connection.execute(select(last_talk.c.lead, last_talk.c.word).order_by(last_talk.c.word)).all()
    assert kept == [("ann", "phone"), ("ann", "visit")]


def test_a_visit_logged_late_does_not_turn_time_back(house: PlannedHouse) -> None:
    house.rule("{since: last.visit, after: 3d}", "+0h", now=NOW)
    latest = house.talk("ann", "visited", NOW - DAY, NOW, purpose="visit")
    house.talk("ann", "visited", NOW - 2 * DAY, NOW, purpose="visit")
    house.plan(NOW)
    assert [anchor for _, anchor, _ in house.book()] == [f"last.visit:interaction#{latest}@20260301T060000Z+0"]


def test_the_passing_of_time_finds_visits_as_a_change_does(house: PlannedHouse) -> None:
    house.rule("{since: last.visit, after: 20d, repeat: 5d, times: 2}", "+0h", now=NOW)
    house.talk("ann", "visited", NOW, NOW, purpose="visit")
    house.talk("bo", "visited", NOW - DAY, NOW, purpose="visit")
    house.plan(NOW, NOW + 40 * DAY)
    assert [(who, when) for who, _, when in house.book()] == [
        ("s1 bo", "2026-03-21T06:00"), ("s1 ann", "2026-03-22T06:00"), ("s1 bo", "2026-03-26T06:00"),
        ("s1 ann", "2026-03-27T06:00"), ("s1 bo", "2026-03-31T06:00"), ("s1 ann", "2026-04-01T06:00"),
    ]  # fmt: skip


def test_each_open_chance_has_its_own_time_in_its_stage(house: PlannedHouse) -> None:
    house.rule("{since: opportunity.stage_since, after: 5d}", "+0h", now=NOW)
    for ident in ("o1", "o2", "o3"):
        house.record(ident, "ann", "opportunity", NOW, stage="quote")
    house.plan(NOW, NOW + 4 * DAY)
    assert len(house.book()) == 3
    house.record("o1", "ann", "opportunity", NOW + 4 * DAY, stage="lost")
    house.record("o2", "ann", "opportunity", NOW + 4 * DAY, stage="design")
    house.plan(NOW + 4 * DAY, NOW + 8 * DAY)
    assert house.book() == [
        ("s1 ann", "opportunity:opportunity#o3@20260302T060000Z+0", "2026-03-07T06:00"),
        ("s1 ann", "opportunity:opportunity#o2@20260306T060000Z+0", "2026-03-11T06:00"),
    ]
