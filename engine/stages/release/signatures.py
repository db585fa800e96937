"""Who must sign a touch, and until when: what its step says, what a policy asks for, and what comes of lateness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.arbiter.facts import Changes
from engine.domain.civil import add, local_date
from engine.domain.words import Audience, Touch
from engine.ground.durations import Duration
from engine.stages.plan.absence import attended
from engine.stages.plan.receivers import receivers_of
from engine.stages.release.before import Waiting
from engine.store.book.planning import LeadRow, RepRow

LONGEST = Duration(days=30)
"""How long a touch without an expiry of its own is held, deferred or kept for a signature before it expires. Ours."""


class Signature(NamedTuple):
    """What the book says of a touch's signature: whether it needs one, whose, and until when (seconds UTC)."""

    needed: bool
    signer: str | None = None
    deadline_at: int | None = None
    escalated_at: int | None = None


NOT_NEEDED = Signature(False)


def limit(waiting: Waiting) -> int:
    """The instant from which the touch is too late: its own expiry, else `LONGEST` after its hour."""
    row = waiting.row
    return int(row.expires_at) if row.expires_at is not None else add(row.nominal_at, LONGEST, waiting.zone)


def is_early(waiting: Waiting, now: int) -> bool:
    """Whether its hour is still to come, and it is looked at only because a policy may want it signed by then."""
    if waiting.row.due_at <= now:
        return False
    return waiting.step is None or waiting.step.sign_by is None


def escalates(waiting: Waiting, now: int) -> bool:
    """Whether it is an unsigned draft whose deadline has passed and whose step passes it on, for the first time."""
    row, step = waiting.row, waiting.step
    if row.state != Touch.DRAFT:
        return False
    late = row.deadline_at is not None and row.deadline_at <= now
    passes_on = step is not None and step.sign_by is not None and step.sign_by.late == "escalate"
    return late and passes_on and row.escalated_at is None and limit(waiting) > now


@dataclass(frozen=True)
class Roles:
    """Who holds which role towards a lead, and who stands in for him. `delegating`: delegates do, see absent_reps."""

    reps: Mapping[str, RepRow]
    delegating: bool

    def of(self, role: str, lead: Any, at: int) -> str | None:
        """The rep in that role (owner, manager) who is there on the day of that instant; None: nobody holds it."""
        return self._attending(role, lead, at)[0]

    def copied(self, lead: Any, at: int) -> tuple[str, str | None]:
        """Who gets the manager's copy, "" if nobody, and the manager if he is away and this one stands in for him."""
        found, absent = self._attending("manager", lead, at)
        return found or "", absent

    def manager_of(self, rep: str | None, lead: Any, at: int) -> str | None:
        """The manager of that rep, or who stands in for him; None if there is none but the rep himself."""
        known = self.reps.get(rep or "")
        if known is None or not known.manager or known.manager == known.id:
            return None
        return self._attending(f"rep:{known.manager}", lead, at)[0]

    def _attending(self, target: str, lead: Any, at: int) -> tuple[str | None, str | None]:
        person = LeadRow(*(getattr(lead, name) for name in LeadRow._fields))
        asked = next(receivers_of(target, person, self.reps))
        found = attended(asked, person, self.reps, lambda zone: local_date(at, zone), delegating=self.delegating)
        return found.id or None, (found.absent if found.id != asked.id else None)


def required(waiting: Waiting, changes: Changes, roles: Roles, now: int) -> Signature:
    """The signature it needs now. A policy's signer takes the place of the step's; the step's hours stay."""
    row = waiting.row
    own = waiting.step is not None and waiting.step.sign_by is not None
    if own and (not changes.signer or row.escalated_at is not None):
        return Signature(True, row.signer, row.deadline_at, row.escalated_at)
    if changes.signer and row.audience == Audience.LEAD:
        signer = roles.of(changes.signer, waiting.lead, max(row.due_at, now))
        return Signature(True, signer, row.deadline_at if own else limit(waiting))
    return NOT_NEEDED


def passed_on(waiting: Waiting, roles: Roles, now: int) -> Signature | None:
    """The same draft for the signer's manager, until it is too late altogether; None: he has none."""
    last = limit(waiting)
    boss = roles.manager_of(waiting.row.signer, waiting.lead, last - 1)
    return Signature(True, boss, last, now) if boss and boss != waiting.row.signer else None
