"""What signers are shown and told of, by the statements of both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, update

from engine.domain.people import LeadEntry, RepEntry
from engine.stages.signing.queue import in_order, not_in_time
from engine.store.database import Connection, Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import draft, touch
from engine.store.lookups.colleagues import absent_for
from engine.store.outbox import to_sign
from tests.contract.outbox import NOON

HOUR, DAY = 3_600, 86_400
BLANK = {"timezone": "UTC", "locale": "en", "country": "CN"}


def greeting(connection: Connection, customer: str, deadline_at: int, text: str = "t", **more: Any) -> int:
    row = {
        "occurrence_key": f"wish|{customer}|{deadline_at}|greet|{customer}", "rule": "wish", "lead": customer,
        "anchor": str(deadline_at), "step": "greet", "receiver": customer, "shard": 0, "revision": "r", "generation": 1,
        "action": "greet", "audience": "lead", "category": "festive", "priority": 50, "nominal_at": deadline_at,
        "due_at": deadline_at + HOUR, "day_on": "2026-01-01", "state": "draft", "signer": "li",
        "deadline_at": deadline_at,
    }  # fmt: skip
    ident = int(connection.execute(insert(touch).values({**row, **more}).returning(touch.c.id)).scalar_one())
    connection.execute(insert(draft).values(touch=ident, subject="s", text=text, written_at=0))
    return ident


@pytest.fixture
def book(database: Database) -> Database:
    with database.writing() as connection:
        upsert_reps(connection, [RepEntry(ident, {"name": ident}) for ident in ("li", "su", "wu")], BLANK, NOON)
        tiers = {"ann": "gold", "bo": "platinum", "cai": None}
        leads = [LeadEntry(ident, {"name": ident, "tier": tier, "owner": "li"}) for ident, tier in tiers.items()]
        upsert_leads(connection, leads, BLANK, Stamp(NOON, "test"))
    return database


def test_the_pile_of_a_signer_is_in_order_and_counts_what_is_done(book: Database) -> None:
    with book.writing() as connection:
        ids = [greeting(connection, who, NOON + hours * HOUR) for who, hours in
               (("cai", 1), ("ann", 5), ("ann", 3), ("bo", 9))]  # fmt: skip
        greeting(connection, "bo", NOON, state="draft")
        greeting(connection, "bo", NOON + DAY, signer="su")
        greeting(connection, "bo", NOON + 2 * DAY, state="signed", signed_by="li", signed_at=NOON)
        greeting(connection, "ann", NOON + 2 * DAY, state="cancelled", reason="rejected", settled_at=NOON)
        greeting(connection, "cai", NOON + 2 * DAY, state="signed", signed_by="li", signed_at=NOON - DAY)
        found = in_order(to_sign.waiting(connection, ["li"], NOON), ("platinum", "gold"))
        assert [row.touch for row in found] == [ids[3], ids[2], ids[1], ids[0]]
        assert to_sign.decided_since(connection, ["li"], NOON) == 2


def test_the_pressing_ones_are_told_of_together_and_only_once(book: Database) -> None:
    with book.writing() as connection:
        first, second = (greeting(connection, "ann", NOON + hours * HOUR) for hours in (20, 40))
        greeting(connection, "bo", NOON + 30 * HOUR, signer="su")
        found = to_sign.to_remind_of(connection, NOON + DAY, NOON + 2 * DAY, NOON, locked=True)
        assert [(row.id, row.signer, row.lead) for row in found] == [(first, "li", ""), (second, "li", "")]
        to_sign.remember_reminded(connection, [row.id for row in found], NOON)
        assert to_sign.to_remind_of(connection, NOON + DAY, NOON + 2 * DAY, NOON) == []
        assert to_sign.noted_of(connection, "li", NOON) == to_sign.Noted(2, first, NOON + 20 * HOUR)
        connection.execute(update(touch).values(state="signed"))
        assert to_sign.noted_of(connection, "li", NOON) is None


def test_beside_a_draft_lies_what_was_said_before_and_to_others(book: Database) -> None:
    with book.writing() as connection:
        greeting(connection, "ann", NOON - 400 * DAY, "long ago", state="delivered")
        greeting(connection, "ann", NOON - 365 * DAY, "last year", state="delivered")
        greeting(connection, "bo", NOON + DAY, "to bo")
        greeting(connection, "bo", NOON - 60 * DAY, "another festival", state="delivered")
        greeting(connection, "cai", NOON + DAY, "never left", state="cancelled")
        one = to_sign.paper(connection, greeting(connection, "ann", NOON + DAY))
        assert one is not None
        before = to_sign.said_before(connection, one)
        assert before is not None
        assert before.text == "last year"
        assert [near.text for near in to_sign.said_nearby(connection, one)] == ["to bo"]
        assert to_sign.paper(connection, one.touch + 1) is None


def test_who_stands_in_today_is_known_by_either_end_of_the_absence(book: Database) -> None:
    away = {
        "li": {"absent_from": "2026-03-02"}, "su": {"absent_to": "2026-03-04"},
        "wu": {"absent_from": "2026-03-04", "absent_to": "2026-03-05"},
    }  # fmt: skip
    with book.writing() as connection:
        there = RepEntry("here", {"name": "here", "delegate": "boss"})
        gone = [RepEntry(ident, {**days, "delegate": "boss"}) for ident, days in away.items()]
        upsert_reps(connection, [there, *gone], BLANK, NOON)
        found = {day: absent_for(connection, "boss", f"2026-03-{day}") for day in ("01", "03", "05", "06")}
    assert found == {"01": {"su"}, "03": {"li", "su"}, "05": {"li", "wu"}, "06": {"li"}}


def test_there_is_time_for_as_many_as_half_a_minute_each_allows() -> None:
    assert [not_in_time(deadlines, 0) for deadlines in ([], [30], [29], [60, 60, 60], [30, 3600, 3600])] == [
        0, 0, 1, 1, 0,
    ]  # fmt: skip
