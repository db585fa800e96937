"""What every query for occasions that may be born has in common: the lead, his segment, windows of instants."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, false, func, select

from engine.store.aside.sound import sound_lead
from engine.store.tables import lead, rep

Segment = ColumnElement[bool]
"""A rule's segment as SQL over the lead table."""

STATUS_GONE = "gone"
"""Leads that their source no longer has: they never give birth to anything."""


class LeadRow(NamedTuple):
    """What planning needs of a lead; the first columns of every row that may give birth."""

    id: str
    shard: int
    timezone: str
    country: str
    owner: str | None
    previous_owner: str | None
    confidential: bool
    history_at: int | None = None
    """What was due before it came in as history."""
    region: str | None = None


LEAD_COLUMNS = (
    lead.c.id, lead.c.shard, lead.c.timezone, lead.c.country, lead.c.owner, lead.c.previous_owner, lead.c.confidential,
    lead.c.history_at, lead.c.region,
)  # fmt: skip
LEAD_WIDTH = len(LEAD_COLUMNS)


class RepRow(NamedTuple):
    """What planning needs of a rep. He is absent on the ISO days `absent_from` to `absent_to`, both included."""

    id: str
    timezone: str
    manager: str | None
    team: str | None
    absent_from: str | None = None
    absent_to: str | None = None
    delegate: str | None = None
    channels: list[str] | None = None  # his own order
    joined_at: int | None = None  # seconds UTC


def load_reps(connection: Connection) -> dict[str, RepRow]:
    """All reps by id."""
    return {row[0]: RepRow(*row) for row in connection.execute(_REPS)}


_REPS = select(*(rep.c[name] for name in RepRow._fields))


def of_leads(query: Select[Any], leads: Sequence[str]) -> tuple[Select[Any], dict[str, Any]]:
    """The same rows, of those leads only: the query, and what else it is executed with.

    Of the same query and one lead, or several, the same object again.
    """
    return (_of_one(query), {"lead": leads[0]}) if len(leads) == 1 else (_of_several(query), {"leads": leads})


@lru_cache(maxsize=512)
def _of_one(query: Select[Any]) -> Select[Any]:
    """A list of values is written into the statement each time that it is executed; a value is not."""
    return query.where(lead.c.id == bindparam("lead"))


@lru_cache(maxsize=512)
def _of_several(query: Select[Any]) -> Select[Any]:
    return query.where(lead.c.id.in_(bindparam("leads", expanding=True)))


class Page(NamedTuple):
    """Leads by their ids: those behind `after`, up to `last` (None: all the rest)."""

    after: str
    last: str | None


def next_page(connection: Connection, after: str, size: int) -> Page:
    """So many leads behind that id, by a walk along the key."""
    return Page(after, connection.execute(_NTH_BEHIND, {"after": after, "further": size - 1}).scalar_one_or_none())


_NTH_BEHIND = (
    select(lead.c.id)
    .where(lead.c.id > bindparam("after"))
    .order_by(lead.c.id)
    .limit(1)
    .offset(bindparam("further"))
)


def on_page(page: Page) -> ColumnElement[bool]:
    """Whether a lead is on that page."""
    behind = lead.c.id > page.after
    return behind if page.last is None else and_(behind, lead.c.id <= page.last)


_LIVING = select(*LEAD_COLUMNS).where(lead.c.status != STATUS_GONE, sound_lead(lead.c.id))


def living(*columns: ColumnElement[Any]) -> Select[Any]:
    """Leads that their source still has and that can be read, by LEAD_COLUMNS, + those columns."""
    return _LIVING.add_columns(*columns)


@lru_cache(maxsize=256)
def both(segment: Segment, other: Segment) -> Segment:
    """Both of them; of the same two, the same object again, so that whole queries over it can be kept."""
    return segment & other


@lru_cache(maxsize=256)
def unindexed(segment: Segment) -> Segment:
    """The segment as one expression that no index serves: rows are found by their window, then filtered.

    Without statistics SQLite takes `country = 'CN'` for ten leads and the window for a sixteenth of all.
    """
    return func.coalesce(segment, false())


Window = tuple[int, int] | tuple[str, str]
"""Instants `first <= t < last`, or ISO days."""


def window_values(windows: Sequence[Window]) -> dict[str, Any]:
    """The parameters that a query over that many windows is executed with."""
    return {f"{end}_{n}": at for n, window in enumerate(windows) for end, at in zip(_ENDS, window, strict=True)}


_ENDS = ("first", "last")


def within(column: ColumnElement[Any], n: int) -> ColumnElement[bool]:
    """Whether the column lies in the n-th window, whose ends `window_values` binds."""
    return and_(column >= bindparam(f"first_{n}"), column < bindparam(f"last_{n}"))
