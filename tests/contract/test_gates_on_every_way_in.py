"""Whoever changes a lead passes the gates: by hand, from a file, from the pool, at the end of what went on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.acts import set_lead
from engine.stages.events import add_event, end_event
from engine.stages.gates.objections import Gates
from engine.stages.gates.records import Refused
from engine.stages.imports import How, ImportReport, run_import
from engine.store.circumstance_tables import circumstance
from engine.store.database import Database
from engine.store.facts.circumstances import Happening
from engine.store.tables import dirty_lead, gate_event, lead, rep, transition

NOW = 1_771_000_000
HOUR = 3600
SETTINGS = Settings()
RULES = """
gates:
  - {id: twelve, summary: Only after twelve contacts, on: {set: {status: suspended}}, require: {contacts: {gte: 12}},
     otherwise: refuse}
  - {id: own, on: {assign: any}, if: {actor.role: rep}, require: {actor.id: owner}, otherwise: refuse}
  - {id: tiers, on: {set: {tier: any}}, require: {actor.role: manager}, otherwise: flag}
  - {id: word, on: {event_end: complaint}, require: {event.attrs.confirmed_by: customer}, otherwise: refuse}
"""


@pytest.fixture
def db(database: Database) -> Database:
    people = {"timezone": "Asia/Shanghai", "locale": "en"}
    row = people | {"shard": 0, "name": "x", "country": "CN", "registered_at": 0, "owner": "li", "region": "5101"}
    with database.writing() as connection:
        connection.execute(insert(rep), [people | {"id": who, "name": who} for who in ("li", "wei")])
        connection.execute(insert(lead), [row | {"id": "wang", "contacts": 3}, row | {"id": "zhao", "contacts": 12}])
    return database


@pytest.fixture
def gates() -> Gates:
    book, problems = load_rulebook({"gates.yaml": RULES}, catalogue_for(SETTINGS, {}))
    assert book, problems
    return Gates.of(book, SETTINGS)


def rows(db: Database, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with db.reading() as connection:
        query = select(*(table.c[name] for name in columns)).order_by(table.c.id)
        return [tuple(row) for row in connection.execute(query)]


def said(db: Database) -> list[tuple[Any, ...]]:
    return rows(db, gate_event, "gate", "outcome", "lead", "actor", "role")


def by_hand(db: Database, gates: Gates, lead_id: str, actor: str = "li", **cells: str) -> bool:
    return set_lead(db, SETTINGS, gates, lead_id, cells, actor, NOW)


def test_a_refused_change_by_hand_changes_nothing_and_is_kept(db: Database, gates: Gates) -> None:
    with pytest.raises(Refused) as refused:
        by_hand(db, gates, "wang", status="suspended", tier="gold")
    assert str(refused.value) == (
        "refused by gate twelve: Only after twelve contacts (contacts: wanted gte 12, found 3)"
    )
    assert rows(db, lead, "id", "status", "tier")[0] == ("wang", "active", None)
    assert said(db) == [("twelve", "refused", "wang", "li", "rep")]
    assert rows(db, dirty_lead, "lead") == rows(db, transition, "lead") == []


def test_a_change_that_passes_leaves_no_trace_at_the_gates(db: Database, gates: Gates) -> None:
    assert by_hand(db, gates, "zhao", status="suspended")
    assert said(db) == []


def test_a_flagged_change_is_made_and_kept(db: Database, gates: Gates) -> None:
    assert by_hand(db, gates, "wang", "root", tier="gold")
    assert rows(db, lead, "id", "tier")[0] == ("wang", "gold")
    assert said(db) == [("tiers", "flagged", "wang", "root", "ops")]


def test_what_is_written_and_does_not_change_passes_no_gate(db: Database, gates: Gates) -> None:
    by_hand(db, Gates(), "wang", status="suspended")
    assert not by_hand(db, gates, "wang", status="suspended")
    assert said(db) == []


@pytest.mark.parametrize("owner", ["wei", ""])
def test_a_new_owner_and_none_are_both_assignments(db: Database, gates: Gates, owner: str) -> None:
    with pytest.raises(Refused, match="gate own"):
        by_hand(db, gates, "wang", "wei", owner=owner)
    assert by_hand(db, gates, "wang", "li", owner=owner)


def test_the_status_pooled_is_an_assignment_to_the_pool(db: Database, gates: Gates) -> None:
    with pytest.raises(Refused, match="gate own"):
        by_hand(db, gates, "wang", "wei", status="pooled")


def imported(db: Database, gates: Gates, folder: Path, text: str, **options: Any) -> ImportReport:
    path = folder / "leads.csv"
    path.write_text(text, encoding="utf-8")
    return run_import(db, SETTINGS, "leads", path, NOW, gates=gates, **options)


FILE = """\
id,name,status,tier,date.birthday
wang,Wang,suspended,gold,--05-12
zhao,Zhao,suspended,,
new,New,suspended,,
"""


def test_a_refused_row_of_a_file_goes_whole_into_quarantine_and_the_others_land(
    db: Database, gates: Gates, tmp_path: Path
) -> None:
    report = imported(db, gates, tmp_path, FILE)
    assert (report.added, report.changed, report.quarantined) == (1, 1, 1)
    assert report.quarantine_file is not None
    kept = report.quarantine_file.read_text("utf-8")
    assert "wang" in kept
    assert "refused by gate twelve: Only after twelve contacts (contacts: wanted gte 12, found 3)" in kept
    assert rows(db, lead, "id", "status", "name") == [
        ("new", "suspended", "New"), ("wang", "active", "x"), ("zhao", "suspended", "Zhao"),
    ]  # fmt: skip
    assert said(db) == [("twelve", "refused", "wang", "import", "ops")]


def test_a_lead_that_is_new_arrives_as_he_is(db: Database, gates: Gates, tmp_path: Path) -> None:
    assert imported(db, gates, tmp_path, "id,name,status,owner\nnew,New,suspended,wei\n").added == 1
    assert said(db) == []


def test_a_dry_run_of_a_file_shows_what_gates_would_refuse_and_keeps_nothing(
    db: Database, gates: Gates, tmp_path: Path
) -> None:
    assert imported(db, gates, tmp_path, FILE, how=How(dry_run=True)).quarantined == 1
    assert said(db) == []


def complaint(db: Database, gates: Gates, **values: Any) -> str:
    happening = Happening("c1", "complaint", NOW, **{"lead": "wang", **values})
    return add_event(db, SETTINGS, gates, happening, "li", NOW).id


def test_a_complaint_goes_on_until_the_customer_says_so(db: Database, gates: Gates) -> None:
    ident = complaint(db, gates)
    with pytest.raises(Refused, match="event.attrs.confirmed_by: wanted customer, found missing"):
        end_event(db, gates, ident, NOW + HOUR, {}, "li", NOW)
    assert rows(db, circumstance, "id", "ends_at") == [("c1", None)]
    end_event(db, gates, ident, NOW + HOUR, {"confirmed_by": "customer"}, "li", NOW)
    assert rows(db, circumstance, "id", "ends_at", "attrs") == [("c1", NOW + HOUR, {"confirmed_by": "customer"})]
    assert said(db) == [("word", "refused", "wang", "li", "rep")]


def test_an_end_that_is_announced_at_once_passes_the_same_gate(db: Database, gates: Gates) -> None:
    with pytest.raises(Refused, match="gate word"):
        complaint(db, gates, ends_at=NOW + HOUR)
    assert rows(db, circumstance, "id") == []
    assert len(said(db)) == 1


def test_a_region_is_asked_for_every_lead_and_says_the_first_who_objects(db: Database, gates: Gates) -> None:
    ident = complaint(db, gates, lead=None, region="51")
    with pytest.raises(Refused):
        end_event(db, gates, ident, NOW + HOUR, {}, "li", NOW)
    assert said(db) == [("word", "refused", "wang", "li", "rep")]
