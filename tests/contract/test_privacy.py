"""Leaving a person alone, handing out what is held about him, erasing him: on both databases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.ground.errors import FollowupError, UsageError
from engine.settings.inbox_model import MaildirInbox
from engine.settings.model import Company
from engine.stages import acts, privacy
from engine.stages.gates.objections import Gates
from engine.stages.imports import run_import
from engine.stages.listen.listen import take_in
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.database import Database, sqlite_path
from engine.store.facts.idempotency import Answer, Request, begin, finish
from engine.store.inbox_tables import letter
from engine.store.ledger import delivery, draft, occasion, touch, verdict, wording
from engine.store.source_tables import source_refusal, source_row
from engine.store.tables import (
    account,
    attribute_day,
    date_next,
    date_record,
    gate_event,
    gift,
    interaction,
    last_talk,
    lead,
    opportunity,
    record,
    suppression,
    transition,
)
from engine.store.upgrade import METADATA
from engine.store.web_tables import day_note, look
from tests.contract.outbox import NOON, Outbox, Script
from tests.contract.post import answer, received

HOUR = 3600
CANARY = "canary"
"""Stands in every personal cell of the lead below, and nowhere else."""
NUMBER = "+8613900424242"
WORDS = {"name": "Canary Wang", "salutation": "Mr Canary", "email": "canary@canary.example", "phone": NUMBER,
         "wecom": "canary-wecom", "account": "canary-house", "hope": "canary hope", "attrs": {"hobby": "canaries"},
         "loyalty": "canary", "temperament": "canary", "profile": "canary", "region": "canary-region",
         "observances": ["canary"], "tier": "canary", "grade": "canary", "stage": "canary"}  # fmt: skip


class Privacy(Outbox):
    """Of the two leads wang has a canary in every cell; zhao is his colleague in nothing but the rep."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, inbox=MaildirInbox(kind="maildir", path="mail"), company=Company(domain="example.com"))
        with db.writing() as connection:
            connection.execute(update(lead).where(lead.c.id == "wang").values(WORDS))
            connection.execute(update(lead).where(lead.c.id == "zhao").values(name="Zhao", email="zhao@example.com"))

    def rows(self, query: Any) -> list[Any]:
        with self.db.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def put(self, table: Any, **values: Any) -> None:
        with self.db.writing() as connection:
            connection.execute(insert(table).values(**values))

    def fill(self, touch_id: int) -> None:
        """A row about him in every table that has any, a canary in every text."""
        self.put(account, id="canary-house", name="Canary & Co.")
        self.put(date_record, id="d1", lead="wang", kind="birthday", month=2, day=3, note="canary")
        self.put(date_next, date_record="d1", policy="canary", lead="wang", kind="birthday", anchor_year=2026)
        self.put(attribute_day, lead="wang", name="canary", day_on="2026-02-03")
        self.put(record, id="r1", lead="wang", kind="purchase", product="canary", note="canary")
        self.put(opportunity, id="o1", lead="wang", product="canary", note="canary")
        self.put(gift, lead="wang", given_on="2026-02-03", idea="", label="a canary", price=9, actor="li", at=NOON)
        self.put(interaction, id="i1", lead="wang", account="canary-house", at=NOON, logged_at=NOON,
                 outcome="reached", effective=True, note="canary note", benefit="canary",
                 next_step="canary")  # fmt: skip
        self.put(last_talk, lead="wang", word="canary", at=NOON, interaction="i1")
        self.put(suppression, lead="wang", reason="canary asked", actor="li", at=NOON)
        self.put(suppression, lead="wang", channel="email", reason="bounce", actor="engine", at=NOON,
                 address="canary@canary.example")  # fmt: skip
        self.put(transition, lead="wang", subject="lead", field="stage", value="canary", previous="canary", at=NOON,
                 actor="li", cause="canary said so")  # fmt: skip
        self.put(gate_event, gate="g", outcome="refused", lead="wang", change={"set": {"tier": "canary"}},
                 evidence={"found": "canary"}, actor="li", role="rep", at=NOON)  # fmt: skip
        self.put(circumstance, id="c1", kind="bereavement", scope="lead", lead="wang", starts_at=NOON,
                 attrs={"host": "canary"}, actor="li", recorded_at=NOON)  # fmt: skip
        self.put(coverage, lead="wang", circumstance="c1")
        self.put(letter, id="<1@canary.example>", kind="reply", lead="wang", told="canary", received_at=NOON,
                 seen_at=NOON)  # fmt: skip
        self.put(draft, touch=touch_id, subject="canary", text="canary", written_at=NOON)
        self.put(verdict, touch=touch_id, policy="p", effect="suppress", facts={"name": "canary"}, at=NOON)
        self.put(wording, touch=touch_id, rule="r", step="s", lead="wang", account="canary-house", kind="birthday",
                 day_on="2026-02-03", fingerprint="canary", written_at=NOON)  # fmt: skip
        self.put(occasion, rule="birthday", lead="wang", anchor="birthday:date#1:2026", shard=0, revision="r1",
                 generation=1, occurs_on="2026-02-16", counts_from_at=0, nth=38, born_at=0,
                 next_step_at=NOON)  # fmt: skip
        self.put(source_row, source="crm", key="17", ours="wang", cells={"name": "Canary Wang"})
        self.put(day_note, rep="li", day_on="2026-02-03", problems="Canary Wang waits", measures="", written_at=NOON)
        self.put(source_refusal, source="crm", row="17", reason='tier: "canary"', at=NOON, asked_at=NOON)
        request = Request("crm", "/api/leads", "k", "d")
        with self.db.writing() as connection:
            begin(connection, request, NOON)
            finish(connection, request, Answer(200, '{"refused": "canary wang"}'))
            connection.execute(update(touch).where(touch.c.id == touch_id).values(changed={"tier": ["canary", "x"]}))
            connection.execute(update(delivery).where(delivery.c.touch == touch_id).values(
                subject="Canary", text="Dear Canary", html="canary", address="canary@canary.example",
                receiver_name="Canary Wang", headers={"X": "canary"}, appointment={"summary": "canary"},
                last_error="canary@canary.example is not here",
            ))  # fmt: skip

    def dump(self) -> str:
        """Every cell of every table as text."""
        with self.db.reading() as connection:
            rows = {table.name: [list(row) for row in connection.execute(select(table))]
                    for table in METADATA.sorted_tables}  # fmt: skip
        return json.dumps(rows, default=str, ensure_ascii=False).lower()


