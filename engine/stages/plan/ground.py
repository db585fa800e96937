"""What a pass of planning is judged against: settings, calendars, reps, what is in force."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.ground.durations import Duration
from engine.rulebook.model import Policy
from engine.settings.model import Settings
from engine.stages.plan.timing import Clockwork, Times
from engine.store.book.event_rows import Hosts
from engine.store.book.planning import RepRow


@dataclass(frozen=True)
class Ground:
    """What every birth in a pass is judged against."""

    settings: Settings
    clockwork: Clockwork
    reps: Mapping[str, RepRow]
    generation: int
    drafting: tuple[Policy, ...] = ()
    """Policies that want a signature and lay out the draft some days before."""
    known: dict[tuple[object, ...], Times] = field(default_factory=dict, compare=False)
    """Times of civil steps by (rule, revision, step, day, place): thousands share a festival or a birthday."""

    since: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Since when each (rule, revision) is in force: what opened before is backfill."""
    hosts: Hosts | None = None
    """Who receives the guests of a circumstance; None where no circumstance can be asked."""
    held_back: Container[str] = frozenset()
    """Rules left out for their mistakes: what stands in the book of them waits."""

    shared: dict[tuple[object, ...], tuple[dict[str, Any], Sequence[Duration]]] = field(
        default_factory=dict, compare=False
    )
    """What all touches of a step share: columns of their rows, and how early a policy wants their drafts."""

    @property
    def delegating(self) -> bool:
        """Whether delegates get what absent reps would get."""
        return self.settings.absent_reps == "delegate"

    @cached_property
    def away(self) -> frozenset[str]:
        """Every rep with an absence, past and future ones too."""
        return frozenset(rep.id for rep in self.reps.values() if rep.absent_from or rep.absent_to)
