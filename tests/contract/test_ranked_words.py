"""Ranked words, best first: `tier: {gte: gold}` is gold or better, in SQL as in memory."""

from __future__ import annotations

import operator
from itertools import product

import pytest
from sqlalchemy import insert, select

from engine.rulebook.conditions import All, Condition
from engine.rulebook.evaluate import holds
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.store.conditions.fields import zones_in_use
from engine.store.conditions.selection import to_sql
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.tables import lead

CATALOGUE = catalogue_for(Settings(), {"reminder/contact/mail.en.txt.j2": ""})
WORDS = {
    "tier": ("platinum", "gold", "iron", "lead"),
    "grade": ("A", "B", "C", "D"),
    "profile": ("brother", "friend", "teacher", "doctor"),
}
OPERATORS = {"gte": operator.le, "gt": operator.lt, "lte": operator.ge, "lt": operator.gt}  # by place in the list


def segment(text: str) -> Condition:
    rule = (
        "{id: r, category: care, on: {since: registered, after: 1d}, for: " + text + ","
        " steps: [{id: call, at: +0h, remind: owner, template: reminder/contact}]}"
    )
    book, problems = load_rulebook({"r.yaml": f"rules: [{rule}]"}, CATALOGUE)
    assert book is not None, problems
    return book.rules[0].segment


@pytest.mark.parametrize("field", WORDS)
def test_a_ranked_word_compares_by_its_place_in_config_on_every_engine(database: Database, field: str) -> None:
    words = WORDS[field]
    base = {"shard": 0, "name": "x", "country": "CN", "locale": "en", "timezone": "Asia/Shanghai", "registered_at": 0}
    values = (*words, None, "forgotten")
    with database.writing() as connection:
        connection.execute(insert(lead), [base | {"id": f"is {value}", field: value} for value in values])
    with database.reading() as connection:
        zones = zones_in_use(connection)
        snapshots = load_snapshots(connection, [f"is {v}" for v in values], frozenset({field}), 0, circumstances=False)
        for (word, compare), wanted in product(OPERATORS.items(), words):
            condition = segment(f"{{{field}: {{{word}: {wanted}}}}}")
            expected = {f"is {v}" for v in words if compare(words.index(v), words.index(wanted))}
            assert set(connection.execute(select(lead.c.id).where(to_sql(condition, 0, zones))).scalars()) == expected
            assert {ident for ident, snapshot in snapshots.items() if holds(condition, snapshot)} == expected


def test_the_bounds_of_a_rank_hold_together() -> None:
    assert segment("{profile: {gte: friend}}") == segment("{profile: [brother, friend]}")
    assert isinstance(segment("{tier: {gte: iron, lt: platinum}}"), All)


def test_severities_compare_by_how_bad_they_are_and_unknown_is_apart(database: Database) -> None:
    worst_first = ("extreme", "severe", "moderate", "minor")
    base = {"shard": 0, "name": "x", "country": "CN", "locale": "en", "timezone": "Asia/Shanghai", "registered_at": 0}
    said = (*worst_first, "unknown", None)
    with database.writing() as connection:
        connection.execute(insert(lead), [base | {"id": f"is {word}"} for word in said])
        for word in said:
            event = Happening(f"e {word}", "flood", 0, lead=f"is {word}", severity=word)
            add_circumstance(connection, event, "test", 0)
    with database.reading() as connection:
        zones = zones_in_use(connection)
        snapshots = load_snapshots(connection, [f"is {word}" for word in said], frozenset(), 0, circumstances=True)
        for (op, compare), wanted in product(OPERATORS.items(), worst_first):
            condition = segment(f"{{circumstance: {{severity: {{{op}: {wanted}}}}}}}")
            place = worst_first.index(wanted)
            expected = {f"is {word}" for n, word in enumerate(worst_first) if compare(n, place)}
            assert set(connection.execute(select(lead.c.id).where(to_sql(condition, 0, zones))).scalars()) == expected
            assert {ident for ident, snapshot in snapshots.items() if holds(condition, snapshot)} == expected
