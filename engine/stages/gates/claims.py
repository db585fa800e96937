"""What gates would say of claims: how many more a rep may make today, and who of the pool is not for him."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.domain.changes import Actor, Change, ChangeKind
from engine.domain.civil import day_start, local_date
from engine.rulebook.conditions import All, Compare, Condition, Op, fields_of
from engine.rulebook.evaluate import Snapshot, holds
from engine.rulebook.model import AssignOf, Gate, Otherwise
from engine.stages.gates.objections import Gates, Objection, facts_of_actor
from engine.store.database import Connection
from engine.store.facts.gate_events import claims_since, reps_by_id

CLAIMS = "actor.claims_today"


@dataclass(frozen=True)
class Claims:
    """A rep's claims of the office's civil day. `most`: how many gates let him make; None: as many as he likes."""

    made: int
    most: int | None

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(self.most - self.made, 0)


def claims_of(connection: Connection, gates: Gates, actor: Actor, now: int) -> Claims:
    """What the rep has taken today, and what plain limits among the gates on him leave him."""
    made = claims_since(connection, actor.id, day_start(local_date(now, gates.office_zone), gates.office_zone))
    asking = facts_of_actor(actor, reps_by_id(connection, [actor.id])) | {CLAIMS: made}
    snapshot = Snapshot("", gates.office_zone, now, asking)
    return Claims(made, min((most for gate in gates.gates for most in _limits(gate, snapshot)), default=None))


def objections_to_claims(
    connection: Connection, gates: Gates, leads: Sequence[str], actor: Actor, now: int
) -> dict[str, Objection]:
    """The first refusal of each lead that he could not claim now. Nothing is recorded: he has not asked yet."""
    changes = [Change(lead, ChangeKind.ASSIGN, assignee=actor.id) for lead in leads]
    found: dict[str, Objection] = {}
    for one in gates.weigh(connection, changes, actor, now):
        if one.refuses:
            found.setdefault(one.change.lead, one)
    return found


def _limits(gate: Gate, snapshot: Snapshot) -> Iterator[int]:
    """The numbers of claims that a gate names which asks of the actor alone whether it stands before him."""
    if not isinstance(gate.on, AssignOf) or gate.on.to == "pool" or gate.otherwise is not Otherwise.REFUSE:
        return
    if any(not path.startswith("actor.") for path in fields_of(gate.condition)) or not holds(gate.condition, snapshot):
        return
    for one in _each(gate.require):
        if isinstance(one, Compare) and (one.field, one.op) in ((CLAIMS, Op.LT), (CLAIMS, Op.LTE)):
            assert isinstance(one.value, int)
            yield one.value + (one.op is Op.LTE)


def _each(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, All):
        for item in condition.items:
            yield from _each(item)
    else:
        yield condition
