"""How much a plan asks of whom on which day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from engine.desk.planning import PlannedTouch
from engine.domain.words import Audience, Touch
from engine.store.database import Connection
from engine.store.lookups.customers import Known, known_leads, rep_names

NOBODY = ""
"""In place of a rep's id: the lead has no owner."""

COUNTS = frozenset({Touch.PLANNED, Touch.RELEASED, Touch.DELIVERED})
"""States of a planned touch that will reach somebody, or has. What is suppressed, merged or held asks for nothing."""


@dataclass(frozen=True)
class People:
    """Whom a plan speaks of, by id: leads, and the names of reps."""

    leads: Mapping[str, Known]
    reps: Mapping[str, str]


class Item(NamedTuple):
    """One touch of a plan: the receiver's day on which it comes up, and the rep whose work it is."""

    day: date
    rep: str
    touch: PlannedTouch

    @property
    def counts(self) -> bool:
        return self.touch.state in COUNTS


def people_of(connection: Connection, touches: Sequence[PlannedTouch]) -> People:
    """Everybody that these touches concern."""
    return People(known_leads(connection, {touch.lead for touch in touches}), rep_names(connection))


def load_of(touches: Sequence[PlannedTouch], people: People) -> list[Item]:
    """Each touch with its day and its rep: who receives it or, of what a customer receives, his owner."""
    return [
        Item(date.fromisoformat(touch.comes_up_at[:10]), _rep(touch, people), touch)
        for touch in sorted(touches, key=lambda one: (one.comes_up_at, one.occurrence_key))
    ]


def _rep(touch: PlannedTouch, people: People) -> str:
    if touch.audience != Audience.LEAD:
        return touch.receiver
    lead = people.leads.get(touch.lead)
    return lead.owner or NOBODY if lead else NOBODY


@dataclass(frozen=True)
class Grid:
    """Counts by row and day. `rows`: the busiest first. `days`: every day from the first to the last, without gaps."""

    rows: tuple[str, ...]
    days: tuple[date, ...]
    counts: Mapping[tuple[str, date], int]

    def total(self, row: str) -> int:
        return sum(self.counts.get((row, day), 0) for day in self.days)

    def on(self, day: date) -> int:
        return sum(self.counts.get((row, day), 0) for row in self.rows)

    @property
    def highest(self) -> int:
        return max(self.counts.values(), default=0)


def grid_of(items: Sequence[Item], by: str) -> Grid:
    """The items that count, by `rep` or `rule` and day."""
    counts = Counter((one.rep if by == "rep" else one.touch.rule, one.day) for one in items if one.counts)
    totals: Counter[str] = Counter()
    for (row, _), count in counts.items():
        totals[row] += count
    rows = tuple(sorted(totals, key=lambda row: (-totals[row], row)))
    return Grid(rows, _days([day for _, day in counts]), counts)


def _days(found: Sequence[date]) -> tuple[date, ...]:
    if not found:
        return ()
    first, last = min(found), max(found)
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
