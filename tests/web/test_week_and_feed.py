"""What will come for a rep: his week, foretold as the planner will have it, and the calendar of his phone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar
from sqlalchemy import insert, select, update

from engine.domain.links import Link, Purpose, sign
from engine.domain.people import RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages import acts
from engine.stages.answers.forecast import forecast
from engine.stages.books import adopt
from engine.stages.plan.plan import plan
from engine.store.facts.looks import looks_at
from engine.store.facts.people import upsert_reps
from engine.store.ledger import touch
from engine.store.tables import lead, record
from engine.web.feed import feed_url

HOUR, DAY = 3_600, 86_400
TEMPLATES = {"reminder/x/mail.en.txt.j2": "", "greeting/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: birthday
    summary: Call on his birthday
    category: festive
    on: {date: birthday}
    steps:
      - {id: before, at: -2d 09:00, remind: owner, template: reminder/x}
      - {id: wish, at: 0d 09:00, greet: lead, template: greeting/x}
  - id: course
    summary: See how he is doing
    category: care
    on: {since: registered, after: 1d}
    steps:
      - {id: first, at: +0h, remind: owner, template: reminder/x}
      - {id: second, at: +4d, remind: owner, template: reminder/x}
  - id: gold-only
    category: care
    on: {since: registered, after: 6d}
    for: {tier: gold}
    steps: [{id: first, at: +0h, remind: owner, template: reminder/x}]
"""


@pytest.fixture
def house(desk: Any) -> Any:
    """Rules in force and planned: birthdays around, and customers who registered in the last days."""
    site = desk.site
    now = site.clock.now()
    book, problems = load_rulebook({"rules/all.yaml": RULES}, catalogue_for(site.settings, TEMPLATES))
    assert book is not None, problems
    adopt(site.db, book, {"rules/all.yaml": RULES}, TEMPLATES, now - DAY)
    with site.db.writing() as connection:
        for days, (who, tier) in enumerate((("lin", "gold"), ("sun", "silver"), ("sha", "gold"), ("wei", "gold"))):
            connection.execute(update(lead).where(lead.c.id == who).values(
                registered_at=now - days * DAY + HOUR, tier=tier, owner="li" if who in ("lin", "sun") else "su"
            ))  # fmt: skip
    for who, day in (("lin", "1988-09-28"), ("sun", "--09-27"), ("wei", "--09-28")):
        acts.set_lead(site.db, site.settings, site.gates(), who, {"date.birthday": day}, "test", now)
    plan(site.db, site.settings, site.books, site.clockwork, now)
    return desk


def his(desk: Any) -> set[tuple[Any, ...]]:
    query = select(touch.c.due_at, touch.c.rule, touch.c.step, touch.c.lead).where(touch.c.receiver == "li")
    with desk.site.db.reading() as connection:
        return {tuple(row) for row in connection.execute(query)}


def test_what_is_foretold_is_what_the_planner_writes_as_the_days_pass(house: Any) -> None:
    site = house.site
    now = site.clock.now()
    until = now + 7 * DAY
    with site.db.reading() as connection:
        foretold = forecast(site.db, connection, site.means(), "li", now, until)
    before = his(house)
    for days in range(1, 8):
        plan(site.db, site.settings, site.books, site.clockwork, now + days * DAY)
    written = {row for row in his(house) - before if row[0] < until}
    assert {(one.due_at, one.rule, one.step, one.lead) for one in foretold} == written
    assert {rule for _, rule, _, _ in written} == {"birthday", "course", "gold-only"}


def test_the_week_shows_what_is_in_the_book_what_will_come_and_appointments_by_day(house: Any) -> None:
    house.log_in("LI_TOKEN")
    with house.site.db.writing() as connection:
        meeting = {"id": "a1", "lead": "lin", "kind": "appointment", "product": "visit", "note": "bring the plan"}
        connection.execute(insert(record).values(meeting | {"starts_at": house.site.clock.now() + 3 * DAY}))
    before = his(house)
    text = house.browser.get("/week").text
    assert his(house) == before, "nothing is written by looking"
    for said in ("09-21 · Monday", "09-27 · Sunday", "bring the plan", "Call on his birthday", "expected", "planned"):
        assert said in text
    assert ("Wei" in text, "Sha" in text) == (False, False)
    with house.site.db.reading() as connection:
        assert [row.page for row in looks_at(connection, "lin", 5)] == ["/week"]


