"""The figures of a report, on a week counted by hand: what was done, the funnel, the rhythm, the contacts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from engine.domain.civil import DAY
from engine.domain.people import LeadEntry, RepEntry
from engine.domain.periods import period_of
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.calendars import calendars_of
from engine.stages.report import scope as scopes
from engine.stages.report.figures import Contacts, Report, Work
from engine.stages.report.report import Sources, report
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.tables import interaction, opportunity, record, transition

SETTINGS = Settings()
OFFICE = SETTINGS.office.timezone
WEEK = period_of("weekly", date(2026, 3, 4))
RULES = """
rules:
  - id: rhythm
    summary: the rhythm
    category: care
    on: {since: last_contact, after: {by: grade, A: 1w, B: 1mo}}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
"""


def at(text: str) -> int:
    """An instant of March 2026 by the office's clock."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


NOW = at("09T08:00")
REPS = [
    RepEntry("li", {"name": "Li", "manager": "han", "team": "east"}),
    RepEntry("bo", {"name": "Bo", "manager": "han", "team": "east", "timezone": "America/New_York"}),
    RepEntry("han", {"name": "Han", "role": "manager", "team": "east"}),
    RepEntry("idle", {"name": "Idle", "team": "west"}),
]
LEADS = {
    "ann": {"owner": "li", "tier": "gold", "grade": "A", "last_contact_at": at("04T10:00")},
    "bob": {"owner": "li", "tier": "gold", "grade": "A", "confidential": True, "last_contact_at": at("01T10:00")},
    "cat": {"owner": "bo", "tier": "iron", "grade": "B", "last_contact_at": at("09T07:00")},
    "dan": {"owner": "bo", "grade": "A", "registered_at": at("06T10:00")},
    "eve": {"owner": "li", "tier": "gold", "grade": "A", "status": "suspended"},
}


class World:
    def __init__(self, db: Database) -> None:
        self.db = db
        self.sources = Sources(SETTINGS, Books(SETTINGS), calendars_of(SETTINGS))
        templates = {"reminder/x/mail.en.txt.j2": "{% block subject %}x{% endblock %}{% block body %}x{% endblock %}"}
        book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(SETTINGS, templates))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": RULES}, templates, at("01T00:00"))
        usual = {"timezone": OFFICE, "locale": "en", "country": "CN", "registered_at": at("01T00:00") - 90 * DAY}
        leads = [LeadEntry(ident, usual | {"name": ident} | values) for ident, values in LEADS.items()]
        with db.writing() as connection:
            upsert_reps(connection, REPS, {"timezone": OFFICE, "locale": "en"}, 0)
            upsert_leads(connection, leads, {}, Stamp(at("01T00:00"), "test"))

    def write(self, table: Any, *rows: dict[str, Any]) -> None:
        with self.db.writing() as connection:
            for row in rows:
                connection.execute(insert(table).values(row))

    def remind(self, lead: str, receiver: str, due_at: int, state: str = "delivered", **more: Any) -> None:
        self.write(touch, {
            "occurrence_key": f"rhythm|{lead}|{due_at}|call|{receiver}", "rule": "rhythm", "lead": lead, "anchor": "1",
            "step": "call", "receiver": receiver, "shard": 0, "revision": "gone", "generation": 1, "action": "remind",
            "audience": "rep", "category": "care", "priority": 1, "nominal_at": due_at, "due_at": due_at,
            "day_on": "2026-03-04", "state": state, **more,
        })  # fmt: skip

    def talk(self, lead: str, rep: str | None, when: int, outcome: str = "reached") -> None:
        self.write(interaction, {
            "id": f"{lead}{when}", "lead": lead, "rep": rep, "at": when, "logged_at": when, "outcome": outcome,
            "effective": outcome == "reached",
        })  # fmt: skip

    def deal(self, ident: str, lead: str, opened_at: int | None, *stages: tuple[str, int]) -> None:
        """A deal that takes these stages; the first one it was told of with."""
        first, *others = stages
        latest, since = stages[-1]
        self.write(opportunity, {
            "id": ident, "lead": lead, "stage": latest, "stage_since_at": since, "opened_at": opened_at,
            "open": latest not in ("won", "lost"),
        })  # fmt: skip
        before = first[0]
        for stage, when in others:
            self.write(transition, {
                "lead": lead, "subject": f"opportunity#{ident}", "field": "stage", "value": stage, "previous": before,
                "at": when, "actor": "li",
            })  # fmt: skip
            before = stage

    def of_house(self, kind: Any = "weekly", day: date = WEEK.first, now: int = NOW) -> Report:
        with self.db.reading() as connection:
            scope = scopes.of_house(connection, "Example", OFFICE)
            return report(connection, self.sources, scope, period_of(kind, day), now)

    def of_rep(self, rep: str, kind: Any = "weekly", day: date = WEEK.first, now: int = NOW) -> Report:
        with self.db.reading() as connection:
            scope = scopes.of_rep(connection, rep, OFFICE)
            return report(connection, self.sources, scope, period_of(kind, day), now)


