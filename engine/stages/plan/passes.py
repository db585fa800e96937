"""One pass of planning: how far it looks, what it works with and what it did."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.civil import DAY
from engine.rulebook.model import Rule
from engine.settings.model import Settings
from engine.stages.books import Books, Generation
from engine.stages.plan.candidates import Scope
from engine.stages.plan.ground import Ground
from engine.stages.plan.timing import Clockwork
from engine.store.book import generations, planning
from engine.store.book.event_rows import Hosts
from engine.store.conditions.fields import zones_in_use
from engine.store.database import Connection, Database
from engine.store.parts import WHOLE, Part


@dataclass(frozen=True)
class PlanCounts:
    """What a pass added and changed."""

    occasions: int = 0
    touches: int = 0
    moved: int = 0
    superseded: int = 0

    def __add__(self, other: PlanCounts) -> PlanCounts:
        return PlanCounts(
            self.occasions + other.occasions,
            self.touches + other.touches,
            self.moved + other.moved,
            self.superseded + other.superseded,
        )


def horizon_at(now: int) -> int:
    """The UTC midnight up to which touches are planned at `now`; behind everybody's next civil day."""
    return (now // DAY + 3) * DAY


@dataclass(frozen=True)
class Pass:
    """Everything one pass works with."""

    db: Database
    settings: Settings
    books: Books
    generation: Generation
    clockwork: Clockwork
    now: int
    part: Part = WHOLE

    def ground(self, connection: Connection) -> Ground:
        drafting = tuple(policy for policy in self.generation.book.policies if policy.draft is not None)
        return Ground(
            self.settings, self.clockwork, planning.load_reps(connection), self.generation.id, drafting,
            since=generations.in_force_since(connection), hosts=Hosts(connection),
            held_back=self.generation.book.held_back,
        )  # fmt: skip

    def scope(self, connection: Connection, ground: Ground, lo: int | None, hi: int) -> Scope:
        leads = zones_in_use(connection)
        reps = {rep.timezone for rep in ground.reps.values()}
        zones = tuple(sorted({*leads, *reps, self.settings.defaults.timezone}))
        return Scope(self.now, lo, hi, None, zones, part=self.part)

    @property
    def rules(self) -> list[Rule]:
        return [rule for rule in self.generation.book.rules if rule.enabled]
