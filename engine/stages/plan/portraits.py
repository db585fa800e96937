"""The portraits of all customers, counted anew when config.yaml asks for another one."""

from __future__ import annotations

from engine.settings.meaning_portrait import blocks_of
from engine.settings.model import Settings
from engine.store.database import Database
from engine.store.facts.portraits import Kept, blocks_kept, count_page, keep_blocks
from engine.store.turns import turn

PAGE = 2_000
"""Leads counted in one write transaction, so that other writers get their turn."""


def keep_all_portraits(db: Database, settings: Settings, now: int) -> None:
    """Where the blocks are new, count every lead in one pass. Who writes meanwhile counts by the new ones already.

    The first time nobody is planned anew: nothing in the book can have read a portrait yet. A crash in between is
    made good by the next pass.
    """
    with db.reading() as connection:
        if blocks_kept(connection) == Kept(blocks_of(settings), counted=True):
            return
    with turn(db, "portraits") as mine:
        if mine:
            _count_all(db, settings, now)


def _count_all(db: Database, settings: Settings, now: int) -> None:
    wanted = blocks_of(settings)
    with db.writing() as connection:
        first = blocks_kept(connection) is None
        keep_blocks(connection, Kept(wanted, counted=False), now)
    after: str | None = ""
    while after is not None:
        with db.writing() as connection:
            after = count_page(connection, wanted, after, PAGE, now, tell=not first)
    with db.writing() as connection:
        keep_blocks(connection, Kept(wanted, counted=True), now)
