"""What every change of a lead's facts leaves behind in its own transaction: work for plan, a new judge version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, exists, func, insert, literal, select, update

from engine.store.tables import dirty_lead, lead

CHUNK = 1000
"""Ids a statement: below what either engine takes as parameters."""

AROUND = "around"
"""The reason of a lead in whom nothing changed but what goes on around him: circumstances, or his colleagues' talks."""

T = TypeVar("T")


class Stamp(NamedTuple):
    """When a change was made (seconds since the epoch), by whom, and what caused it.

    `depth`: of a change that the engine made, how many it made in a row, each because of the one before.
    """

    now: int
    actor: str
    cause: str | None = None
    depth: int | None = None


class Tally(NamedTuple):
    """What became of some rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def touch_leads(connection: Connection, leads: Collection[str], reason: str, now: int) -> None:
    """Facts of these leads changed: plan them anew, and judge again what is not yet sent."""
    for chunk in chunks(sorted(leads)):
        touch_leads_where(connection, lead.c.id.in_(chunk), reason, now)


def touch_leads_where(connection: Connection, which: ColumnElement[bool], reason: str, now: int) -> None:
    """The same for all leads that meet a condition over the lead table.

    Their rows are locked in the order of their ids first: two who change many at once would wait for each other.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        locked = select(lead.c.id).where(which).order_by(lead.c.id).with_for_update().subquery()
        connection.execute(select(func.count()).select_from(locked))
    connection.execute(update(lead).where(which).values(judge_version=lead.c.judge_version + 1))
    rows = select(lead.c.id, literal(reason), literal(now)).where(which)
    connection.execute(insert(dirty_lead).from_select(["lead", "reason", "at"], rows))


def with_colleagues(connection: Connection, leads: Collection[str]) -> list[str]:
    """These leads and all others of their accounts, in the order in which their rows are to be locked."""
    found = set(leads)
    for chunk in chunks(sorted(leads)):
        accounts = select(lead.c.account).where(lead.c.id.in_(chunk))
        found |= set(connection.execute(select(lead.c.id).where(lead.c.account.in_(accounts))).scalars())
    return sorted(found)


def touch_colleagues(connection: Connection, accounts: Collection[str], but: Collection[str], now: int) -> None:
    """What is counted of these accounts changed: it is judged anew for all their leads but those already told of."""
    for chunk in chunks(sorted(accounts)):
        theirs = connection.execute(select(lead.c.id).where(lead.c.account.in_(chunk))).scalars()
        touch_leads(connection, set(theirs) - set(but), AROUND, now)


def is_dirty(connection: Connection, lead_id: str) -> bool:
    """Whether the lead waits to be planned anew."""
    return bool(connection.execute(select(exists().where(dirty_lead.c.lead == lead_id))).scalar_one())


def touch_schedules(connection: Connection, reason: str, now: int) -> None:
    """Reps changed, so perhaps who gets what of a schedule, and when. The dirty lead "" stands for what has none."""
    connection.execute(insert(dirty_lead).values(lead="", reason=reason, at=now))


def chunks(items: Iterable[T]) -> Iterator[Sequence[T]]:
    """The items in lists of at most CHUNK."""
    whole = list(items)
    for start in range(0, len(whole), CHUNK):
        yield whole[start : start + CHUNK]
