"""`followup sync`, `status` and the daemon over a CRM's database: what people see, and what goes on beside it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from engine.service.app import open_app
from engine.service.process import running
from engine.store import state

SOURCES = """
sources:
  crm:
    url: sqlite:///crm.sqlite
    table: customer
    columns: {no: id, title: name, born: date.birthday}
    watermark: changed
  shop:
    url: env:NO_SUCH_SHOP
    table: customer
    columns: {no: id, title: name}
"""


@pytest.fixture
def supplied(house: Any) -> Any:
    with closing(sqlite3.connect(house.folder / "crm.sqlite")) as raw, raw:
        raw.executescript("""
            CREATE TABLE customer (no INTEGER, title TEXT, born TEXT, changed TEXT);
            INSERT INTO customer VALUES (1, '王伟', '1988-02-15', '2026-02-01 10:00:00');
            INSERT INTO customer VALUES (2, '赵敏', '2026-02-30', '2026-02-02 10:00:00');
        """)
    house.write("config.yaml", house.config.read_text("utf-8") + SOURCES)
    return house


def test_sync_tells_what_came_in_and_what_did_not(supplied: Any) -> None:
    assert supplied.then("sync", "crm", "--dry-run").startswith("dry run, nothing changed. crm: 2 read, 1 added")
    assert supplied.then("sync", "crm") == (
        "crm: 2 read, 1 added, 0 changed, 0 unchanged, 0 gone; "
        "1 in quarantine, see: followup sync crm --refused\n"
    )
    (refused,) = supplied.rows("sync", "--refused")
    assert (refused["source"], refused["key"]) == ("crm", "2")
    assert refused["reason"].endswith("2026-02 has 28 days")
    assert "王伟" in supplied.say("lead", "show", "1")


def test_a_source_that_fails_is_named_and_the_others_go_on(supplied: Any) -> None:
    told = supplied.then("sync", code=1).splitlines()
    assert told[0].startswith("crm: 2 read, 1 added")
    assert told[1].endswith("then it failed: the secret env:NO_SUCH_SHOP is not set; set the environment variable "
                            "NO_SUCH_SHOP")  # fmt: skip
    found = {one["source"]: one for one in supplied.rows("status")[0]["sources"]}
    assert (found["crm"]["failure"], found["crm"]["quarantined"]) == (None, 1)
    assert (found["shop"]["pulled_at"], found["shop"]["failures"]) == (None, 1)
    assert found["shop"]["retry_at"] == "2026-02-14T10:01:00+08:00"
    assert "fails: the secret env:NO_SUCH_SHOP is not set" in supplied.say("status")


def test_an_unknown_source_is_named(supplied: Any) -> None:
    result = supplied.call("sync", "crn")
    assert (result.exit_code, result.stderr) == (2, 'there is no source "crn"; did you mean "crm"?\n')


def test_the_daemon_pulls_by_itself_and_a_source_that_is_away_stops_nothing(supplied: Any) -> None:
    with open_app(supplied.config) as app:
        with running(app) as daemon:
            until = time.monotonic() + 60
            while time.monotonic() < until and not _done(app):
                time.sleep(0.1)
        assert _done(app)
        assert daemon.failures == 0
    found = {one["source"]: one for one in supplied.rows("status")[0]["sources"]}
    assert found["crm"]["counts"]["added"] == 1
    assert found["shop"]["failures"] == 1


def _done(app: Any) -> bool:
    from engine.service.sources import source_standings

    with app.db.reading() as connection:
        ticked = state.get(connection, state.LAST_TICK)
        crm, shop = source_standings(app, connection)
    return bool(ticked and crm.state.pulled_at and shop.state.failure)
