"""A CRM of many customers pulled once, and again after some of them changed: the second pull follows the changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, func, select

from benchmarks.measure import Figure, cpu_seconds
from engine.settings.model import Settings
from engine.settings.source_model import Source
from engine.stages.gates.objections import Gates
from engine.stages.sync.pull import Order, Pulled, pull
from engine.store.database import Database
from engine.store.tables import dirty_lead
from engine.store.upgrade import create_all

NOW = 1_771_000_000
TABLE = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, email TEXT, tier TEXT, born TEXT, changed_at INTEGER);
CREATE INDEX customer_changed_at ON customer (changed_at, id)
"""
SOURCE = Source(
    url="env:CRM_URL", table="customer", watermark="changed_at",
    columns={"id": "id", "name": "name", "email": "email", "tier": "tier", "born": "date.birthday"},
)  # fmt: skip


def pulls(customers: int, changes: int) -> list[Figure]:
    """The second pull reads and plans what changed, give or take the row at the watermark."""
    with TemporaryDirectory() as folder:
        crm = Path(folder) / "crm.sqlite"
        _fill(crm, customers)
        db = Database(f"sqlite:///{Path(folder) / 'ours.sqlite'}")
        create_all(db)
        found: list[Pulled] = []
        first = cpu_seconds(lambda: found.append(_pull(db, crm)))
        _forget_dirt(db)
        _change(crm, customers, changes)
        second = cpu_seconds(lambda: found.append(_pull(db, crm)))
        planned = _dirty(db)
        db.close()
    if found[0].counts["added"] != customers or found[1].counts["changed"] != changes:
        raise RuntimeError(f"the pulls did not do what they are measured by: {found}")
    name = f"{changes:,} changes of {customers:,} rows: "
    return [
        Figure(name + "rows read", found[1].counts["fetched"], changes, "rows", bar=1.05),
        Figure(name + "customers to be planned", planned, changes, "leads", bar=1.05),
        Figure(name + "CPU, of the first pull", second * 1000, first * 1000, "ms"),
    ]


def _pull(db: Database, crm: Path) -> Pulled:
    return pull(db, Settings(), Gates(), Order("crm", SOURCE, f"sqlite:///{crm}"), NOW)


def _fill(crm: Path, customers: int) -> None:
    with closing(sqlite3.connect(crm)) as raw, raw:
        raw.executescript(TABLE)
        raw.executemany(
            "INSERT INTO customer VALUES (?, ?, ?, 'gold', ?, ?)",
            ((n, f"客户{n}", f"c{n}@example.com", f"19{50 + n % 50}-{n % 12 + 1:02}-11", n) for n in range(customers)),
        )


def _change(crm: Path, customers: int, changes: int) -> None:
    with closing(sqlite3.connect(crm)) as raw, raw:
        step = customers // changes
        raw.execute(
            "UPDATE customer SET tier = 'platinum', changed_at = ? + id WHERE id % ? = 0 AND id / ? < ?",
            (customers, step, step, changes),
        )


def _forget_dirt(db: Database) -> None:
    with db.writing() as connection:
        connection.execute(delete(dirty_lead))


def _dirty(db: Database) -> int:
    with db.reading() as connection:
        return connection.execute(select(func.count(func.distinct(dirty_lead.c.lead)))).scalar_one()
