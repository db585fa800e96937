"""Statements that PostgreSQL keeps ready for a session: read and planned once instead of each time they are run.

Measured: a fifth of the CPU of a message, the server's included. They need a session of our own: a pooler in
transaction mode gives each transaction another one, which does not know them. So unless somebody says that it keeps
them, there are none behind a pooler. A pooler is noticed by the number of the session: the one that it told us is its
own, not the server's.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, event

from engine.ground.errors import UsageError

KEY = "prepared"
"""The key of `database` in config.yaml, and of the query of a URL."""
BROKEN = "prepared statement"
"""Stands in what the server says when a pooler gave us a session that lacks them, or has another's of that name."""

_AFTER = 5
"""Runs of a statement before it is kept; psycopg's own number."""
_AT_MOST = 500
"""Statements that are kept for a connection: those of one pass over everything, and then some. Ours."""
_BY_INDEX = "SET enable_seqscan = off"
"""A plan is kept as well. One that was made while a table was a page long would read it from end to end, and go on so
when it has grown by a hundred thousand rows, until the server's next ANALYZE of it."""


def asked_for(url: URL) -> bool | None:
    """Whether a URL asks for them: `?prepared=true` or `false`; None where it says nothing."""
    said = url.query.get(KEY)
    if said not in (None, "true", "false"):
        raise UsageError(f'{KEY} in the URL of the database must be "true" or "false"')
    return None if said is None else said == "true"


def with_prepared(url: str, wanted: bool | None) -> str:
    """The URL, with what config.yaml says of them."""
    if wanted is None:
        return url
    return f"{url}{'&' if '?' in url else '?'}{KEY}={'true' if wanted else 'false'}"


def keep_prepared(engine: Engine, wanted: bool | None) -> None:
    """Have every connection of that engine keep its statements, unless it is not wanted or a pooler lies before it."""
    event.listen(engine, "connect", partial(_keep, wanted))


def _keep(wanted: bool | None, raw: Any, _record: object) -> None:
    raw.prepare_threshold, raw.prepared_max = None, _AT_MOST
    if wanted is False:
        return
    raw.autocommit = True
    ours = _is_session_ours(raw)
    if wanted or ours:
        raw.prepare_threshold = _AFTER
    if ours:
        raw.execute(_BY_INDEX)
    raw.autocommit = False


def _is_session_ours(raw: Any) -> bool:
    """Whether nobody lies between that connection of psycopg and the server."""
    (session,) = raw.execute("SELECT pg_backend_pid()").fetchone()
    return bool(session == raw.info.backend_pid)


def prepares(connection: Connection) -> bool:
    """Whether statements are kept on that connection to PostgreSQL."""
    raw: Any = connection.connection.dbapi_connection
    return raw.prepare_threshold is not None
