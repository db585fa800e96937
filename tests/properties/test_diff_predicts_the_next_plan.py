"""`diff` says beforehand exactly what changes: rules and policies edited at random, two copies of one database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.desk.diff import diff
from engine.desk.folder import Checked, Folder, check_folder
from engine.desk.overlay import Stages
from engine.desk.planning import PlannedTouch
from engine.domain.dates import LifeDate
from engine.domain.keys import SEPARATOR
from engine.domain.people import LeadEntry
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.plan.passes import horizon_at
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.book import rehearsing
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads
from engine.store.ledger import touch
from engine.store.upgrade import create_all
from tests.properties.effort import examples

DAY = 86_400
BORN = 1_780_000_000
ALWAYS = {"days": "mon-sun", "open": "00:00", "close": "24:00"}
SETTINGS = Settings.model_validate(
    {"windows": {"lead": ALWAYS, "rep": ALWAYS}, "quiet_hours": {"start": "00:00", "end": "00:00"},
     "caps": {"catch_up": 1000}, "arbiter": {"engine": "reference"}, "service": {"tick": 3600},
     "channels": {"email": {"kind": "email", "host": "localhost", "from_address": "a@example.com"}}}
)  # fmt: skip
TEMPLATES = {"greeting/x/mail.en.txt.j2": "{% block subject %}x{% endblock %}{% block body %}x{% endblock %}"}
INSTANTS = ["+0h", "1d", "30h", "3d", "6d"]
TRIGGERS = {
    "{since: registered, after: 1d}": INSTANTS,
    "{since: registered, after: 2d}": INSTANTS,
    "{since: registered, after: 20d}": INSTANTS,
    "{date: birthday}": ["0d 09:00", "-1d 09:00", "1d 18:00"],
    "{date: wedding}": ["0d 09:00", "-1d 09:00", "1d 18:00"],
    "{holiday: dragon_boat}": ["-20d 09:00", "-19d 09:00", "-18d 18:00", "0d 09:00"],
}
"""Each trigger with the hours that its steps may have."""


def steps_of(on: str) -> st.SearchStrategy[tuple[str, dict[str, str]]]:
    steps = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(TRIGGERS[on]), min_size=1)
    return steps.map(lambda found: (on, found))


EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "apply_to": st.sampled_from(["new", "all"]),
        "backfill": st.sampled_from(["none", "now", "{spread: 5d}"]),
        "for": st.sampled_from(["{tier: gold}", "{tier: [gold, iron]}"]),
        "enabled": st.sampled_from(["true", "false"]),
    },
)
RULE = st.tuples(st.sampled_from(list(TRIGGERS)).flatmap(steps_of), EXTRAS).map(lambda found: (*found[0], found[1]))
POLICIES = (
    "{touch: {audience: lead}, lead: {tier: gold}}, then: {suppress: touch}",
    '{touch: {step: {matches: "a*"}}, lead: {tier: {ne: iron}}}, then: {hold: touch, at_most: 1d}',
    "{touch: {audience: lead}, lead: {age.registered: {lt: 4d}}}, then: {hold: touch, at_most: 5d}",
    "{touch: {audience: lead}, lead: {touches_7d: {gte: 1}}}, then: {defer: 1d}",
    '{touch: {step: {matches: "b*"}}, other: {audience: lead, within: 1d, outranks: touch}},'
    " then: {merge: touch, into: other}",
    '{touch: {step: {matches: "b*"}}}, then: {priority: 5}',
)
BOOK = st.dictionaries(st.sampled_from(["one", "two"]), RULE, min_size=1)
JUDGED = st.lists(st.sampled_from(POLICIES), max_size=2, unique=True)
AGES = st.lists(st.integers(0, 30 * 24), min_size=1, max_size=8)
FEW = st.lists(st.integers(0, 4 * 24), min_size=2, max_size=4)
Rules = dict[str, tuple[str, dict[str, str], dict[str, str]]]


def checked(rules: Rules, policies: Sequence[str] = ()) -> Checked:
    lines = ["policies:"] * bool(policies)
    lines += [f"  - {{id: p{POLICIES.index(one)}, when: {one}}}" for one in policies]
    lines += ["rules:"]
    for ident, (on, steps, extras) in rules.items():
        lines += [f"  - id: {ident}", "    category: care", f"    on: {on}"]
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


Waiting = set[tuple[str, int]]
"""(key, due instant) of touches; keys by the rules' new ids."""


