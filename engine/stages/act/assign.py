"""Who gets a lead: the pool, somebody by his role, or the next one of a team, new reps first or last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domain.changes import POOLED, SUSPENDED
from engine.domain.civil import local_date
from engine.domain.reps import is_new
from engine.ground.durations import Duration
from engine.stages.plan.absence import is_absent
from engine.store.book.planning import RepRow
from engine.store.database import Connection
from engine.store.facts.gate_events import leads_held
from engine.store.outbox import acting

ACTIVE = "active"
IN_TURNS = ("round_robin", "new_first", "new_last")
"""Ways to deal leads out to a team."""


@dataclass(frozen=True)
class NoAssignee:
    """Why nobody gets the lead. `waits`: somebody will be there another day."""

    reason: str
    waits: bool = False


@dataclass
class Turns:
    """Whose turn it is in each team, as far as this transaction has come. `new_for`: how long a rep is a new one."""

    connection: Connection
    reps: Mapping[str, RepRow]
    now: int
    new_for: Duration
    last: dict[str, str] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def next_in(self, team: str, owner: str | None, way: str = "round_robin") -> RepRow | NoAssignee:
        """Of those who are there today, the first behind the one who got the last lead, by id, in a circle.

        Whoever has the lead already keeps it only if nobody else is there. `new_first`: of the new reps who have fewer
        leads than any of the others; `new_last`: of those who are not new. Where there is none, of all.
        """
        members = sorted(rep for rep in self.reps.values() if rep.team == team)
        if not members:
            return NoAssignee("no_receiver")
        present = [rep for rep in members if not is_absent(rep, local_date(self.now, rep.timezone))]
        present = [rep for rep in present if rep.id != owner] or present
        if not present:
            return NoAssignee("all_absent", waits=True)
        present = self._of(way, present) or present
        if team not in self.last:
            self.last[team] = acting.last_turn(self.connection, team)
        return next((rep for rep in present if rep.id > self.last[team]), present[0])

    def _of(self, way: str, present: list[RepRow]) -> list[RepRow]:
        """Those of them who come first that way."""
        new = [rep for rep in present if is_new(rep.joined_at, self.new_for, rep.timezone, self.now)]
        others = [rep for rep in present if rep not in new]
        if way == "new_last" or not new:
            return others
        if way == "round_robin" or not others:
            return present
        fewest = min(self._leads_of(rep) for rep in others)
        return [rep for rep in new if self._leads_of(rep) < fewest]

    def _leads_of(self, rep: RepRow) -> int:
        if rep.id not in self.held:
            self.held[rep.id] = leads_held(self.connection, [rep.id])[rep.id]
        return self.held[rep.id]

    def take(self, team: str, rep: RepRow) -> None:
        """It was his turn; the next lead is for somebody else."""
        self.last[team] = rep.id
        if rep.id in self.held:
            self.held[rep.id] += 1
        acting.take_turn(self.connection, team, rep.id, self.now)


def assignee_of(assign: str, lead: Mapping[str, Any], turns: Turns) -> RepRow | NoAssignee | None:
    """The rep who gets the lead, None for the pool. Who is suspended stays so: whoever took him from it would write."""
    kind, _, name = assign.partition(":")
    match kind:
        case "pool":
            return NoAssignee(SUSPENDED) if lead["status"] == SUSPENDED else None
        case "round_robin" | "new_first" | "new_last":
            return turns.next_in(name, lead["owner"], kind)
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
