"""A rep leaves: another one takes over his customers, and everything that would have come to him."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.civil import local_date
from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates, Objection
from engine.stages.gates.passing import actor_named, pass_gates
from engine.stages.known import known_rep
from engine.store.database import Connection, Database
from engine.store.facts import handover
from engine.store.facts.asked import asked_by_changes
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads

LEAVE = "rep leave"
"""The cause that the leads' transitions name."""

BATCH = 500
"""Leads of one transaction, so that other writers get their turn."""


@dataclass(frozen=True)
class HandedOver:
    """What changed hands. `refused` are leads that a gate keeps where they are, with what it said."""

    leads: int
    drafts: int
    refused: tuple[tuple[str, tuple[Objection, ...]], ...] = ()


def leave(
    db: Database, settings: Settings, gates: Gates, leaver: str, to: str, actor: str, now: int
) -> HandedOver:
    """Hand everything of one rep over to another. Doing it again does what was left undone, and nothing twice.

    He is away for good first, so that nobody deals him new leads meanwhile; then his leads go in batches, each
    through the gates, and what is open for them is planned anew. What was done stays his. UsageError: one of them is
    no rep, or both are the same.
    """
    if leaver == to:
        raise UsageError(f"{leaver} cannot take over from himself; name somebody else with --to")
    with db.writing() as connection:
        for rep_id in (leaver, to):
            known_rep(connection, rep_id)
        day = local_date(now, settings.office.timezone).isoformat()
        handover.leave(connection, leaver, to, day, now)
        drafts = handover.pass_drafts(connection, leaver, to)
    leads, after = 0, ""
    refused: list[tuple[str, tuple[Objection, ...]]] = []
    while True:
        with db.writing() as connection:
            batch = handover.owned_by(connection, leaver, after, BATCH)
            if not batch:
                return HandedOver(leads, drafts, tuple(refused))
            objected = _give(connection, gates, batch, to, Stamp(now, actor, LEAVE))
        leads, after = leads + len(batch) - len(objected), batch[-1]
        refused += sorted(objected.items())


def _give(
    connection: Connection, gates: Gates, leads: list[str], to: str, stamp: Stamp
) -> dict[str, tuple[Objection, ...]]:
    """Make `to` the owner of those that the gates let pass; the others with their objections."""
    changes = {ident: {"owner": to} for ident in leads}
    asked = asked_by_changes(connection, changes)
    refused = dict(pass_gates(connection, gates, asked, actor_named(connection, stamp.actor), stamp))
    given = {ident: values for ident, values in changes.items() if ident not in refused}
    change_leads(connection, given, stamp)
    return refused
