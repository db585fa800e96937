"""What a change goes back to: the changes that the engine made one because of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from engine.domain.words import Touch
from engine.store.archive.ever import ever
from engine.store.ledger import touch
from engine.store.tables import transition

CHAIN = "chain"
"""Why a change is held that others caused in a row."""

_TRANSITION = re.compile(r".*:transition#(\d+)")
_SINCE = re.compile(r"(owner_since|stage_since|pooled):lead@(\d{8}T\d{6})Z\+\d+")
_FIELD_OF = {"owner_since": "owner", "stage_since": "stage", "pooled": "status"}
"""Whose transition set the timestamp that an occasion counts from."""

_t = transition.c


class Link(NamedTuple):
    """One change of a chain: which touch made it, or who, and of what."""

    cause: str
    actor: str
    field: str
    previous: str | None
    value: str | None
    at: int
    depth: int


def depths(connection: Connection, touches: Sequence[Any]) -> dict[int, int]:
    """How many changes the engine made in a row before each of these touches came up; 0 is left out.

    `touches` are rows with id, lead and anchor. Only an occasion that a change of the lead gave birth to has any.
    """
    origins = {row.id: origin for row in touches if (origin := _origin(row.anchor))}
    if not origins:
        return {}
    leads = sorted({row.lead for row in touches if row.id in origins})
    query = select(_t.id, _t.lead, _t.field, _t.at, _t.cause_depth).where(_t.lead.in_(leads), _t.cause_depth > 0)
    by_id: dict[int, int] = {}
    by_instant: dict[tuple[str, str, int], int] = {}
    for row in connection.execute(query):
        by_id[row.id] = row.cause_depth
        key = (row.lead, row.field, row.at)
        by_instant[key] = max(row.cause_depth, by_instant.get(key, 0))
    found = {}
    for row in touches:
        origin = origins.get(row.id)
        depth = by_id.get(origin) if isinstance(origin, int) else origin and by_instant.get((row.lead, *origin))
        if depth:
            found[row.id] = depth
    return found


def chain(connection: Connection, lead: str, anchor: str) -> list[Link]:
    """The changes that led to an occasion of that lead, the latest first; empty if no rule had a hand in it."""
    return list(_links(connection, lead, anchor))


def held_chains(connection: Connection) -> dict[str, int]:
    """How many changes of each rule are held because rules made each other change too much."""
    query = select(touch.c.rule, func.count()).where(touch.c.state == Touch.HELD, touch.c.reason == CHAIN)
    return {row[0]: row[1] for row in connection.execute(query.group_by(touch.c.rule).order_by(touch.c.rule))}


def _links(connection: Connection, lead: str, anchor: str) -> Iterator[Link]:
    seen: set[str] = set()
    while anchor not in seen:
        seen.add(anchor)
        row = _transition_of(connection, lead, anchor)
        if row is None or row.cause_depth is None:
            return
        yield Link(row.cause or "", row.actor, row.field, row.previous, row.value, row.at, row.cause_depth)
        query = select(touch.c.anchor).where(touch.c.occurrence_key == row.cause)
        anchor = connection.execute(ever(query)).scalars().first() or anchor


def _transition_of(connection: Connection, lead: str, anchor: str) -> Any:
    origin = _origin(anchor)
    if origin is None:
        return None
    query = select(transition).where(_t.lead == lead).order_by(_t.id.desc()).limit(1)
    if isinstance(origin, int):
        return connection.execute(query.where(_t.id == origin)).one_or_none()
    return connection.execute(query.where(_t.field == origin[0], _t.at == origin[1])).one_or_none()


def _origin(anchor: str) -> int | tuple[str, int] | None:
    """The transition's id, or the field that changed and when, that an anchor names."""
    if by_id := _TRANSITION.fullmatch(anchor):
        return int(by_id[1])
    if since := _SINCE.fullmatch(anchor):
        at = datetime.strptime(since[2], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        return _FIELD_OF[since[1]], int(at.timestamp())
    return None
