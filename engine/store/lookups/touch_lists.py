"""Touches as lists of many show them: what waits in a state, and what is due on a day; page by page, by an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, or_, select, tuple_

from engine.domain.words import Audience
from engine.store.archive.ever import ever
from engine.store.ledger import touch
from engine.store.queued import IS_QUEUED
from engine.store.tables import lead

_t = touch.c


class Place(NamedTuple):
    """Where a page of a list ended: the last row's due time (seconds UTC) and its id."""

    at: int
    id: int


@dataclass(frozen=True)
class Chosen:
    """What a list is narrowed to; "" means no bound, and `owners` None everybody's customers.

    `rep` is whose it is: what he receives himself, and what goes to his customers.
    """

    rule: str = ""
    rep: str = ""
    category: str = ""
    states: Sequence[str] = ()
    owners: frozenset[str] | None = None

    @property
    def asks_lead(self) -> bool:
        """Whether it depends on whose customer it is."""
        return bool(self.rep) or self.owners is not None


@dataclass(frozen=True)
class Listed:
    """A touch with its customer; `name` None: it is about no customer. Instants are seconds UTC."""

    id: int
    rule: str
    step: str
    category: str
    audience: str
    receiver: str
    state: str
    reason: str | None
    policy: str | None
    due_at: int
    signer: str | None
    deadline_at: int | None
    lead: str
    name: str | None
    owner: str | None
    confidential: bool | None

    @property
    def place(self) -> Place:
        """Where the list goes on after it."""
        return Place(self.due_at, self.id)

    @property
    def why(self) -> str:
        """What kept it, moved it or ended it."""
        return self.policy or self.reason or ""


_LISTED = select(
    _t.id, _t.rule, _t.step, _t.category, _t.audience, _t.receiver, _t.state, _t.reason, _t.policy, _t.due_at,
    _t.signer, _t.deadline_at, _t.lead, lead.c.name, lead.c.owner, lead.c.confidential,
).outerjoin(lead, lead.c.id == _t.lead)  # fmt: skip


def waiting(connection: Connection, state: str, chosen: Chosen, after: Place | None, limit: int) -> list[Listed]:
    """What waits in that state (one that is queued), the earliest due first, after `after`."""
    query = _narrowed(_LISTED.where(IS_QUEUED, _t.state == state), chosen)
    rows = connection.execute(_after(query, after).order_by(_t.due_at, _t.id).limit(limit))
    return [Listed(*row) for row in rows]


def due_on(connection: Connection, day_on: str, chosen: Chosen, after: Place | None, limit: int) -> list[Listed]:
    """What is due on that civil day (ISO) of its customer's, the earliest first, after `after`."""
    query = _after(_narrowed(_LISTED.where(_t.day_on == day_on), chosen), after)
    return [Listed(*row) for row in connection.execute(ever(query, "due_at", "id").limit(limit))]


def listed(connection: Connection, touch_id: int) -> Listed | None:
    """One of them."""
    row = connection.execute(ever(_LISTED.where(_t.id == touch_id))).one_or_none()
    return None if row is None else Listed(*tuple(row))


def counts_by_day(connection: Connection, first_on: str, last_on: str, chosen: Chosen) -> dict[str, dict[str, int]]:
    """How many are due on each civil day from `first_on` to `last_on` (ISO), by state."""
    counted = select(_t.day_on, _t.state, func.count()).select_from(touch)
    if chosen.asks_lead:
        counted = counted.outerjoin(lead, lead.c.id == _t.lead)
    query = _narrowed(counted.where(_t.day_on >= first_on, _t.day_on <= last_on), chosen)
    found: dict[str, dict[str, int]] = {}
    for day, state, count in connection.execute(ever(query.group_by(_t.day_on, _t.state))):
        found.setdefault(day, {})[state] = count + found.get(day, {}).get(state, 0)
    return found


def _narrowed(query: Select[Any], chosen: Chosen) -> Select[Any]:
    if chosen.rule:
        query = query.where(_t.rule == chosen.rule)
    if chosen.category:
        query = query.where(_t.category == chosen.category)
    if chosen.states:
        query = query.where(_t.state.in_(chosen.states))
    if chosen.rep:
        to_his = and_(_t.audience == Audience.LEAD, lead.c.owner == chosen.rep)
        query = query.where(or_(_t.receiver == chosen.rep, to_his))
    if chosen.owners is not None:
        query = query.where(lead.c.owner.in_(sorted(chosen.owners)))
    return query


def _after(query: Select[Any], place: Place | None) -> Select[Any]:
    return query if place is None else query.where(tuple_(_t.due_at, _t.id) > tuple_(place.at, place.id))
