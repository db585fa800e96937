"""Taking changes through the gates: what is refused stays as it is, what is flagged is made, and both are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from engine.domain.changes import POOLED, Actor, Change, ChangeKind, Role
from engine.stages.gates.objections import Gates, Objection
from engine.stages.gates.records import Refused, record
from engine.store.database import Connection, Database
from engine.store.facts.asked import Asked
from engine.store.facts.dirty import Stamp
from engine.store.facts.gate_events import reps_by_id


@contextmanager
def gated(db: Database, actor: str, stamp: Stamp) -> Iterator[Connection]:
    """A write transaction of which a refusal undoes everything, and leaves the objections on record. It is raised."""
    refused: Refused | None = None
    with db.writing() as connection:
        try:
            with connection.begin_nested():
                yield connection
        except Refused as error:
            record(connection, error.objections, actor_named(connection, actor), stamp.now, stamp.cause)
            refused = error
    if refused is not None:
        raise refused


Refusals = Mapping[str, tuple[Objection, ...]]
"""The refusals of each lead whose change is refused, by his id."""


def actor_named(connection: Connection, name: str, *, lock: bool = True) -> Actor:
    """Whoever says so at the command line: a rep, a manager, or somebody else. A rep is locked until the end of the
    transaction, so that two claims of his do not both count as the last one that he may make; not where it only reads.
    """
    row = reps_by_id(connection, [name], lock=lock).get(name)
    if row is None:
        return Actor(name, Role.OPS)
    return Actor(name, Role.MANAGER if row["role"] == Role.MANAGER else Role.REP)


def pass_gates(
    connection: Connection, gates: Gates, asked: Mapping[str, Asked], actor: Actor, stamp: Stamp
) -> Refusals:
    """Ask the gates about changes that are about to be written in this transaction; every objection is recorded."""
    changes = [change for lead, one in asked.items() for change in changes_of(lead, one)]
    return settle(connection, gates.weigh(connection, changes, actor, stamp.now), actor, stamp)


def settle(connection: Connection, found: tuple[Objection, ...], actor: Actor, stamp: Stamp) -> Refusals:
    """Record what gates said; the refusals by lead."""
    record(connection, found, actor, stamp.now, stamp.cause)
    refused: dict[str, list[Objection]] = defaultdict(list)
    for one in found:
        if one.refuses:
            refused[one.change.lead].append(one)
    return {lead: tuple(objections) for lead, objections in refused.items()}


def changes_of(lead: str, asked: Asked) -> Iterator[Change]:
    """What a write of a lead is to gates: fields that are set, and an owner who is given or taken away."""
    yield Change(lead, ChangeKind.SET, dict(asked.new))
    if asked.new.get("owner") is not None:
        yield Change(lead, ChangeKind.ASSIGN, assignee=str(asked.new["owner"]))
    elif "owner" in asked.new or asked.new.get("status") == POOLED:
        yield Change(lead, ChangeKind.ASSIGN)