def reload_and_plan(db: Database, rules: Checked, now: int) -> Waiting:
    """What waits before the horizon, once these rules are in force and planned; without the rules that went.

    A first step that was to be sent before today ends as expired at the next release: nobody gains it.
    """
    adopt(db, rules.book, rules.rules, rules.templates, now)
    plan(db, SETTINGS, Books(SETTINGS), Clockwork.of(SETTINGS), now)
    there = {rule.id for rule in rules.book.rules if rule.enabled}
    with db.reading() as connection:
        rows = connection.execute(select(touch).where(touch.c.state == "planned")).all()
    ahead = [row for row in rows if row.due_at < horizon_at(now) and (row.expires_at is None or row.expires_at > now)]
    return {(row.occurrence_key, row.due_at) for row in ahead if row.rule in there}


def people(ages: Sequence[int]) -> list[LeadEntry]:
    """Leads registered so many hours ago, with a birthday and a wedding day around these days."""
    place = {"timezone": "UTC", "locale": "en", "country": "CN"}
    today, kinds = datetime.fromtimestamp(BORN, UTC).date(), {"birthday": 0, "wedding": 2}
    return [
        LeadEntry(
            f"l{n}",
            place | {"name": "x", "tier": ("gold", "iron", "lead")[n % 3], "registered_at": BORN - age * 3600},
            dates={kind: _day(today + timedelta(days=age % 5 + more)) for kind, more in kinds.items()},
        )
        for n, age in enumerate(ages)
    ]


def _day(when: date) -> LifeDate:
    return LifeDate("solar", 1980, when.month, when.day)


def renamed(rules: Rules, ident: str, new: str) -> Rules:
    """The rules with one of them under another id, which says what it was called."""
    on, steps, extras = rules[ident]
    others = {key: rule for key, rule in rules.items() if key != ident}
    return {**others, new: (on, steps, extras | {"renamed_from": ident})}


def edited(before: Rules, after: Rules, how: str) -> tuple[Rules, dict[str, str]]:
    """The rules after the edit, and new ids by old ones. `how`: deleted, renamed or kept, of what is not in `after`."""
    kept = {} if how == "deleted" else {key: rule for key, rule in before.items() if key not in after}
    if how == "renamed" and "one" in before:
        return renamed({**kept, **after, "one": after.get("one", before["one"])}, "one", "uno"), {"one": "uno"}
    return {**kept, **after}, {}


def under(names: dict[str, str], found: Waiting) -> Waiting:
    parts = [(key.split(SEPARATOR), due) for key, due in found]
    return {(SEPARATOR.join([names.get(key[0], key[0]), *key[1:]]), due) for key, due in parts}


def test_diff_predicts_exactly_what_the_next_plan_changes() -> None:
    changes: list[bool] = []

    @settings(max_examples=examples(15), deadline=None)
    @given(
        before=BOOK, after=BOOK, ages=AGES, hours=st.integers(0, 60),
        how=st.sampled_from(["kept", "deleted", "renamed"]),
    )  # fmt: skip
    def compared(before: Rules, after: Rules, ages: list[int], hours: int, how: str) -> None:
        after, names = edited(before, after, how)
        gained, lost, comes, goes = said_and_done(before, after, names, ages, BORN + hours * 3600)
        changes.append(bool(comes or goes))
        event(f"{how}: {'something' if changes[-1] else 'nothing'} changes")
        assert (gained, lost) == (comes, goes)

    compared()
    assert sum(changes) >= len(changes) / 3  # else the rules are no longer edited near what is due