@pytest.fixture
def world(database: Database) -> World:
    """A week of two reps."""
    found = World(database)
    found.remind("ann", "li", at("04T09:00"))
    found.talk("ann", "li", at("04T10:00"))                                   # done
    found.remind("bob", "li", at("05T09:00"))
    found.talk("bob", "li", at("05T20:00"), "no_answer")                      # tried
    found.remind("bob", "li", at("06T09:00"))                                 # missed
    found.remind("bob", "li", at("06T09:30"), "suppressed")                   # taken back
    found.remind("cat", "bo", at("08T23:00"))                                 # late in the morning of his Sunday
    found.talk("cat", "bo", at("09T07:00"))                                   # the same day in New York: done
    found.remind("dan", "bo", at("09T00:00"))                                 # the office's next week
    found.remind("dan", "han", at("02T00:00"), audience="manager")            # its very first second
    found.write(record, {"id": "r", "lead": "ann", "kind": "appointment", "starts_at": at("07T14:00")})
    return found


def test_the_work_of_a_week(world: World) -> None:
    told = world.of_house()
    assert told.work == Work(done=2, tried=1, late=0, missed=3)
    assert (told.withdrawn, told.work.on_time) == (1, 0.5)
    assert dict(told.by_kind)["appointment"] == Work(missed=1)
    lines = [(line.rep, line.work.planned, line.contacts) for line in told.reps]
    assert lines == [("bo", 1, 0), ("han", 1, 0), ("li", 4, 1)]
    assert [(before.period.first.day, before.work.planned) for before in told.before[-2:]] == [(16, 0), (23, 0)]


def test_a_rep_is_told_of_his_own_by_his_own_clock(world: World) -> None:
    assert world.of_rep("li").work == Work(done=1, tried=1, missed=2)
    assert world.of_rep("bo").work == Work(done=1, open=1)      # his Sunday lasts until Monday noon in Shanghai
    assert world.of_rep("bo", now=at("09T13:00")).work == Work(done=1, missed=1)
    assert world.of_rep("bo").reps == ()


def test_a_rep_without_leads_has_nothing_to_tell(world: World) -> None:
    told = world.of_rep("idle")
    assert told.nothing
    assert (told.contacts, told.work.on_time) == ((), None)
    assert not world.of_house().nothing


def test_the_days_list_names_no_confidential_customer_and_says_what_comes_next(world: World) -> None:
    world.remind("bob", "li", at("12T09:00"), "planned")
    (one,) = world.of_rep("li", "daily", date(2026, 3, 5)).unfinished
    assert (one.outcome, one.name, one.lead, one.why) == ("tried", "", "", "")
    assert (one.next_at, one.next_summary) == (at("12T09:00"), "rhythm")
    assert world.of_rep("li", "daily", date(2026, 3, 4)).unfinished == ()


def test_the_rhythm_is_that_of_the_rules(world: World) -> None:
    kept = {one.grade: (one.span, one.kept, one.total) for one in world.of_house().cadence}
    # A: Bob's contact is older than a week at the end of it, Dan is too new, Eve is suspended; C and D have no rule.
    world_end = {"A": ("7d", 1, 2), "B": ("1mo", 0, 1)}
    assert kept == world_end
    world.talk("cat", "bo", at("03T09:00"))                     # before the week was over, and once more since
    assert {one.grade: one.kept for one in world.of_house().cadence} == {"A": 1, "B": 1}


def test_contacts_are_counted_by_tier_for_active_customers(world: World) -> None:
    assert world.of_house().contacts == (
        Contacts("gold", 2, 1, 1), Contacts("iron", 1, 0, 0), Contacts("", 1, 0, 0),
    )  # fmt: skip
    assert world.of_house().contacts[0].per_lead == 0.5


def test_the_funnel_of_a_week_against_the_year_before(world: World) -> None:
    before = at("01T00:00") - 30 * DAY
    world.deal("new", "ann", at("02T09:00"), ("new", at("02T09:00")))
    world.deal("moved", "ann", at("02T09:00"), ("new", at("02T09:00")), ("need", at("03T09:00")))
    world.deal("lost", "cat", None, ("new", before), ("lost", at("08T23:59")))
    world.deal("later", "cat", at("09T00:00"), ("new", at("09T00:00")))
    for number in range(20):
        world.deal(f"year{number}", "cat", before, ("new", before), ("need" if number < 5 else "lost", before + 60))
    told = world.of_house()
    new = told.funnel[0]
    assert (new.stage, new.standing, new.entered, new.left, new.moved_on, new.lost) == ("new", 2, 2, 2, 1, 1)
    assert (new.conversion, new.mean, told.won, told.lost) == (0.5, 0.25, 0, 1)
    mine = world.of_rep("li")
    assert (mine.funnel[0].left, mine.funnel[0].mean, mine.lost) == (1, 0.25, 0)


def test_deals_that_came_in_as_history_are_not_news(world: World) -> None:
    with world.db.writing() as connection:
        upsert_leads(connection, [LeadEntry("ann", {"history_at": at("05T00:00")})], {}, Stamp(NOW, "test"))
    world.deal("old", "ann", at("04T09:00"), ("new", at("04T09:00")), ("need", at("04T10:00")))
    new = world.of_house().funnel[0]
    assert (new.entered, new.left) == (0, 0)


def test_a_note_about_a_touch_is_nothing_to_be_done(world: World) -> None:
    before = world.of_house().work
    world.remind("ann", "li", at("05T09:00"), occurrence_key="rhythm|ann|1|call|li|failed")
    assert world.of_house().work == before
