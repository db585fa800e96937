"""What a database error means to whoever runs a command, in one line."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from engine.store.prepared import BROKEN, KEY

_MEANINGS = (
    ("file is not a database", "the file is not a followup database; name another in config.yaml (database:)"),
    ("malformed", "the database file is damaged; restore a backup"),
    ("unable to open", "the database file cannot be opened; check that its folder exists and may be written"),
    ("readonly", "the database may not be written; check the permissions of its file and folder"),
    ("is locked", "the database is busy with another writer; try again"),
    ("disk is full", "the disk is full; make room and try again"),
    ("disk I/O error", "the disk does not take or give the database's pages; look at its room and its health"),
    (BROKEN, f"a pooler in between loses PostgreSQL's prepared statements; set database.{KEY}: false in config.yaml"),
    ("no such table", "the database needs an upgrade; stop the daemon and run: followup db upgrade"),
)


def failure_line(error: BaseException) -> str | None:
    """One line for an error of the database, None for any other."""
    if not isinstance(error, SQLAlchemyError | sqlite3.Error):
        return None
    said = _said(error)
    first = said.splitlines()[0] if said else type(error).__name__
    return known_failure(error) or f"the database does not answer: {first}"


def known_failure(error: BaseException) -> str | None:
    """The same in words that are ours alone, fit for a log; None for what we have no words for."""
    if not isinstance(error, SQLAlchemyError | sqlite3.Error):
        return None
    said = _said(error)
    return next((meaning for mark, meaning in _MEANINGS if mark in said), None)


def may_pass(error: BaseException) -> bool:
    """Whether the database could only not be asked just now: it restarts, is out of reach, or busy."""
    if not isinstance(error, OperationalError):
        return False
    return "is locked" in _said(error) if isinstance(error.orig, sqlite3.Error) else True


def _said(error: BaseException) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error).strip()
