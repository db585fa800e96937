"""PostgreSQL's side of connections: how long a silent server is waited for, and what each transaction begins with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from psycopg import IsolationLevel
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from engine.store.prepared import KEY, asked_for, keep_prepared

_SERVER: dict[str, Any] = {
    "connect_timeout": 10, "tcp_user_timeout": 30_000,
    "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3,
}  # fmt: skip
"""Of PostgreSQL's connections, where its URL says nothing else: a server whose machine is gone, and says no word, is
given up after half a minute (the system's own patience is two hours). The numbers are ours."""


def server_engine(url: URL, read_only: bool, to_json: Callable[[object], str]) -> Engine:
    """What makes connections to that server; `to_json` writes the values of JSON columns."""
    engine = create_engine(
        url.difference_update_query([KEY]),
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=to_json,
        connect_args=_SERVER | {name: value for name, value in url.query.items() if name in _SERVER},
    )
    keep_prepared(engine, asked_for(url))
    event.listen(engine, "begin", partial(_isolate, read_only=read_only))
    return engine


def _isolate(connection: Connection, *, read_only: bool) -> None:
    """A reader sees one instant, however many statements it takes; a writer waits for others and sees what they did.

    Both is said with each BEGIN: the session may be another one's next, behind a pooler.
    """
    raw: Any = connection.connection.dbapi_connection
    reads = "begin" not in connection.info
    wanted = IsolationLevel.REPEATABLE_READ if reads else IsolationLevel.READ_COMMITTED
    if raw.isolation_level is not wanted:
        raw.isolation_level = wanted
        raw.read_only = reads or read_only
