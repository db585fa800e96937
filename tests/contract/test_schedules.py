"""Schedules from plan to release: whose slots come up when, who gets none, and what follows an edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.domain.civil import local
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import Quarantined
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.tables import record

HOUR = 3600
CN, NY = "Asia/Shanghai", "America/New_York"
ALWAYS = Window(open="00:00", close="24:00")
SETTINGS = Settings(windows={"lead": ALWAYS, "rep": ALWAYS}, quiet_hours=QuietHours(start="00:00", end="00:00"))
TEMPLATES = {"reminder/x/mail.en.txt.j2": ""}
NUDGE = """
rules:
  - id: nudge
    category: admin
    on: {schedule: "0 8 * * *", for_each: FOR_EACH}
    for: {}
    steps: [{id: ask, at: +0h, remind: owner, template: reminder/x}]
"""
DIGEST = NUDGE.replace("remind:", "digest:")


def at(text: str) -> int:
    """An instant of March 2026 by the clock of Shanghai: `04T10:00`."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


MONDAY = at("02T02:00")


class House:
    """li and wu are the boss's reps, li in Shanghai and wu in New York; ann is li's customer. Ticks every hour."""

    def __init__(self, db: Database, rules: str) -> None:
        self.db, self.now = db, MONDAY
        self.books, self.clockwork = Books(SETTINGS), Clockwork.of(SETTINGS)
        self.release = Release(db, SETTINGS, self.books, self.clockwork)
        for name, zone, role in (("boss", CN, "manager"), ("li", CN, "rep"), ("wu", NY, "rep")):
            manager = None if name == "boss" else "boss"
            self.rep(name, name=name, timezone=zone, locale="en", role=role, manager=manager, team="east")
        with db.writing() as connection:
            values = {"name": "ann", "owner": "li", "timezone": CN, "locale": "en", "country": "CN",
                      "registered_at": MONDAY}  # fmt: skip
            upsert_leads(connection, [LeadEntry("ann", values)], {}, Stamp(self.now, "test"))
        self.adopt(rules)

    def adopt(self, rules: str) -> None:
        text = rules.replace("FOR_EACH", "rep")
        book, problems = load_rulebook({"rules/a.yaml": text}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(self.db, book, {"rules/a.yaml": text}, TEMPLATES, self.now)

    def rep(self, ident: str, **values: Any) -> None:
        with self.db.writing() as connection:
            upsert_reps(connection, [RepEntry(ident, values)], {}, self.now)

    def until(self, text: str) -> None:
        """Tick every hour up to that instant, and then."""
        while self.now <= at(text):
            plan(self.db, SETTINGS, self.books, self.clockwork, self.now)
            self.release.run(self.now)
            self.now += HOUR

    def rows(self, **only: Any) -> list[Any]:
        with self.db.reading() as connection:
            query = select(touch).where(*(touch.c[name] == value for name, value in only.items()))
            return list(connection.execute(query.order_by(touch.c.due_at, touch.c.receiver)))

    def told(self, **only: Any) -> list[tuple[str, str, str]]:
        """(receiver, his wall time, state or reason) of every touch whose hour has come."""
        zones = {"boss": CN, "li": CN, "wu": NY}
        return [
            (row.receiver, local(row.due_at, zones[row.receiver]).strftime("%d %H:%M"), row.reason or row.state)
            for row in self.rows(**only)
            if row.due_at < self.now
        ]


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    found = House(database, NUDGE)
    yield found
    found.release.close()


def test_everybody_has_his_own_eight_o_clock(house: House) -> None:
    house.until("03T22:00")
    assert house.told() == [
        ("boss", "02 08:00", "released"), ("li", "02 08:00", "released"), ("wu", "02 08:00", "released"),
        ("boss", "03 08:00", "released"), ("li", "03 08:00", "released"), ("wu", "03 08:00", "released"),
    ]  # fmt: skip
    assert {row.lead for row in house.rows()} == {""}


def test_for_reads_the_rep(house: House) -> None:
    with house.db.writing() as connection:
        log_interaction(connection, Interaction("i1", "ann", MONDAY - HOUR, "reached", True, rep="li"), MONDAY)
    house.adopt(NUDGE.replace("for: {}", "for: {role: rep, contacts_7d: {gte: 1}, leads: 1}"))
    house.until("02T09:00")
    assert [receiver for receiver, _, _ in house.told()] == ["li"]


def test_a_team_has_one_occasion_and_every_member_is_told(database: Database) -> None:
    house = House(database, NUDGE.replace("FOR_EACH", "team").replace("for: {}", "for: {members: {gte: 3}}"))
    house.until("02T22:00")
    assert [receiver for receiver, _, _ in house.told()] == ["boss", "li", "wu"]
    assert {row.anchor for row in house.rows() if row.due_at < house.now} == {"team:east@2026-03-02T08:00"}


def test_a_manager_is_whoever_has_the_role_or_a_rep(database: Database) -> None:
    house = House(database, NUDGE.replace("FOR_EACH", "manager"))
    house.rep("wu", role="manager")
    house.until("02T22:00")
    assert [receiver for receiver, _, _ in house.told()] == ["boss", "wu"]


def test_who_moves_keeps_his_slot_and_its_one_touch(house: House) -> None:
    house.until("02T12:00")
    house.rep("wu", timezone=CN)
    house.until("04T12:00")
    mine = house.rows(receiver="wu")
    assert len({row.anchor for row in mine}) == len(mine)
    sent = [row.due_at for row in mine if row.state == "released"]
    assert [local(due_at, CN).strftime("%d %H:%M") for due_at in sent] == ["03 08:00", "04 08:00"]


def test_an_absent_rep_gets_none_and_nobody_stands_in(house: House) -> None:
    house.until("02T12:00")
    house.rep("li", absent_from="2026-03-03", absent_to="2026-03-03", delegate="wu")
    house.until("04T09:00")
    assert house.told(receiver="li") == [
        ("li", "02 08:00", "released"), ("li", "03 08:00", "absent"), ("li", "04 08:00", "released"),
    ]  # fmt: skip
    assert [one for one in house.told(receiver="wu") if one[2] != "released"] == []


def test_after_an_edit_only_the_new_hour_holds(house: House) -> None:
    house.until("02T12:00")
    house.adopt(NUDGE.replace("0 8 * * *", "0 9 * * *"))
    house.until("03T10:00")
    assert house.told(receiver="li") == [
        ("li", "02 08:00", "released"), ("li", "03 08:00", "fact_changed"), ("li", "03 09:00", "released"),
    ]  # fmt: skip


def test_an_edit_that_applies_to_all_moves_slots_in_flight_and_leaves_out_whom_it_no_longer_means(house: House) -> None:
    house.until("02T12:00")
    edited = NUDGE.replace("for: {}", "for: {role: rep}\n    apply_to: all").replace("+0h", "+1h")
    house.adopt(edited.replace("category: admin", "category: care"))
    house.until("03T22:00")
    assert house.told(receiver="boss")[-1] == ("boss", "03 08:00", "rule_changed")
    assert house.told(receiver="li")[1:] == [("li", "03 09:00", "released")]
    assert [row.category for row in house.rows(receiver="li")][:2] == ["admin", "care"]


def test_what_was_missed_by_more_than_four_hours_is_not_made_good(house: House) -> None:
    plan(house.db, SETTINGS, house.books, house.clockwork, house.now)
    house.now = at("02T13:00")
    house.until("02T13:00")
    assert house.told(receiver="li") == [("li", "02 08:00", "misfire")]


def test_a_digest_with_nothing_to_tell_is_not_sent(database: Database) -> None:
    house = House(database, DIGEST)
    with database.writing() as connection:
        meeting = {"id": "m", "lead": "ann", "kind": "appointment", "starts_at": at("03T15:00"), "gone": False}
        connection.execute(insert(record).values(meeting))
    house.until("03T09:00")
    assert house.told(receiver="li") == [("li", "02 08:00", "empty"), ("li", "03 08:00", "released")]


def test_planning_twice_and_in_pieces_makes_each_slot_once(house: House) -> None:
    for hour in (0, 0, 7, 7, 31, 60):
        plan(house.db, SETTINGS, house.books, house.clockwork, MONDAY + hour * HOUR)
    keys = [row.occurrence_key for row in house.rows()]
    assert len(keys) == len(set(keys))
    assert len({row.anchor for row in house.rows(receiver="li")}) == 5  # up to two days ahead


def test_a_slot_of_a_rule_in_quarantine_does_not_wait_for_ever(house: House) -> None:
    house.until("02T12:00")
    text = NUDGE.replace("id: nudge", "id: other").replace("FOR_EACH", "team")
    book, _ = load_rulebook({"rules/a.yaml": text}, catalogue_for(SETTINGS, TEMPLATES))
    assert book is not None
    spoilt = replace(book, quarantined=(Quarantined("nudge", file="rules/a.yaml", line=1, problems=(), since=0),))
    adopt(house.db, spoilt, {"rules/a.yaml": text}, TEMPLATES, house.now)
    house.until("03T09:00")
    assert house.told(receiver="li", rule="nudge")[1:] == [("li", "03 08:00", "quarantined")]
    house.until("04T10:00")
    assert house.told(receiver="li", rule="nudge")[1:2] == [("li", "03 08:00", "misfire")]


def test_a_rule_that_is_gone_sends_nothing(house: House) -> None:
    house.until("02T12:00")
    with house.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.state == "released").values(state="delivered"))
    house.adopt(NUDGE.replace("id: nudge", "id: other").replace("0 8", "0 20"))
    house.until("03T09:00")
    assert house.told(receiver="li", rule="nudge")[1:] == [("li", "03 08:00", "rule_gone")]
