"""What a database error means to whoever runs a command, in one line."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_MEANINGS = (
    ("file is not a database", "the file is not a followup database; name another in config.yaml (database:)"),
    ("malformed", "the database file is damaged; restore a backup"),
    ("unable to open", "the database file cannot be opened; check that its folder exists and may be written"),
    ("readonly", "the database may not be written; check the permissions of its file and folder"),
    ("is locked", "the database is busy with another writer; try again"),
    ("disk is full", "the disk is full; make room and try again"),
    ("disk I/O error", "the disk does not take or give the database's pages; look at its room and its health"),
    ("no such table", "the database needs an upgrade; stop the daemon and run: followup db upgrade"),
)


def failure_line(error: BaseException) -> str | None:
    """One line for an error of the database, None for any other."""
    if not isinstance(error, SQLAlchemyError | sqlite3.Error):
        return None
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    first = said.splitlines()[0] if said else type(error).__name__
    known = next((meaning for mark, meaning in _MEANINGS if mark in said), None)
    return known or f"the database does not answer: {first}"
