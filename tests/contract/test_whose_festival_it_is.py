"""Festivals by country and by own observances, from a file to the book, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select

from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.imports import run_import
from engine.stages.plan.candidates import Scope, Source, candidates
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import lead

SETTINGS = Settings()
TEMPLATES = {"greeting/x/mail.en.txt.j2": ""}
RULES = """\
rules:
  - id: wishes
    category: festive
    on: {holiday: [spring_festival, christmas, mid_autumn, laba]}
    steps: [{id: mail, at: 0d 09:00, greet: lead, template: greeting/x}]
"""
LEADS = """\
id,name,country,observances
china,甲,CN,
taiwan,乙,TW,
germany,丙,DE,
convert,丁,CN,christmas
abroad,戊,DE,"mid_autumn, spring_festival"
"""


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


class House:
    """A database with people from a file."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.folder = db, folder
        self.imports(LEADS, at("2025-12-01"))
        book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        self.rule = book.rules[0]
        adopt(db, book, {"rules/all.yaml": RULES}, TEMPLATES, at("2025-12-01"))

    def imports(self, text: str, now: int) -> str:
        path = self.folder / "leads.csv"
        path.write_text(text, encoding="utf-8")
        report = run_import(self.db, SETTINGS, "leads", path, now)
        return report.quarantine_file.read_text(encoding="utf-8") if report.quarantine_file else ""

    def plan(self, day: str) -> None:
        plan(self.db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), at(day))

    def wished(self, state: str = "planned") -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        with self.db.reading() as connection:
            query = select(touch).where(touch.c.state == state).order_by(touch.c.nominal_at)
            for row in connection.execute(query):
                found.setdefault(row.lead, []).append(row.anchor)
        return found


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def test_everybody_is_wished_what_he_keeps_and_nothing_else(house: House) -> None:
    for month in range(1, 13):
        for day in range(1, 29, 2):
            house.plan(f"2026-{month:02d}-{day:02d}")
    assert house.wished() == {
        "china": ["laba:2026", "spring_festival:2026", "mid_autumn:2026"],
        "taiwan": ["spring_festival:2026", "mid_autumn:2026"],
        "germany": ["christmas:2026"],
        "convert": ["christmas:2026"],
        "abroad": ["spring_festival:2026", "mid_autumn:2026"],
    }


def test_a_wish_goes_when_the_customer_turns_out_not_to_keep_the_day(house: House) -> None:
    house.plan("2026-02-16")
    assert set(house.wished()) == {"china", "taiwan", "abroad"}
    house.imports("id,name,observances\nchina,甲,christmas\nabroad,戊,\n", at("2026-02-16"))
    house.plan("2026-02-16")
    assert house.wished() == {"taiwan": ["spring_festival:2026"]}
    assert set(house.wished("superseded")) == {"china", "abroad"}
    with house.db.reading() as connection:
        rows = connection.execute(select(lead.c.id, lead.c.observances).where(lead.c.observances.is_not(None)))
        assert {row.id: row.observances for row in rows} == {"convert": ["christmas"], "china": ["christmas"]}


def test_an_unknown_festival_is_quarantined_with_the_nearest_one(house: House) -> None:
    told = house.imports("id,name,observances\nnew,新,chrismas\n", at("2026-01-01"))
    assert 'observances: ""chrismas"" is not a festival; did you mean ""christmas""?' in told


def test_a_festival_day_costs_one_statement_however_many_countries_keep_it(house: House) -> None:
    asked: Counter[str] = Counter()
    calendars = Clockwork.of(SETTINGS).calendars
    with house.db.reading() as connection:
        scope = Scope(at("2026-02-16"), at("2026-02-16"), at("2026-02-18"), None, ("Asia/Shanghai",))
        event.listen(connection, "before_cursor_execute", lambda *_: asked.update(["statement"]))
        found = list(candidates(house.rule, scope, Source(connection, SETTINGS, calendars)))
    assert {one.lead.id for one in found} == {"china", "taiwan", "abroad"}
    assert asked["statement"] == 1
