"""Talks and sales pulled as history: rhythms run on from there, and nothing that was due before is made up for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engine.domain.civil import DAY
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import read_settings
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from tests.contract.crm import NOW, Crm, counted
from tests.contract.planned_house import TEMPLATES

CONFIG = """\
sources:
  talks:
    url: sqlite:///crm.sqlite
    kind: interactions
    history: {history}
    table: talk
    columns: {{no: id, who: lead, held: at, result: outcome}}
    watermark: held
"""
RULES = """\
rules:
  - id: quiet
    summary: nobody called
    category: care
    on: {since: last_contact, after: 60d, repeat: 60d, times: 2}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: missed
    summary: nobody answered
    category: care
    on: {outcome: no_answer}
    steps: [{id: again, at: +3d, remind: owner, template: reminder/x}]
"""


@pytest.mark.parametrize(
    ("history", "expected"),
    [("true", {("quiet", "2026-02-18")}), ("false", {("quiet", "2026-02-18"), ("missed", "2026-02-16")})],
)
def test_a_rhythm_runs_on_from_what_the_crm_knows(
    database: Database, crm_url: str, history: str, expected: set[tuple[str, str]]
) -> None:
    crm = Crm(database, crm_url)
    settings, problems = read_settings(CONFIG.format(history=history), "config.yaml")
    assert settings is not None, problems
    crm.settings = settings
    book, wrong = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(settings, TEMPLATES))
    assert book is not None, wrong
    adopt(database, book, {"rules/all.yaml": RULES}, TEMPLATES, NOW - 400 * DAY)
    people = {"timezone": "UTC", "locale": "en", "country": "CN", "status": "active"}
    with database.writing() as connection:
        upsert_reps(connection, [RepEntry("li", {"name": "Li", "timezone": "UTC", "locale": "en"})], {}, 0)
        wang = LeadEntry("wang", {"name": "W", "owner": "li", "registered_at": NOW - 400 * DAY})
        upsert_leads(connection, [wang], people, Stamp(NOW - 400 * DAY, "test"))
    crm.run("CREATE TABLE talk (no TEXT, who TEXT, held TIMESTAMP, result TEXT)")
    crm.run("INSERT INTO talk VALUES ('t1', 'wang', '2025-12-20 10:00:00', 'reached')",
            "INSERT INTO talk VALUES ('t2', 'wang', '2026-02-12 10:00:00', 'no_answer')")  # fmt: skip
    assert counted(crm.pull(name="talks")) == {"fetched": 2, "added": 2}
    plan(database, settings, Books(settings), Clockwork.of(settings), NOW + 4 * DAY)
    with database.reading() as connection:
        rows = connection.execute(select(touch.c.rule, touch.c.due_at).where(touch.c.state == "planned"))
        assert {(row.rule, datetime.fromtimestamp(row.due_at, UTC).date().isoformat()) for row in rows} == expected
