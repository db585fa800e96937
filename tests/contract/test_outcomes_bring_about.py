"""`outcome`: a talk that ends so brings something about, once a talk and only while it is fresh."""

from __future__ import annotations

import pytest

from engine.store.database import Database
from tests.contract.planned_house import DAY, PlannedHouse, instant

NOW = instant("2026-03-02T06:00")


@pytest.fixture
def house(database: Database) -> PlannedHouse:
    found = PlannedHouse(database)
    found.people("ann", "bo", now=NOW)
    return found


def test_every_talk_with_the_outcome_is_an_occasion_of_its_own(house: PlannedHouse) -> None:
    house.rule("{outcome: [no_answer, left_message]}", "+2h", now=NOW)
    house.plan(NOW)
    first = house.talk("ann", "no_answer", NOW - 600, NOW)
    second = house.talk("ann", "left_message", NOW, NOW)
    house.talk("ann", "reached", NOW, NOW)
    house.plan(NOW)
    house.plan(NOW + DAY)
    assert house.book() == [
        ("s1 ann", f"no_answer:interaction#{first}", "2026-03-02T07:50"),
        ("s1 ann", f"left_message:interaction#{second}", "2026-03-02T08:00"),
    ]


def test_channel_and_purpose_narrow_it(house: PlannedHouse) -> None:
    house.rule("{outcome: no_answer, channel: [phone, video], purpose: courtesy}", "+0h", now=NOW)
    house.talk("ann", "no_answer", NOW, NOW, channel="wecom", purpose="courtesy")
    house.talk("ann", "no_answer", NOW, NOW, channel="phone", purpose="call")
    house.talk("ann", "no_answer", NOW, NOW)
    wanted = house.talk("bo", "no_answer", NOW, NOW, channel="phone", purpose="courtesy")
    house.plan(NOW)
    assert [anchor for _, anchor, _ in house.book()] == [f"no_answer:interaction#{wanted}"]


def test_an_old_history_that_is_imported_brings_nothing_about(house: PlannedHouse) -> None:
    house.rule("{outcome: no_answer}", "+0h", "30d 09:00", now=NOW)
    house.plan(NOW)
    house.talk("ann", "no_answer", NOW - 15 * DAY, NOW)
    fresh = house.talk("bo", "no_answer", NOW - 13 * DAY, NOW)
    house.plan(NOW)
    assert [anchor for _, anchor, _ in house.book()] == [f"no_answer:interaction#{fresh}"]


def test_a_contact_afterwards_ends_it(house: PlannedHouse) -> None:
    house.rule("{outcome: no_answer}", "+0h", "+1d", now=NOW, more="    until: contacted\n")
    house.talk("ann", "no_answer", NOW, NOW)
    house.plan(NOW)
    assert len(house.book()) == 2
    house.talk("ann", "reached", NOW + 60, NOW + 60)
    house.plan(NOW + 60)
    assert (house.book(), len(house.book("cancelled"))) == ([], 2)


def test_two_chances_that_take_a_stage_never_collide(house: PlannedHouse) -> None:
    house.rule("{becomes: {opportunity.stage: quote}}", "+0h", now=NOW)
    for ident in ("o1", "o2"):
        house.record(ident, "ann", "opportunity", NOW, stage="need")
        house.record(ident, "ann", "opportunity", NOW + 60, stage="quote")
    house.plan(NOW + 60)
    found = house.book()
    assert len(found) == 2
    assert len({anchor for _, anchor, _ in found}) == 2
    house.record("o1", "ann", "opportunity", NOW + 120, stage="need")
    house.record("o1", "ann", "opportunity", NOW + 180, stage="quote")
    house.plan(NOW + 180)
    assert len(house.book()) == 3


@pytest.mark.parametrize(("epoch", "begins"), [("owner", "owner"), ("order", "order"), ("registered", "")])
def test_a_counter_reaches_its_value_once_an_epoch(house: PlannedHouse, epoch: str, begins: str) -> None:
    house.rule(f"{{reaches: {{contacts: 2, since: {epoch}}}}}", "+0h", now=NOW)
    for n in range(3):
        house.talk("ann", "reached", NOW + n, NOW + n)
        house.plan(NOW + n)
    assert len(house.book()) == 1
    later = NOW + DAY
    if begins == "owner":
        house.people("ann", now=later, owner="wu")
    elif begins == "order":
        house.record("p", "ann", "purchase", later, at=later)
    house.plan(later)
    for n in range(2):
        house.talk("ann", "reached", later + n, later + n)
    house.plan(later + 5)
    anchors = {anchor for state in ("planned", "superseded", "cancelled") for _, anchor, _ in house.book(state)}
    assert len(anchors) == (2 if begins else 1)
