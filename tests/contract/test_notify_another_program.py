"""`notify` from rule to far side: ids, and words only where a template says them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.people import LeadEntry
from engine.ground.clock import FrozenClock
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.service.channels.build import build_channels, close_channels
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.dispatch import dispatch
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.ledger import touch
from tests.faults.hook_server import HookServer

NIGHT = int(datetime.fromisoformat("2026-03-02T03:00+08:00").timestamp())
TEMPLATES = {
    "notice/won/mail.en.txt.j2":
        "{% block subject %}Hello{% endblock %}{% block body %}{{ lead.name }} is yours\n{% endblock %}"
}  # fmt: skip
RULES = """
rules:
  - id: tell
    category: admin
    on: {since: registered, after: 1h}
    steps: [{id: crm, at: +0h, notify: crm}]
"""


class House:
    """A house with one far side, at three in the morning."""

    def __init__(self, db: Database, server: HookServer, rules: str = RULES, **settings: Any) -> None:
        webhook = {"kind": "webhook", "url": server.url, "secret": "env:HOOK", "networks": ["127.0.0.0/8"]}
        self.db = db
        self.settings = Settings.model_validate({"channels": {"crm": webhook}, **settings})
        books = Books(self.settings)
        catalogue = catalogue_for(self.settings, TEMPLATES)
        book, problems = load_rulebook({"rules/a.yaml": rules}, catalogue)
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": rules}, TEMPLATES, NIGHT)
        values = {"name": "Wang Fang", "timezone": "Asia/Shanghai", "locale": "en", "country": "CN", "tier": "gold",
                  "registered_at": NIGHT - 86_400}  # fmt: skip
        with db.writing() as connection:
            upsert_leads(connection, [LeadEntry("wang", values)], {}, Stamp(NIGHT, "test"))
        release = Release(db, self.settings, books, Clockwork.of(self.settings))
        plan(db, self.settings, books, Clockwork.of(self.settings), NIGHT)
        release.run(NIGHT)
        release.close()
        compose(db, Shelf(books), self.settings, NIGHT)

    def send(self) -> dict[str, int]:
        clock = FrozenClock(NIGHT)
        channels = build_channels(self.settings, Path(), clock.now, rehearsal=False)
        try:
            return dispatch(self.db, channels, self.settings, clock, "test")
        finally:
            close_channels(channels)

    def state(self) -> str:
        with self.db.reading() as connection:
            return str(connection.execute(select(touch.c.state)).scalar_one())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HookServer]:
    monkeypatch.setenv("HOOK", "secret")
    with HookServer() as server:
        yield server


def test_a_program_is_told_at_any_hour_by_ids_alone(database: Database, server: HookServer) -> None:
    house = House(database, server)
    assert house.send()["sent"] == 1
    assert house.state() == "delivered"
    told = json.loads(server.bodies[0])
    assert (told["rule"], told["step"], told["lead"]) == ("tell", "crm", "wang")
    assert told["occurrence_key"] == f"tell|wang|{told['occasion']}|crm|crm"
    assert told["values"] == {"owner": None, "tier": "gold", "grade": None, "stage": None}
    assert "Wang" not in server.bodies[0].decode()


def test_a_template_says_more(database: Database, server: HookServer) -> None:
    House(database, server, RULES.replace("notify: crm", "notify: crm, template: notice/won")).send()
    told = json.loads(server.bodies[0])
    assert (told["subject"], told["text"]) == ("Hello", "Wang Fang is yours\n")


def test_a_lost_answer_is_tried_again_with_the_same_key(database: Database, server: HookServer) -> None:
    server.answers = [(503, {})]
    house = House(database, server)
    assert house.send()["retry"] == 1
    assert house.state() == "released"


def test_a_pilot_goes_to_its_own_address_and_says_so(database: Database, server: HookServer) -> None:
    with HookServer() as pilot:
        House(database, server, redirect_to={"crm": pilot.url}).send()
        assert json.loads(pilot.bodies[0])["pilot"] == "[pilot: meant for system#crm]"
    assert server.bodies == []
