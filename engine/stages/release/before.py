"""What ends or keeps a touch before any policy is asked: expiry, exits, conditions, consent, missing signature.

A decision is a state with a named reason; None means: let the policies judge it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from engine.domain.changes import SUSPENDED
from engine.domain.civil import local_date
from engine.domain.keys import thing_of
from engine.domain.words import Audience, Misfire, Touch
from engine.rulebook.conditions import TRUE
from engine.rulebook.evaluate import Snapshot, first_failed, holds
from engine.rulebook.model import Rule, Step
from engine.stages.since_then import SinceThen, reads_occasion
from engine.store.book.causes import CHAIN
from engine.store.book.generations import QUARANTINED
from engine.store.book.planning import RepRow
from engine.store.facts.restrictions import RESTRICTED

LONGEST_CHAIN = 5
"""Changes that the engine makes in a row, each because of the one before; the next one is held. Ours."""

LONGEST_HOLD = 30 * 86_400
"""Seconds that such a change, or a touch of a rule in quarantine, waits for somebody to mend the rules."""

OVERDUE = 3600
"""Seconds after which a touch counts as overdue: longer than a restart, shorter than a coffee break missed."""


class Decision(NamedTuple):
    """The new state of a touch and why. `reason` is one word, or a word and what failed."""

    state: Touch
    reason: str
    until: int | None = None  # deferred: to that instant, or the next at which its hours are open


class Lack(NamedTuple):
    """A step that has not reached anybody, or not for long enough; `until` when it may have, None: it never will."""

    step: str
    until: int | None


class Waiting(NamedTuple):
    """A touch that waits for release, with everything its decision reads."""

    row: Any  # OpenRow
    rule: Rule | None
    step: Step | None
    lead: Any  # LeadFacts
    rep: RepRow | None  # its receiver; None: that is the lead, or nobody in the book
    snapshot: Snapshot
    suppressions: Sequence[Any]
    day: int  # ordinal of the civil day it is judged in
    in_force: bool  # its rule is still in the book, and enabled
    since: SinceThen
    is_due: bool  # it is to be looked at now; else it is there because another touch of its lead is
    quarantined: bool = False  # its rule is to be mended: it was left out of the book for its mistakes
    lacks: Lack | None = None  # of the steps that its own needs, the one that keeps it longest
    depth: int = 0  # of changes: how many the engine made, each for the one before, until this touch was due

    def at_step(self) -> Snapshot:
        """The lead as the step's `if` reads him."""
        assert self.step is not None
        return self._seen(with_its_cause=True) if reads_occasion(self.step.condition) else self.snapshot

    def at_exit(self) -> Snapshot:
        """The lead as the rule's `until` reads him."""
        return self._seen(with_its_cause=False)

    def _seen(self, *, with_its_cause: bool) -> Snapshot:
        return self.since.seen(self.snapshot, self.lead, self.row.counts_from_at, with_its_cause=with_its_cause)

    @property
    def gathers(self) -> bool:
        """Whether it goes out in one message with what its step has for its receiver at the same time."""
        return self.step is not None and self.step.gather

    @property
    def zone(self) -> str:
        """The receiver's zone; the lead's, if the rep is not in the book."""
        return self.rep.timezone if self.rep else str(self.lead.timezone)


def decide(waiting: Waiting, now: int, *, passing_on: bool = False) -> Decision | None:
    """The first thing that stands in its way. `passing_on`: that nobody signed it in time is no end yet."""
    late = _gone(waiting) or _too_late(waiting, now, passing_on)
    if waiting.quarantined:
        return late or kept_back(waiting.row, now)
    stopped = late or _exited(waiting) or _unwanted(waiting) or _refused(waiting)
    return stopped or _unready(waiting) or _chained(waiting, now)


def _gone(waiting: Waiting) -> Decision | None:
    unruled = waiting.step is None or waiting.rule is None or not waiting.in_force
    if unruled and not waiting.quarantined:
        return Decision(Touch.CANCELLED, "rule_gone")
    if waiting.lead.status == "gone":
        return Decision(Touch.CANCELLED, "lead_gone")
    return None


def left_alone(waiting: Waiting) -> Decision | None:
    """Nothing is done to or about whom the law has us leave alone, whatever its hour, by whatever rule."""
    return None if waiting.lead.restricted_at is None else Decision(Touch.SUPPRESSED, RESTRICTED)


