"""`level`: no rep's day holds more than its measure, whoever plans, however often, in whatever pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from engine.domain.dates import LifeDate
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dates import DateEntry, write_dates
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.upgrade import create_all

HOUR, DAY = 3600, 86_400
CN = "Asia/Shanghai"
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}
FESTIVAL = """
rules:
  - id: moon
    category: care
    on: {holiday: [mid_autumn]}
    steps:
      - {id: call, at: -1d 09:00, remind: owner, template: reminder/x, level: {max: 12, within: 5d}}
  - id: sign
    category: festive
    on: {date: signing}
    steps:
      - id: wish
        at: 0d 10:00
        greet: lead
        template: greeting/x
        sign_by: {draft: -2d 09:00, deadline: 0d 09:00}
        level: {max: 12, within: 5wd}
"""
RHYTHM = """
rules:
  - id: rhythm
    category: care
    on: {since: registered, after: 30d, jitter: ±1d}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x, level: {max: 7, within: 10d}}]
"""
TWO_PATIENCES = """
rules:
  - id: patient
    category: care
    on: {since: registered, after: 30d}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x, level: {max: 7, within: 10d}}]
  - id: pressing
    category: care
    on: {since: registered, after: 30d}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x, expires: EXPIRES, level: {max: 7, within: WITHIN}}]