def said_and_done(
    before: Rules, after: Rules, names: dict[str, str], ages: list[int], now: int
) -> tuple[Waiting, Waiting, Waiting, Waiting]:
    """What diff says is gained and lost, and what the next plan really adds and takes away."""
    with database() as live, database() as stays, database() as changes:
        with live.writing() as connection:
            write_leads(connection, people(ages), {}, SETTINGS, Stamp(BORN, "test"))
        old, new = checked(before), checked(after)
        reload_and_plan(live, old, BORN)
        rehearsing.copy_into(live, stays)
        rehearsing.copy_into(live, changes)
        said = diff(live, SETTINGS, new, now, days=8)
        stood, stands = under(names, reload_and_plan(stays, old, now)), reload_and_plan(changes, new, now)
    gained = [*said.gained, *(one.after for one in said.moved)]
    lost = [*said.lost, *(one.before for one in said.moved)]
    return as_rows(gained, now), under(names, as_rows(lost, now)), stands - stood, stood - stands


def as_rows(touches: Sequence[PlannedTouch], now: int) -> Waiting:
    found = {(one.occurrence_key, int(datetime.fromisoformat(one.due_at).timestamp())) for one in touches}
    return {(key, due) for key, due in found if due < horizon_at(now)}


def test_diff_predicts_exactly_what_goes_out_under_other_policies() -> None:
    changes: list[bool] = []

    @settings(max_examples=examples(6), deadline=None, phases=(Phase.explicit, Phase.generate))
    @given(before=BOOK, after=st.none() | BOOK, policies=st.tuples(JUDGED, JUDGED), ages=FEW, hours=st.integers(0, 40))
    def compared(
        before: Rules, after: Rules | None, policies: tuple[list[str], list[str]], ages: list[int], hours: int
    ) -> None:
        with database() as live, database() as stays, database() as changed:
            with live.writing() as connection:
                write_leads(connection, people(ages), {}, SETTINGS, Stamp(BORN, "test"))
            old, new = checked(before, policies[0]), checked(after or before, policies[1])
            now = BORN + hours * 3600
            lived(live, old, BORN, now)
            rehearsing.copy_into(live, stays)
            rehearsing.copy_into(live, changed)
            said = diff(live, SETTINGS, new, now, days=4)
            end = now + 4 * DAY
            stood, stands = lived(stays, old, now, end), lived(changed, new, now, end)
        comes, goes = gone_out(stood, now, end), gone_out(stands, now, end)
        changes.append(comes != goes)
        event(f"policies {'differ' if set(policies[0]) != set(policies[1]) else 'stay'}: {changes[-1]}")
        assert instants([*said.gained, *(one.after for one in said.moved)]) == goes - comes
        assert instants([*said.lost, *(one.before for one in said.moved)]) == comes - goes

    compared()
    assert sum(changes) >= len(changes) / 4


def lived(db: Database, rules: Checked, now: int, end: int) -> list[Any]:
    """Every touch once a daemon has gone on until `end` under these rules."""
    adopt(db, rules.book, rules.rules, rules.templates, now)
    books, clockwork = Books(SETTINGS), Clockwork.of(SETTINGS)
    release = Release(db, SETTINGS, books, clockwork)
    stages = Stages(db, SETTINGS, books, clockwork, release)
    try:
        for _ in stages.run(now, end + 3600):
            pass
    finally:
        release.close()
    with db.reading() as connection:
        return list(connection.execute(select(touch)))


def gone_out(rows: Sequence[Any], now: int, end: int) -> Waiting:
    """Those that went out between these instants, and when they were due."""
    sent = [row for row in rows if row.state == "delivered" and row.settled_at is not None and row.settled_at >= now]
    return {(row.occurrence_key, row.due_at) for row in sent if row.due_at < end and row.released_at < end}


def instants(touches: Sequence[PlannedTouch]) -> Waiting:
    return {(one.occurrence_key, int(datetime.fromisoformat(one.due_at).timestamp())) for one in touches}
