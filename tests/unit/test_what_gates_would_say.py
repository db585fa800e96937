"""`explain` asks the gates of the starter what they would say now, and shows what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.desk.gate_story import GateStory, gate_stories
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.evaluate import Failure
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings
from engine.stages.known import known_lead
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads
from engine.store.facts.people import upsert_reps
from engine.store.upgrade import create_all

HOUSE = Path(__file__).parents[2]
NOW = 1_771_027_200  # 2026-02-14T00:00Z
DAY = 86_400
SETTINGS = load_settings(HOUSE / "config.yaml")
GATES = (HOUSE / "rules" / "gates.yaml").read_text("utf-8")
HERE = {"timezone": "Asia/Shanghai", "locale": "zh-Hans", "status": "active", "country": "CN"}


LEADS = {
    "chen": {"owner": "li", "contacts": 3, "stage": "need"},
    "key": {"owner": "li", "contacts": 30, "stage": "need", "key": True},
    "old": {"owner": "li", "contacts": 20, "stage": "lost", "status": "suspended"},
    "free": {"contacts": 20, "stage": "need", "status": "pooled", "previous_owner": "li"},
}


@pytest.fixture(scope="module")
def house() -> Iterator[Database]:
    db = Database("sqlite://")
    create_all(db)
    with db.writing() as connection:
        upsert_reps(connection, [RepEntry("li", {"name": "Li"})], HERE, NOW)
        leads = [LeadEntry(name, {"name": name} | values) for name, values in LEADS.items()]
        write_leads(connection, leads, HERE, SETTINGS, Stamp(NOW, "test"))
        add_circumstance(connection, Happening("c", "complaint", NOW - DAY, lead="chen"), "li", NOW)
    yield db
    db.close()


def told(house: Database, lead: str) -> dict[str, GateStory]:
    book, problems = load_rulebook({"gates.yaml": GATES}, catalogue_for(SETTINGS, {}))
    assert book is not None, problems
    with house.reading() as connection:
        stories = gate_stories(connection, SETTINGS, book, known_lead(connection, lead), NOW + DAY)
    return {story.gate: story for story in stories}


def test_a_change_that_would_be_refused_names_what_was_wanted_and_found(house: Database) -> None:
    said = told(house, "chen")
    assert said["twelve-touches"].failed == Failure("contacts", "gte 12", "3")
    assert said["twelve-touches"].change == {"set": {"status": "suspended"}}
    assert said["seven-before-lost"].failed == Failure("contacts", "gt 6", "3")
    assert said["complaint-word"].failed is not None
    assert said["complaint-word"].change == {"event_end": "c"}
    assert {story.by for story in said.values()} == {"li"}


def test_a_change_that_would_be_made_has_nothing_missing(house: Database) -> None:
    assert told(house, "key")["seven-before-lost"].failed is None
    failed = told(house, "key")["twelve-touches"].failed
    assert failed is not None
    assert (failed.path, failed.found) == ("key", "true")


def test_who_had_the_lead_last_may_not_take_him_back_yet(house: Database) -> None:
    said = told(house, "free")["pool-cool-off"]
    assert (said.by, said.change, said.otherwise) == ("li", {"assign": "li"}, "refuse")
    assert said.failed is not None


def test_what_would_change_nothing_is_not_asked(house: Database) -> None:
    assert told(house, "old") == {}
