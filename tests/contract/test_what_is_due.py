"""`due`: once, before and after what is known beforehand; a day that moves is another occasion."""

from __future__ import annotations

import pytest

from engine.domain.people import LeadEntry
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from tests.contract.planned_house import DAY, PlannedHouse, instant

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def house(database: Database) -> PlannedHouse:
    found = PlannedHouse(database)
    found.people("ann", "bo", now=NOW)
    return found


def test_two_contracts_that_end_on_one_day_are_two_occasions(house: PlannedHouse) -> None:
    house.rule("{due: contract.ends_on}", "-2d 09:00", "1d 09:00", now=NOW)
    for ident in ("c1", "c2"):
        house.record(ident, "ann", "contract", NOW, ends_on="2026-03-20")
    house.plan(NOW, instant("2026-03-22T00:00"))
    assert house.book() == [
        ("s1 ann", "contract.ends_on:record#c1@2026-03-20", "2026-03-18T09:00"),
        ("s1 ann", "contract.ends_on:record#c2@2026-03-20", "2026-03-18T09:00"),
        ("s2 ann", "contract.ends_on:record#c1@2026-03-20", "2026-03-21T09:00"),
        ("s2 ann", "contract.ends_on:record#c2@2026-03-20", "2026-03-21T09:00"),
    ]


def test_a_date_that_moves_supersedes_what_waits_and_begins_anew(house: PlannedHouse) -> None:
    house.rule("{due: receivable.due_on}", "-1d 09:00", "0d 09:00", now=NOW)
    house.record("r", "ann", "receivable", NOW, due_on="2026-03-04")
    house.plan(NOW)
    house.record("r", "ann", "receivable", NOW + 60, due_on="2026-03-05")
    house.plan(NOW + 60)
    was, becomes = "receivable.due_on:record#r@2026-03-04", "receivable.due_on:record#r@2026-03-05"
    assert house.book("superseded") == [("s1 ann", was, "2026-03-03T09:00"), ("s2 ann", was, "2026-03-04T09:00")]
    assert house.book() == [("s1 ann", becomes, "2026-03-04T09:00")]
    house.record("r", "ann", "receivable", NOW + 120, due_on="2026-03-04")
    house.plan(NOW + 120)
    assert [anchor for _, anchor, _ in house.book()] == [was, was]


def test_an_appointment_is_an_instant_and_its_reminder_lies_as_long_before(house: PlannedHouse) -> None:
    house.rule("{due: appointment.starts}", "-1d", now=NOW)
    house.record("a", "bo", "appointment", NOW, starts_at=instant("2026-03-10T14:30"))
    house.plan(NOW, NOW + 9 * DAY)
    assert house.book() == [("s1 bo", "appointment.starts:record#a@20260310T143000Z", "2026-03-09T14:30")]


def test_a_chance_that_is_closed_is_not_waited_for(house: PlannedHouse) -> None:
    house.rule("{due: opportunity.expected_close}", "-1d 09:00", "0d 09:00", now=NOW)
    house.record("o1", "ann", "opportunity", NOW, stage="quote", expected_close_on="2026-03-04")
    house.record("o2", "ann", "opportunity", NOW, stage="quote", expected_close_on="2026-03-04")
    house.plan(NOW)
    assert len(house.book()) == 4
    house.record("o1", "ann", "opportunity", NOW + 60, stage="lost")
    house.plan(NOW + 60)
    assert {anchor for _, anchor, _ in house.book()} == {"opportunity.expected_close:opportunity#o2@2026-03-04"}


def test_an_attribute_that_is_a_date_comes_due(house: PlannedHouse) -> None:
    house.rule("{due: attrs.moved_on}", "0d 09:00", now=NOW)
    house.people("cy", now=NOW, attrs={"moved_on": "2026-03-12"})
    house.plan(NOW, instant("2026-03-11T00:00"))
    assert house.book() == [("s1 cy", "attrs.moved_on@2026-03-12", "2026-03-12T09:00")]
    with house.db.writing() as connection:
        entry = LeadEntry("cy", {"name": "cy"}, {"moved_on": "2026-03-13"})
        upsert_leads(connection, [entry], {}, Stamp(NOW + 9 * DAY, "test"))
    house.plan(instant("2026-03-11T06:00"))
    assert house.book() == [("s1 cy", "attrs.moved_on@2026-03-13", "2026-03-13T09:00")]


def test_what_has_long_been_over_is_not_begun_by_an_import_or_a_new_rule(house: PlannedHouse) -> None:
    house.record("old", "ann", "contract", NOW, ends_on="2025-11-01")
    house.record("new", "ann", "contract", NOW, ends_on="2026-02-27")
    house.rule("{due: contract.ends_on}", "-60d 09:00", "3d 09:00", now=NOW)
    house.plan(NOW)
    house.record("older", "bo", "contract", NOW, ends_on="2024-11-01")
    house.plan(NOW + 60)
    assert {anchor for _, anchor, _ in house.book()} == {"contract.ends_on:record#new@2026-02-27"}
