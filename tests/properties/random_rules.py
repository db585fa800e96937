"""Random rules as an author writes them, random leads, and what happens to them: what properties are made of."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from engine.desk.folder import Checked, Folder, check_folder
from engine.domain.civil import utc_date
from engine.domain.dates import LifeDate
from engine.domain.people import LeadEntry
from engine.settings.model import Settings, Window
from engine.store.database import Connection
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.people import change_leads

HOUR, DAY = 3600, 86_400
ALWAYS = Window(open="00:00", close="24:00")
CONFIG = Settings.model_validate(
    {"windows": {"lead": ALWAYS.model_dump(), "rep": ALWAYS.model_dump()},
     "quiet_hours": {"start": "00:00", "end": "00:00"},
     "caps": {"catch_up": 1000}, "arbiter": {"engine": "reference"}, "service": {"tick": HOUR},
     "channels": {"email": {"kind": "email", "host": "localhost", "from_address": "a@example.com"}}}
)  # fmt: skip
"""Nobody's window moves anything, so that a step comes exactly where its rule puts it."""
TEMPLATES = {
    "greeting/x/mail.en.txt.j2": "{% block subject %}x{% endblock %}{% block body %}x{% endblock %}",
}
START = 1_788_220_800  # 2026-09-01T00:00Z
ZONES = ("Asia/Shanghai", "America/New_York")

Rules = dict[str, Any]

_spans = st.sampled_from(["0d", "1d", "3d", "9d", "30h"])
_order = st.sampled_from(["lt", "lte", "gt", "gte"])
_leaves = st.one_of(
    st.sampled_from(["gold", "iron", "lead"]).map(lambda word: {"tier": word}),
    st.sampled_from([{"tier": ["gold", "iron"]}, {"tier": {"ne": "gold"}}, {"grade": {"exists": True}}, {"key": True},
                     {"grade": "A", "key": True}]),
    st.tuples(_order, st.integers(0, 2)).map(lambda one: {"contacts": {one[0]: one[1]}}),
    st.tuples(st.sampled_from(["registered", "last_contact"]), _order, _spans).map(
        lambda one: {f"age.{one[0]}": {one[1]: one[2]}}
    ),
    st.sampled_from([{"circumstance": {"kind": "flood", "active": True}},
                     {"circumstance": {"kind": "complaint", "age": {"lt": "4d"}}}]),
)  # fmt: skip
CONDITIONS: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        inner.map(lambda one: {"not": one}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
    ),
    max_leaves=4,
)
"""Conditions on a lead, as YAML has them."""

_triggers = st.one_of(
    st.sampled_from(["20h", "2d", "6d"]).map(lambda after: ({"since": "registered", "after": after}, False)),
    st.sampled_from(["1d", "4d"]).map(lambda after: ({"since": "last_contact", "after": after}, False)),
    st.just(({"date": "birthday"}, True)),
    st.just(({"becomes": {"stage": "won"}}, False)),
    st.just(({"outcome": "reached"}, False)),
    st.sampled_from([{}, {"repeat": "1d", "times": 4}]).map(lambda more: ({"event": "flood", **more}, False)),
    st.just(({"reaches": {"contacts": 2}}, False)),
)
_by_day = st.sampled_from(["-2d 09:00", "0d 09:00", "1d 18:00"])
_by_hour = st.sampled_from(["+0h", "+5h", "1d", "30h", "3d"])


@st.composite
def _rule(draw: st.DrawFn, ident: str) -> Rules:
    on, by_day = draw(_triggers)
    names = draw(st.sampled_from([["a"], ["a", "b"], ["b", "a"]]))
    steps = []
    for name in names:
        step = {"id": name, "at": draw(_by_day if by_day else _by_hour), "greet": "lead", "template": "greeting/x"}
        if draw(st.integers(0, 2)) == 0:
            step["if"] = draw(CONDITIONS)
        steps.append(step)
    rule = {"id": ident, "category": draw(st.sampled_from(["care", "festive"])), "on": on, "steps": steps}
    optional = {
        "for": CONDITIONS, "enabled": st.sampled_from([True, True, False]), "until": st.just("contacted"),
        "from": st.sampled_from(["2026-08-25", "2026-09-03"]), "to": st.sampled_from(["2026-09-04", "2026-09-06"]),
    }  # fmt: skip
    return rule | {name: draw(values) for name, values in optional.items() if draw(st.integers(0, 4)) == 0}


