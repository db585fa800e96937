"""Whose turn it is: what the daemons of one PostgreSQL database share out, or one of them does for all.

Locks of a transaction on a connection beside the thread's own, so any pooler may lie in between and whoever dies lets
go. They save work; that nothing is done twice is the matter of unique keys and compare-and-sets. A SQLite file has
one daemon: there it is always his turn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text

from engine.store.database import Connection, Database

SILENCE = 300
"""Seconds that whoever hangs, or whose machine is gone, keeps his turn: then the server ends his transaction. A turn
that gets on lasts as long as it takes, for each commit renews it. It is more than a watchdog waits for a sign of life,
so that who hangs is ended first. Ours."""
_FIRST_LOOK, _LAST_LOOK = 0.02, 1.0
"""Seconds between two looks at a turn that is waited for: doubled each time. Ours."""

_KEY = "hashtextextended(current_schema() || ' ' || :name, 0)"
_TRY = text(f"SELECT pg_try_advisory_xact_lock({_KEY})")
_WAIT = text(f"SELECT pg_advisory_xact_lock({_KEY})")


@contextmanager
def turns(db: Database, names: Sequence[str], silence: float = SILENCE) -> Iterator[frozenset[str]]:
    """Those of these tasks that nobody else is at now; they are ours until the block ends, or `silence` seconds pass
    without a commit.

    Inside another turn of the same thread they are ours until that one ends.
    """
    if db.dialect == "sqlite":
        yield frozenset(names)
        return
    with db.beside() as connection:
        _not_for_ever(connection, silence)
        yield frozenset(name for name in names if connection.execute(_TRY, {"name": name}).scalar_one())


@contextmanager
def turn(db: Database, name: str, silence: float = SILENCE) -> Iterator[bool]:
    """Whether nobody else is at that task now; see above."""
    with turns(db, (name,), silence) as mine:
        yield bool(mine)


@contextmanager
def waited_turn(db: Database, name: str) -> Iterator[None]:
    """Wait until nobody else is at that task; it is ours until the block ends. Who waits for another is not stuck."""
    if db.dialect == "sqlite":
        yield
        return
    with db.beside() as connection:
        _not_for_ever(connection, SILENCE)
        pause = _FIRST_LOOK
        while not connection.execute(_TRY, {"name": name}).scalar_one():
            db.committed()
            time.sleep(pause)
            pause = min(2 * pause, _LAST_LOOK)
        yield


def _not_for_ever(connection: Connection, silence: float) -> None:
    connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{int(silence)}s'"))


def wait_here(connection: Connection, name: str) -> None:
    """Wait until no other transaction has that name; ours has it until it ends. On SQLite it is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT, {"name": name})
