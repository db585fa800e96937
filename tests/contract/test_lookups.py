"""Looking things up and signing drafts mean the same on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from engine.store.database import Database
from engine.store.ledger import delivery, touch
from engine.store.lookups import customers, lookups
from engine.store.lookups.lookups import Filter
from engine.store.outbox import signing
from engine.store.tables import account, lead, rep

pytestmark = pytest.mark.pg

DRAFT, OVERDUE, SENT = 1, 2, 3


def touch_row(ident: int, state: str, due_at: int, **columns: Any) -> dict[str, Any]:
    """A touch of the customer, unless `columns` say otherwise."""
    return {
        "id": ident, "occurrence_key": f"key-{ident}", "rule": "birthday", "lead": "wang", "anchor": "a",
        "step": "wish", "receiver": "wang", "shard": 0, "revision": "r", "generation": 1, "action": "greet",
        "audience": "lead", "category": "festive", "priority": 100, "nominal_at": due_at, "due_at": due_at,
        "judge_at": due_at if state in ("draft", "planned") else None, "day_on": "2026-02-14", "state": state,
        "needs_signature": state == "draft", "via": ["email"], "via_index": 0,
    } | columns  # fmt: skip


@pytest.fixture
def book(database: Database) -> Database:
    person = {"country": "CN", "locale": "en", "registered_at": 0}
    with database.writing() as connection:
        connection.execute(insert(account).values(id="acme", name="Acme 100% Ltd"))
        connection.execute(insert(rep).values(id="li", name="Li", timezone="Europe/Berlin", locale="en"))
        connection.execute(insert(lead), [
            person | {"id": "wang", "shard": 0, "name": "王芳", "account": "acme", "timezone": "Asia/Shanghai",
                      "phone": "+8613800001234"},
            person | {"id": "Wang_2", "shard": 0, "name": "Wang", "account": None, "timezone": "Asia/Tokyo",
                      "phone": None},
        ])  # fmt: skip
        connection.execute(insert(touch).values(touch_row(DRAFT, "draft", 500)))
        connection.execute(insert(touch).values(touch_row(OVERDUE, "planned", 300, audience="rep", receiver="li")))
        connection.execute(insert(touch).values(touch_row(SENT, "delivered", 100)))
        connection.execute(insert(delivery).values(
            id=7, touch=SENT, channel="email", lead="wang", rule="birthday", category="festive", audience="lead",
            receiver="wang", address="a@example.com", message_id="<m@x>", subject="s", text="t",
            timezone="Asia/Shanghai", window="lead", state="pending", run_at=200, composed_at=100,
        ))  # fmt: skip
    return database


def test_touches_come_by_due_time_with_their_receivers_zone(book: Database) -> None:
    with book.reading() as connection:
        rows = [(row["id"], row["zone"]) for row in lookups.touches(connection, Filter())]
        assert rows == [(SENT, "Asia/Shanghai"), (OVERDUE, "Europe/Berlin"), (DRAFT, "Asia/Shanghai")]


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        (Filter(state="draft"), [DRAFT]), (Filter(since=300), [OVERDUE, DRAFT]), (Filter(until=300), [SENT]),
        (Filter(lead="Wang_2"), []), (Filter(rule="birthday", since=500, until=501), [DRAFT]),
    ],
)  # fmt: skip
def test_bounds_include_their_beginning_and_not_their_end(book: Database, only: Filter, ids: list[int]) -> None:
    with book.reading() as connection:
        assert [row["id"] for row in lookups.touches(connection, only)] == ids


def test_deliveries_come_without_their_texts(book: Database) -> None:
    with book.reading() as connection:
        (row,) = lookups.deliveries(connection, Filter(state="pending"))
    assert (row["id"], row["address"]) == (7, "a@example.com")
    assert not {"subject", "text", "html"} & set(row)


def test_the_queue_counts_what_still_wants_something(book: Database) -> None:
    with book.reading() as connection:
        assert lookups.touches_by_state(connection) == {"planned": 1, "draft": 1}
        assert lookups.deliveries_by_state(connection) == {"pending": 1}
        assert [lookups.oldest_due(connection, now) for now in (199, 200, 300, 1_000)] == [None, 200, 200, 200]


@pytest.mark.parametrize(
    ("text", "ids"), [("WANG", ["Wang_2", "wang"]), ("_", ["Wang_2"]), ("0% l", ["wang"]), ("芳", ["wang"])]
)
def test_leads_are_found_by_the_letters_as_they_stand(book: Database, text: str, ids: list[str]) -> None:
    with book.reading() as connection:
        assert sorted(row["id"] for row in customers.find_leads(connection, text, 10)) == ids
        assert len(customers.find_leads(connection, text, 1)) == 1


def test_a_number_that_is_meant_finds_who_has_it(book: Database) -> None:
    with book.reading() as connection:
        found = customers.find_leads(connection, "138-0000-1234", 10, ("+8613800001234", "13800001234"))
        assert [row["id"] for row in found] == ["wang"]


def test_the_nearest_id_is_offered_whatever_its_case(book: Database) -> None:
    with book.reading() as connection:
        assert customers.nearest_lead(connection, "wnag") == "wang"
        assert customers.nearest_lead(connection, "zzzzzz") is None
        assert customers.nearest_rep(connection, "lii") == "li"


def test_a_draft_is_signed_once(book: Database) -> None:
    with book.writing() as connection:
        signing.edit(connection, DRAFT, "Subject", "Words", 400)
        assert [signing.sign(connection, DRAFT, "li", 400) for _ in range(2)] == [True, False]
        signing.note_decision(connection, DRAFT, "approve", "li", 400)
        row = lookups.touch_by_id(connection, DRAFT)
        assert row is not None
        assert (row["state"], row["signed_by"], row["judge_at"]) == ("signed", "li", 500)
        assert [one["facts"] for one in lookups.verdicts(connection, [DRAFT])[DRAFT]] == [{"actor": "li"}]
        written = signing.draft_of(connection, DRAFT)
        assert written is not None
        assert (written["subject"], written["html"], written["edited"]) == ("Subject", "", True)


def test_what_has_left_cannot_be_turned_down(book: Database) -> None:
    with book.writing() as connection:
        assert signing.turn_down(connection, DRAFT, 400)
        assert not signing.turn_down(connection, SENT, 400)
        assert not signing.sign(connection, DRAFT, "li", 400)
