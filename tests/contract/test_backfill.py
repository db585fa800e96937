"""What a rule finds that opened before it was in force: all of it at once, nothing, or some every day."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select

from engine.desk.explain import TriggerStory, explain
from engine.domain.people import LeadEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dirty import Stamp, touch_leads
from engine.store.facts.people import upsert_leads
from engine.store.ledger import touch

DAY = 86_400
NOW = 1_780_000_000
OVERDUE, AHEAD = 200, 50
ALWAYS = {"days": "mon-sun", "open": "00:00", "close": "24:00"}
SETTINGS = Settings.model_validate(
    {"windows": {"lead": ALWAYS, "rep": ALWAYS}, "quiet_hours": {"start": "00:00", "end": "00:00"},
     "channels": {"email": {"kind": "email", "host": "localhost", "from_address": "a@example.com"}}}
)  # fmt: skip
RULES = """
rules:
  - id: silence
    category: care
    on: {since: registered, after: 90d}
    %s
    steps:
      - {id: call, at: +0h, greet: lead, template: greeting/x}
      - {id: tell, at: 2d, greet: lead, template: greeting/x}
"""


class House:
    """Two hundred leads whose ninety days are over long ago, fifty whose are over tomorrow."""

    def __init__(self, db: Database, backfill: str) -> None:
        self.db = db
        self.books, self.clockwork = Books(SETTINGS), Clockwork.of(SETTINGS)
        place = {"timezone": "UTC", "locale": "en", "country": "CN"}
        ages = [400 if n < OVERDUE else 89 for n in range(OVERDUE + AHEAD)]
        entries = [
            LeadEntry(f"l{n}", place | {"name": str(n), "registered_at": NOW - age * DAY})
            for n, age in enumerate(ages)
        ]
        templates = {"greeting/x/mail.en.txt.j2": ""}
        text = RULES % backfill
        book, problems = load_rulebook({"rules/a.yaml": text}, catalogue_for(SETTINGS, templates))
        assert book, problems
        with db.writing() as connection:
            upsert_leads(connection, entries, {}, Stamp(NOW - DAY, "test"))
        adopt(db, book, {"rules/a.yaml": text}, templates, NOW)

    def tick(self, day: int) -> None:
        plan(self.db, SETTINGS, self.books, self.clockwork, NOW + day * DAY)

    def facts_change(self, day: int) -> None:
        with self.db.writing() as connection:
            touch_leads(connection, [f"l{n}" for n in range(OVERDUE)], "test", NOW + day * DAY)

    def due(self, step: str = "call") -> dict[str, int]:
        """By lead of those who were overdue: the day, counted from now, on which the step is due."""
        query = select(touch.c.lead, touch.c.due_at).where(touch.c.step == step, touch.c.state == "planned")
        with self.db.reading() as connection:
            found = {row.lead: (row.due_at - NOW) // DAY for row in connection.execute(query)}
        return {lead: day for lead, day in found.items() if int(lead[1:]) < OVERDUE}

    def dues(self) -> dict[str, int]:
        """By lead: when the call is due."""
        query = select(touch.c.lead, touch.c.due_at).where(touch.c.step == "call")
        with self.db.reading() as connection:
            return {row.lead: row.due_at for row in connection.execute(query)}

    def explained(self, lead: str) -> str:
        """Why nothing is to come for the lead, "" if something is."""
        return self._trigger(lead).why_not

    def next_due(self, lead: str) -> int:
        """When explain says that the next step is due, to the minute."""
        return int(datetime.fromisoformat(self._trigger(lead).next_due_at or "").timestamp())

    def _trigger(self, lead: str) -> TriggerStory:
        with self.db.reading() as connection:
            active = self.books.active(connection)
            assert active is not None
            return explain(connection, SETTINGS, active.book, lead, NOW).rules[0].trigger

    def planned(self) -> int:
        with self.db.reading() as connection:
            return len(connection.execute(select(touch.c.id).where(touch.c.step == "call")).all())


def test_by_default_everything_that_is_still_worth_it_is_due_at_once(database: Database) -> None:
    house = House(database, "")
    house.tick(0)
    assert len(house.due()) == OVERDUE
    assert max(house.due().values()) < 0


def test_none_begins_with_what_opens_from_now_on_whatever_happens_to_a_lead(database: Database) -> None:
    house = House(database, "backfill: none")
    house.tick(0)
    house.facts_change(1)
    house.tick(2)
    assert house.due() == {}
    assert house.planned() == AHEAD


def test_spread_gives_every_day_its_share_and_keeps_distances(database: Database) -> None:
    house = House(database, "backfill: {spread: 10d}")
    for day in range(12):
        house.tick(day)
    shares = Counter(house.due().values())
    assert set(shares) == set(range(10))
    assert max(shares.values()) < 3 * OVERDUE / 10
    assert {lead: day - 2 for lead, day in house.due("tell").items()} == house.due()


@pytest.mark.parametrize("day", [0, 3])
def test_what_was_spread_stays_where_it_is_when_facts_change(database: Database, day: int) -> None:
    house = House(database, "backfill: {spread: 10d}")
    house.tick(0)
    before = house.due()
    house.facts_change(day)
    house.tick(day)
    after = house.due()
    assert before
    assert {lead: after[lead] for lead in before} == before


def test_explain_knows_what_none_leaves_out(database: Database) -> None:
    house = House(database, "backfill: none")
    assert house.explained("l0") == "all of it opened before the rule was in force, and it says backfill: none"
    assert house.explained(f"l{OVERDUE}") == ""


def test_explain_says_when_what_is_spread_is_due_before_it_is_planned_too(database: Database) -> None:
    house = House(database, "backfill: {spread: 10d}")
    told = house.next_due("l7")
    assert NOW <= told < NOW + 10 * DAY
    house.tick((told - NOW) // DAY)
    assert house.next_due("l7") == told == house.dues()["l7"] // 60 * 60