@pytest.fixture
def house(database: Database) -> Privacy:
    return Privacy(database)


def test_nothing_leaves_about_whom_the_house_leaves_alone(house: Privacy) -> None:
    to_him = house.release("k1")
    about_him = house.release("k2", audience="rep")
    to_another = house.release("k3", lead="zhao", receiver="zhao", audience="lead")
    planned = house.release("k4", state="planned", judge_at=NOON + HOUR)
    assert privacy.restrict(house.db, "wang", "he objected", "li", NOON)
    house.send()
    assert [mail.address for mail in house.email.arrived] == ["zhao@example.com"]
    states = {one: (house.touch(one).state, house.touch(one).reason) for one in (to_him, about_him, planned)}
    assert set(states.values()) == {("suppressed", "restricted")}
    assert house.touch(to_another).state == "delivered"
    assert house.rows(select(transition.c.field, transition.c.value, transition.c.actor, transition.c.cause)) == [
        ("restricted", "restricted", "li", "he objected")
    ]


def test_what_a_channel_has_in_its_hands_stops_before_its_first_byte(house: Privacy) -> None:
    one = house.release("k1")
    house.email.scripts = [Script(after_rcpt=lambda: privacy.restrict(house.db, "wang", "he objected", "li", NOON))]
    house.send()
    assert house.email.arrived == []
    assert house.touch(one).state == "planned"  # and release suppresses it next


def test_a_lifted_restriction_leaves_him_as_he_was(house: Privacy) -> None:
    privacy.restrict(house.db, "wang", "he objected", "li", NOON)
    assert not privacy.restrict(house.db, "wang", "once more", "zhu", NOON)
    assert privacy.lift(house.db, house.settings, "wang", "li", NOON + HOUR)
    assert not privacy.lift(house.db, house.settings, "wang", "li", NOON + HOUR)
    held = (lead.c.name, lead.c.status, lead.c.restricted_at, lead.c.restricted_for)
    assert house.rows(select(*held).where(lead.c.id == "wang")) == [("Canary Wang", "active", None, None)]


def test_an_export_has_every_row_about_him_and_is_kept_as_a_look(house: Privacy) -> None:
    house.fill(house.release("k1"))
    house.release("k2", lead="zhao", receiver="zhao")
    found = privacy.held(house.db, "wang", "li", NOON)
    empty = {name for name, rows in found.items() if not rows}
    empty = {name for name in empty if not name.endswith("_archive")}
    assert empty <= {"rate_token", "mentions", "dirty_lead", "malformed_row"}
    assert found["lead"][0]["name"] == "Canary Wang"
    assert len(found["delivery"]) == len(found["touch"]) == 1
    assert house.rows(select(look.c.lead, look.c.visitor, look.c.page)) == [("wang", "li", "lead export")]


