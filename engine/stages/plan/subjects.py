"""Whom a schedule's occasion is for: a rep, a manager or a team. It has no lead, so its `lead` is "".

Its anchor says who and when: `rep:li@2026-11-23T08:00`, the slot by the subject's own calendar and clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.domain.keys import shard_of
from engine.domain.slots import Slot
from engine.domain.words import Audience
from engine.settings.model import Settings
from engine.stages.plan.receivers import Receiver, receivers_of
from engine.stages.plan.timing import Moment
from engine.store.book.planning import LeadRow, RepRow

NO_LEAD = ""
"""The lead of occasions, touches and deliveries that are about nobody in particular."""


class Subject(NamedTuple):
    """Whom an occasion is for: `kind` is rep, manager or team, `name` his id or the team's name."""

    kind: str
    name: str

    def anchor(self, slot: Slot) -> str:
        """What makes his slot unique."""
        return f"{self.kind}:{self.name}@{slot.text}"

    def as_lead(self, reps: Mapping[str, RepRow], settings: Settings) -> LeadRow:
        """The row that stands where a lead's would: his own care, his own clock; the house's for a team."""
        rep = reps.get(self.name) if self.kind != "team" else None
        zone = rep.timezone if rep else settings.defaults.timezone
        owner = rep.id if rep else None
        return LeadRow(NO_LEAD, shard_of(self.name), zone, settings.defaults.country, owner, None, False)


def read_anchor(anchor: str) -> tuple[Subject, Slot]:
    """The subject and the slot that an anchor was made of."""
    who, _, slot = anchor.rpartition("@")
    kind, _, name = who.partition(":")
    return Subject(kind, name), Slot.of(slot)


def slot_moment(slot: Slot) -> Moment:
    """Where the slot lies: on its day, at its wall time in each receiver's zone."""
    return Moment(slot.day, 0, slot.wall)


def subject_receivers(target: str, anchor: str, lead: LeadRow, reps: Mapping[str, RepRow]) -> Iterator[Receiver]:
    """Who gets a step: of a team every member, or each one's manager once; of a manager he himself, as either."""
    subject, _ = read_anchor(anchor)
    if ":" in target or subject.kind == "rep":
        yield from receivers_of(target, lead, reps)
    elif subject.kind == "manager":
        receiver = next(receivers_of("owner", lead, reps))
        yield receiver._replace(audience=Audience.MANAGER)
    elif target == "owner":
        yield from receivers_of(f"team:{subject.name}", lead, reps)
    else:
        yield from _managers_of(subject.name, lead, reps)


def _managers_of(team: str, lead: LeadRow, reps: Mapping[str, RepRow]) -> Iterator[Receiver]:
    ids = sorted({rep.manager for rep in reps.values() if rep.team == team and rep.manager in reps and rep.manager})
    yield from (Receiver(Audience.MANAGER, ident, reps[ident].timezone) for ident in ids)
    if not ids:
        yield Receiver(Audience.MANAGER, "", lead.timezone)
