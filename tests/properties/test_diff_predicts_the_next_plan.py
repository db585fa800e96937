"""`diff` says beforehand exactly what the next plan changes: rules edited at random, two copies of one database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.desk.diff import diff
from engine.desk.folder import Checked, Folder, check_folder
from engine.desk.planning import PlannedTouch
from engine.domain.people import LeadEntry
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.plan import horizon_at, plan
from engine.stages.plan.timing import Clockwork
from engine.store.book import rehearsing
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.ledger import touch
from engine.store.upgrade import create_all

DAY = 86_400
BORN = 1_780_000_000
ALWAYS = {"days": "mon-sun", "open": "00:00", "close": "24:00"}
SETTINGS = Settings.model_validate(
    {"windows": {"lead": ALWAYS, "rep": ALWAYS}, "quiet_hours": {"start": "00:00", "end": "00:00"},
     "caps": {"catch_up": 1000}, "arbiter": {"engine": "reference"}, "service": {"tick": 3600},
     "channels": {"email": {"kind": "email", "host": "localhost", "from_address": "a@example.com"}}}
)  # fmt: skip
TEMPLATES = {"greeting/x/mail.en.txt.j2": "{% block subject %}x{% endblock %}{% block body %}x{% endblock %}"}
STEPS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.sampled_from(["+0h", "1d", "30h", "3d", "6d"]), min_size=1
)
EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "apply_to": st.sampled_from(["new", "all"]),
        "backfill": st.sampled_from(["none", "now", "{spread: 5d}"]),
        "for": st.sampled_from(["{tier: gold}", "{tier: [gold, iron]}"]),
    },
)
RULE = st.tuples(st.sampled_from(["1d", "2d", "20d"]), STEPS, EXTRAS)
BOOK = st.dictionaries(st.sampled_from(["one", "two"]), RULE, min_size=1)
AGES = st.lists(st.integers(0, 30 * 24), min_size=1, max_size=8)
Rules = dict[str, tuple[str, dict[str, str], dict[str, str]]]


def checked(rules: Rules) -> Checked:
    lines = ["rules:"]
    for ident, (after, steps, extras) in rules.items():
        lines += [f"  - id: {ident}", "    category: care", f"    on: {{since: registered, after: {after}}}"]
        lines += [f"    {key}: {value}" for key, value in extras.items()]
        lines += ["    steps:"]
        lines += [f"      - {{id: {step}, at: {at}, greet: lead, template: greeting/x}}" for step, at in steps.items()]
    return check_folder(SETTINGS, Folder({"rules/a.yaml": "\n".join(lines).encode()}, TEMPLATES))


@contextmanager
def database() -> Iterator[Database]:
    db = Database("sqlite://")
    create_all(db)
    yield db
    db.close()


def reload_and_plan(db: Database, rules: Checked, now: int) -> set[tuple[str, int]]:
    """(key, due instant) of what waits before the horizon, once these rules are in force and planned."""
    adopt(db, rules.book, rules.rules, rules.templates, now)
    plan(db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), now)
    with db.reading() as connection:
        rows = connection.execute(select(touch.c.occurrence_key, touch.c.due_at).where(touch.c.state == "planned"))
        return {(row.occurrence_key, row.due_at) for row in rows if row.due_at < horizon_at(now)}


@settings(max_examples=25, deadline=None)
@given(before=BOOK, after=BOOK, ages=AGES, hours=st.integers(0, 60))
def test_diff_predicts_exactly_what_the_next_plan_changes(
    before: Rules, after: Rules, ages: list[int], hours: int
) -> None:
    after = {**{ident: rule for ident, rule in before.items() if ident not in after}, **after}  # none is deleted
    now = BORN + hours * 3600
    with database() as live, database() as stays, database() as changes:
        with live.writing() as connection:
            place = {"timezone": "UTC", "locale": "en", "country": "CN"}
            people = [
                LeadEntry(
                    f"l{n}",
                    place | {"name": "x", "tier": ("gold", "iron", "lead")[n % 3], "registered_at": BORN - age * 3600},
                )
                for n, age in enumerate(ages)
            ]
            upsert_leads(connection, people, {}, Stamp(BORN, "test"))
        old, new = checked(before), checked(after)
        reload_and_plan(live, old, BORN)
        rehearsing.copy_into(live, stays)
        rehearsing.copy_into(live, changes)
        said = diff(live, SETTINGS, new, now, days=40)
        stood, stands = reload_and_plan(stays, old, now), reload_and_plan(changes, new, now)
    gained = [*said.gained, *(one.after for one in said.moved)]
    lost = [*said.lost, *(one.before for one in said.moved)]
    assert as_rows(gained, now) == stands - stood
    assert as_rows(lost, now) == stood - stands


def as_rows(touches: Sequence[PlannedTouch], now: int) -> set[tuple[str, int]]:
    found = {(one.occurrence_key, int(datetime.fromisoformat(one.due_at).timestamp())) for one in touches}
    return {(key, due) for key, due in found if due < horizon_at(now)}