def test_an_erased_person_is_nowhere_in_the_database(house: Privacy) -> None:
    if house.db.dialect == "sqlite":  # many builds of it do not overwrite what is deleted
        with house.db.reading() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = OFF")
    one = house.release("k1", state="draft", judge_at=NOON + HOUR)
    house.fill(one)
    told = house.release("k2", audience="rep", lead="zhao")
    with house.db.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.touch == told).values(
            state="sent", subject="Today: canary wang", text=f"Call Canary Wang, {NUMBER}", html="<p>Canary Wang</p>"
        ))  # fmt: skip
    assert house.dump().count(CANARY) > 60
    assert privacy.erase(house.db, house.settings, "wang", "admin", NOON)
    left = house.dump()
    assert CANARY not in left
    assert NUMBER not in left
    counts = (lead.c.name, lead.c.status, lead.c.erased_at, lead.c.restricted_by)
    assert house.rows(select(*counts).where(lead.c.id == "wang")) == [("wang", "gone", NOON, "admin")]
    assert house.touch(one).occurrence_key == "k1"
    assert house.rows(select(suppression.c.channel, suppression.c.reason)) == [("", "erased")]
    path = sqlite_path(str(house.db.engine.url))
    if path is not None:
        house.db.close()
        for file in sorted(path.parent.glob(path.name + "*")):
            assert CANARY.encode() not in file.read_bytes().lower(), file.name


def test_erasing_twice_changes_nothing_and_lets_nothing_out(house: Privacy) -> None:
    house.fill(house.release("k1"))
    privacy.erase(house.db, house.settings, "wang", "admin", NOON)
    once = house.rows(select(lead).where(lead.c.id == "wang"))
    privacy.erase(house.db, house.settings, "wang", "another", NOON + HOUR)
    assert house.rows(select(lead).where(lead.c.id == "wang")) == once
    assert house.rows(select(transition.c.value, transition.c.actor).where(transition.c.value.is_not(None))) == [
        ("erased", "admin")
    ]
    house.send()
    assert house.email.arrived == []


def test_erasing_waits_for_a_message_that_is_leaving_and_lets_no_other_go(house: Privacy) -> None:
    going = house.release("k1")
    with house.db.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.touch == going).values(state="sending"))
    with pytest.raises(FollowupError, match="leaving right now; he is left alone already"):
        privacy.erase(house.db, house.settings, "wang", "admin", NOON)
    assert house.rows(select(lead.c.name, lead.c.restricted_at).where(lead.c.id == "wang")) == [("Canary Wang", NOON)]


def test_who_was_erased_comes_back_only_when_somebody_lets_him_in(house: Privacy, tmp_path: Path) -> None:
    house.release("k1")
    house.send()
    privacy.erase(house.db, house.settings, "wang", "admin", NOON)
    file = tmp_path / "leads.csv"
    file.write_text("id,name,email\nwang,Canary Wang,canary@canary.example\n")

    def bring() -> tuple[int, int]:
        report = run_import(house.db, house.settings, "leads", file, NOON + HOUR)
        return report.changed, report.quarantined

    assert bring() == (0, 1)
    assert CANARY not in house.dump()
    with pytest.raises(UsageError, match="wang was erased"):
        acts.set_lead(house.db, house.settings, Gates(), "wang", {"name": "Canary"}, "li", NOON)
    with pytest.raises(UsageError, match="wang was erased"):
        acts.log_talk(house.db, house.settings, acts.Talk("wang", "reached", NOON), "li", NOON)
    privacy.lift(house.db, house.settings, "wang", "admin", NOON + HOUR)
    assert bring() == (1, 0)
    assert house.rows(select(lead.c.name, lead.c.status).where(lead.c.id == "wang")) == [("Canary Wang", "active")]
    assert house.rows(select(touch.c.occurrence_key, touch.c.state)) == [("k1", "delivered")]


def test_a_letter_of_an_erased_person_puts_nothing_down(house: Privacy) -> None:
    one = house.release("k1")
    house.send()
    ident = str(house.delivery(one).message_id)
    privacy.erase(house.db, house.settings, "wang", "admin", NOON)
    taken = take_in(house.db, house.settings, [received(answer(ident), NOON + 60)], NOON + 600)
    assert [one.told for one in taken] == ["who wrote it was erased: nothing is put down"]
    assert house.rows(select(interaction.c.id)) == []