def _too_late(waiting: Waiting, now: int, passing_on: bool) -> Decision | None:
    row = waiting.row
    if row.expires_at is not None and row.expires_at <= now:
        late = row.nominal_at + OVERDUE < now and row.state == Touch.PLANNED
        return Decision(Touch.EXPIRED, "misfire" if late else "expired")
    unsigned = row.needs_signature and row.signed_at is None
    if unsigned and not passing_on and row.deadline_at is not None and row.deadline_at <= now:
        return Decision(Touch.EXPIRED, "unsigned")
    return None


def _exited(waiting: Waiting) -> Decision | None:
    if waiting.row.end_reason is not None:
        return Decision(Touch.CANCELLED, waiting.row.end_reason)
    rule = waiting.rule
    if rule is None or rule.until is None:
        return None
    return Decision(Touch.CANCELLED, "until") if holds(rule.until, waiting.at_exit()) else None


def _unwanted(waiting: Waiting) -> Decision | None:
    assert waiting.step is not None
    if waiting.step.condition is TRUE:
        return None
    failure = first_failed(waiting.step.condition, waiting.at_step())
    return Decision(Touch.CANCELLED, f"if {failure.path}") if failure else None


def _refused(waiting: Waiting) -> Decision | None:
    """Consent and suspension, for what goes to the customer. `urgent` does not lift them."""
    if waiting.row.audience != Audience.LEAD:
        return None
    if waiting.lead.unsubscribed:
        return Decision(Touch.SUPPRESSED, "unsubscribed")
    if waiting.lead.status == SUSPENDED:
        return Decision(Touch.SUPPRESSED, SUSPENDED)
    if any(entry.channel == "" and entry.category in ("", waiting.row.category) for entry in waiting.suppressions):
        return Decision(Touch.SUPPRESSED, "suppression_list")
    return None


def _unready(waiting: Waiting) -> Decision | None:
    """A step of this occasion that it needs has not reached anybody, or not so long before."""
    lacks = waiting.lacks
    if lacks is None:
        return None
    state = Touch.CANCELLED if lacks.until is None else Touch.DEFERRED
    return Decision(state, f"needs {lacks.step}", lacks.until)


def _chained(waiting: Waiting, now: int) -> Decision | None:
    """A change that rules made each other make too often waits for a person, and not for ever."""
    if waiting.depth < LONGEST_CHAIN:
        return None
    if waiting.row.nominal_at + LONGEST_HOLD <= now:
        return Decision(Touch.EXPIRED, "held_too_long")
    return Decision(Touch.HELD, CHAIN)


def kept_back(row: Any, now: int) -> Decision:
    """A touch whose rule was left out for its mistakes waits for it, and not for ever."""
    if row.nominal_at + LONGEST_HOLD <= now:
        return Decision(Touch.EXPIRED, "held_too_long")
    return Decision(Touch.HELD, QUARANTINED)


def is_away(waiting: Waiting, now: int) -> bool:
    """Whether it is for a customer whose mail program says that he is away, by his clock."""
    back_on = waiting.lead.back_on
    if back_on is None or waiting.row.audience != Audience.LEAD:
        return False
    return local_date(now, waiting.lead.timezone).isoformat() < str(back_on)


def has_waited(row: Any) -> bool:
    """Whether it was put off until its receiver was back."""
    return row.absent is not None and row.absent == row.receiver


def coalesced(waitings: Sequence[Waiting], now: int) -> frozenset[int]:
    """Of `once` touches that are overdue or waited for an absent rep, of one rule, step and receiver and about the same
    thing, all but the latest: one reminder is enough."""
    late: dict[tuple[str, ...], list[Waiting]] = defaultdict(list)
    for one in waitings:
        if _may_stand_for_others(one, now):
            late[one.row.lead, one.row.rule, one.row.step, one.row.receiver].append(one)
    return frozenset(ident for ones in late.values() if len(ones) > 1 for ident in _all_but_the_latest(ones))


def _all_but_the_latest(waitings: Sequence[Waiting]) -> Iterator[int]:
    """Of each thing that they are about, all touches but the last one."""
    latest: dict[str, int] = {}
    for waiting in sorted(waitings, key=lambda one: (one.row.nominal_at, one.row.id)):
        thing = thing_of(waiting.row.anchor)
        if thing in latest:
            yield latest[thing]
        latest[thing] = waiting.row.id


def _may_stand_for_others(waiting: Waiting, now: int) -> bool:
    if waiting.step is None or waiting.step.misfire is not Misfire.ONCE:
        return False
    return bool(waiting.row.due_at <= now - OVERDUE) or has_waited(waiting.row)
