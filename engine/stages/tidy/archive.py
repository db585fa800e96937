"""Touches that ended long ago go into the archive, a piece at a time, beside whatever else is at work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from engine.domain.civil import utc_date
from engine.settings.meaning_retention import age
from engine.settings.retention_model import Retention
from engine.stages.tidy.limits import Limits, rest
from engine.store.archive import moving
from engine.store.database import Database
from engine.store.parts import WHOLE, Part, all_parts
from engine.store.turns import turns

Moved = Counter[str]
"""Rows by the table they were in."""


def to_archive(db: Database, retention: Retention, now: int) -> int:
    """How many touches are old enough by now."""
    before = _before(retention, now)
    if before is None:
        return 0
    with db.reading() as connection:
        return moving.count(connection, _day(before), before)


def archive(db: Database, retention: Retention, now: int, limits: Limits) -> Moved:
    """Move what is old enough, the oldest first. Done again after an interruption, it goes on where it was."""
    before, total, last_on = _before(retention, now), Moved(), ""
    if before is None:
        return total
    while (day_on := _next_day(db, last_on, _day(before))) is not None:
        for moved in _day_moved(db, day_on, before):
            total += moved
            limits.progress(total["touch"])
            if limits.reached(total.total()):
                return total
        last_on = day_on
    return total


def _before(retention: Retention, now: int) -> int | None:
    span = age(retention.archive_after)
    return None if span is None else now - span


def _day(instant: int) -> str:
    return utc_date(instant).isoformat()


def _next_day(db: Database, last_on: str, before_on: str) -> str | None:
    with db.reading() as connection:
        return moving.next_day(connection, last_on, before_on)


def _day_moved(db: Database, day_on: str, before: int) -> Iterator[Moved]:
    """The pieces of a day, until none is left or somebody else has the rest."""
    while True:
        with rest(), _nobody_planning(db) as part, db.writing() as connection:
            moved = moving.move(connection, day_on, before, part)
        if not moved["touch"]:
            return
        yield moved


@contextmanager
def _nobody_planning(db: Database) -> Iterator[Part]:
    """The leads whom no daemon plans, judges or writes to meanwhile: none looks for a key that is just on its way."""
    parts = all_parts(db)
    with turns(db, [part.name for part in parts]) as mine:
        held = [part for part in parts if part.name in mine]
        yield WHOLE if len(held) == len(parts) else Part(tuple(shard for part in held for shard in part.shards or ()))
