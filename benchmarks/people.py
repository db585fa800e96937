"""A SQLite database with any number of customers, written as fast as SQLite takes rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from benchmarks.lives import EACH, REGIONS, REPS, TICK, ZONES, Life, contact_id, due_lives, other_life, rep_id
from engine.domain.civil import utc_date
from engine.domain.dates import DatePolicy, LifeDate, next_occurrence
from engine.domain.keys import shard_of
from engine.store.database import Database
from engine.store.upgrade import create_all

PAST = 8
"""One in so many customers has a touch that was sent long ago."""
PIECE = 20_000
POOL = 36_000
"""So many of the others are made; more of them are the same lives under the next ids, which SQLite copies."""
_NOT_BEFORE = utc_date(TICK) - timedelta(days=16)
_POLICY = DatePolicy()
Row = tuple[Any, ...]


def write_people(path: Path, size: int, each: int = EACH, prefix: str = "") -> None:
    """Make the file: `size` customers, among them those of `due_lives`, with their dates, purchases and past."""
    db = Database(f"sqlite:///{path}")
    create_all(db)
    db.close()
    with sqlite3.connect(path, isolation_level=None) as raw:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
            raw.execute(f"PRAGMA {pragma}")
        indexes = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")
        raw.execute("BEGIN")
        _fill(raw, size, list(due_lives(each, prefix)))
        for _, sql in indexes:
            raw.execute(sql)
        raw.execute("COMMIT")
    raw.close()


def _fill(raw: sqlite3.Connection, size: int, due: list[Life]) -> None:
    reps = [(rep_id(n), rep_id(n), "rep", f"{rep_id(n)}@example.com", ZONES[n % len(ZONES)], "en") for n in range(REPS)]
    _insert(raw, "rep", "id name role email timezone locale", reps)
    _insert(raw, "date_policy", "policy resolved", [(_POLICY.text, 1)])
    others = size - len(due)
    pool = map(other_life, range(min(others, POOL)))
    _insert_lives(raw, pool)
    copies = max(others // POOL - 1, 0)
    if copies:
        _copy_lives(raw, copies)
    _insert_lives(raw, chain(due, map(other_life, range((copies + 1) * POOL, others))))


def _insert_lives(raw: sqlite3.Connection, lives: Iterator[Life]) -> None:
    while piece := list(islice(lives, PIECE)):
        for table, columns, rows in TABLES:
            _insert(raw, table, columns, chain.from_iterable(map(rows, piece)))


def _copy_lives(raw: sqlite3.Connection, times: int) -> None:
    """What there is so many times more: `lead-0000007` as `lead-0036007` and so on."""
    for table, columns, _ in TABLES:
        names = columns.split()
        raw.execute(f"CREATE TEMP TABLE pool AS SELECT {', '.join(names)} FROM {table}")
        copied = ", ".join(_COPIED.format(name) if name in NAMING else name for name in names)
        for n in range(1, times + 1):
            raw.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {copied} FROM pool", {"further": n * POOL})
        raw.execute("DROP TABLE pool")


def _insert(raw: sqlite3.Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    names = columns.split()
    raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows)


def _lead(life: Life) -> Iterator[Row]:
    contacts = 0 if life.last_contact is None else 3
    yield (
        life.id, shard_of(life.id), f"Customer {life.id}", f"{life.id}@example.com", "[]", life.owner,
        life.owner_since, life.tier, life.grade, "active", REGIONS[life.zone], "CN", life.zone, "en", life.registered,
        life.last_contact, contact_id(life.id) if contacts else None, contacts, 0, 0, contacts, contacts,
        0, 0, 0, "{}", 0,
    )  # fmt: skip


def _dates(life: Life) -> Iterator[Row]:
    for kind, day in life.dates.items():
        yield f"{life.id}:{kind}", life.id, kind, "solar", day.year, day.month, day.day, 0, 0


def _next_dates(life: Life) -> Iterator[Row]:
    for kind, day in life.dates.items():
        found = next_occurrence(LifeDate("solar", day.year, day.month, day.day), _NOT_BEFORE, _POLICY)
        assert found is not None
        yield f"{life.id}:{kind}", _POLICY.text, life.id, kind, found.on.isoformat(), found.nth, found.year


def _purchases(life: Life) -> Iterator[Row]:
    if life.purchase is not None:
        yield f"p-{life.id}", life.id, "purchase", life.purchase, 0


def _past_occasions(life: Life) -> Iterator[Row]:
    if _has_past(life):
        yield "past", life.id, "then", shard_of(life.id), "r0", 0, life.registered, life.registered, life.registered


def _past_touches(life: Life) -> Iterator[Row]:
    if _has_past(life):
        at = life.registered
        yield (
            f"past|{life.id}|then|call|{life.owner}", "past", life.id, "then", "call", life.owner,
            shard_of(life.id), "r0", 0, "remind", "rep", "care", 50, at, at, utc_date(at).isoformat(),
            "delivered", 0, at, at, '["email"]', 0,
        )  # fmt: skip


NAMING = ("id", "lead", "name", "email", "last_contact_ref", "date_record", "occurrence_key")
"""Columns that hold a customer's id, or something named after it."""
_COPIED = (
    "substr({0}, 1, instr({0}, 'lead-') + 4) || printf('%07d', substr({0}, instr({0}, 'lead-') + 5, 7) + :further)"
    " || substr({0}, instr({0}, 'lead-') + 12)"
)


def _has_past(life: Life) -> bool:
    return life.id.startswith("lead-") and int(life.id[5:]) % PAST == 0


TABLES: tuple[tuple[str, str, Callable[[Life], Iterator[Row]]], ...] = (
    (
        "lead",
        "id shard name email channels owner owner_since_at tier grade status region country timezone locale "
        "registered_at last_contact_at last_contact_ref contacts attempts orders contacts_since_order "
        "contacts_since_owner key confidential unsubscribed attrs judge_version",
        _lead,
    ),
    ("date_record", "id lead kind calendar year month day leap gone", _dates),
    ("date_next", "date_record policy lead kind next_on nth anchor_year", _next_dates),
    ("record", "id lead kind at gone", _purchases),
    (
        "occasion",
        "rule lead anchor shard revision generation occurs_at counts_from_at born_at",
        _past_occasions,
    ),
    (
        "touch",
        "occurrence_key rule lead anchor step receiver shard revision generation action audience category priority "
        "nominal_at due_at day_on state needs_signature released_at settled_at via via_index",
        _past_touches,
    ),
)
