"""What gates would say now if the lead's own rep asked for the changes that they stand before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from engine.domain.changes import Actor, Change, ChangeKind
from engine.rulebook.conditions import Scalar
from engine.rulebook.evaluate import Failure
from engine.rulebook.model import AssignOf, EndOf, Gate, RuleBook, SetOf
from engine.settings.model import Settings
from engine.stages.gates.endings import as_gates_read
from engine.stages.gates.objections import Gates
from engine.stages.gates.passing import actor_named
from engine.store.database import Connection
from engine.store.facts.circumstances import list_circumstances
from engine.store.facts.gate_events import reps_by_id

NOBODY = "ops"
"""Who asks about a lead that no rep ever had: somebody at the command line."""


@dataclass(frozen=True)
class GateStory:
    """One gate and one change of the lead, as if `by` asked for it now; `failed` None: the gate lets it through.

    `otherwise` is what the gate does to a change that it objects to: refuse or flag.
    """

    gate: str
    summary: str
    otherwise: str
    change: Mapping[str, object]
    by: str
    failed: Failure | None


def gate_stories(
    connection: Connection, settings: Settings, book: RuleBook, lead: Mapping[str, Any], now: int
) -> list[GateStory]:
    """Every gate of the book, for each change of this lead (his row) that it stands before.

    The lead's owner asks, else who had him last. Of the reps whom he may be given to one is asked about: who had him
    last, else his owner's manager. What would change nothing (he is suspended already) is not asked.
    """
    actor = actor_named(connection, str(lead["owner"] or lead["previous_owner"] or NOBODY), lock=False)
    found: list[GateStory] = []
    for gate in book.gates:
        one = Gates((gate,), settings.office.timezone)
        for change in _changes(connection, gate, lead, now):
            said = one.objections(connection, change, actor, now)
            failed = said[0].failed if said else None
            found.append(_story(gate, change, actor, failed))
    return found


def _story(gate: Gate, change: Change, actor: Actor, failed: Failure | None) -> GateStory:
    return GateStory(gate.id, gate.summary, str(gate.otherwise), change.as_json(), actor.id, failed)


def _changes(connection: Connection, gate: Gate, lead: Mapping[str, Any], now: int) -> Iterator[Change]:
    match gate.on:
        case SetOf(fields):
            yield from _sets(fields, lead)
        case AssignOf(to):
            assignee = lead["previous_owner"] or _manager(connection, lead["owner"])
            if to != "pool" and assignee is not None:
                yield Change(lead["id"], ChangeKind.ASSIGN, assignee=assignee)
            if to != "rep" and lead["owner"] is not None:
                yield Change(lead["id"], ChangeKind.ASSIGN)
        case EndOf(kinds):
            for row in list_circumstances(connection, lead_id=lead["id"]):
                goes_on = row["ends_at"] is None or row["ends_at"] > now
                if goes_on and (not kinds or row["kind"] in kinds):
                    yield Change(lead["id"], ChangeKind.EVENT_END, event=as_gates_read(dict(row), now))


def _sets(fields: Sequence[tuple[str, Sequence[Scalar]]], lead: Mapping[str, Any]) -> Iterator[Change]:
    """Each value that the gate names and the lead does not have; where it names none, any other one ("any")."""
    for values in product(*(tuple(named) or ("any",) for _, named in fields)):
        new = dict(zip((name for name, _ in fields), values, strict=True))
        if all(_now(lead, name) != value for name, value in new.items()):
            yield Change(lead["id"], ChangeKind.SET, new)


def _manager(connection: Connection, owner: str | None) -> str | None:
    row = reps_by_id(connection, [owner]).get(owner) if owner is not None else None
    return None if row is None else row["manager"]


def _now(lead: Mapping[str, Any], name: str) -> object:
    head, _, attribute = name.partition(".")
    return lead["attrs"].get(attribute) if head == "attrs" else lead[name]
