"""Who gets a lead: the pool, somebody by his role, or the next one of a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domain.changes import POOLED, SUSPENDED
from engine.domain.civil import local_date
from engine.stages.plan.absence import is_absent
from engine.store.book.planning import RepRow
from engine.store.database import Connection
from engine.store.outbox import acting

ACTIVE = "active"


@dataclass(frozen=True)
class NoAssignee:
    """Why nobody gets the lead. `waits`: somebody will be there another day."""

    reason: str
    waits: bool = False


@dataclass
class Turns:
    """Whose turn it is in each team, as far as this transaction has come."""

    connection: Connection
    reps: Mapping[str, RepRow]
    now: int
    last: dict[str, str] = field(default_factory=dict)

    def next_in(self, team: str, owner: str | None) -> RepRow | NoAssignee:
        """Of those who are there today, the first behind the one who got the last lead, by id, in a circle.

        Whoever has the lead already keeps it only if nobody else is there.
        """
        members = sorted(rep for rep in self.reps.values() if rep.team == team)
        if not members:
            return NoAssignee("no_receiver")
        present = [rep for rep in members if not is_absent(rep, local_date(self.now, rep.timezone))]
        present = [rep for rep in present if rep.id != owner] or present
        if not present:
            return NoAssignee("all_absent", waits=True)
        if team not in self.last:
            self.last[team] = acting.last_turn(self.connection, team)
        return next((rep for rep in present if rep.id > self.last[team]), present[0])

    def take(self, team: str, rep: RepRow) -> None:
        """It was his turn; the next lead is for somebody else."""
        self.last[team] = rep.id
        acting.take_turn(self.connection, team, rep.id, self.now)


def assignee_of(assign: str, lead: Mapping[str, Any], turns: Turns) -> RepRow | NoAssignee | None:
    """The rep who gets the lead, None for the pool. Who is suspended stays so: whoever took him from it would write."""
    kind, _, name = assign.partition(":")
    match kind:
        case "pool":
            return NoAssignee(SUSPENDED) if lead["status"] == SUSPENDED else None
        case "round_robin":
            return turns.next_in(name, lead["owner"])
        case "manager":
            owner = turns.reps.get(lead["owner"] or "")
            rep = turns.reps.get((owner.manager if owner else None) or "")
        case "previous_owner":
            rep = turns.reps.get(lead["previous_owner"] or "")
        case _:
            rep = turns.reps.get(name)
    return rep or NoAssignee("no_receiver")


def assigned(rep: RepRow | None, lead: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of the lead: in the pool he has no owner, and whoever gets him has him out of it."""
    if rep is None:
        return {"owner": None, "status": POOLED}
    return {"owner": rep.id, "status": ACTIVE} if lead["status"] == POOLED else {"owner": rep.id}
