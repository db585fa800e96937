"""Whether a database is sound, as far as it can tell by itself; and which time zones its people have."""

from __future__ import annotations

from sqlalchemy import Connection, select, text, union

from engine.store.prepared import prepares
from engine.store.tables import lead, rep


def unsound(connection: Connection) -> str:
    """The first thing that is wrong with a SQLite file; "" for none. Other engines watch over theirs themselves."""
    if connection.dialect.name != "sqlite":
        return ""
    said = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
    return "" if said == "ok" else said


def server(connection: Connection) -> str:
    """The engine and its version, and whether PostgreSQL prepares our statements."""
    info = connection.dialect.server_version_info or ()
    version = f"{connection.dialect.name} {'.'.join(map(str, info))}".strip()
    if connection.dialect.name != "postgresql":
        return version
    return f"{version}, {'prepared' if prepares(connection) else 'no prepared'} statements"


def zones_in_use(connection: Connection) -> frozenset[str]:
    """Of all leads and reps."""
    return frozenset(connection.execute(union(select(lead.c.timezone), select(rep.c.timezone))).scalars())
