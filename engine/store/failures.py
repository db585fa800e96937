"""What a database error means to whoever runs a command, in one line."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from engine.store.prepared import BROKEN, KEY

_MEANINGS = (
    ("file is not a database", "not_a_database",
     "the file is not a followup database; name another in config.yaml (database:)"),
    ("malformed", "damaged", "the database file is damaged; restore a backup"),
    ("unable to open", "cannot_open",
     "the database file cannot be opened; check that its folder exists and may be written"),
    ("readonly", "read_only", "the database may not be written; check the permissions of its file and folder"),
    ("is locked", "busy", "the database is busy with another writer; try again"),
    ("disk is full", "disk_full", "the disk is full; make room and try again"),
    ("disk I/O error", "disk_error",
     "the disk does not take or give the database's pages; look at its room and its health"),
    (BROKEN, f"pooler_breaks database.{KEY}",
     f"a pooler in between loses PostgreSQL's prepared statements; set database.{KEY}: false in config.yaml"),
    ("no such table", "needs_upgrade", "the database needs an upgrade; stop the daemon and run: followup db upgrade"),
)  # fmt: skip
"""What stands in the driver's words, a word for logs, and a line for people."""


def failure_line(error: BaseException) -> str | None:
    """One line for an error of the database, None for any other."""
    if not isinstance(error, SQLAlchemyError | sqlite3.Error):
        return None
    said = _said(error)
    first = said.splitlines()[0] if said else type(error).__name__
    known = next((meaning for mark, _, meaning in _MEANINGS if mark in said), None)
    return known or f"the database does not answer: {first}"


def failure_word(error: BaseException) -> str | None:
    """The same as a word of ours, fit for a log; None for what we have no words for."""
    if not isinstance(error, SQLAlchemyError | sqlite3.Error):
        return None
    said = _said(error)
    return next((word for mark, word, _ in _MEANINGS if mark in said), None)


def may_pass(error: BaseException) -> bool:
    """Whether the database could only not be asked just now: it restarts, is out of reach, or busy."""
    if not isinstance(error, OperationalError):
        return False
    return "is locked" in _said(error) if isinstance(error.orig, sqlite3.Error) else True


def _said(error: BaseException) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error).strip()
