"""Whose turn it is: what the daemons of one PostgreSQL database share out, or one of them does for all.

Locks of a transaction on a connection beside the thread's own, so any pooler may lie in between and whoever dies lets
go. They save work; that nothing is done twice is the matter of unique keys and compare-and-sets. A SQLite file has
one daemon: there it is always his turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text

from engine.store.database import Connection, Database

LONGEST = "15min"
"""How long whoever hangs, or whose machine is gone, keeps his turn: after that the server ends his transaction."""

_KEY = "hashtextextended(current_schema() || ' ' || :name, 0)"
_TRY = text(f"SELECT pg_try_advisory_xact_lock({_KEY})")
_WAIT = text(f"SELECT pg_advisory_xact_lock({_KEY})")
_NOT_FOR_EVER = text(f"SET LOCAL idle_in_transaction_session_timeout = '{LONGEST}'")


@contextmanager
def turns(db: Database, names: Sequence[str]) -> Iterator[frozenset[str]]:
    """Those of these tasks that nobody else is at now; they are ours until the block ends.

    Inside another turn of the same thread they are ours until that one ends.
    """
    if db.dialect == "sqlite":
        yield frozenset(names)
        return
    with db.beside() as connection:
        connection.execute(_NOT_FOR_EVER)
        yield frozenset(name for name in names if connection.execute(_TRY, {"name": name}).scalar_one())


@contextmanager
def turn(db: Database, name: str) -> Iterator[bool]:
    """Whether nobody else is at that task now; it is ours until the block ends."""
    with turns(db, (name,)) as mine:
        yield bool(mine)


@contextmanager
def waited_turn(db: Database, name: str) -> Iterator[None]:
    """Wait until nobody else is at that task; it is ours until the block ends."""
    if db.dialect == "sqlite":
        yield
        return
    with db.beside() as connection:
        connection.execute(_NOT_FOR_EVER)
        connection.execute(_WAIT, {"name": name})
        yield


def wait_here(connection: Connection, name: str) -> None:
    """Wait until no other transaction has that name; ours has it until it ends. On SQLite it is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT, {"name": name})
