"""Who a step is for: the lead, a rep found by his role towards the lead, or a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from engine.domain.words import Audience
from engine.store.book.planning import LeadRow, RepRow


class Receiver(NamedTuple):
    """One receiver of a touch. `id` is empty where nobody holds the role.

    `absent`: the rep who would get it but is away. It goes to his delegate, or it waits for him until he is `back`.
    """

    audience: Audience
    id: str
    zone: str
    absent: str | None = None
    back: date | None = None


def receivers_of(target: str, lead: LeadRow, reps: Mapping[str, RepRow]) -> Iterator[Receiver]:
    """The receivers of a step's target; exactly one, except for a team."""
    kind, _, name = target.partition(":")
    match kind:
        case "lead":
            yield Receiver(Audience.LEAD, lead.id, lead.timezone)
        case "engine":
            yield Receiver(Audience.ENGINE, Audience.ENGINE.value, lead.timezone)
        case "system":
            yield Receiver(Audience.SYSTEM, name, lead.timezone)
        case "team":
            yield from _team(name, lead, reps)
        case "rep":
            yield _rep(Audience.REP, name, lead, reps)
        case "previous_owner":
            yield _rep(Audience.REP, lead.previous_owner, lead, reps)
        case "manager":
            owner = reps.get(lead.owner or "")
            yield _rep(Audience.MANAGER, owner.manager if owner else None, lead, reps)
        case _:
            yield _rep(Audience.REP, lead.owner, lead, reps)


def _rep(audience: Audience, rep_id: str | None, lead: LeadRow, reps: Mapping[str, RepRow]) -> Receiver:
    rep = reps.get(rep_id or "")
    return Receiver(audience, rep.id, rep.timezone) if rep else Receiver(audience, "", lead.timezone)


def _team(name: str, lead: LeadRow, reps: Mapping[str, RepRow]) -> Iterator[Receiver]:
    members = [rep for rep in reps.values() if rep.team == name]
    if not members:
        yield Receiver(Audience.TEAM, "", lead.timezone)
    for rep in sorted(members):
        yield Receiver(Audience.TEAM, rep.id, rep.timezone)
