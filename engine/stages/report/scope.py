"""Whom a report is about: a rep, a team, or the whole house."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.cells import quoted
from engine.ground.errors import UsageError
from engine.settings.wording import did_you_mean
from engine.stages.compose.receivers import known_zone
from engine.stages.known import known_rep
from engine.store.database import Connection
from engine.store.lookups.colleagues import Colleague, colleagues_ever

REP, TEAM, HOUSE = "rep", "team", "house"


@dataclass(frozen=True)
class Scope:
    """The reps whose work is told of; `zone` is where its days begin and end."""

    kind: str
    who: str
    name: str
    zone: str
    reps: tuple[Colleague, ...]

    @property
    def ids(self) -> tuple[str, ...] | None:
        """Their ids; None: everybody's."""
        return None if self.kind == HOUSE else tuple(one.id for one in self.reps)


def of_rep(connection: Connection, rep: str, otherwise: str) -> Scope:
    """One rep, by his own clock; by the other zone where his is none. UsageError: there is no rep of that id."""
    known_rep(connection, rep)
    (found,) = (one for one in colleagues_ever(connection) if one.id == rep)
    return Scope(REP, rep, found.name, known_zone(found.timezone, otherwise), (found,))


def of_team(connection: Connection, team: str, zone: str) -> Scope:
    """The reps of a team, by the office's clock. UsageError: nobody is in it."""
    everybody = colleagues_ever(connection)
    reps = tuple(one for one in everybody if one.team == team)
    if not reps:
        teams = tuple(sorted({one.team for one in everybody if one.team}))
        hint = did_you_mean(team, teams)
        raise UsageError(f"nobody is in a team {quoted(team)}" + (f"; {hint}" if hint else ""))
    return Scope(TEAM, team, team, zone, reps)


def of_manager(connection: Connection, manager: str, zone: str) -> Scope:
    """Those whose manager he is, and himself, by the office's clock. UsageError: there is none of that id."""
    known_rep(connection, manager)
    reps = tuple(one for one in colleagues_ever(connection) if manager in (one.manager, one.id))
    name = next(one.name for one in reps if one.id == manager)
    return Scope(TEAM, manager, name, zone, reps)


def of_house(connection: Connection, name: str, zone: str) -> Scope:
    """Everybody, by the office's clock."""
    return Scope(HOUSE, "", name, zone, tuple(colleagues_ever(connection)))
