"""A dry run makes the changes that ticks make: who gets which lead, what follows from it, and where a chain ends."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.desk.folder import Checked
from engine.desk.overlay import Stages
from engine.desk.planning import Span, planned_touches
from engine.domain.people import LeadEntry, RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Service, Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.upgrade import create_all
from tests.properties.effort import examples

START = 1_788_220_800  # 2026-09-01T00:00Z
DAY, TICK = 86_400, 900
SETTINGS = Settings(service=Service(tick=TICK))
TEMPLATES = {"reminder/x/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: deal
    category: admin
    on: {since: registered, after: 2h}
    for: {owner: {exists: false}}
    steps:
      - {id: give, at: +0h, assign: "round_robin:sales"}
      - {id: welcome, at: +1d, remind: owner, template: reminder/x}
  - id: rotate
    category: admin
    on: {since: owner_since, after: 1d}
    for: {grade: B}
    steps: [{id: next, at: +0h, assign: "round_robin:sales"}]
  - id: age
    category: admin
    on: {since: registered, after: 3d}
    for: {grade: [A, B]}
    steps: [{id: mark, at: +0h, set: {stage: need, loyalty: regular}}]
  - id: flip
    category: admin
    on: {becomes: {stage: need}}
    for: {tier: gold}
    steps: [{id: flip, at: +1h, set: {stage: quote}}]
  - id: flop
    category: admin
    on: {becomes: {stage: quote}}
    steps:
      - {id: flop, at: +1h, set: {stage: need}}
      - {id: tell, at: +2h, remind: owner, template: reminder/x}
  - id: back
    category: admin
    on: {becomes: {loyalty: regular}}
    steps: [{id: pool, at: +2d, if: {key: false}, assign: pool}]
gates:
  - id: keep-iron
    on: {assign: pool}
    require: {tier: {ne: iron}}
    otherwise: refuse
"""

people = st.lists(
    st.fixed_dictionaries({
        "owner": st.sampled_from([None, "ada", "ben"]), "grade": st.sampled_from(["A", "B", "C"]),
        "tier": st.sampled_from(["gold", "iron"]), "key": st.booleans(), "age": st.integers(0, 5 * 86_400),
    }), min_size=1, max_size=6,
)  # fmt: skip


def house(leads: list[dict[str, Any]], away: tuple[int, int]) -> Database:
    db = Database("sqlite://")
    create_all(db)
    first, last = (f"2026-09-{1 + day:02}" for day in (away[0], sum(away)))
    with db.writing() as connection:
        for name in ("ada", "ben", "cid"):
            absent = {"absent_from": first, "absent_to": last} if name == "ben" else {}
            values = {"name": name, "timezone": "Asia/Shanghai", "locale": "en", "team": "sales", **absent}
            upsert_reps(connection, [RepEntry(name, values)], {}, START)
        base = {"timezone": "Asia/Shanghai", "locale": "en", "country": "CN", "stage": "new"}
        entries = [
            LeadEntry(f"l{n}", {"name": "x", "registered_at": START - one["age"], **base,
                                **{key: value for key, value in one.items() if key != "age"}})
            for n, one in enumerate(leads)
        ]  # fmt: skip
        upsert_leads(connection, entries, {}, Stamp(START, "test"))
    return db


@settings(max_examples=examples(4), deadline=None)
@given(leads=people, away=st.tuples(st.integers(0, 6), st.integers(0, 6)))
def test_what_is_planned_is_what_is_done(leads: list[dict[str, Any]], away: tuple[int, int]) -> None:
    rules = {"rules/a.yaml": RULES}
    book, problems = load_rulebook(rules, catalogue_for(SETTINGS, TEMPLATES))
    assert book is not None, problems
    end = START + 7 * DAY
    live = house(leads, away)
    try:
        plan = planned_touches(live, SETTINGS, Checked(book, rules, TEMPLATES), Span(START, START, end))
        happened = ticked(live, book, rules, end)
    finally:
        live.close()
    said = {one.occurrence_key: (one.state, one.reason) for one in plan}
    assert said == {key: facts for key, facts in happened.items() if key in said}
    assert {key for key, (state, _) in happened.items() if state == "planned"} <= said.keys()


def ticked(live: Database, book: Any, rules: dict[str, str], end: int) -> dict[str, tuple[str, str | None]]:
    """Every quarter of an hour a tick, whether or not there is anything to do."""
    books, clockwork = Books(SETTINGS), Clockwork.of(SETTINGS)
    release = Release(live, SETTINGS, books, clockwork)
    adopt(live, book, rules, TEMPLATES, START)
    stages = Stages(live, SETTINGS, books, clockwork, release)
    try:
        for now in range(START, end + TICK, TICK):
            stages.step(now)
    finally:
        release.close()
    with live.reading() as connection:
        rows = connection.execute(select(touch.c.occurrence_key, touch.c.state, touch.c.reason, touch.c.due_at))
        return {row[0]: ("planned" if row[1] == "delivered" else row[1], row[2]) for row in rows if row[3] < end}
