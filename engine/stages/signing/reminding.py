"""Telling signers in time: one message to each whose drafts' deadline is near, with the way to sign them."""

from __future__ import annotations

from typing import Any

from engine.settings.model import Settings
from engine.stages.compose.notes import DEADLINE, note_row
from engine.stages.compose.receivers import usual_ways
from engine.store.book.planning import load_reps
from engine.store.database import Database
from engine.store.outbox import composed_rows, to_sign

HOUR = 3_600


def remind_signers(db: Database, settings: Settings, now: int) -> int:
    """Write a note to everybody who has an unsigned draft whose deadline is near; how many notes.

    A draft is told of once. Whoever is told hears of all his drafts of twice that time, so that the next message
    comes a day later and not with the next draft.
    """
    ahead = settings.defaults.sign_reminder_hours * HOUR
    if not ahead:
        return 0
    with db.reading() as connection:
        if not to_sign.to_remind_of(connection, now + ahead, now + 2 * ahead, now):
            return 0
    with db.writing() as connection:
        drafts = to_sign.to_remind_of(connection, now + ahead, now + 2 * ahead, now, locked=True)
        first = {row.signer: row for row in reversed(drafts)}
        reps = load_reps(connection)
        notes = [_note(row, reps.get(row.signer), settings, now) for row in first.values()]
        composed_rows.insert_notes(connection, notes)
        to_sign.remember_reminded(connection, [row.id for row in drafts], now)
    return len(first)


def _note(about: Any, rep: Any, settings: Settings, now: int) -> dict[str, Any]:
    """It is about a pile of drafts, so about no customer; its key is that of the most pressing one."""
    return note_row(about, about.signer, usual_ways(rep, settings), now, DEADLINE)
