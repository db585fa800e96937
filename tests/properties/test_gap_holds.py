"""No two messages to one customer come closer than `caps.gap`: random occasions, against plain arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.desk.folder import Checked
from engine.desk.overlay import Stages, overlay
from engine.domain.people import LeadEntry
from engine.domain.records import RecordEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Caps, Settings
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_records
from engine.store.facts.people import upsert_leads
from engine.store.ledger import touch

HOUR, DAY = 3600, 86_400
START = 1_772_380_800  # 2026-03-02T00:00+08:00
TEMPLATES = {"greeting/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: alarm
    category: service
    on: {since: purchase.at, after: 1d}
    for: {grade: A}
    steps: [{id: say, at: +0h, greet: lead, template: greeting/x, urgent: true, expires: 5d}]
  - id: bill
    category: service
    on: {since: purchase.at, after: 1d}
    steps:
      - {id: say, at: +0h, greet: lead, template: greeting/x, priority: 50, window: always, expires: 1d}
      - {id: more, at: +1h, greet: lead, template: greeting/x, window: always}
"""


@contextmanager
def house(gap: str, grade: str, moments: list[int]) -> Iterator[Stages]:
    """One customer with a purchase at each of these instants, in a dry run."""
    config = Settings(caps=Caps(gap=gap), quiet_hours={"start": "23:58", "end": "23:59"})
    book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(config, TEMPLATES))
    assert book is not None, problems
    with overlay(None, config, Checked(book, {"rules/a.yaml": RULES}, TEMPLATES, problems), START) as stages:
        with stages.db.writing() as connection:
            row = {"name": "x", "timezone": "Asia/Shanghai", "locale": "en", "country": "CN", "registered_at": START,
                   "grade": grade}  # fmt: skip
            upsert_leads(connection, [LeadEntry("ann", row)], {}, Stamp(START, "test"))
            bought = [RecordEntry(f"p{n}", "ann", "purchase", {"at": at}) for n, at in enumerate(moments)]
            write_records(connection, bought, config, Stamp(START, "test"))
        yield stages


def expected(gap: int, grade: str, moments: list[int]) -> dict[tuple[str, str], int | None]:
    """When each step goes out (None: never), by looking at the earliest message still to come, again and again."""
    coming = []
    for n, at in enumerate(moments):
        for rule, step, due, rank, expires in (
            ("alarm", "say", at + DAY, 100, at + 6 * DAY),
            ("bill", "say", at + DAY, 50, at + 2 * DAY),
            ("bill", "more", at + DAY + HOUR, 100, at + 31 * DAY + HOUR),
        ):
            if rule == "bill" or grade == "A":
                coming.append([due, rank, rule, f"{rule}|p{n}|{step}", expires, due])
    found: dict[tuple[str, str], int | None] = {}
    went: list[tuple[int, str]] = []
    while coming:
        coming.sort()
        due, rank, rule, key, expires, nominal = coming.pop(0)
        name, record, step = key.split("|")
        clear = max([at + gap for at, occasion in went if occasion != name + record], default=0)
        if rule == "alarm" or clear <= due:
            went.append((due, name + record))
            found[f"{name}:{step}", record] = due
        elif clear >= expires:
            found[f"{name}:{step}", record] = None
        else:
            coming.append([clear, rank, rule, key, expires, nominal])
    return found


minutes = st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True)


@settings(max_examples=25, deadline=None)
@given(minutes, st.sampled_from([0, 2 * HOUR, 7 * HOUR]), st.sampled_from("AB"))
def test_every_message_goes_at_the_first_instant_that_keeps_the_gap(
    halves: list[int], gap: int, grade: str
) -> None:
    moments = [START - DAY + half * HOUR // 2 for half in halves]
    with house(f"{gap // HOUR}h", grade, moments) as stages:
        for _ in stages.run(START, START + 6 * DAY):
            pass
        with stages.db.reading() as connection:
            rows = connection.execute(select(touch)).all()
    assert {row.state for row in rows} <= {"delivered", "expired"}
    sent = {
        (f"{row.rule}:{row.step}", row.anchor.split("#")[1].split("@")[0]):
            row.due_at if row.state == "delivered" else None
        for row in rows
    }  # fmt: skip
    assert sent == expected(gap, grade, moments)
    apart = [(row.due_at, row.rule + row.anchor) for row in rows if row.state == "delivered" and row.rule == "bill"]
    assert all(abs(a - b) >= gap for a, one in apart for b, other in apart if one != other)
