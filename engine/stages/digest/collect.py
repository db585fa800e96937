"""What a digest has to tell: everybody's day, read once for all digests that are due together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from engine.domain.civil import day_start, local_date
from engine.domain.words import Audience, Touch
from engine.rulebook.model import Step
from engine.store.book import digest_rows
from engine.store.book.digest_rows import Line, Person
from engine.store.database import Connection


class Asked(NamedTuple):
    """A digest that is wanted: its touch, for whom, in which zone, due when; `by_rep`: a manager's view."""

    touch: int
    receiver: str
    zone: str
    due_at: int
    by_rep: bool

    @property
    def day(self) -> tuple[int, int]:
        """The receiver's civil day in which it is due: [start, end)."""
        on = local_date(self.due_at, self.zone)
        return day_start(on, self.zone), day_start(on + timedelta(days=1), self.zone)


@dataclass(frozen=True)
class RepsDay:
    """What a manager is told of one rep: what was passed on to him, what is late, what waits for a signature."""

    name: str
    escalated: tuple[Line, ...]
    overdue: tuple[Line, ...]
    unsigned: tuple[Line, ...]

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.escalated) + len(self.overdue) + len(self.unsigned)


@dataclass(frozen=True)
class Told:
    """Everything that one digest tells. A manager's has `reps`, and as `due` only what is about no rep of his."""

    entries: tuple[Line, ...] = ()
    due: tuple[Line, ...] = ()
    drafts: tuple[Line, ...] = ()
    overdue: tuple[Line, ...] = ()
    appointments: tuple[Line, ...] = ()
    in_doubt: tuple[Line, ...] = ()
    reps: tuple[RepsDay, ...] = ()
    handed: tuple[Line, ...] = ()

    @property
    def count(self) -> int:
        """How many lines there are; none: nothing to tell."""
        return sum(map(len, self._own)) + sum(rep.count for rep in self.reps)

    @property
    def _own(self) -> tuple[tuple[Line, ...], ...]:
        """What is his own, part by part."""
        return (
            self.entries, self.due, self.drafts, self.overdue, self.appointments, self.in_doubt, self.handed
        )  # fmt: skip

    def lines(self) -> Iterable[Line]:
        """Every line."""
        for part in self._own:
            yield from part
        for rep in self.reps:
            yield from (*rep.escalated, *rep.overdue, *rep.unsigned)


@dataclass(frozen=True)
class _Read:
    """All rows that the digests of one batch draw on."""

    people: Sequence[Person]
    touches: Sequence[Line]
    drafts: Sequence[Line]
    entries: Sequence[Line]
    appointments: Sequence[Line]
    in_doubt: Sequence[Line]
    handed: Sequence[Line]


def asked(touch: Any, step: Step, receiver: Any) -> Asked:
    """The digest that a touch is, to its receiver (with `id` and `timezone`)."""
    return Asked(touch.id, receiver.id, receiver.timezone, touch.due_at, step.target == "manager")


def collect(connection: Connection, digests: Sequence[Asked]) -> dict[int, Told]:
    """What each of the digests tells, by its touch."""
    if not digests:
        return {}
    found = _read(connection, digests)
    return {one.touch: _by_rep(one, found) if one.by_rep else _own(one, found) for one in digests}


def _read(connection: Connection, digests: Sequence[Asked]) -> _Read:
    people = digest_rows.people(connection)
    receivers = {one.receiver for one in digests}
    managed = {one.receiver for one in digests if one.by_rep}
    reps = receivers | {person.id for person in people if person.manager in managed}
    lo, hi = min(one.day[0] for one in digests), max(one.day[1] for one in digests)
    return _Read(
        people,
        digest_rows.touches_for(connection, reps, lo, hi),
        digest_rows.drafts_of(connection, reps, lo - 86_400),
        digest_rows.entries_of(connection, [one.touch for one in digests]),
        digest_rows.appointments_of(connection, receivers, lo, hi),
        digest_rows.in_doubt_of(connection, receivers),
        digest_rows.handed_to(connection, receivers, hi),
    )


def _own(one: Asked, found: _Read) -> Told:
    """His own day."""
    start, end = one.day
    touches = [line for line in found.touches if line.receiver == one.receiver]
    return Told(
        entries=_entries(one, found),
        due=tuple(line for line in touches if start <= line.at < end),
        drafts=tuple(line for line in found.drafts if line.receiver == one.receiver and line.state == Touch.DRAFT),
        overdue=(*_late(touches, start), *_lapsed(found.drafts, one.receiver)),
        appointments=tuple(
            line for line in found.appointments if line.receiver == one.receiver and start <= line.at < end
        ),
        in_doubt=tuple(line for line in found.in_doubt if line.receiver == one.receiver),
        handed=tuple(line for line in found.handed if line.receiver == one.receiver and line.at < end),
    )


def _by_rep(one: Asked, found: _Read) -> Told:
    """His reps, those of whom there is something to tell."""
    start, end = one.day
    team = [person for person in found.people if person.manager == one.receiver]
    passed_on: dict[str, list[Line]] = {person.id: [] for person in team}
    others: list[Line] = []
    for line in found.touches:
        if line.receiver == one.receiver and line.audience == Audience.MANAGER and line.at < end:
            passed_on.get(line.owner or "", others).append(line)
    reps = [
        RepsDay(
            person.name,
            tuple(passed_on[person.id]),
            tuple(_late([line for line in found.touches if line.receiver == person.id], start)),
            tuple(line for line in found.drafts if line.receiver == person.id),
        )
        for person in team
    ]
    return Told(_entries(one, found), due=tuple(others), reps=tuple(rep for rep in reps if rep.count))


def _entries(one: Asked, found: _Read) -> tuple[Line, ...]:
    return tuple(line for line in found.entries if line.carried_by == one.touch)


def _late(touches: Iterable[Line], start: int) -> Iterable[Line]:
    """Due on an earlier day and still open."""
    return (line for line in touches if line.at < start)


def _lapsed(drafts: Iterable[Line], signer: str) -> Iterable[Line]:
    """What he let expire since yesterday."""
    return (line for line in drafts if line.receiver == signer and line.state != Touch.DRAFT)
