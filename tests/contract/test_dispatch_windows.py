"""A message leaves only while its receiver's, its category's and its channel's windows are all open."""

from __future__ import annotations

from typing import Any

import pytest

from engine.settings.model import Window
from engine.store.database import Database
from tests.contract.outbox import NOON, Outbox, Script

HOUR = 3600
WINDOWS = {
    "lead": Window(breaks=("13:00-14:00",)), "rep": Window(), "late": Window(open="11:00", close="15:00"),
    "mornings": Window(close="13:00"), "evenings": Window(open="17:00"), "weekend": Window(days="sat-sun"),
}  # fmt: skip


def outbox_with(database: Database, **settings: Any) -> Outbox:
    return Outbox(database, windows=WINDOWS, **settings)


def test_in_the_lunch_break_it_waits_for_the_afternoon(database: Database) -> None:
    outbox = outbox_with(database)
    ident = outbox.release()
    outbox.clock.move_to(NOON + HOUR)
    assert outbox.send() == {}
    assert outbox.delivery(ident).run_at == NOON + 2 * HOUR


@pytest.mark.parametrize(
    "narrower", [{"category_windows": {"festive": "late"}}, {"channel_windows": {"email": "late"}}]
)
def test_a_narrower_window_of_category_or_channel_holds_it_back(database: Database, narrower: Any) -> None:
    outbox = outbox_with(database, **narrower)
    ident = outbox.release()
    outbox.clock.move_to(NOON + 3 * HOUR)  # 15:00: his own window is open
    assert outbox.send() == {}
    assert outbox.delivery(ident).run_at == NOON + 23 * HOUR
    outbox.clock.move_to(NOON + 23 * HOUR)
    assert outbox.send() == {"sent": 1}


def test_other_categories_and_channels_are_not_narrowed(database: Database) -> None:
    outbox = outbox_with(database, category_windows={"sales": "late"}, channel_windows={"sms": "late"})
    outbox.release()
    outbox.clock.move_to(NOON + 4 * HOUR)
    assert outbox.send() == {"sent": 1}


def test_the_first_of_them_to_close_between_rcpt_and_the_mark_stops_it(database: Database) -> None:
    outbox = outbox_with(database, category_windows={"festive": "mornings"}, channel_windows={"email": "late"})
    ident = outbox.release()
    outbox.clock.move_to(NOON + HOUR - 1)
    outbox.email.scripts = [Script(after_rcpt=lambda: outbox.clock.move_to(NOON + HOUR))]
    assert outbox.send() == {"postponed": 1}
    assert (outbox.delivery(ident).run_at, outbox.email.arrived) == (NOON + 23 * HOUR, [])


def test_what_is_urgent_ignores_all_of_them(database: Database) -> None:
    outbox = outbox_with(database, category_windows={"festive": "weekend"}, channel_windows={"email": "weekend"})
    outbox.release(urgent=True)
    assert outbox.send() == {"sent": 1}


def test_windows_that_a_change_of_config_left_without_an_hour_fail_it_with_that_reason(database: Database) -> None:
    outbox = outbox_with(database, channel_windows={"email": "late"})
    ident = outbox.release(via=("email", "sms"), window="evenings")
    assert outbox.send() == {"failed": 1}
    assert (outbox.delivery(ident).code, outbox.touch(ident).via_index) == ("never_open", 1)
