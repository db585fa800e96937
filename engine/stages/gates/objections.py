"""Whether gates object to a change: read in the transaction that would make it, under the lead's row lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.changes import Actor, Change, ChangeKind
from engine.domain.civil import day_start, local_date
from engine.domain.spoken import said_in
from engine.rulebook.conditions import fields_of, reads_circumstances
from engine.rulebook.evaluate import Failure, Snapshot, first_failed, holds
from engine.rulebook.model import AssignOf, EndOf, Gate, Otherwise, RuleBook, SetOf
from engine.settings.model import Settings
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Connection
from engine.store.facts.gate_events import claims_since, leads_held, reps_by_id

_OF_GATES = ("actor", "assignee", "event")


@dataclass(frozen=True)
class Objection:
    """A gate that a change does not satisfy, with the first comparison that keeps it from holding."""

    gate: str
    summary: str
    otherwise: Otherwise
    failed: Failure
    change: Change

    @property
    def refuses(self) -> bool:
        return self.otherwise is Otherwise.REFUSE

    def sentence(self, locale: str = "en") -> str:
        """One line for people: the gate, what it stands for, what was wanted and what was found."""
        evidence = f"{self.failed.path}: wanted {self.failed.wanted}, found {self.failed.found}"
        return f"gate {self.gate}: {said_in(locale, self.summary) or 'refused'} ({evidence})"


@dataclass(frozen=True)
class Gates:
    """The gates of one generation. Claims are counted by the civil day of the office."""

    gates: tuple[Gate, ...] = ()
    office_zone: str = "UTC"

    @staticmethod
    def of(book: RuleBook, settings: Settings) -> Gates:
        return Gates(book.gates, settings.office.timezone)

    @property
    def on_events(self) -> bool:
        """Whether any gate stands before the end of a circumstance."""
        return any(isinstance(gate.on, EndOf) for gate in self.gates)

    @property
    def on_leads(self) -> bool:
        """Whether any gate stands before a change of a lead's fields or owner."""
        return any(not isinstance(gate.on, EndOf) for gate in self.gates)

    def objections(self, connection: Connection, change: Change, actor: Actor, now: int) -> tuple[Objection, ...]:
        """Every gate that objects to the change, by its id. Lead, reps and circumstances are read as they are now."""
        return self.weigh(connection, [change], actor, now)

    def weigh(
        self, connection: Connection, changes: Sequence[Change], actor: Actor, now: int
    ) -> tuple[Objection, ...]:
        """The same for many changes, in their order, with one look at all their leads."""
        concerned = [(change, gate) for change in changes for gate in self.gates if stands_before(gate, change)]
        if not concerned:
            return ()
        facts = _facts(connection, concerned, actor, now, self.office_zone)
        found = (_objection(gate, change, facts.get(change.lead)) for change, gate in concerned)
        return tuple(objection for objection in found if objection is not None)


def stands_before(gate: Gate, change: Change) -> bool:
    """Whether the gate is one on this kind of change, whatever its conditions say."""
    match gate.on:
        case SetOf(fields):
            return change.kind is ChangeKind.SET and all(
                name in change.values and (not values or change.values[name] in values) for name, values in fields
            )
        case AssignOf(to):
            return change.kind is ChangeKind.ASSIGN and to in ("any", "pool" if change.assignee is None else "rep")
        case EndOf(kinds):
            return change.kind is ChangeKind.EVENT_END and (not kinds or change.event.get("kind") in kinds)


@dataclass(frozen=True)
class _Facts:
    """What gates read of one lead, and beside him."""

    snapshot: Snapshot
    actor: Mapping[str, object]
    reps: Mapping[str, Mapping[str, object]]

    def of(self, change: Change) -> Snapshot:
        values = dict(self.snapshot.values) | dict(self.actor) | _assignee(change.assignee, self.reps)
        values |= {f"event.{name}": value for name, value in change.event.items()}
        return self.snapshot._replace(values=values)


def _objection(gate: Gate, change: Change, facts: _Facts | None) -> Objection | None:
    if facts is None:  # a lead that is not there yet: nothing of his changes
        return None
    snapshot = facts.of(change)
    if not holds(gate.condition, snapshot):
        return None
    failed = first_failed(gate.require, snapshot)
    return None if failed is None else Objection(gate.id, gate.summary, gate.otherwise, failed, change)


def _facts(
    connection: Connection, concerned: Sequence[tuple[Change, Gate]], actor: Actor, now: int, office_zone: str
) -> dict[str, _Facts]:
    conditions = [condition for _, gate in concerned for condition in (gate.condition, gate.require)]
    paths = {path for condition in conditions for path in fields_of(condition)}
    of_lead = frozenset(path for path in paths if path.partition(".")[0] not in _OF_GATES)
    leads = list(dict.fromkeys(change.lead for change, _ in concerned))
    snapshots = load_snapshots(
        connection, leads, of_lead, now, circumstances=any(map(reads_circumstances, conditions))
    )
    reps = reps_by_id(connection, set(_reps(concerned, actor)))
    held = leads_held(connection, reps) if "assignee.leads" in paths else {}
    reps = {rep: {**row, "leads": held.get(rep)} for rep, row in reps.items()}
    asking = facts_of_actor(actor, reps)
    if "actor.claims_today" in paths:
        morning = day_start(local_date(now, office_zone), office_zone)
        asking["actor.claims_today"] = claims_since(connection, actor.id, morning)
    return {lead: _Facts(snapshot, asking, reps) for lead, snapshot in snapshots.items()}


def _reps(concerned: Sequence[tuple[Change, Gate]], actor: Actor) -> Iterator[str]:
    yield actor.id
    yield from (change.assignee for change, _ in concerned if change.assignee is not None)


def facts_of_actor(actor: Actor, reps: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """Who asks. Somebody who is no rep has no team and no region, and never claimed anything."""
    row = reps.get(actor.id, {})
    return {
        "actor.id": actor.id, "actor.role": actor.role.value, "actor.team": row.get("team"),
        "actor.region": row.get("region"),
    }  # fmt: skip


def _assignee(rep_id: str | None, reps: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """Who is to get the lead; all is missing where it is the pool."""
    row = reps.get(rep_id, {}) if rep_id is not None else {}
    return {"assignee": rep_id, **{f"assignee.{name}": row.get(name) for name in ("role", "team", "region", "leads")}}
