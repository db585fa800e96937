"""Reps, managers and teams as the `for` of a schedule sees them, read in memory: they are few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from engine.domain.ages import cut
from engine.ground.durations import Duration
from engine.rulebook.evaluate import Snapshot
from engine.store.conditions.fields import COUNTER
from engine.store.tables import interaction, lead, rep

_COLUMNS = (
    rep.c.id, rep.c.role, rep.c.team, rep.c.region, rep.c.locale, rep.c.timezone, rep.c.joined_at, rep.c.manager,
)  # fmt: skip


def load_subjects(
    connection: Connection, kind: str, paths: frozenset[str], now: int, house_zone: str
) -> list[Snapshot]:
    """Every rep, every manager (by role, or because a rep names him) or every team, with the values of those paths.

    A snapshot's `lead` is the rep's id or the team's name. Ages hold the raw instant; a team's days are the house's.
    """
    rows = connection.execute(select(*_COLUMNS).order_by(rep.c.id)).all()
    values = {row.id: _values(row) for row in rows}
    for path, found in _counted(connection, rows, paths, now).items():
        for ident in values:
            values[ident][path] = found.get(ident, 0)
    if kind == "team":
        return [Snapshot(team, house_zone, now, found) for team, found in _teams(values, paths).items()]
    managers = {row.manager for row in rows}
    wanted = (row for row in rows if kind == "rep" or row.role == "manager" or row.id in managers)
    return [Snapshot(row.id, row.timezone, now, values[row.id]) for row in wanted]


def _values(row: Any) -> dict[str, object]:
    return {
        "role": row.role, "team": row.team, "region": row.region, "locale": row.locale, "timezone": row.timezone,
        "age.joined": row.joined_at,
    }  # fmt: skip


def _counted(
    connection: Connection, rows: Sequence[Any], paths: Iterable[str], now: int
) -> dict[str, Mapping[str, int]]:
    """What has to be counted, by path and rep: the leads he owns, his contacts of the last days."""
    found: dict[str, Mapping[str, int]] = {}
    if "leads" in paths:
        query = select(lead.c.owner, func.count()).where(lead.c.status != "gone", lead.c.owner.is_not(None))
        found["leads"] = {row[0]: row[1] for row in connection.execute(query.group_by(lead.c.owner))}
    for path in paths:
        counter = COUNTER.fullmatch(path)
        if counter:
            found[path] = _contacts(connection, rows, int(counter[2]), now)
    return found


def _contacts(connection: Connection, rows: Sequence[Any], days: int, now: int) -> dict[str, int]:
    """Contacts that each rep logged in his last civil days."""
    found: dict[str, int] = {}
    for zone in {row.timezone for row in rows}:
        since = cut(now, Duration(days=days), zone).start
        reps = [row.id for row in rows if row.timezone == zone]
        query = select(interaction.c.rep, func.count()).where(
            interaction.c.rep.in_(reps), interaction.c.at >= since, interaction.c.effective
        )
        found |= {row[0]: row[1] for row in connection.execute(query.group_by(interaction.c.rep))}
    return found


def _teams(values: Mapping[str, Mapping[str, Any]], paths: Iterable[str]) -> dict[str, dict[str, object]]:
    """Teams by name, with what their members have together."""
    members: dict[str, list[Mapping[str, Any]]] = {}
    for one in values.values():
        if one["team"]:
            members.setdefault(one["team"], []).append(one)
    summed = [path for path in paths if path == "leads" or COUNTER.fullmatch(path)]
    return {
        team: {"team": team, "members": len(found)} | {path: sum(one[path] for one in found) for path in summed}
        for team, found in sorted(members.items())
    }
