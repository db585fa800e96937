"""Who gets what an absent rep would get: his delegate, that one's delegate, or he himself once he is back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from engine.domain.words import MACHINES, Audience
from engine.stages.plan.receivers import Receiver
from engine.store.book.planning import LeadRow, RepRow

DELEGATIONS = 3
"""How often a touch is passed on, from one absent rep to his delegate. Ours."""

DueDay = Callable[[str], date]
"""The civil day on which the touch would be due for somebody in that zone."""


def is_absent(rep: RepRow, day: date) -> bool:
    """Whether he is away on that civil day of his. An absence without an end lasts until somebody ends it."""
    if rep.absent_from is None and rep.absent_to is None:
        return False
    shown = day.isoformat()
    return (rep.absent_from or shown) <= shown <= (rep.absent_to or shown)


def attended(
    receiver: Receiver, lead: LeadRow, reps: Mapping[str, RepRow], due_day: DueDay, *, delegating: bool
) -> Receiver:
    """The receiver if he is there; else his delegate, or he himself with the day from which he is `back`.

    Without a delegate, an absence whose end nobody knows changes nothing: late is worse than unread.
    """
    rep = None if receiver.audience in (Audience.LEAD, *MACHINES) else reps.get(receiver.id)
    if rep is None or not is_absent(rep, due_day(rep.timezone)):
        return receiver
    other = _delegate(rep, lead, reps, due_day) if delegating else None
    if other is not None:
        return receiver._replace(id=other.id, zone=other.timezone, absent=rep.id)
    if rep.absent_to is None:
        return receiver
    return receiver._replace(absent=rep.id, back=date.fromisoformat(rep.absent_to) + timedelta(days=1))


def _delegate(absent: RepRow, lead: LeadRow, reps: Mapping[str, RepRow], due_day: DueDay) -> RepRow | None:
    """The first in the chain of delegates who is there, if he may know of the lead."""
    passed = {absent.id}
    rep = absent
    for _ in range(DELEGATIONS):
        found = reps.get(rep.delegate or "")
        if found is None or found.id in passed:
            return None
        if not is_absent(found, due_day(found.timezone)):
            return found if _may_know(found, lead, reps) else None
        passed.add(found.id)
        rep = found
    return None


def _may_know(delegate: RepRow, lead: LeadRow, reps: Mapping[str, RepRow]) -> bool:
    """A confidential lead is nobody's business but his owner's and that one's manager's."""
    owner = reps.get(lead.owner or "")
    return not lead.confidential or (owner is not None and delegate.id in (owner.id, owner.manager))
