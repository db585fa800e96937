"""Statements that PostgreSQL keeps ready for a session: read and planned once instead of each time they are run.

Measured: a fifth of the CPU of a message, the server's included. They need a session of our own: a pooler in
transaction mode gives each transaction another one, which does not know them. So unless somebody says that it keeps
them, there are none behind a pooler. A pooler is noticed by the number of the session: the one that it told us is its
own, not the server's.
"""

from __future__ import annotations

from collections.abc import Callable
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
    event.listen(engine, "connect", _keeper(wanted))


def _keeper(wanted: bool | None) -> Callable[[Any, object], None]:
    def keep(raw: Any, _record: object) -> None:
        keeps = not behind_a_pooler(raw) if wanted is None else wanted
        raw.prepare_threshold, raw.prepared_max = (_AFTER if keeps else None), _AT_MOST

    return keep


def prepares(connection: Connection) -> bool:
    """Whether statements are kept on that connection to PostgreSQL."""
    raw: Any = connection.connection.dbapi_connection
    return raw.prepare_threshold is not None


def behind_a_pooler(raw: Any) -> bool:
    """Whether somebody lies between that connection of psycopg and the server."""
    raw.prepare_threshold = None
    raw.autocommit = True
    (session,) = raw.execute("SELECT pg_backend_pid()").fetchone()
    raw.autocommit = False
    return bool(session != raw.info.backend_pid)
