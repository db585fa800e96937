"""The hour that summer time takes away, and the one that comes twice: each reminder once, in every rhythm of ticks."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine.store.database import Database
from engine.store.tables import rep
from tests.contract.planned_house import DAY, PlannedHouse, instant

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("registered", "step", "comes"),
    [
        ("2026-03-07T12:00", "1d 02:30", "2026-03-08T07:00"),   # 02:30 does not exist: at the first minute that does
        ("2026-10-31T12:00", "1d 01:30", "2026-11-01T05:30"),   # 01:30 comes twice: the first time
        ("2026-03-07T12:00", "+24h", "2026-03-08T12:00"),        # elapsed hours are hours
    ],
    ids=["the hour that is missing", "the hour that comes twice", "elapsed"],
)  # fmt: skip
@pytest.mark.parametrize("every", [5_400, DAY])
def test_a_step_at_such_an_hour_comes_once(
    database: Database, registered: str, step: str, comes: str, every: int
) -> None:
    house, now = PlannedHouse(database), instant(registered)
    house.people("wang", now=now, timezone=ZONE)
    with database.writing() as connection:
        connection.execute(update(rep).values(timezone=ZONE))
    house.rule("{since: registered, after: 0h}", step, now=now)
    house.plan(now, now + 3 * DAY, every)
    assert [hour for _, _, hour in house.book()] == [comes]
