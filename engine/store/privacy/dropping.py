"""Texts about people that are kept for some time only: what of them goes, in the ledger and in its archive.

A touch's rows are found by the day it was due, those of a day until none is left that holds such a text. What is not
a touch's is found by when it was put down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    Update,
    bindparam,
    cast,
    delete,
    exists,
    func,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy import Text as AsText

from engine.domain.words import TOUCH_TERMINAL
from engine.store.archive_tables import ARCHIVE_OF
from engine.store.inbox_tables import letter
from engine.store.ledger import delivery, delivery_event, draft, touch, verdict
from engine.store.web_tables import look

PIECE = 250
"""Touches of one transaction, each with a few rows; of what is not a touch's four times as many rows."""

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_BEFORE: BindParameter[int] = bindparam("before")


@dataclass(frozen=True)
class Ledger:
    """The five tables, or their archives."""

    touch: Table
    delivery: Table
    delivery_event: Table
    verdict: Table
    draft: Table


LIVE = Ledger(touch, delivery, delivery_event, verdict, draft)
ARCHIVE = Ledger(*(ARCHIVE_OF[table] for table in (touch, delivery, delivery_event, verdict, draft)))


@dataclass(frozen=True)
class Old:
    """Touches of some categories, or of all but some, that ended before an instant (seconds UTC)."""

    before: int
    categories: frozenset[str] = frozenset()
    others: bool = True


@dataclass(frozen=True)
class Drop:
    """Which touches of a day that ended before an instant still hold such texts, and what takes these away."""

    touch: Table
    due: Select[Any]
    away: Sequence[Update | Delete]

    def of(self, old: Old) -> Select[Any]:
        """Those of these categories."""
        among = self.touch.c.category.in_(sorted(old.categories))
        return self.due.where(not_(among) if old.others else among)


def _drop(of: Ledger, holds: ColumnElement[bool], *away: Update | Delete) -> Drop:
    t = of.touch.c
    ended = t.state.in_(TOUCH_TERMINAL), func.coalesce(t.settled_at, t.due_at) < _BEFORE, holds
    return Drop(of.touch, select(t.id).where(t.day_on == bindparam("day_on"), *ended), away)


def _words(of: Ledger) -> Drop:
    d = of.delivery.c
    written = exists().where(d.touch == of.touch.c.id, or_(d.subject != "", d.text != "", d.html != ""))
    drafted = exists().where(of.draft.c.touch == of.touch.c.id)
    blank = {"subject": "", "text": "", "html": "", "headers": null(), "appointment": null()}
    return _drop(
        of, or_(written, drafted), update(of.delivery).where(d.touch.in_(_IDS)).values(blank),
        delete(of.draft).where(of.draft.c.touch.in_(_IDS)),
    )  # fmt: skip


def _addresses(of: Ledger) -> Drop:
    d, e = of.delivery.c, of.delivery_event.c
    known = exists().where(d.touch == of.touch.c.id, or_(d.address != "", d.receiver_name != ""))
    blank = {"address": "", "receiver_name": "", "last_error": null()}
    return _drop(
        of, known,
        update(of.delivery_event).where(e.delivery.in_(select(d.id).where(d.touch.in_(_IDS)))).values(detail=null()),
        update(of.delivery).where(d.touch.in_(_IDS)).values(blank),
    )  # fmt: skip


def _findings(of: Ledger) -> Drop:
    v = of.verdict.c
    found = exists().where(v.touch == of.touch.c.id, cast(v.facts, AsText) != "{}")
    return _drop(of, found, update(of.verdict).where(v.touch.in_(_IDS)).values(facts={}))


DROPS: Mapping[str, tuple[Drop, Drop]] = {
    "words": (_words(LIVE), _words(ARCHIVE)),
    "addresses": (_addresses(LIVE), _addresses(ARCHIVE)),
    "findings": (_findings(LIVE), _findings(ARCHIVE)),
}
"""By the word of config.yaml: in the ledger, and in the archive."""


def next_day(connection: Connection, last_on: str, before_on: str) -> str | None:
    """The first civil day (ISO) behind `last_on` and before `before_on` on which anything was due, here or there."""
    days = [
        connection.execute(select(func.min(day)).where(day > last_on, day < before_on)).scalar_one()
        for day in (LIVE.touch.c.day_on, ARCHIVE.touch.c.day_on)
    ]
    return min((day for day in days if day is not None), default=None)


def count(connection: Connection, drop: Drop, day_on: str, old: Old) -> int:
    """How many touches of that day hold what is to go."""
    query = select(func.count()).select_from(drop.of(old).subquery())
    return int(connection.execute(query, {"day_on": day_on, "before": old.before}).scalar_one())


def take_away(connection: Connection, drop: Drop, day_on: str, old: Old) -> int:
    """Of a piece of that day's touches; how many there were. 0: none is left."""
    query = drop.of(old).limit(PIECE).with_for_update(skip_locked=True)
    ids = connection.execute(query, {"day_on": day_on, "before": old.before}).scalars().all()
    if ids:
        for statement in drop.away:
            connection.execute(statement, {"ids": ids})
    return len(ids)


def old_letters(connection: Connection, before: int) -> int:
    """How many letters were taken in before that instant."""
    return int(connection.execute(select(func.count()).where(letter.c.seen_at < before)).scalar_one())


def forget_letters(connection: Connection, before: int) -> int:
    """A piece of them; how many went."""
    some = select(letter.c.id).where(letter.c.seen_at < before).order_by(letter.c.seen_at).limit(4 * PIECE)
    ids = connection.execute(some).scalars().all()
    connection.execute(delete(letter).where(letter.c.id.in_(ids)))
    return len(ids)


def old_looks(connection: Connection, before: int) -> int:
    """How many looks at customers there were before that instant."""
    return int(connection.execute(select(func.count()).where(look.c.at < before)).scalar_one())


def forget_looks(connection: Connection, before: int) -> int:
    """A piece of them, the oldest first; how many went. They were put down in the order of their numbers."""
    first = connection.execute(select(look.c.id, look.c.at).order_by(look.c.id).limit(4 * PIECE)).all()
    ids = [row.id for row in first if row.at < before]
    connection.execute(delete(look).where(look.c.id.in_(ids)))
    return len(ids)
