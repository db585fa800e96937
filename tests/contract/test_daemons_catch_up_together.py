"""After an outage a rep gets as much at once from several daemons as from one: what they let go counts together."""

from __future__ import annotations

import pytest

from engine.domain.civil import DAY
from engine.domain.keys import shard_of
from engine.stages.books import Books
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.parts import all_parts
from engine.store.turns import turns
from engine.store.upgrade import create_all
from tests.contract.planned_house import SETTINGS, PlannedHouse, instant

pytestmark = pytest.mark.pg

NOW = instant("2026-03-02T06:00")
LEADS = [f"lead-{n}" for n in range(60)]
CAP = 7


def test_what_one_daemon_let_a_rep_catch_up_with_counts_for_the_other(pg_url: str) -> None:
    db, other = Database(pg_url), Database(pg_url)
    create_all(db)
    house = PlannedHouse(db)
    house.people(*LEADS, now=NOW, owner="li")
    house.rule("{since: registered, after: 1d}", "+0d", now=NOW)
    house.plan(NOW)
    settings = SETTINGS.model_copy(update={"caps": SETTINGS.caps.model_copy(update={"catch_up": CAP})})
    first, second = (Release(one, settings, Books(settings), Clockwork.of(settings)) for one in (db, other))
    half, late = all_parts(db)[:4], NOW + DAY + 3 * 3600
    theirs = sum(any(part.holds(shard_of(one)) for part in half) for one in LEADS)
    with turns(other, [part.name for part in half]):
        one = first.run(late)
    two = second.run(late)
    first.close()
    second.close()
    assert (one.released, one.held["catch_up"]) == (CAP, len(LEADS) - theirs - CAP)
    assert (two.released, two.held["catch_up"]) == (0, theirs)
    db.close()
    other.close()
