"""The public pool: claiming a lead, giving one back, handing out. Each is one short write transaction a lead.

All go through the gates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.changes import POOLED, Actor, Role
from engine.ground.errors import FollowupError, UsageError
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import actor_named, pass_gates
from engine.stages.gates.records import Refused
from engine.stages.known import known_lead, known_rep
from engine.store.database import Connection, Database
from engine.store.facts.asked import asked_by_changes
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads, locked

CLAIM, RETURN, HAND_OUT = "pool claim", "pool return", "pool hand out"
"""The causes that the transitions of the lead name; of a return also why, if that was said."""


def claim(db: Database, gates: Gates, lead_id: str, actor: str, now: int) -> None:
    """Let a rep take a lead from the pool: of two who ask at once, one gets him.

    UsageError: there is no such lead, or the actor is no rep. FollowupError: the lead is not in the pool (any more).
    Refused: a gate objects; that is recorded, and the lead stays where he is.
    """
    _take(db, gates, lead_id, actor, Stamp(now, actor, CLAIM))


@dataclass(frozen=True)
class HandedOut:
    """What became of leads that somebody handed out: who was given, and of the others each with why not."""

    given: tuple[str, ...]
    kept: tuple[tuple[str, FollowupError], ...]


def hand_out(db: Database, gates: Gates, leads: Sequence[str], to: str, actor: str, now: int) -> HandedOut:
    """Give leads of the pool to a rep, one after the other; one who is kept keeps no other. UsageError: no such rep."""
    given: list[str] = []
    kept: list[tuple[str, FollowupError]] = []
    with db.reading() as connection:
        known_rep(connection, to)
    for lead_id in leads:
        try:
            _take(db, gates, lead_id, to, Stamp(now, actor, HAND_OUT))
        except FollowupError as error:
            kept.append((lead_id, error))
        else:
            given.append(lead_id)
    return HandedOut(tuple(given), tuple(kept))


def give_back(
    db: Database, settings: Settings, gates: Gates, lead_id: str, actor: str, now: int, why: str = "",
    *, owner: str = "",
) -> None:  # fmt: skip
    """Put a lead into the pool; who had him is remembered as his previous owner, and why with the change.

    With an `owner` only as long as the lead is his. UsageError: there is no such lead, he is there already or somebody
    else's by now, or config.yaml has no status `pooled`. Refused: as above.
    """
    if POOLED not in settings.vocabularies.statuses:
        raise UsageError(f'config.yaml has no status "{POOLED}"; add it to vocabularies.statuses')
    stamp = Stamp(now, actor, f"{RETURN}: {why}" if why else RETURN)
    with db.writing() as connection:
        who = actor_named(connection, actor)
        lead = _locked(connection, lead_id)
        if lead["status"] == POOLED:
            raise UsageError(f"{lead_id} is in the pool already")
        if owner not in ("", lead["owner"]):
            raise UsageError(f"{lead_id} is no longer {owner}'s to give back")
        refused = _change(connection, gates, lead_id, {"owner": None, "status": POOLED}, who, stamp)
    if refused is not None:
        raise refused


def _take(db: Database, gates: Gates, lead_id: str, to: str, stamp: Stamp) -> None:
    with db.writing() as connection:
        who = actor_named(connection, stamp.actor)
        if to == stamp.actor and who.role not in (Role.REP, Role.MANAGER):
            known_rep(connection, to)
        lead = _locked(connection, lead_id)
        if lead["status"] != POOLED:
            raise FollowupError(f"{lead_id} is not in the pool: {_whose(lead)}")
        refused = _change(connection, gates, lead_id, {"owner": to}, who, stamp)
    if refused is not None:
        raise refused


def _locked(connection: Connection, lead_id: str) -> Mapping[str, Any]:
    """The lead as he is once nobody else is at him."""
    known_lead(connection, lead_id)
    return locked(connection, [lead_id])[lead_id]


def _whose(lead: Mapping[str, Any]) -> str:
    return f"his owner is {lead['owner']}" if lead["owner"] is not None else f"his status is {lead['status']}"


def _change(
    connection: Connection, gates: Gates, lead_id: str, values: Mapping[str, Any], actor: Actor, stamp: Stamp
) -> Refused | None:
    """Write it if the gates let it pass; else what is to be raised once their objections are kept."""
    refusals = pass_gates(connection, gates, asked_by_changes(connection, {lead_id: values}), actor, stamp)
    if refusals:
        return Refused(refusals[lead_id])
    change_leads(connection, {lead_id: values}, stamp)
    return None
