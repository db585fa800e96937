"""Lunar birthdays from a file to the book: one wish in each lunar year, on the right civil day, year after year."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.domain.civil import local_date
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.imports import run_import
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.date_policies import known_policies
from engine.store.ledger import touch
from engine.store.tables import date_next

ALWAYS = Window(open="00:00", close="24:00")
SETTINGS = Settings(windows={"lead": ALWAYS, "rep": ALWAYS}, quiet_hours=QuietHours(start="00:00", end="00:00"))
TEMPLATES = {"greeting/birthday/mail.en.txt.j2": ""}
RULES = """\
rules:
  - id: wish
    category: festive
    on: {date: birthday}
    steps: [{id: mail, at: 0d 09:00, greet: lead, template: greeting/birthday}]
"""
STRICT = """\
  - id: strict
    category: festive
    on: {date: birthday, leap_month: leap_only, day_30: skip, feb_29: skip}
    steps: [{id: mail, at: -3d 09:00, greet: lead, template: greeting/birthday}]
"""
LEADS = """\
id,name,timezone,date.birthday
leap,闰六月生,Asia/Shanghai,lunar:1987-L06-10
twice,冬月生,America/New_York,lunar:1985-11-20
eve,除夕生,Pacific/Auckland,lunar:--12-30
"""
DAYS = {
    "leap": ["2019-07-12", "2020-07-30", "2021-07-19", "2022-07-08", "2023-07-27", "2024-07-15", "2025-08-03",
             "2026-07-23"],
    "twice": ["2019-12-15", "2021-01-03", "2021-12-23", "2022-12-13", "2024-01-01", "2024-12-20", "2026-01-08",
              "2026-12-28"],
    "eve": ["2020-01-24", "2021-02-11", "2022-01-31", "2023-01-21", "2024-02-09", "2025-01-28", "2026-02-16",
            "2027-02-05"],
}  # fmt: skip
STRICT_DAYS = {
    "leap": ["2025-07-31"],
    "twice": ["2019-12-12", "2020-12-31", "2021-12-20", "2022-12-10", "2023-12-29", "2024-12-17", "2026-01-05",
              "2026-12-25"],
    "eve": ["2020-01-21", "2021-02-08", "2023-01-18", "2024-02-06"],
}  # fmt: skip


def instant(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


class House:
    """A database with people from a file, planned as often as one likes."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.folder = db, folder

    def imports(self, text: str, now: int, settings: Settings = SETTINGS) -> None:
        path = self.folder / "leads.csv"
        path.write_text(text, encoding="utf-8")
        assert run_import(self.db, settings, "leads", path, now).quarantined == 0

    def rules(self, text: str, now: int) -> None:
        book, problems = load_rulebook({"rules/all.yaml": text}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(self.db, book, {"rules/all.yaml": text}, TEMPLATES, now)

    def plan(self, now: int, settings: Settings = SETTINGS) -> None:
        plan(self.db, settings, Books(settings), Clockwork.of(settings), now)

    def planned(self, rule: str, state: str = "planned") -> dict[str, list[tuple[str, str]]]:
        """By lead, (civil day of the wish, year of the anchor) in order."""
        found: dict[str, list[tuple[str, str]]] = {}
        zones = {"twice": "America/New_York", "eve": "Pacific/Auckland"}
        with self.db.reading() as connection:
            query = select(touch).where(touch.c.rule == rule, touch.c.state == state).order_by(touch.c.nominal_at)
            for row in connection.execute(query):
                day = local_date(row.nominal_at, zones.get(row.lead, "Asia/Shanghai"))
                found.setdefault(row.lead, []).append((day.isoformat(), row.anchor.rpartition(":")[2]))
        return found

    def days(self, rule: str) -> dict[str, list[str]]:
        return {lead: [day for day, _ in found] for lead, found in self.planned(rule).items()}


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def test_each_lunar_year_brings_one_wish_on_its_day(house: House) -> None:
    start = instant("2019-06-01")
    house.imports(LEADS, start)
    house.rules(RULES + STRICT, start)
    for now in range(start, instant("2027-03-01"), 10 * 86_400):
        house.plan(now)
    assert house.days("wish") == DAYS
    assert house.days("strict") == STRICT_DAYS
    for found in house.planned("wish").values():
        assert [year for _, year in found] == [str(year) for year in range(2019, 2027)]


def test_an_outage_over_a_birthday_loses_neither_it_nor_the_next_one(house: House) -> None:
    house.imports(LEADS, instant("2024-01-01"))
    house.rules(RULES, instant("2024-01-01"))
    for day in ("2024-01-01", "2024-12-01", "2025-01-02", "2026-01-20"):
        house.plan(instant(day))
    assert house.days("wish")["twice"] == ["2024-01-01", "2024-12-20", "2026-01-08"]


def test_a_corrected_lunar_birthday_moves_its_wish(house: House) -> None:
    now = instant("2026-09-24")
    house.imports("id,name,date.birthday\nmoon,月,lunar:1990-08-15\n", now)
    house.rules(RULES, now)
    house.plan(now)
    assert house.planned("wish") == {"moon": [("2026-09-25", "2026")]}
    house.imports("id,name,date.birthday\nmoon,月,lunar:1990-08-16\n", now + 60)
    house.plan(now + 60)
    assert house.planned("wish") == {"moon": [("2026-09-26", "2026")]}
    house.imports("id,name,date.birthday\nmoon,月,1990-09-25\n", now + 120)
    house.plan(now + 120)
    assert house.planned("wish") == {"moon": [("2026-09-25", "2026")]}
    house.imports("id,name,date.birthday\nmoon,月,lunar:1990-12-08\n", now + 180)
    house.plan(now + 180)
    assert house.planned("wish") == {}


def test_another_policy_in_config_moves_what_waits_and_finds_what_was_not_planned(house: House) -> None:
    now = instant("2025-07-02")
    house.imports(LEADS, now)
    house.rules(RULES, now)
    house.plan(now)
    assert house.planned("wish") == {}
    regular = SETTINGS.model_copy(update={"leap_month": "regular"})
    house.plan(now + 60, regular)
    assert house.planned("wish") == {"leap": [("2025-07-04", "2025")]}
    house.plan(now + 120)
    assert house.planned("wish") == {}
    with house.db.reading() as connection:
        assert known_policies(connection) == {SETTINGS.date_policy.text: True}
        assert set(connection.execute(select(date_next.c.policy)).scalars()) == {SETTINGS.date_policy.text}


def test_a_rule_with_a_policy_of_its_own_sees_dates_that_were_there_before_it(house: House) -> None:
    now = instant("2025-07-30")
    house.imports(LEADS, now)
    house.rules(RULES, now)
    house.plan(now)
    house.rules(RULES + STRICT, now + 60)
    house.plan(now + 60)
    assert house.planned("strict") == {"leap": [("2025-07-31", "2025")]}
    house.imports("id,name,date.birthday\nnew,新,lunar:1995-06-11\n", now + 120)
    with house.db.reading() as connection:
        query = select(date_next.c.policy).where(date_next.c.lead == "new").order_by(date_next.c.policy)
        assert connection.execute(query).scalars().all() == [
            "feb28.leap_else_regular.last_day", "skip.leap_only.skip",
        ]  # fmt: skip


def test_29_february_follows_the_policy_in_common_years(house: House) -> None:
    start = instant("2026-02-01")
    house.imports("id,name,date.birthday\nfeb,二月,2000-02-29\n", start)
    march = RULES + STRICT.replace("feb_29: skip", "feb_29: mar1").replace("-3d", "0d").replace("strict", "march")
    house.rules(march + STRICT.replace("-3d", "0d"), start)
    for now in range(start, instant("2028-04-01"), 10 * 86_400):
        house.plan(now)
    assert house.days("wish") == {"feb": ["2026-02-28", "2027-02-28", "2028-02-29"]}
    assert house.days("march") == {"feb": ["2026-03-01", "2027-03-01", "2028-02-29"]}
    assert house.days("strict") == {"feb": ["2028-02-29"]}


def test_the_wish_lies_on_the_same_civil_day_in_every_zone(house: House) -> None:
    zones = ("Pacific/Kiritimati", "Asia/Shanghai", "America/New_York", "Pacific/Pago_Pago")
    people = [f"p{n},P,{zone},lunar:--08-15\n" for n, zone in enumerate(zones)]
    house.imports("id,name,timezone,date.birthday\n" + "".join(people), instant("2026-09-20"))
    house.rules(RULES, instant("2026-09-20"))
    house.plan(instant("2026-09-24"))
    with house.db.reading() as connection:
        rows = connection.execute(select(touch.c.lead, touch.c.nominal_at)).all()
    days = {local_date(row.nominal_at, zones[int(row.lead[1:])]) for row in rows}
    assert (len(rows), days) == (4, {date(2026, 9, 25)})
