"""`explain` tells of an occasion that lies ahead and will not come all the same: why."""

from __future__ import annotations

from sqlalchemy import update

from engine.desk.explain import explain
from engine.desk.folder import Checked
from engine.desk.overlay import overlay
from engine.domain.people import LeadEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.store.facts.dirty import Stamp
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import upsert_leads
from engine.store.tables import lead

DAY = 86_400
START = 1_788_220_800  # 2026-09-01T00:00Z
CONFIG = Settings()
TEMPLATES = {"greeting/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - {id: season, category: care, on: {since: registered, after: 5d}, to: 2026-09-03,
     steps: [{id: say, at: +0h, greet: lead, template: greeting/x}]}
  - {id: young, category: care, on: {since: registered, after: 2d}, for: {age.registered: {gte: 1d}},
     steps: [{id: say, at: +0h, greet: lead, template: greeting/x}]}
  - {id: chase, category: care, on: {since: registered, after: 1h}, until: contacted,
     steps: [{id: say, at: +0h, greet: lead, template: greeting/x},
             {id: more, at: 4d, greet: lead, template: greeting/x}]}
  - {id: third, category: care, on: {reaches: {contacts: 1}},
     steps: [{id: say, at: 4d, greet: lead, template: greeting/x}]}
"""


def test_what_lies_ahead_and_will_not_come_is_told_with_the_reason() -> None:
    book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(CONFIG, TEMPLATES))
    assert book is not None, problems
    with overlay(None, CONFIG, Checked(book, {"rules/a.yaml": RULES}, TEMPLATES), START) as stages:
        row = {"name": "x", "timezone": "UTC", "locale": "en", "country": "CN", "registered_at": START}
        with stages.db.writing() as connection:
            upsert_leads(connection, [LeadEntry("ann", row)], {}, Stamp(START, "test"))
        stages.step(START)
        with stages.db.writing() as connection:
            log_interaction(connection, Interaction("i1", "ann", START + 2 * 3600, "reached", True), START + 3 * 3600)
            connection.execute(update(lead).values(history_at=START + 3 * 3600))
        for now in (START + 3 * 3600, START + DAY):
            stages.step(now)
        with stages.db.reading() as connection:
            told = explain(connection, CONFIG, book, "ann", START + DAY)
    assert {one.rule: one.trigger.why_not for one in told.rules if one.matched} == {
        "season": "it lies outside the days of from and to",
        "young": "it came into view while the segment did not hold",
        "chase": "its occasion has ended: until",
        "third": "it came in with the lead's history",
    }
