"""One daemon a SQLite file: an advisory lock beside it, held by run, tick, demo and migrations.

The kernel lets go of it when the process ends, however it ends. PostgreSQL needs none: any number of daemons
may share it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from engine.ground.errors import FollowupError
from engine.store.database import sqlite_path


class Locked(FollowupError):
    """Another daemon has this database: stop it, or wait until it ends."""


@contextmanager
def daemon_lock(url: str) -> Iterator[None]:
    """Hold the daemon's lock on a SQLite file; nothing to hold for other databases."""
    path = sqlite_path(url)
    if path is None:
        yield
        return
    with open(path.with_name(path.name + ".lock"), "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"another followup daemon is running on {path.name}; stop it first") from None
        yield
