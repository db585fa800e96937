"""A policy defers by whole civil days: for a rep, his own, and into his own window."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.domain.civil import local
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.upgrade import create_all

RULES = """
rules:
  - id: first
    category: sales
    on: {since: registered, after: 0h}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
policies:
  - id: tomorrow
    when: {lead: {key: true}, touch: {audience: rep}}
    then: {defer: 1d}
"""
TEN = int(datetime.fromisoformat("2026-03-10T10:00+08:00").timestamp())   # 19:00 in Los Angeles, the day before


def test_a_reminder_to_a_rep_in_singapore_about_a_lead_in_los_angeles_stays_at_her_ten_o_clock() -> None:
    db, settings = Database("sqlite://"), Settings()
    create_all(db)
    book, problems = load_rulebook(
        {"rules/a.yaml": RULES}, catalogue_for(settings, {"reminder/x/mail.en.txt.j2": ""})
    )
    assert book is not None, problems
    adopt(db, book, {"rules/a.yaml": RULES}, {"reminder/x/mail.en.txt.j2": ""}, TEN)
    lead = {"name": "Ann", "owner": "li", "timezone": "America/Los_Angeles", "locale": "en", "country": "US",
            "registered_at": TEN, "key": True}  # fmt: skip
    with db.writing() as connection:
        upsert_reps(connection, [RepEntry("li", {"name": "Li", "timezone": "Asia/Singapore", "locale": "en"})], {}, TEN)
        upsert_leads(connection, [LeadEntry("ann", lead)], {}, Stamp(TEN, "test"))
    books, clockwork = Books(settings), Clockwork.of(settings)
    plan(db, settings, books, clockwork, TEN)
    release = Release(db, settings, books, clockwork)
    release.run(TEN)
    release.close()
    with db.reading() as connection:
        row = connection.execute(select(touch)).one()
    db.close()
    assert row.state == "deferred"
    assert local(row.due_at, "Asia/Singapore").isoformat() == "2026-03-11T10:00:00+08:00"
