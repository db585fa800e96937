"""When somebody counts as warned: what a step needs of another one, on both databases."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from engine.domain.civil import DAY
from engine.domain.words import Action, Misfire
from engine.ground.durations import Duration
from engine.rulebook.model import At, Rule, Step
from engine.rulebook.trigger_kinds import After, SinceTrigger
from engine.settings.model import Settings
from engine.stages.calendars import calendars_of
from engine.stages.release.before import Lack
from engine.stages.release.needs import lacking
from engine.store.database import Database
from engine.store.ledger import touch, verdict
from engine.store.outbox.signing import PERSON
from tests.contract.outbox import NOON

TUESDAY = NOON - 6 * DAY
"""2026-02-10, 12:00 in Shanghai; the Spring Festival begins on Sunday."""
WARN = Step("warn", At(Duration(days=-3)), Action.REMIND, "owner", "t", "admin", Misfire.ONCE)
BACK = Step("back", At(), Action.ASSIGN, "engine", "", "admin", Misfire.ONCE, needs=(("warn", Duration(days=3)),))
RULE = Rule("pool", "", "admin", SinceTrigger(("last_contact",), After(Duration(days=14))), (WARN, BACK), revision="r1")
ROW = {
    "rule": "pool", "lead": "wang", "anchor": "a", "step": "warn", "receiver": "li", "shard": 0, "revision": "r1",
    "generation": 1, "action": "remind", "audience": "rep", "category": "admin", "priority": 100, "via": [],
    "nominal_at": TUESDAY, "due_at": TUESDAY, "day_on": "2026-02-10", "state": "delivered", "settled_at": TUESDAY + 60,
}  # fmt: skip


def add(database: Database, **more: Any) -> int:
    with database.writing() as connection:
        row = ROW | {"occurrence_key": repr(sorted(more.items()))} | more
        return int(connection.execute(insert(touch).values(row).returning(touch.c.id)).scalar_one())


def lack(database: Database, now: int, nominal_at: int = TUESDAY + 3 * DAY, anchor: str = "a") -> Lack | None:
    back = SimpleNamespace(
        id=9, rule="pool", revision="r1", lead="wang", anchor=anchor, step="back", judge_at=now, nominal_at=nominal_at
    )
    leads = {"wang": SimpleNamespace(timezone="Asia/Shanghai")}
    calendars = calendars_of(Settings())
    with database.reading() as connection:
        return lacking(connection, [back], {("pool", "r1"): RULE}, leads, calendars, now).get(9)


def test_three_days_after_a_warning_at_its_hour_nothing_is_lacking(database: Database) -> None:
    add(database)
    assert lack(database, TUESDAY + 3 * DAY - 60) == Lack("warn", TUESDAY + 3 * DAY)
    assert lack(database, TUESDAY + 3 * DAY) is None


def test_a_warning_that_is_still_to_leave_is_waited_for(database: Database) -> None:
    add(database, state="held", settled_at=None)
    assert lack(database, TUESDAY + 3600) == Lack("warn", TUESDAY + 3600 + 3 * DAY)


def test_over_a_holiday_a_working_day_is_waited_for(database: Database) -> None:
    add(database, due_at=NOON, settled_at=NOON)
    assert lack(database, NOON + 3 * DAY) == Lack("warn", NOON + 8 * DAY), "the 24th is worked again"


def test_who_is_warned_again_meanwhile_has_his_days_from_then_on(database: Database) -> None:
    add(database, anchor="a+0")
    add(database, anchor="b+0", settled_at=TUESDAY + 2 * DAY)
    assert lack(database, TUESDAY + 3 * DAY, anchor="a+0") is None
    add(database, anchor="a+1", settled_at=TUESDAY + DAY)
    assert lack(database, TUESDAY + 3 * DAY, anchor="a+0") == Lack("warn", TUESDAY + 4 * DAY)


@pytest.mark.parametrize("state", ["expired", "bounced", "suppressed", "cancelled", "dead"])
def test_what_never_arrived_is_no_warning(database: Database, state: str) -> None:
    assert lack(database, TUESDAY + 3 * DAY) == Lack("warn", None), "there is none at all"
    add(database, state=state)
    assert lack(database, TUESDAY + 3 * DAY) == Lack("warn", None)


def test_a_warning_of_a_day_that_is_long_over_is_none(database: Database) -> None:
    add(database)
    assert lack(database, TUESDAY + 19 * DAY, nominal_at=TUESDAY + 19 * DAY) == Lack("warn", None)


def test_a_copy_for_the_manager_warns_nobody(database: Database) -> None:
    add(database, receiver="boss", audience="manager")
    assert lack(database, TUESDAY + 3 * DAY) == Lack("warn", None)


def test_what_went_out_in_another_message_is_known(database: Database) -> None:
    add(database, state="merged", merged_into=add(database, rule="other"))
    assert lack(database, TUESDAY + 3 * DAY) is None


def test_what_was_answered_before_it_left_is_known(database: Database) -> None:
    add(database, state="cancelled", answered_at=TUESDAY)
    assert lack(database, TUESDAY + 3 * DAY) is None


def test_who_puts_his_warning_off_gains_no_time(database: Database) -> None:
    ident = add(database, state="deferred", reason="snoozed", snoozes=1, due_at=TUESDAY + 30 * DAY, settled_at=None)
    assert lack(database, TUESDAY + 3 * DAY) == Lack("warn", TUESDAY + 34 * DAY), "the Monday after"
    with database.writing() as connection:
        said = {"touch": ident, "policy": PERSON, "effect": "snoozed", "facts": {}, "at": TUESDAY}
        connection.execute(insert(verdict).values(said))
    assert lack(database, TUESDAY + 3 * DAY) is None
