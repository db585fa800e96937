"""How much receivers were let catch up with in one run, counted by all daemons of a database together.

Leads are judged by one daemon at a time, so their own overdue messages are counted as they are judged. A rep's come
from the leads of all parts, which several daemons judge at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from engine.store import state
from engine.store.database import Connection, Database
from engine.store.turns import waited_turn

RUN = 60
"""Seconds that one run of several daemons is long: what they let go in them counts together. Ours."""

Overdue = defaultdict[str, set[str]]
"""What came up late in this run and was let go, by receiver: each by what it is one message with."""


@contextmanager
def counted_together(db: Database, overdue: Overdue, now: int) -> Iterator[None]:
    """Count on from what the other daemons let go; they wait until ours is written, by `note`."""
    with waited_turn(db, "catching up"):
        with db.reading() as connection:
            for receiver, messages in _of_this_run(connection, now)[1].items():
                overdue[receiver].update(messages)
        yield


def note(connection: Connection, overdue: Overdue, now: int) -> None:
    """Have the others count on from here."""
    since, _ = _of_this_run(connection, now)
    state.put(connection, state.CATCHING_UP, {key: sorted(messages) for key, messages in overdue.items()}, since)


def _of_this_run(connection: Connection, now: int) -> tuple[int, dict[str, list[str]]]:
    """When the run began, and what was let go in it."""
    known = state.get(connection, state.CATCHING_UP)
    return (known.at, known.value) if known is not None and 0 <= now - known.at < RUN else (now, {})
