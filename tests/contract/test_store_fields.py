"""Fields that are more than a column: what they count, and which of several rows they read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from engine.domain.civil import day_start
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.conditions.fields import field_expression, zones_in_use
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import interaction, lead, opportunity, rep

TODAY = date(2026, 2, 14)
SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
NOON = day_start(TODAY, SHANGHAI) + 12 * 3600
LEAD = {"shard": 0, "name": "x", "country": "CN", "locale": "en", "registered_at": 0, "owner": "li"}


@pytest.fixture
def db(database: Database) -> Database:
    with database.writing() as connection:
        rows = [LEAD | {"id": "wang", "timezone": SHANGHAI}, LEAD | {"id": "braun", "timezone": BERLIN}]
        connection.execute(insert(lead), rows)
        li = {"id": "li", "name": "李", "team": "west", "timezone": SHANGHAI, "locale": "en"}
        connection.execute(insert(rep), li)
    return database


def values(db: Database, *paths: str, now: int = NOON) -> dict[str, dict[str, Any]]:
    with db.reading() as connection:
        found = load_snapshots(connection, ["wang", "braun", "nobody"], frozenset(paths), now, circumstances=False)
    return {ident: dict(snapshot.values) for ident, snapshot in found.items()}


def test_zones_in_use_are_each_named_once(db: Database) -> None:
    with db.reading() as connection:
        assert set(zones_in_use(connection)) == {SHANGHAI, BERLIN}
        assert len(zones_in_use(connection)) == 2


def test_the_nearest_open_opportunity_is_the_one_that_is_read(db: Database) -> None:
    rows = [
        {"id": "none", "product": "undated", "expected_close_on": None, "open": True},
        {"id": "late", "product": "later", "expected_close_on": "2026-09-01", "open": True},
        {"id": "b", "product": "second by id", "expected_close_on": "2026-03-01", "open": True},
        {"id": "a", "product": "nearest", "expected_close_on": "2026-03-01", "open": True},
        {"id": "gone", "product": "closed", "expected_close_on": "2026-01-01", "open": False},
    ]
    with db.writing() as connection:
        connection.execute(insert(opportunity), [row | {"lead": "wang"} for row in rows])
    found = values(db, "opportunity.product", "opportunities.open")
    assert found["wang"] == {"opportunity.product": "nearest", "opportunities.open": 4}
    assert found["braun"] == {"opportunity.product": None, "opportunities.open": 0}


def test_recent_counters_begin_with_the_civil_day_of_each_lead(db: Database) -> None:
    """Seven days back from 14 February begin on the 7th, in Berlin seven hours after Shanghai."""
    at = day_start(date(2026, 2, 7), SHANGHAI)
    rows = [
        {"id": f"{who}{n}", "lead": who, "at": at + n, "logged_at": NOON, "outcome": "x", "effective": True}
        for who in ("wang", "braun")
        for n in (-1, 0, 7 * 3600)
    ]
    with db.writing() as connection:
        connection.execute(insert(interaction), [*rows, rows[0] | {"id": "try", "at": NOON, "effective": False}])
    found = values(db, "contacts_7d", "attempts_7d")
    assert found["wang"] == {"contacts_7d": 2, "attempts_7d": 1}
    assert found["braun"] == {"contacts_7d": 1, "attempts_7d": 0}


def test_only_customer_touches_that_left_are_counted(db: Database) -> None:
    base = dict.fromkeys(("rule", "anchor", "step", "receiver", "revision", "action", "category", "day_on"), "x")
    base |= dict.fromkeys(("shard", "generation", "priority", "nominal_at", "due_at"), 0)  # type: ignore[arg-type]
    cases = [("lead", "delivered"), ("lead", "released"), ("rep", "delivered"), ("lead", "dead"), ("lead", "planned")]
    rows = [
        base | {"occurrence_key": str(n), "lead": "wang", "audience": who, "state": state, "released_at": NOON}
        for n, (who, state) in enumerate(cases)
    ]
    with db.writing() as connection:
        connection.execute(insert(touch), rows)
    assert values(db, "touches_7d")["wang"] == {"touches_7d": 2}
    assert values(db, "touches_7d", now=NOON + 9 * 86_400)["wang"] == {"touches_7d": 0}


def test_the_owners_fields_and_attributes_are_read(db: Database) -> None:
    assert values(db, "owner.team", "attrs.hobby", "age.registered")["wang"] == {
        "owner.team": "west", "attrs.hobby": None, "age.registered": 0,
    }  # fmt: skip


def test_a_snapshot_knows_circumstances_past_present_and_to_come(db: Database) -> None:
    happenings = [
        {"id": "c1", "kind": "flood", "starts_at": NOON - 9, "ends_at": NOON - 5},
        {"id": "c2", "kind": "illness", "starts_at": NOON, "ends_at": None},
        {"id": "c3", "kind": "fair", "starts_at": NOON + 5, "ends_at": None},
    ]
    rest = {"scope": "lead", "lead": "wang", "actor": "t", "recorded_at": NOON, "attrs": {"hall": "7"}}
    with db.writing() as connection:
        connection.execute(insert(circumstance), [row | rest for row in happenings])
        connection.execute(insert(coverage), [{"lead": "wang", "circumstance": row["id"]} for row in happenings])
    with db.reading() as connection:
        found = load_snapshots(connection, ["wang"], frozenset(), NOON, circumstances=True)["wang"].circumstances
    assert [(one["kind"], one["active"], one["age"]) for one in found] == [
        ("flood", False, NOON - 9), ("illness", True, NOON), ("fair", False, None),
    ]  # fmt: skip
    assert found[0]["attrs.hall"] == "7"


@pytest.mark.parametrize("path", ["moon", "owner.moon", "age.moon", "opportunities.closed", "contacts_0d"])
def test_a_field_that_is_not_there_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="there is no field"):
        field_expression(path, NOON, (SHANGHAI,))
