"""`level` at random: everybody keeps one touch on a day open to it, and no day overflows beside one with room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.domain.civil import local_date
from engine.domain.dates import LifeDate
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import QuietHours, Settings, Window
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads
from engine.store.facts.people import upsert_reps
from engine.store.ledger import touch
from engine.store.upgrade import create_all
from tests.properties.effort import examples

DAY = 86_400
CN = "Asia/Shanghai"
START = int(datetime(2026, 3, 3, tzinfo=UTC).timestamp())  # a March without a public holiday in China
FIRST = date(2026, 3, 11)
ALWAYS = Window(open="00:00", close="24:00")
SETTINGS = Settings(windows={"lead": ALWAYS, "rep": ALWAYS}, quiet_hours=QuietHours(start="00:00", end="00:00"))
TEMPLATES = {"reminder/x/mail.en.txt.j2": ""}
Planned = dict[str, date]
"""The day of each lead's reminder."""


def planned(earlier: bool, most: int, within: str, leads: list[tuple[int, str]], every: int) -> Planned:
    """Leads with an owner, who wish to be called so many days after FIRST, planned every so many hours.

    Before a day of theirs, or a month after they came.
    """
    on, at = ("date: signing", "-2d 09:00") if earlier else ("since: registered, after: 30d", "+0h")
    rules = f"""
rules:
  - id: call
    category: care
    on: {{{on}}}
    steps:
      - {{id: call, at: {at}, remind: owner, template: reminder/x, level: {{max: {most}, within: {within}}}}}
"""
    db, books = Database("sqlite://"), Books(SETTINGS)
    try:
        create_all(db)
        book, problems = load_rulebook({"rules/a.yaml": rules}, catalogue_for(SETTINGS, TEMPLATES))
        assert book is not None, problems
        adopt(db, book, {"rules/a.yaml": rules}, TEMPLATES, START)
        with db.writing() as connection:
            place = {"timezone": CN, "locale": "en"}
            upsert_reps(connection, [RepEntry(rep, {"name": rep, **place}) for rep in ("li", "wu")], {}, START)
            write_leads(connection, list(people(leads)), {}, SETTINGS, Stamp(START, "test"))
        for now in range(START, START + 17 * DAY, every * 3600):
            plan(db, SETTINGS, books, Clockwork.of(SETTINGS), now)
        with db.reading() as connection:
            rows = connection.execute(select(touch)).all()
    finally:
        db.close()
    assert len({row.lead for row in rows}) == len(rows)
    return {row.lead: local_date(row.due_at, CN) for row in rows}


def people(leads: list[tuple[int, str]]) -> Iterator[LeadEntry]:
    for n, (days, owner) in enumerate(leads):
        on = FIRST + timedelta(days=days + 2)
        came = int(datetime.combine(FIRST + timedelta(days=days - 30), time(2), UTC).timestamp())
        values = {"name": "x", "owner": owner, "timezone": CN, "locale": "en", "country": "CN", "registered_at": came}
        yield LeadEntry(f"l{n:02}", values, dates={"signing": LifeDate("solar", 2020, on.month, on.day)})


def open_days(wish: date, earlier: bool, within: str) -> set[date]:
    """The wish itself, and the working days to which it may move: back from a day known beforehand, else on."""
    step, left, day = (-1 if earlier else 1), int(within.rstrip("wd")), wish
    found = {wish}
    while left:
        day += timedelta(days=step)
        works = day.weekday() < 5
        left -= works or "w" not in within
        found |= {day} if works else set()
    return found


@settings(max_examples=examples(8), deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    earlier=st.booleans(), most=st.integers(1, 3), within=st.sampled_from(["2d", "4d", "3wd"]),
    leads=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["li", "wu"])), min_size=1, max_size=16),
)  # fmt: skip
def test_no_day_overflows_while_another_that_is_open_has_room(
    earlier: bool, most: int, within: str, leads: list[tuple[int, str]]
) -> None:
    found = planned(earlier, most, within, leads, every=24)
    owners = {f"l{n:02}": owner for n, (_, owner) in enumerate(leads)}
    wishes = {f"l{n:02}": FIRST + timedelta(days=days) for n, (days, _) in enumerate(leads)}
    options = {name: open_days(wish, earlier, within) for name, wish in wishes.items()}
    assert found.keys() == owners.keys()
    assert all(day in options[name] for name, day in found.items())
    load = Counter((owners[name], day) for name, day in found.items())
    for (rep, day), count in load.items():
        there = [name for name, on in found.items() if (owners[name], on) == (rep, day)]
        crowded = [name for name in there if all(load[rep, other] >= most for other in options[name])]
        assert len(crowded) >= count - most
    assert planned(earlier, most, within, leads, every=11) == found
