"""Interactions, orders and people that come in as history: they count, and nothing that was due before comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from engine.domain.civil import DAY
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.books import Books, adopt
from engine.stages.imports import How, ImportReport, What, run_import
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.ledger import touch
from engine.store.tables import account, dirty_lead, interaction, lead
from tests.contract.planned_house import SETTINGS, TEMPLATES

NOW = 1_771_000_000  # 2026-02-13T16:26:40Z
RULES = """\
rules:
  - id: quiet
    summary: nobody called
    category: care
    on: {since: last_contact, after: 30d, repeat: 30d, times: 2}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: new
    summary: soon
    category: care
    on: {since: registered, after: 5h}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: service
    summary: after the sale
    category: service
    on: {since: purchase.at, after: 1d}
    steps:
      - {id: use, at: +29d, remind: owner, template: reminder/x}
      - {id: visit, at: +50d, remind: owner, template: reminder/x}
  - id: many
    summary: tried in vain
    category: care
    on: {reaches: {attempts: 1, since: registered}}
    steps: [{id: look, at: +1h, remind: owner, template: reminder/x}]
  - id: missed
    summary: nobody answered
    category: care
    on: {outcome: no_answer}
    steps: [{id: again, at: +1d, remind: owner, template: reminder/x}]
  - id: won
    summary: thanks
    category: care
    on: {becomes: {stage: won}}
    steps: [{id: thank, at: +1h, remind: owner, template: reminder/x}]
  - id: owed
    summary: what is owed
    category: admin
    on: {due: receivable.due_on}
    steps: [{id: ask, at: 1d 09:00, remind: owner, template: reminder/x}]
