"""Small facts about the daemon itself: rehearsal mark, last tick, rejected reloads, pauses."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from engine.store.database import insert_ignore
from engine.store.ledger import pause, service_state

REHEARSAL = "rehearsal"
LAST_TICK = "last_tick"
REJECTED_RELOAD = "rejected_reload"
CLOCK_JUMP = "clock_jump"
"""The name of the pause of everything that the daemon sets when its clock jumps ahead; a person lifts it."""
HOLD = "hold"
"""The name of the pause that `run --hold` sets after a restored backup."""
RESTING_RELAYS = "resting_relays"
"""Mail relays that the daemon lets alone for a while, by channel."""
RESTING_DOMAINS = "resting_domains"
"""Domains of receivers that the daemon lets alone for a while, by channel."""
IN_FORCE = "in_force"
"""The generation the daemon has taken up."""

DAEMON = "daemon:"
"""Before a daemon's name: its last sign of life, and the generation it works with."""

CATCHING_UP = "catching_up"
"""What several daemons let reps catch up with in one run, by receiver, and when the run began."""

LAST_FAILURE = "last_failure"
"""The latest exception that left a stage: its stage, and its kind."""

LOOKED_OVER = "looked_over"
"""When every row that a stage may read was looked at last."""

CALENDARS = "calendars"
"""Digests of the calendars that the book was planned by, by country and civil year."""

SCOPES = ("all", "rule", "channel", "category")
"""What a pause may stop."""


def put(connection: Connection, name: str, value: Any, now: int) -> None:
    """Remember a fact; a JSON value."""
    put_it = service_state.update().where(service_state.c.name == name).values(value=value, at=now)
    if connection.execute(put_it).rowcount == 0:
        row = {"name": name, "value": value, "at": now}
        if insert_ignore(connection, service_state, [row]) == 0:  # another daemon was first
            connection.execute(put_it)


class Fact(NamedTuple):
    """A remembered fact and when it was put."""

    value: Any
    at: int


def get(connection: Connection, name: str) -> Fact | None:
    """A remembered fact."""
    query = select(service_state.c.value, service_state.c.at).where(service_state.c.name == name)
    row = connection.execute(query).one_or_none()
    return Fact(row.value, row.at) if row else None


def facts(connection: Connection, names: Collection[str]) -> dict[str, Fact]:
    """Those of these facts that are remembered."""
    query = select(service_state).where(service_state.c.name.in_(names))
    return {row.name: Fact(row.value, row.at) for row in connection.execute(query)}


def forget(connection: Connection, name: str) -> None:
    """Drop a fact that no longer holds."""
    connection.execute(delete(service_state).where(service_state.c.name == name))


def daemons(connection: Connection, since: int) -> dict[str, dict[str, Any]]:
    """What those daemons last said of themselves that said something since then, by name."""
    query = select(service_state).where(service_state.c.name.startswith(DAEMON), service_state.c.at >= since)
    return {row.name.removeprefix(DAEMON): row.value for row in connection.execute(query)}


def forget_daemons(connection: Connection, before: int) -> None:
    """Forget those of which nothing was heard since then."""
    connection.execute(
        delete(service_state).where(service_state.c.name.startswith(DAEMON), service_state.c.at <= before)
    )


def is_rehearsal(connection: Connection) -> bool:
    """Whether this database may be written at a frozen clock, and never reaches anybody outside."""
    return get(connection, REHEARSAL) is not None


def set_pause(connection: Connection, scope: str, name: str, actor: str, now: int) -> bool:
    """Stop a rule, channel, category or everything; False if it was stopped already."""
    row = {"scope": scope, "name": name, "actor": actor, "at": now}
    return insert_ignore(connection, pause, [row]) == 1


def lift_pause(connection: Connection, scope: str, name: str) -> bool:
    """Go on; False if it was not stopped."""
    gone = connection.execute(delete(pause).where(pause.c.scope == scope, pause.c.name == name))
    return gone.rowcount == 1


def pauses(connection: Connection) -> list[Any]:
    """Everything that is stopped."""
    return list(connection.execute(select(pause).order_by(pause.c.scope, pause.c.name)).all())
