"""After downtime the latest of several reminders is enough, if they are about the same thing."""

from __future__ import annotations

import pytest

from engine.domain.keys import thing_of
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from tests.contract.planned_house import SETTINGS, PlannedHouse, instant

MONDAY = instant("2026-03-02T06:00")


def back_after_downtime(house: PlannedHouse, at: str) -> None:
    house.plan(instant(at))
    release = Release(house.db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS))
    release.run(instant(at))
    release.close()


def test_of_two_bills_that_fell_due_meanwhile_neither_is_forgotten(database: Database) -> None:
    house = PlannedHouse(database)
    house.rule("{due: receivable.due_on}", "0d 09:00", now=MONDAY)
    house.people("ann", now=MONDAY)
    for ident, day in (("one", "2026-03-04"), ("two", "2026-03-05")):
        house.record(ident, "ann", "receivable", MONDAY, due_on=day)
    back_after_downtime(house, "2026-03-06T12:00")
    assert [anchor.partition("@")[0] for _, anchor, _ in house.book("released")] == [
        "receivable.due_on:record#one", "receivable.due_on:record#two",
    ]  # fmt: skip


def test_of_a_reminder_that_comes_again_the_latest_is_enough(database: Database) -> None:
    house = PlannedHouse(database)
    house.rule("{since: registered, after: 1d, repeat: 1d, times: 2}", "+0h", now=MONDAY)
    house.people("ann", now=MONDAY)
    house.plan(MONDAY, MONDAY + 86_400)
    back_after_downtime(house, "2026-03-05T12:00")
    assert (len(house.book("released")), len(house.book("expired"))) == (1, 2)


@pytest.mark.parametrize(
    ("anchor", "thing"),
    [
        ("contract.ends_on:record#a:b@c@2027-01-31", "record#a:b@c"),
        ("purchase.at:purchase#7@20260301T060000Z+2", "purchase#7"),
        ("birthday:date#ann:birthday:2027", "date#ann:birthday"), ("signing:date#4:6mo+4", "date#4"),
        ("flood+2:circumstance#f", "circumstance#f"), ("mid_autumn:2026", ""),
        ("last_contact:interaction#99@20260301T060000Z+1", ""), ("no_answer:interaction#4", ""),
    ],
)  # fmt: skip
def test_what_an_occasion_is_about(anchor: str, thing: str) -> None:
    assert thing_of(anchor) == thing
