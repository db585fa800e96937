"""A dry run is life under policies too: what they hold, move, merge and end, tick by tick."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.desk.folder import Checked
from engine.desk.overlay import Stages
from engine.desk.planning import Span, planned_touches
from engine.stages.books import Books, adopt
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.upgrade import create_all
from tests.properties.effort import examples
from tests.properties.random_rules import CONFIG, DAY, EDITS, HOUR, LEADS, START, book_of, happen, settle

END = START + 6 * DAY
ACROSS = {"audience": "lead", "within": "1d", "outranks": "touch"}
FLOOD, OPEN = {"kind": "flood", "active": True}, {"kind": "complaint", "active": True}
POLICIES = (
    {"when": {"touch": {"audience": "lead"}, "circumstance": FLOOD}, "then": {"hold": "touch", "at_most": "1d"}},
    {"when": {"touch": {"audience": "lead"}, "circumstance": FLOOD}, "then": {"hold": "touch", "at_most": "5d"}},
    {"when": {"touch": {"rule": "one"}, "lead": {"age.registered": {"lt": "4d"}}},
     "then": {"hold": "touch", "at_most": "3d"}},
    {"when": {"touch": {"rule": "one"}, "circumstance": OPEN}, "then": {"defer": "1d"}},
    {"when": {"touch": {"audience": "lead"}, "lead": {"touches_7d": {"gte": 2}}}, "then": {"defer": "2d"}},
    {"when": {"touch": {"category": "festive"}, "other": {**ACROSS, "category": "care"}},
     "then": {"merge": "touch", "into": "other"}},
    {"when": {"touch": {"rule": "two"}, "other": {**ACROSS, "rule": "one", "within": "0d"}},
     "then": {"merge": "touch", "into": "other"}},
    {"when": {"touch": {"rule": "two"}}, "then": {"priority": 5}},
)  # fmt: skip
AFTER = {"one": ("20h", "2d"), "two": ("1d", "44h")}


@st.composite
def books(draw: st.DrawFn) -> dict[str, Any]:
    """Two rules whose touches meet, and one to three policies over them."""
    rules = []
    for ident, category in (("one", "care"), ("two", "festive")):
        steps = [
            {"id": name, "at": draw(st.sampled_from(["+0h", "1d", "2d"])), "greet": "lead", "template": "greeting/x",
             "priority": draw(st.sampled_from([50, 100])), "expires": draw(st.sampled_from(["2d", "20d"]))}
            for name in ("a", "b")
        ]  # fmt: skip
        on = {"since": "registered", "after": draw(st.sampled_from(AFTER[ident]))}
        rules.append({"id": ident, "category": category, "on": on, "steps": steps})
    chosen = draw(st.lists(st.sampled_from(POLICIES), min_size=1, max_size=3))
    return {"rules": rules, "policies": [{"id": f"p{n}", **one} for n, one in enumerate(chosen)]}


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=(Phase.explicit, Phase.generate))  # fmt: skip
@given(rules=books(), leads=LEADS, edits=EDITS)
def test_what_policies_make_of_a_plan_is_what_they_make_of_life(rules: Any, leads: Any, edits: Any) -> None:
    checked, live = book_of(rules), Database("sqlite://")
    try:
        create_all(live)
        with live.writing() as connection:
            settle(connection, leads)
            for number, (hours, who, what) in enumerate(edits):
                happen(connection, number, f"l{who}", what, START - hours // 4 * HOUR)
        plan = planned_touches(live, CONFIG, checked, Span(START, START, END))
        rows = lived(live, checked)
    finally:
        live.close()
    happened = {row.occurrence_key: row for row in rows}
    for row in rows:
        event(f"{row.state} {row.reason}")
    assert {one.occurrence_key: (one.state, one.reason, one.policy, instant(one.due_at)) for one in plan} == {
        row.occurrence_key: ("planned" if row.state == "delivered" else row.state, row.reason, row.policy, row.due_at)
        for row in rows if came_up(row) < END
    }  # fmt: skip
    assert all(instant(one.comes_up_at) == came_up(happened[one.occurrence_key]) for one in plan)


def came_up(row: Any) -> int:
    """When it asked for attention: at its hour, or when it was let go a tick or more later."""
    late = row.released_at is not None and row.released_at >= row.due_at + HOUR
    return row.released_at if late else max(row.due_at, START)


def instant(told: str) -> int:
    return int(datetime.fromisoformat(told).timestamp())


def lived(live: Database, checked: Checked) -> list[Any]:
    """What stands in the book after a tick every hour, whether or not there is anything to do."""
    adopt(live, checked.book, checked.rules, checked.templates, START)
    books, clockwork = Books(CONFIG), Clockwork.of(CONFIG)
    release = Release(live, CONFIG, books, clockwork)
    stages = Stages(live, CONFIG, books, clockwork, release)
    try:
        for now in range(START, END + HOUR, HOUR):
            stages.step(now)
    finally:
        release.close()
    with live.reading() as connection:
        return list(connection.execute(select(touch)))