def feed(desk: Any, **headers: str) -> Any:
    path = urlsplit(feed_url(desk.site, "li", desk.site.clock.now())).path
    return desk.browser.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})


def events(desk: Any) -> dict[str, Any]:
    """What a calendar program reads, by summary and instant."""
    found = Calendar.from_ical(feed(desk).content).walk("VEVENT")
    return {f"{one['summary']} {one['dtstart'].dt:%m-%d}": one for one in found}


def test_a_calendar_program_reads_the_same_events_again_and_sees_which_have_changed(house: Any) -> None:
    with house.site.db.writing() as connection:
        meeting = {"id": "a1", "lead": "lin", "kind": "appointment", "product": "visit"}
        connection.execute(insert(record).values(meeting | {"starts_at": house.site.clock.now() + DAY}))
        first = connection.execute(select(touch).where(touch.c.lead == "lin", touch.c.receiver == "li")).first()
    before = events(house)
    assert "Lin: visit 09-22" in before
    assert {one["dtstart"].dt.tzname() for one in before.values()} == {"UTC"}
    assert len({one["uid"] for one in before.values()}) == len(before)
    assert all("lin" not in str(one["uid"]).lower() for one in before.values())
    with house.site.db.writing() as connection:
        connection.execute(update(touch).where(touch.c.id == first.id).values(snoozes=1, due_at=first.due_at + DAY))
    after = {str(one["uid"]): one for one in events(house).values()}
    assert set(after) == {str(one["uid"]) for one in before.values()}
    moved = [one for one in before.values() if after[str(one["uid"])]["dtstart"].dt != one["dtstart"].dt]
    assert [after[str(one["uid"])]["sequence"] - one["sequence"] for one in moved] == [1]


def test_its_lines_are_folded_and_names_are_text(house: Any) -> None:
    name = "名" * 60 + ", ; \\ BEGIN:VEVENT"
    with house.site.db.writing() as connection:
        connection.execute(update(lead).where(lead.c.id == "lin").values(name=name))
    said = feed(house)
    assert said.headers["content-type"].startswith("text/calendar")
    assert max(len(line) for line in said.content.split(b"\r\n")) <= 75
    assert any(str(one["summary"]).startswith(name) for one in Calendar.from_ical(said.content).walk("VEVENT"))


def test_what_has_not_changed_is_not_sent_again_and_looks_are_put_down_once_a_day(house: Any) -> None:
    mark = feed(house).headers["etag"]
    assert feed(house, if_none_match=mark).status_code == 304
    with house.site.db.reading() as connection:
        assert [(row.visitor, row.page) for row in looks_at(connection, "lin", 9)] == [("li", "/feed/{token}.ics")]


def test_a_confidential_customer_of_somebody_else_has_no_name_in_it(house: Any) -> None:
    house.touch("sha", "li", house.site.clock.now() + HOUR)
    said = feed(house).content.decode()
    assert ("Sha" in said, "A confidential customer" in said) == (False, True)


def test_the_address_is_on_the_week_and_holds_until_the_key_changes_or_the_rep_leaves(house: Any) -> None:
    house.log_in("LI_TOKEN")
    shown = re.findall(r'value="(https://[^"]+\.ics)"', house.browser.get("/week").text)
    assert shown == [feed_url(house.site, "li", house.site.clock.now() + 30 * DAY)], "the same for a year"
    house.browser.cookies.clear()
    assert feed(house).status_code == 200
    day_token = sign(Link(Purpose.DAY, "li", house.site.clock.now() + DAY), house.site.keys)
    rekeyed = house.at(replace(house.site, keys=("quite-another-key-than-before",)))
    for answer in (rekeyed.browser.get(urlsplit(shown[0]).path), house.browser.get(f"/feed/{day_token}.ics")):
        assert answer.status_code == 404
    gone = RepEntry("li", {"absent_from": "2020-01-01", "absent_to": None, "delegate": "han"})
    with house.site.db.writing() as connection:
        upsert_reps(connection, [gone], {}, house.site.clock.now())
    assert feed(house).status_code == 404
