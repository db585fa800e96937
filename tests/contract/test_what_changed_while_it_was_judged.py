"""Between the look at a lead's day and the writing of what came of it, somebody else may write: he wins."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from engine.arbiter.judge import Arbiter
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import lead
from tests.contract.planned_house import SETTINGS, PlannedHouse, instant

NOW = instant("2026-03-02T10:00")
"""A Monday."""
DUE = NOW + 86_400


@pytest.fixture
def house(database: Database) -> PlannedHouse:
    """Reminders about wang, zhao, sun and qian that are due in the same minute."""
    found = PlannedHouse(database)
    found.people("wang", "zhao", "sun", "qian", now=NOW)
    found.rule("{since: registered, after: 1d}", "0d 10:00", now=NOW)
    found.plan(NOW)
    return found


def release(house: PlannedHouse) -> dict[str, str]:
    """The state of each lead's touch after one pass of release."""
    stage = Release(house.db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS))
    stage.run(DUE)
    stage.close()
    with house.db.reading() as connection:
        return {row.lead: row.state for row in connection.execute(select(touch.c.lead, touch.c.state))}


def test_of_many_that_are_let_go_together_only_those_stay_of_whom_something_was_recorded_meanwhile(
    house: PlannedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Arbiter.judge

    def while_others_write(self: Arbiter, cases: Any) -> Any:
        with house.db.writing() as connection:
            connection.execute(update(lead).where(lead.c.id == "zhao").values(judge_version=lead.c.judge_version + 1))
            connection.execute(update(touch).where(touch.c.lead == "sun").values(state="superseded", judge_at=None))
        return judge(self, cases)

    monkeypatch.setattr(Arbiter, "judge", while_others_write)
    assert release(house) == {"wang": "released", "qian": "released", "zhao": "planned", "sun": "superseded"}
    monkeypatch.undo()
    assert release(house)["zhao"] == "released"


def test_what_is_let_go_together_keeps_what_the_book_says_of_its_hour_and_its_day(house: PlannedHouse) -> None:
    kept = select(touch.c.id, touch.c.lead, touch.c.due_at, touch.c.day_on, touch.c.nominal_at, touch.c.expires_at)
    with house.db.reading() as connection:
        before = connection.execute(kept.order_by(touch.c.id)).all()
    release(house)
    said = select(touch.c.via, touch.c.judge_at, touch.c.judged_version, touch.c.released_at, touch.c.priority)
    with house.db.reading() as connection:
        assert connection.execute(kept.order_by(touch.c.id)).all() == before
        versions = connection.execute(select(lead.c.judge_version).order_by(lead.c.id)).scalars().all()
        found = connection.execute(said.order_by(touch.c.lead)).all()
    assert [tuple(row) for row in found] == [(["email"], None, version, DUE, 100) for version in versions]