"""


def at(text: str) -> int:
    """An instant of September 2026 by the clock of Shanghai: `04T10:00`. Mid-Autumn is on Friday the 25th."""
    return int(datetime.fromisoformat(f"2026-09-{text}+08:00").timestamp())


def day(instant: int) -> int:
    """The day of the month in Shanghai."""
    return datetime.fromtimestamp(instant, ZoneInfo(CN)).day


class House:
    """Everybody's owner is li, with wei as the other rep."""

    def __init__(self, db: Database, rules: str = FESTIVAL, now: int = at("01T00:30")) -> None:
        self.db, self.now, self.settings = db, now, Settings()
        self.books, self.clockwork = Books(self.settings), Clockwork.of(self.settings)
        book, problems = load_rulebook({"rules/a.yaml": rules}, catalogue_for(self.settings, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": rules}, TEMPLATES, now)
        for name in ("li", "wei"):
            self.rep(name)

    def rep(self, ident: str, **values: Any) -> None:
        with self.db.writing() as connection:
            row = {"name": ident, "timezone": CN, "locale": "en"} | values
            upsert_reps(connection, [RepEntry(ident, row)], {}, self.now)

    def leads(self, *names: str, **more: Any) -> None:
        values = {"owner": "li", "timezone": CN, "locale": "en", "country": "CN", "registered_at": at("01T00:00")}
        with self.db.writing() as connection:
            entries = [LeadEntry(name, values | {"name": name} | more) for name in names]
            upsert_leads(connection, entries, {}, Stamp(self.now, "test"))

    def plan(self, *instants: int) -> None:
        for now in instants:
            self.now = now
            plan(self.db, self.settings, self.books, self.clockwork, self.now)

    def rows(self, **only: Any) -> list[Any]:
        with self.db.reading() as connection:
            query = select(touch).where(*(touch.c[name] == value for name, value in only.items()))
            return list(connection.execute(query.order_by(touch.c.occurrence_key)))

    def days(self, **only: Any) -> dict[int, int]:
        """How many touches are due on each day of the month."""
        return dict(sorted(Counter(day(row.due_at) for row in self.rows(**{"state": "planned"} | only)).items()))


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.fixture
def others() -> Iterator[Any]:
    """More houses, each on a database of its own."""
    opened: list[Database] = []

    def another(rules: str = FESTIVAL, now: int = at("01T00:30")) -> House:
        opened.append(Database("sqlite://"))
        create_all(opened[-1])
        return House(opened[-1], rules, now)

    yield another
    for db in opened:
        db.close()


FORTY = [f"lead{n:03}" for n in range(40)]


def test_forty_calls_before_a_festival_are_twelve_a_day_at_most_and_none_is_late(house: House) -> None:
    house.leads(*FORTY)
    house.plan(at("01T00:30"), at("18T09:00"))
    assert house.days() == {21: 4, 22: 12, 23: 12, 24: 12}
    assert {day(row.nominal_at) for row in house.rows()} == {24}
    assert {datetime.fromtimestamp(row.due_at, ZoneInfo(CN)).hour for row in house.rows()} == {9}


def test_what_finds_no_room_goes_to_the_emptiest_days_and_never_to_days_off(house: House) -> None:
    house.leads(*(f"lead{n:03}" for n in range(100)))
    house.plan(at("01T00:30"), at("18T09:00"))
    assert house.days() == {21: 25, 22: 25, 23: 25, 24: 25}  # Saturday is off, the Sunday worked but closed to reps


def test_planning_twice_in_other_pieces_or_another_order_gives_the_same_days(house: House, others: Any) -> None:
    house.leads(*FORTY)
    house.plan(*range(at("01T00:30"), at("26T00:00"), 7 * HOUR))
    daily, once = others(), others()
    daily.leads(*reversed(FORTY))
    daily.plan(*range(at("01T00:30"), at("26T00:00"), DAY))
    once.leads(*FORTY[20:], *FORTY[:20])
    once.plan(at("01T00:30"), at("18T00:00"), at("18T00:00"))
    seen = [{row.occurrence_key: row.due_at for row in one.rows()} for one in (house, daily, once)]
    assert len(seen[0]) == 40
    assert seen[0] == seen[1] == seen[2]


def test_who_comes_later_takes_the_room_that_is_left_and_moves_nobody(house: House) -> None:
    house.leads(*FORTY)
    house.plan(at("01T00:30"), at("18T09:00"))
    before = {row.occurrence_key: row.due_at for row in house.rows()}
    house.leads(*(f"new{n}" for n in range(8)))
    house.leads(*FORTY[:10], stage="need")  # known ones change, though not in what they wish
    house.plan(at("19T09:00"))
    assert house.days() == {21: 12, 22: 12, 23: 12, 24: 12}
    assert before.items() <= {row.occurrence_key: row.due_at for row in house.rows()}.items()


def test_a_new_owner_gets_a_day_of_his_own_and_the_old_one_has_room_again(house: House) -> None:
    house.leads(*FORTY)
    house.plan(at("01T00:30"), at("18T09:00"))
    moved = [row.lead for row in house.rows() if day(row.due_at) == 22]
    house.leads(*moved, owner="wei")
    house.leads("new")
    house.plan(at("19T09:00"))
    assert house.days(receiver="wei") == {24: 12}
    assert house.days(receiver="li") == {21: 4, 22: 1, 23: 12, 24: 12}


def test_an_absence_recorded_later_frees_the_days_it_takes(house: House) -> None:
    house.leads(*FORTY[:34])
    house.plan(at("01T00:30"), at("18T09:00"))
    assert house.days() == {22: 10, 23: 12, 24: 12}
    house.rep("li", absent_from="2026-09-22", absent_to="2026-09-22")
    house.plan(at("19T09:00"))
    assert house.days() == {21: 10, 23: 12, 24: 12}


def test_a_full_last_day_before_a_holiday_of_his_moves_on_behind_it(others: Any) -> None:
    house = others(RHYTHM.replace("10d", "5wd"))
    house.rep("li", absent_from="2026-09-02", absent_to="2026-09-08")
    house.leads(*FORTY[:10], registered_at=at("01T00:00") - 40 * DAY)
    house.plan(at("01T10:00"))
    assert Counter(row.level_on for row in house.rows()) == {"2026-09-01": 7, "2026-09-09": 3}


def test_drafts_of_greetings_are_spread_and_the_greetings_stay(house: House) -> None:
    house.leads(*FORTY)
    with house.db.writing() as connection:
        entries = [DateEntry(f"{name}:signing", name, "signing", LifeDate("solar", None, 9, 17)) for name in FORTY]
        write_dates(connection, entries, house.settings, house.now)
    house.plan(at("01T00:30"), at("08T09:00"))
    rows = house.rows(rule="sign")
    assert {day(row.due_at) for row in rows} == {17}
    assert {day(row.deadline_at) for row in rows} == {17}
    assert Counter(day(row.judge_at) for row in rows) == {10: 4, 11: 12, 14: 12, 15: 12}
    assert {row.level_on for row in rows} == {date(2026, 9, n).isoformat() for n in (10, 11, 14, 15)}


def test_a_cadence_moves_to_days_after_with_its_jitter_first(others: Any) -> None:
    house = others(RHYTHM)
    house.leads(*FORTY, registered_at=at("01T00:00") - 20 * DAY + 10 * HOUR)
    house.plan(*range(at("01T00:30"), at("26T00:00"), DAY))
    assert all(row.due_at >= row.nominal_at for row in house.rows())
    assert {day(row.nominal_at) for row in house.rows()} == {10, 11, 12}
    assert max(house.days().values()) == 7
    assert sum(house.days().values()) == 40


def test_a_rule_of_the_last_days_before_the_festival_misses_nobody(others: Any) -> None:
    house = others(FESTIVAL.replace("    on: {holiday", "    backfill: none\n    on: {holiday"), at("23T00:30"))
    house.leads(*FORTY)
    house.plan(at("23T00:30"))
    assert house.days() == {23: 20, 24: 20}  # no earlier day is left


def test_what_came_when_no_day_before_was_left_moves_on_while_it_is_worth_it(others: Any) -> None:
    house = others(FESTIVAL.replace("reminder/x, level", "reminder/x, expires: 7d, level"), at("24T00:30"))
    house.leads(*FORTY[:30])
    house.plan(at("24T00:30"))
    assert house.days() == {24: 12, 28: 12, 29: 6}


def test_what_has_no_room_is_let_go_where_the_step_says_so(database: Database) -> None:
    rules = RHYTHM.replace(", jitter: ±1d", "").replace("within: 10d", "within: 1d, otherwise: expire")
    house = House(database, rules, at("01T00:30"))
    house.leads(*FORTY[:20], registered_at=at("01T10:00") - 30 * DAY)
    house.plan(at("01T00:30"))
    found = Counter((row.level_on, row.state, row.reason) for row in house.rows())
    full = {("2026-09-01", "planned", None): 7, ("2026-09-02", "planned", None): 7}
    assert found == {**full, (None, "expired", "no_room"): 6}
    house.plan(at("01T01:30"))
    assert Counter((row.level_on, row.state, row.reason) for row in house.rows()) == found, "it is not asked again"


def test_what_is_overdue_at_an_import_counts_for_today_and_moves_on_from_there(others: Any) -> None:
    house = others(RHYTHM)
    house.leads(*FORTY[:20], registered_at=at("01T00:00") - 40 * DAY)
    house.plan(at("01T10:00"))
    assert Counter(row.level_on for row in house.rows()) == {"2026-09-01": 7, "2026-09-02": 7, "2026-09-03": 6}
    assert Counter(row.due_at < house.now for row in house.rows()) == {True: 7, False: 13}  # those of today are due now


@pytest.mark.parametrize(("expires", "within"), [("2d", "10d"), ("30d", "1d")])
def test_what_can_wait_leaves_the_first_days_to_what_cannot(others: Any, expires: str, within: str) -> None:
    house = others(TWO_PATIENCES.replace("EXPIRES", expires).replace("WITHIN", within))
    house.leads(*FORTY[:14], registered_at=at("01T10:00") - 30 * DAY)
    house.plan(at("01T00:30"))
    assert house.days(rule="pressing") == {1: 7, 2: 7}
    assert house.days(rule="patient") == {3: 7, 4: 7}


def test_a_reminder_that_a_policy_puts_off_looks_for_a_day_with_room(others: Any) -> None:
    house = others(RHYTHM)
    house.leads(*FORTY[:8], registered_at=at("01T00:00") - 40 * DAY)
    house.plan(at("01T10:00"))
    full = [row for row in house.rows() if row.level_on == "2026-09-01"]
    put_off = {"state": "deferred", "due_at": at("02T10:00"), "judge_at": at("02T10:00"), "level_on": None}
    with house.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id.in_([row.id for row in full])).values(**put_off))
    house.plan(at("01T10:15"))
    assert Counter(row.level_on for row in house.rows()) == {"2026-09-02": 7, "2026-09-03": 1}
