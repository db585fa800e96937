"""Colleagues as the pages know them: how each wants to be addressed, and whose leads are his business."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from engine.store.tables import rep


@dataclass(frozen=True)
class Colleague:
    """A rep. `left`: he is away without an end, and somebody stands in for him."""

    id: str
    name: str
    role: str
    timezone: str
    locale: str
    left: bool
    manager: str | None
    team: str | None


def colleague(connection: Connection, rep_id: str) -> Colleague | None:
    """The rep of that id."""
    row = connection.execute(select(rep).where(rep.c.id == rep_id)).one_or_none()
    return None if row is None else _colleague(row)


def colleagues(connection: Connection) -> list[Colleague]:
    """All who are still there, by name."""
    return [one for one in colleagues_ever(connection) if not one.left]


def colleagues_ever(connection: Connection) -> list[Colleague]:
    """All, also those who have left, by name."""
    return [_colleague(row) for row in connection.execute(select(rep).order_by(rep.c.name, rep.c.id))]


def _colleague(row: Any) -> Colleague:
    left = row.absent_from is not None and row.absent_to is None and row.delegate is not None
    return Colleague(row.id, row.name, row.role, row.timezone, row.locale, left, row.manager, row.team)


def managed_by(connection: Connection, manager: str) -> frozenset[str]:
    """The reps whose manager he is."""
    return frozenset(connection.execute(select(rep.c.id).where(rep.c.manager == manager)).scalars())


def teams_of(connection: Connection, managers: Collection[str]) -> frozenset[str]:
    """The reps whose manager one of these is; of who is no manager there are none."""
    found = select(rep.c.id).where(rep.c.manager.in_(managers)) if managers else None
    return frozenset() if found is None else frozenset(connection.execute(found).scalars())


def stood_in_for(connection: Connection, delegate: str) -> frozenset[str]:
    """The reps whose delegate he is while they are away, whether or not they are now: he may prepare himself."""
    return frozenset(connection.execute(select(rep.c.id).where(rep.c.delegate == delegate)).scalars())


def absent_for(connection: Connection, delegate: str, day_on: str) -> frozenset[str]:
    """The reps whose delegate he is and who are away on that day (ISO)."""
    since, until = rep.c.absent_from, rep.c.absent_to
    away = [
        or_(since.is_not(None), until.is_not(None)), or_(since.is_(None), since <= day_on),
        or_(until.is_(None), until >= day_on),
    ]  # fmt: skip
    return frozenset(connection.execute(select(rep.c.id).where(rep.c.delegate == delegate, *away)).scalars())