"""
LEADS = "id,name,owner,company,registered_at\nwang,王伟,li,Acme,2024-05-01\n"
OLD = """\
id,lead,at,outcome,channel,purpose,note
t1,wang,2025-03-01T10:00,reached,phone,call,first
t2,wang,2025-11-20T10:00,visited,visit,visit,
t3,wang,2025-12-20T10:00,reached,phone,call,
t4,wang,2026-02-13T09:00,no_answer,phone,call,
"""
SOLD = """\
lead,kind,id,product,at,due_on
wang,purchase,p1,door,2026-01-02T10:00,
wang,purchase,p0,door,2023-01-02T10:00,
wang,receivable,r1,,,2026-02-10
"""
EVERYTHING: Mapping[str, str] = {"interactions": OLD, "records": SOLD}


def brought(db: Database, folder: Path, what: What, text: str, now: int = NOW, history: bool = True) -> ImportReport:
    path = folder / f"{what}.csv"
    path.write_text(text, encoding="utf-8")
    return run_import(db, SETTINGS, what, path, now, how=How(history=history))


def row(db: Database, table: Table, ident: str = "wang") -> dict[str, Any]:
    with db.reading() as connection:
        return dict(connection.execute(select(table).where(table.c.id == ident)).mappings().one())


def due(db: Database) -> dict[tuple[str, str], str]:
    """The touches that are not past, by rule and step, with their day."""
    with db.reading() as connection:
        rows = connection.execute(select(touch).where(touch.c.state == "planned"))
        return {(r.rule, r.step): datetime.fromtimestamp(r.due_at, UTC).date().isoformat() for r in rows}


class House:
    """A database with the rules in force."""

    def __init__(self, db: Database) -> None:
        self.db = db
        book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/all.yaml": RULES}, TEMPLATES, NOW - 400 * DAY)

    def plan(self, now: int) -> None:
        plan(self.db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), now)


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.mark.parametrize("history", [True, False])
def test_only_what_falls_due_after_the_import_comes_of_history(house: House, tmp_path: Path, history: bool) -> None:
    brought(house.db, tmp_path, "reps", "id,name\nli,Li\n")
    brought(house.db, tmp_path, "leads", LEADS, history=history)
    for what, text in EVERYTHING.items():
        assert brought(house.db, tmp_path, what, text, history=history).quarantined == 0  # type: ignore[arg-type]
    house.plan(NOW)
    at_once = {rule for rule, _ in due(house.db)}
    assert at_once == (set() if history else {"quiet", "new", "service", "many", "missed", "owed"})
    house.plan(NOW + 10 * DAY)
    later = {("quiet", "call"): "2026-02-18", ("service", "visit"): "2026-02-22"}
    assert later.items() <= due(house.db).items()
    assert not history or due(house.db) == later


def test_what_came_as_history_counts(house: House, tmp_path: Path) -> None:
    brought(house.db, tmp_path, "leads", LEADS)
    assert brought(house.db, tmp_path, "interactions", OLD).added == 4
    assert brought(house.db, tmp_path, "records", SOLD).added == 3
    wang = row(house.db, lead)
    assert (wang["contacts"], wang["attempts"], wang["orders"], wang["last_outcome"]) == (3, 1, 2, "no_answer")
    assert wang["last_contact_ref"] == "t3"
    assert wang["contacts_since_order"] == 0
    assert row(house.db, account, "Acme")["contacts"] == 3
    assert row(house.db, account, "Acme")["orders"] == 2


def test_the_next_contact_and_the_next_change_are_no_history(house: House, tmp_path: Path) -> None:
    brought(house.db, tmp_path, "reps", "id,name\nli,Li\n")
    brought(house.db, tmp_path, "leads", LEADS)
    brought(house.db, tmp_path, "interactions", OLD)
    house.plan(NOW)
    later = NOW + DAY
    talk = f"id,lead,at,outcome\nt5,wang,{datetime.fromtimestamp(later, UTC).isoformat()},no_answer\n"
    brought(house.db, tmp_path, "interactions", talk, later, history=False)
    with house.db.writing() as connection:
        change_leads(connection, {"wang": {"stage": "won"}}, Stamp(later, "li"))
    house.plan(later)
    assert {rule for rule, _ in due(house.db)} == {"missed", "won", "many"}


def test_a_stage_that_changes_by_history_is_no_news(house: House, tmp_path: Path) -> None:
    brought(house.db, tmp_path, "leads", LEADS)
    brought(house.db, tmp_path, "leads", "id,name,stage\nwang,王伟,won\n", NOW + 60)
    house.plan(NOW + 120)
    assert due(house.db) == {}


def test_what_was_waiting_before_the_history_came_stays(house: House, tmp_path: Path) -> None:
    brought(house.db, tmp_path, "reps", "id,name\nli,Li\n")
    brought(house.db, tmp_path, "leads", LEADS, history=False)
    brought(house.db, tmp_path, "records", SOLD, history=False)
    house.plan(NOW)
    assert ("service", "use") in due(house.db)
    brought(house.db, tmp_path, "interactions", OLD, NOW + 60)
    house.plan(NOW + 120)
    assert ("service", "use") in due(house.db)


def test_a_second_import_leaves_no_trace(house: House, tmp_path: Path) -> None:
    brought(house.db, tmp_path, "leads", LEADS)
    brought(house.db, tmp_path, "interactions", OLD)
    house.plan(NOW)
    before = row(house.db, lead)
    again = brought(house.db, tmp_path, "interactions", OLD, NOW + 60)
    assert (again.added, again.unchanged) == (0, 4)
    assert row(house.db, lead) == before
    with house.db.reading() as connection:
        assert connection.execute(select(func.count()).select_from(dirty_lead)).scalar_one() == 0


def test_what_was_logged_stays_and_what_is_still_to_come_is_no_interaction(house: House, tmp_path: Path) -> None:
    brought(house.db, tmp_path, "leads", LEADS)
    brought(house.db, tmp_path, "interactions", OLD)
    changed = OLD.replace("2025-03-01T10:00,reached", "2025-03-01T10:00,visited") + "t9,wang,2026-03-01,reached,,,\n"
    report = brought(house.db, tmp_path, "interactions", changed + "t8,nobody,2026-01-01,reached,,,\n")
    assert (report.unchanged, report.quarantined) == (3, 3)
    assert report.quarantine_file is not None
    said = report.quarantine_file.read_text(encoding="utf-8")
    assert "was logged already and says something else; what was logged stays" in said
    assert "lies in the future; an appointment is a record" in said
    assert 'lead: there is no lead ""nobody""' in said
    assert row(house.db, interaction, "t1")["outcome"] == "reached"


def test_a_row_alone_and_rows_together_count_the_same(database: Database, tmp_path: Path) -> None:
    brought(database, tmp_path, "leads", LEADS + "zhao,Z,li,Acme,2024-05-01\n")
    lines = OLD.splitlines()
    brought(database, tmp_path, "interactions", OLD)
    for line in reversed(lines[1:]):
        alone = line.replace("wang", "zhao").replace("t", "z", 1)
        brought(database, tmp_path, "interactions", f"{lines[0]}\n{alone}\n")
    names = ("contacts", "attempts", "last_contact_at", "last_attempt_at", "last_outcome", "contacts_since_owner")
    wang, zhao = row(database, lead), row(database, lead, "zhao")
    assert [wang[name] for name in names] == [zhao[name] for name in names]