_touch_parts = st.sampled_from([{"rule": "one"}, {"audience": "lead"}, {"category": "festive"}, {"step": "a"}])
_thens = st.sampled_from([
    {"suppress": "touch"}, {"hold": "touch", "at_most": "2d"}, {"defer": "1d"}, {"priority": 10},
])  # fmt: skip


@st.composite
def _policy(draw: st.DrawFn, ident: str) -> Rules:
    when = {"touch": draw(_touch_parts)}
    if draw(st.integers(0, 3)) == 0:
        others = {**draw(_touch_parts), "within": draw(st.sampled_from(["0d", "2d"])), "outranks": "touch"}
        return {"id": ident, "when": when | {"other": others}, "then": {"merge": "touch", "into": "other"}}
    if draw(st.integers(0, 2)) == 0:
        when["lead"] = draw(CONDITIONS | st.just({"touches_7d": {"gte": 2}}))
    if draw(st.integers(0, 3)) == 0:
        when["circumstance"] = {"kind": draw(st.sampled_from(["flood", "complaint"]))}
    return {"id": ident, "when": when, "then": draw(_thens)}


BOOKS = st.tuples(_rule("one"), _rule("two"), st.lists(_policy("first"), min_size=1, max_size=1)).map(
    lambda found: {"rules": list(found[:2]), "policies": found[2]}
)
"""Two rules and a policy."""

LEADS = st.lists(
    st.fixed_dictionaries({
        "tier": st.sampled_from([None, "gold", "iron"]), "grade": st.sampled_from([None, "A"]), "key": st.booleans(),
        "timezone": st.sampled_from(ZONES), "age": st.integers(0, 6 * 24), "born": st.integers(-3, 9),
        "history": st.integers(0, 4).map(lambda n: n == 0),
    }), min_size=2, max_size=2,
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 4 * 24), st.integers(0, 1), st.sampled_from(
        ["contact", "flood", "complaint", "won", "gold", "iron"]
    )), min_size=2, max_size=5,
).map(sorted)  # fmt: skip
"""(hour, number of the lead, what happens to him)."""


def book_of(found: Rules) -> Checked:
    """The rules as `check` reads them from a folder. JSON is YAML."""
    return check_folder(CONFIG, Folder({"rules/a.yaml": json.dumps(found, indent=1).encode()}, TEMPLATES))


def settle(connection: Connection, leads: list[dict[str, Any]]) -> None:
    """Those leads in the database, registered so many hours ago, with a birthday so many days ahead."""
    entries = []
    for n, one in enumerate(leads):
        day = utc_date(START + one["born"] * DAY)
        place = {"locale": "en", "country": "CN", "name": "x", "stage": "new"}
        own = {name: one[name] for name in ("tier", "grade", "key", "timezone")}
        values = {**place, **own, "registered_at": START - one["age"] * HOUR}
        entries.append(LeadEntry(f"l{n}", values, dates={"birthday": LifeDate("solar", 1980, day.month, day.day)}))
    write_leads(connection, entries, {}, CONFIG, Stamp(START, "test"))


def happen(connection: Connection, number: int, who: str, what: str, now: int) -> None:
    """One edit."""
    if what == "contact":
        log_interaction(connection, Interaction(f"i{number}", who, now - HOUR, "reached", True), now)
    elif what in ("flood", "complaint"):
        add_circumstance(connection, Happening(f"c{number}", what, now, now + 2 * DAY, lead=who), "test", now)
    else:
        change_leads(connection, {who: {"stage" if what == "won" else "tier": what}}, Stamp(now, "test"))
