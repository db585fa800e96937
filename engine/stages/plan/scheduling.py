"""When each step of an occasion is due, and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from engine.domain.civil import day_start, local_date
from engine.rulebook.model import Rule, Step
from engine.stages.plan.absence import attended
from engine.stages.plan.candidates import Candidate
from engine.stages.plan.ground import Ground
from engine.stages.plan.receivers import Receiver, receivers_of
from engine.stages.plan.subjects import subject_receivers
from engine.stages.plan.timing import Place, Times, step_times


class Planned(NamedTuple):
    """One step of one occasion for one receiver, with its instants."""

    step: Step
    receiver: Receiver
    times: Times


def schedule(rule: Rule, candidate: Candidate, ground: Ground) -> list[Planned]:
    """Every step of the occasion for every receiver; of one that was put off (`backfill: spread`), from there on."""
    if candidate.spread_to is None:
        return _as_it_lies(rule, candidate, ground)
    return put_off(rule, candidate, _as_it_lies(rule, candidate, ground), ground)


def put_off(rule: Rule, candidate: Candidate, planned: list[Planned], ground: Ground) -> list[Planned]:
    """The steps of an occasion that was there before its rule, from the instant that was seeded for it.

    Steps that count from an instant keep their distances. A civil day stays where it is: what of it has passed, and
    is not too late then, comes at that instant.
    """
    assert candidate.spread_to is not None
    to, occurs = candidate.spread_to, candidate.occurs
    if occurs.on is None:
        late = to - min(one.times.opens_at for one in planned)
        return _as_it_lies(rule, candidate._replace(occurs=occurs._replace(at=occurs.at + max(late, 0))), ground)
    return [_late(one, to, candidate, ground) for one in planned]


def _late(one: Planned, to: int, candidate: Candidate, ground: Ground) -> Planned:
    times, receiver = one.times, one.receiver
    due = ground.clockwork.due_at(to, one.step, receiver.audience, receiver.zone)
    if one.step.sign_by or times.due_at >= due or (times.expires_at is not None and times.expires_at <= due):
        return one
    day_on = local_date(due, candidate.lead.timezone).isoformat()
    return one._replace(times=times._replace(due_at=due, look_at=due, day_on=day_on))


def _as_it_lies(rule: Rule, candidate: Candidate, ground: Ground) -> list[Planned]:
    """Every step of the occasion for every receiver.

    Steps that count from an instant keep their distances: if closed hours push the call from the night to the
    morning, the manager is told as much later, and not in the same minute. Civil steps stay on their day. Somebody's
    absence moves nothing but what he himself would get.
    """
    occurs = candidate.occurs
    planned: list[Planned] = []
    behind = 0
    for step in rule.steps:
        carried = behind
        for receiver in _receivers(step, candidate, ground):
            times = _times(rule, step, candidate, receiver, carried, ground)
            one = Planned(step, receiver, times)
            away = receiver.id in ground.away and rule.of_leads  # nobody reads somebody else's digest
            planned.append(_attended(one, rule, candidate, carried, ground) if away else one)
            if occurs.on is None:
                behind = max(behind, times.due_at - times.nominal_at)
    return _once_each(planned) if ground.away else planned


def _receivers(step: Step, candidate: Candidate, ground: Ground) -> Iterable[Receiver]:
    lead = candidate.lead
    if step.target == "host":
        host = ground.hosts.of(candidate.anchor) if ground.hosts else None
        return receivers_of(f"rep:{host}" if host else "owner", lead, ground.reps)
    if lead.id:
        return receivers_of(step.target, lead, ground.reps)
    return subject_receivers(step.target, candidate.anchor, lead, ground.reps)


def _attended(one: Planned, rule: Rule, candidate: Candidate, behind: int, ground: Ground) -> Planned:
    """The touch as it is if its receiver is away when it is due. What is urgent waits for nobody."""
    step, lead = one.step, candidate.lead

    def times_in(zone: str) -> Times:
        return _times(rule, step, candidate, one.receiver._replace(zone=zone), behind, ground)

    def due_day(zone: str) -> date:
        times = one.times if zone == one.receiver.zone else times_in(zone)
        return local_date(times.due_at, zone)

    receiver = attended(one.receiver, lead, ground.reps, due_day, delegating=ground.delegating)
    if receiver is one.receiver or (receiver.back and step.urgent):
        return one
    times = times_in(receiver.zone)
    if receiver.back is not None:
        opens = day_start(receiver.back, receiver.zone)
        due = ground.clockwork.due_at(opens, step, receiver.audience, receiver.zone)
        times = times._replace(due_at=due, look_at=due, day_on=local_date(due, lead.timezone).isoformat())
    return Planned(step, receiver, times)


def _once_each(planned: list[Planned]) -> list[Planned]:
    """Of a team, nobody gets a step twice, for himself and for one he stands in for."""
    own = {(one.step.id, one.receiver.id) for one in planned if one.receiver.absent is None}
    kept: dict[tuple[str, str], Planned] = {}
    for one in planned:
        key = (one.step.id, one.receiver.id)
        if one.receiver.absent is None or key not in own:
            kept.setdefault(key, one)
    return list(kept.values())


def signer_of(step: Step, candidate: Candidate, times: Times, ground: Ground) -> str | None:
    """The rep who must sign, or who signs for him if he is away on the last day for it; None: nobody is there."""
    if step.sign_by is None:
        return None
    lead = candidate.lead
    last = times.due_at if times.deadline_at is None else times.deadline_at
    signer = next(receivers_of(step.sign_by.who, lead, ground.reps))
    found = attended(signer, lead, ground.reps, lambda zone: local_date(last, zone), delegating=ground.delegating)
    return found.id or None


def _times(
    rule: Rule, step: Step, candidate: Candidate, receiver: Receiver, behind: int, ground: Ground
) -> Times:
    lead, occurs = candidate.lead, candidate.occurs
    post = max((post.days(lead.region, lead.country) for post in step.posts), default=None)
    audience, place = receiver.audience, Place(lead.timezone, lead.country, receiver.zone, post)
    if occurs.on is None:
        return step_times(step, occurs, place, audience, ground.clockwork, behind)
    key = (rule.id, rule.revision, step.id, occurs.on, occurs.wall, place, audience)
    known = ground.known.get(key)
    if known is None:
        known = ground.known[key] = step_times(step, occurs, place, audience, ground.clockwork)
    return known
