"""The public pool: claiming a lead, giving one back. Each is one short write transaction, through the gates."""

from __future__ import annotations

from collections.abc import Mapping
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

CLAIM, RETURN = "pool claim", "pool return"
"""The causes that the transitions of the lead name."""


def claim(db: Database, gates: Gates, lead_id: str, actor: str, now: int) -> None:
    """Let a rep take a lead from the pool: of two who ask at once, one gets him.

    UsageError: there is no such lead, or the actor is no rep. FollowupError: the lead is not in the pool (any more).
    Refused: a gate objects; that is recorded, and the lead stays where he is.
    """
    stamp = Stamp(now, actor, CLAIM)
    with db.writing() as connection:
        who = actor_named(connection, actor)
        if who.role not in (Role.REP, Role.MANAGER):
            known_rep(connection, actor)
        lead = _locked(connection, lead_id)
        if lead["status"] != POOLED:
            raise FollowupError(f"{lead_id} is not in the pool: {_whose(lead)}")
        refused = _change(connection, gates, lead_id, {"owner": actor}, who, stamp)
    if refused is not None:
        raise refused


def give_back(db: Database, settings: Settings, gates: Gates, lead_id: str, actor: str, now: int) -> None:
    """Put a lead into the pool; who had him is remembered as his previous owner.

    UsageError: there is no such lead, he is there already, or config.yaml has no status `pooled`. Refused: as above.
    """
    if POOLED not in settings.vocabularies.statuses:
        raise UsageError(f'config.yaml has no status "{POOLED}"; add it to vocabularies.statuses')
    stamp = Stamp(now, actor, RETURN)
    with db.writing() as connection:
        who = actor_named(connection, actor)
        if _locked(connection, lead_id)["status"] == POOLED:
            raise UsageError(f"{lead_id} is in the pool already")
        refused = _change(connection, gates, lead_id, {"owner": None, "status": POOLED}, who, stamp)
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
