"""A rep's week away, through plan and release: who is reminded of what, and what he finds when he is back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.civil import local
from engine.domain.dates import LifeDate
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Caps, Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dates import DateEntry, write_dates
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.upgrade import create_all

HOUR, DAY = 3600, 86_400
CN = "Asia/Shanghai"
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: rhythm
    category: care
    on: {since: registered, after: 1d, repeat: 1d, times: 30}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: prepare
    category: care
    on: {date: birthday}
    steps:
      - {id: think, at: -1d 09:00, remind: owner, template: reminder/x}
      - id: wish
        at: 0d 10:00
        greet: lead
        template: greeting/x
        sign_by: {who: owner, draft: -2d 09:00, deadline: 0d 09:30, late: expire}
"""


def at(text: str) -> int:
    """An instant of March 2026 by the clock of Shanghai: `04T10:00`."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


MONDAY = at("02T00:00")


class House:
    """Ann and Bo are in li's care; wei stands in for li. Ticks every hour."""

    def __init__(self, db: Database, **settings: Any) -> None:
        self.db, self.now = db, MONDAY
        self.settings = Settings(**settings)
        self.books, self.clockwork = Books(self.settings), Clockwork.of(self.settings)
        self.release = Release(db, self.settings, self.books, self.clockwork)
        book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(self.settings, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": RULES}, TEMPLATES, MONDAY)
        for name, delegate in (("boss", None), ("wei", None), ("li", "wei")):
            self.rep(name, name=name, timezone=CN, locale="en", manager="boss", delegate=delegate)
        self.leads("ann", "bo")

    def rep(self, ident: str, **values: Any) -> None:
        with self.db.writing() as connection:
            upsert_reps(connection, [RepEntry(ident, values)], {}, self.now)

    def away(self, first: str | None, last: str | None, ident: str = "li") -> None:
        self.rep(ident, absent_from=first and f"2026-03-{first}", absent_to=last and f"2026-03-{last}")

    def leads(self, *names: str, **more: Any) -> None:
        values = {"owner": "li", "timezone": CN, "locale": "en", "country": "CN", "stage": "new",
                  "registered_at": MONDAY - DAY + 10 * HOUR} | more  # fmt: skip
        with self.db.writing() as connection:
            entries = [LeadEntry(name, values | {"name": name}) for name in names]
            upsert_leads(connection, entries, {}, Stamp(self.now, "test"))

    def birthday(self, name: str, day: int) -> None:
        with self.db.writing() as connection:
            entry = DateEntry(f"{name}:birthday", name, "birthday", LifeDate("solar", None, 3, day))
            write_dates(connection, [entry], self.settings, self.now)

    def tick(self) -> None:
        plan(self.db, self.settings, self.books, self.clockwork, self.now)
        self.release.run(self.now)

    def until(self, text: str) -> None:
        """Tick every hour up to that instant, and then; what is let go is taken as delivered."""
        while self.now <= at(text):
            self.tick()
            with self.db.writing() as connection:
                connection.execute(update(touch).where(touch.c.state == "released").values(state="delivered"))
            self.now += HOUR

    def rows(self, **only: Any) -> list[Any]:
        with self.db.reading() as connection:
            query = select(touch).where(*(touch.c[name] == value for name, value in only.items()))
            return list(connection.execute(query.order_by(touch.c.nominal_at, touch.c.lead, touch.c.id)))

    def got(self, **only: Any) -> list[tuple[str, str, str]]:
        """(day of March that a reminder was let go on, receiver, the lead it is about), in order."""
        found = [row for row in self.rows(audience="rep", **only) if row.released_at is not None]
        return sorted((local(row.released_at, CN).strftime("%d"), row.receiver, row.lead) for row in found)


@pytest.fixture
def db() -> Iterator[Database]:
    found = Database("sqlite://")
    create_all(found)
    yield found
    found.close()


def test_while_he_is_away_his_delegate_is_reminded_and_then_he_is_again(database: Database) -> None:
    house = House(database)
    house.away("04", "06")
    house.until("09T12:00")
    names = {"02": "li", "03": "li", "04": "wei", "05": "wei", "06": "wei", "07": "li", "09": "li"}
    expected = [(day, name, lead) for day, name in names.items() for lead in ("ann", "bo")]
    assert sorted(set(house.got())) == sorted(expected)
    assert Counter(row.absent for row in house.rows(receiver="wei")) == {"li": 6}


def test_without_a_delegate_one_reminder_a_lead_waits_for_his_return(db: Database) -> None:
    house = House(db, absent_reps="hold")
    house.birthday("ann", 7)
    house.away("04", "06")
    house.until("07T09:00")
    assert house.got(rule="rhythm")[4:] == [("07", "li", "ann"), ("07", "li", "bo")]
    reasons = Counter((row.rule, row.state, row.reason) for row in house.rows(absent="li"))
    assert reasons == {
        ("rhythm", "delivered", None): 2, ("rhythm", "expired", "coalesced"): 4, ("prepare", "merged", "absence"): 1,
    }  # fmt: skip
    latest = house.rows(absent="li", state="delivered")
    assert [local(row.nominal_at, CN).day for row in latest] == [6, 6]
    assert [row.merged_into for row in house.rows(state="merged")] == [latest[0].id]


def test_what_waited_for_many_leads_comes_in_portions(db: Database) -> None:
    house = House(db, absent_reps="hold", caps=Caps(catch_up=2))
    house.leads("cy", "di", "ed")
    house.away("03", "04")
    house.until("05T09:00")
    assert [lead for day, _, lead in house.got() if day == "05"] == ["ann", "bo"]
    assert Counter(row.reason for row in house.rows(state="held")) == {"catch_up": 3}
    house.until("06T09:00")
    assert sorted(row.lead for row in house.rows(absent="li") if row.state == "delivered") == ["ann", "bo", "cy", "di"]


def test_an_absence_that_is_recorded_and_withdrawn_moves_the_book_there_and_back(db: Database) -> None:
    house = House(db)
    house.tick()
    before = [(row.occurrence_key, row.due_at) for row in house.rows(state="planned")]
    house.away("02", "06")
    house.tick()
    assert {row.receiver for row in house.rows(state="planned")} == {"wei"}
    assert [row.occurrence_key for row in house.rows(state="superseded")] == [key for key, _ in before]
    house.away(None, None)
    house.tick()
    assert [(row.occurrence_key, row.due_at) for row in house.rows(state="planned")] == before
    assert {row.receiver for row in house.rows(state="superseded")} == {"wei"}


def test_what_one_of_them_has_done_is_not_asked_of_the_other(db: Database) -> None:
    house = House(db)
    house.until("02T12:00")
    assert house.got() == [("02", "li", "ann"), ("02", "li", "bo")]
    house.away("02", "06")                      # recorded when his Monday's reminders were out already
    house.until("03T12:00")
    house.away(None, None)                      # and withdrawn when wei had done Tuesday's
    house.until("04T12:00")
    assert house.got()[2:] == [
        ("03", "wei", "ann"), ("03", "wei", "bo"), ("04", "li", "ann"), ("04", "li", "bo"),
    ]  # fmt: skip


def test_a_reminder_that_was_let_go_stays_his(db: Database) -> None:
    house = House(db)
    house.now = at("02T10:00")
    house.tick()
    house.away("02", "06")
    house.tick()
    released = house.rows(state="released")
    assert [(row.receiver, row.absent) for row in released] == [("li", None)] * 2
    assert all(local(row.nominal_at, CN).day > 2 for row in house.rows(receiver="wei"))


def test_a_delegate_who_goes_away_too_passes_it_on(db: Database) -> None:
    house = House(db)
    house.now = at("02T09:00")
    house.away("03", "06")
    house.tick()
    assert {row.receiver for row in house.rows(absent="li")} == {"wei"}
    house.rep("wei", absent_from="2026-03-03", absent_to="2026-03-03", delegate="boss")
    house.tick()
    assert {(local(row.due_at, CN).day, row.receiver) for row in house.rows(absent="li", state="planned")} == {
        (3, "boss"), (4, "wei"),
    }  # fmt: skip


def test_reminders_of_a_confidential_lead_wait_unless_the_delegate_is_the_manager(db: Database) -> None:
    house = House(db)
    house.now = at("02T09:00")
    house.leads("ann", confidential=True)
    house.away("03", "04")
    house.tick()
    waiting = house.rows(lead="ann", absent="li")
    assert [(row.receiver, local(row.due_at, CN).day) for row in waiting] == [("li", 5)] * 2
    assert {row.receiver for row in house.rows(lead="bo", absent="li")} == {"wei"}
    house.rep("li", delegate="boss")
    house.tick()
    assert {row.receiver for row in house.rows(lead="ann", absent="li", state="planned")} == {"boss"}


def test_drafts_are_signed_by_the_delegate_of_one_who_is_away_when_they_must_be(db: Database) -> None:
    house = House(db)
    house.birthday("ann", 6)
    house.until("04T12:00")
    assert [row.signer for row in house.rows(state="draft")] == ["li"]
    house.away("06", "06")
    house.tick()
    assert [(row.signer, row.receiver) for row in house.rows(state="draft")] == [("wei", "ann")]
    house.away(None, None)
    house.tick()
    assert [row.signer for row in house.rows(state="draft")] == ["li"]
