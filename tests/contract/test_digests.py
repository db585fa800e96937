"""A digest from its entries to the mail: what it carries is delivered with it, or waits for the next one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.base import Outcome, Receipt
from engine.domain.people import LeadEntry, RepEntry
from engine.ground.clock import FrozenClock
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.local_model import FileChannel
from engine.settings.model import Defaults, QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads, upsert_leads, upsert_reps
from engine.store.ledger import touch
from tests.contract.outbox import FarSide, Script

CN = "Asia/Shanghai"
ALWAYS = Window(open="00:00", close="24:00")
SETTINGS = Settings(
    windows={"lead": ALWAYS, "rep": ALWAYS}, quiet_hours=QuietHours(start="00:00", end="00:00"),
    channels={"desk": FileChannel(kind="file", folder="desk")}, defaults=Defaults(via=("desk",)),
)  # fmt: skip
BODY = """{% block subject %}{{ digest.date }} {{ digest.count }}{% endblock %}{% block body %}
{% for line in digest.entries %}entry {{ line.lead }} {{ line.summary }}
{% endfor %}{% for line in digest.due %}due {{ line.lead }} {{ line.time }}
{% endfor %}{% for rep in digest.reps %}{{ rep.name }} {{ rep.count }}
{% endfor %}{% endblock %}"""
TEMPLATES = {"digest/x/mail.en.txt.j2": BODY, "reminder/x/mail.en.txt.j2": BODY.replace("digest.count", "lead.name")}
RULES = """
rules:
  - id: note
    summary: worth knowing
    category: care
    on: {since: registered, after: 5h}
    for: {tier: gold}
    until: contacted
    steps: [{id: note, at: +0h, digest: owner}]
  - id: call
    summary: a call
    category: care
    on: {since: registered, after: 33h}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: morning
    category: admin
    on: {schedule: "0 8 * * *"}
    steps: [{id: digest, at: +0h, digest: owner, template: digest/x}]
"""


def at(text: str) -> int:
    """An instant of March 2026 by the clock of Shanghai: `04T10:00`."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


class House:
    """Ann, and Bo whom nobody else may know of, registered at noon on Monday; their owner li gets a digest at eight."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock, self.far = db, FrozenClock(at("02T12:00")), FarSide()
        self.books, self.clockwork = Books(SETTINGS), Clockwork.of(SETTINGS)
        self.release, self.shelf = Release(db, SETTINGS, self.books, self.clockwork), Shelf(self.books)
        self.dispatcher = Dispatcher(db, {"desk": self.far}, SETTINGS, self.clock, "test")
        book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": RULES}, TEMPLATES, self.clock.now())
        values = {"owner": "li", "timezone": CN, "locale": "en", "country": "CN", "registered_at": self.clock.now(),
                  "tier": "gold"}  # fmt: skip
        with db.writing() as connection:
            entries = [LeadEntry("ann", values | {"name": "Ann"}), LeadEntry("bo", values | {"name": "Bo"})]
            entries[1].values["confidential"] = True  # type: ignore[index]
            upsert_reps(connection, [RepEntry("li", {"name": "li", "timezone": CN, "locale": "en"})], {}, 0)
            upsert_leads(connection, entries, {}, Stamp(self.clock.now(), "test"))

    def tick(self, text: str) -> None:
        self.clock.move_to(at(text))
        plan(self.db, SETTINGS, self.books, self.clockwork, self.clock.now())
        self.release.run(self.clock.now())
        compose(self.db, self.shelf, SETTINGS, self.clock.now())
        self.dispatcher.run()

    def change(self, **values: Any) -> None:
        with self.db.writing() as connection:
            change_leads(connection, {"ann": values}, Stamp(self.clock.now(), "test"))

    def states(self, rule: str) -> list[str]:
        with self.db.reading() as connection:
            query = select(touch.c.state).where(touch.c.rule == rule, touch.c.due_at <= self.clock.now())
            return list(connection.execute(query.order_by(touch.c.lead, touch.c.due_at)).scalars())


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    found = House(database)
    yield found
    found.dispatcher.close()
    found.release.close()


def test_an_entry_travels_in_the_next_digest(house: House) -> None:
    house.tick("02T18:00")
    assert house.states("note") == ["released", "released"]
    assert house.far.arrived == []
    house.tick("03T08:00")
    (mail,) = house.far.arrived
    assert mail.subject == "2026-03-03 4"
    assert mail.text.splitlines() == [
        "entry Ann worth knowing", "entry B… worth knowing", "due Ann 21:00", "due B… 21:00",
    ]  # fmt: skip
    assert house.states("note") == ["delivered", "delivered"]
    house.tick("04T08:00")
    assert house.states("morning") == ["delivered", "cancelled"]


def test_what_a_dead_digest_carried_comes_with_the_next_one(house: House) -> None:
    house.tick("02T18:00")
    house.far.scripts = [Script(Receipt(Outcome.PERMANENT, "550"))]
    house.tick("03T08:00")
    assert (house.states("morning"), house.states("note")) == (["dead"], ["released", "released"])
    house.tick("04T08:00")
    assert house.states("note") == ["delivered", "delivered"]


def test_an_entry_whose_lead_changed_under_way_is_not_lost_with_its_digest(house: House) -> None:
    house.tick("02T18:00")
    house.far.scripts = [Script(Receipt(Outcome.RETRY, "450")), Script(Receipt(Outcome.PERMANENT, "550"))]
    house.tick("03T08:00")
    house.change(grade="A")
    house.tick("03T09:00")
    assert (house.states("morning"), house.far.scripts) == (["dead"], [])
    house.tick("04T08:00")
    assert house.states("note") == ["delivered", "delivered"]


def test_a_fact_recorded_before_the_digest_takes_the_entry_back(house: House) -> None:
    house.tick("02T18:00")
    house.change(last_contact_at=at("02T19:00"))
    house.tick("03T08:00")
    assert house.states("note") == ["cancelled", "delivered"]
    assert "entry Ann" not in house.far.arrived[0].text


def test_a_fact_recorded_between_planning_and_the_digest_keeps_the_entry_out(house: House) -> None:
    house.tick("02T18:00")
    house.clock.move_to(at("03T08:00"))
    plan(house.db, SETTINGS, house.books, house.clockwork, house.clock.now())
    house.change(grade="A")
    house.release.run(house.clock.now())
    house.tick("03T08:00")
    assert house.states("note") == ["released", "delivered"]


def test_an_entry_that_no_digest_takes_in_time_expires(house: House) -> None:
    house.tick("02T18:00")
    with house.db.writing() as connection:
        late = update(touch).where(touch.c.rule == "note").values(expires_at=at("03T01:00"))
        connection.execute(late)
    house.tick("03T02:00")
    assert house.states("note") == ["expired", "expired"]
