"""From candidates to rows: occasions born, and the touches of those steps that open before the horizon."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from engine.domain.civil import add, day_start, local_date
from engine.domain.keys import occurrence_key, share
from engine.domain.words import Action, Audience, Touch
from engine.ground.durations import Duration
from engine.rulebook.model import Policy, ReachesTrigger, Rule, SinceTrigger, Step
from engine.settings.model import Settings
from engine.stages.plan.absence import attended
from engine.stages.plan.candidates import Candidate, Scope, has_window
from engine.stages.plan.drafting import drafts_wanted
from engine.stages.plan.level import order_of
from engine.stages.plan.receivers import Receiver, receivers_of
from engine.stages.plan.subjects import subject_receivers
from engine.stages.plan.timing import Clockwork, Place, Times, step_times
from engine.store.book.event_rows import Hosts
from engine.store.book.planning import LeadRow, RepRow


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

    wanted: dict[tuple[object, ...], tuple[Duration, ...]] = field(default_factory=dict, compare=False)
    """How early a policy wants the draft of a step, by (rule, revision, step, audience)."""

    @property
    def delegating(self) -> bool:
        """Whether delegates get what absent reps would get."""
        return self.settings.absent_reps == "delegate"

    @cached_property
    def away(self) -> frozenset[str]:
        """Every rep with an absence, past and future ones too."""
        return frozenset(rep.id for rep in self.reps.values() if rep.absent_from or rep.absent_to)


# Looking up a value costs as much as a row's key.
_PLANNED, _CANCELLED, _EXPIRED = Touch.PLANNED.value, Touch.CANCELLED.value, Touch.EXPIRED.value


class Planned(NamedTuple):
    """One step of one occasion for one receiver, with its instants."""

    step: Step
    receiver: Receiver
    times: Times


@dataclass
class Book:
    """Rows for the database: what a pass adds."""

    occasions: list[dict[str, Any]] = field(default_factory=list)
    touches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.occasions) + len(self.touches)

    def add(self, other: Book) -> None:
        """Take the rows of another one too."""
        self.occasions += other.occasions
        self.touches += other.touches

    def split(self, size: int) -> tuple[Book, Book]:
        """The first rows, at most `size` of them, occasions before touches; and the rest."""
        occasions = min(size, len(self.occasions))
        touches = size - occasions
        first = Book(self.occasions[:occasions], self.touches[:touches])
        return first, Book(self.occasions[occasions:], self.touches[touches:])


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
        return local_date(times_in(zone).due_at, zone)

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
    audience, place = receiver.audience, Place(lead.timezone, lead.country, receiver.zone)
    if occurs.on is None:
        return step_times(step, occurs, place, audience, ground.clockwork, behind)
    key = (rule.id, rule.revision, step.id, occurs.on, occurs.wall, place, audience)
    known = ground.known.get(key)
    if known is None:
        known = ground.known[key] = step_times(step, occurs, place, audience, ground.clockwork)
    return known


def give_birth(rule: Rule, found: Iterable[Candidate], scope: Scope, ground: Ground) -> Book:
    """Those of the candidates that open in the scope, as rows."""
    book = Book()
    for candidate in found:
        planned = schedule(rule, candidate, ground)
        if is_born(rule, candidate, planned, scope, ground):
            if rule.backfill.how == "spread" and is_backfill(rule, planned, ground):
                candidate = candidate._replace(spread_to=seeded(rule, candidate, ground))
                planned = put_off(rule, candidate, planned, ground)
            book.occasions.append(occasion_row(rule, candidate, planned, scope, ground))
            for one in planned:
                if one.times.opens_at < scope.hi:
                    row = touch_row(rule, candidate, one, scope.now, ground)
                    book.touches.append(or_history(row, candidate.lead, scope.now))
    return book


def is_born(rule: Rule, candidate: Candidate, planned: list[Planned], scope: Scope, ground: Ground) -> bool:
    """Whether the occasion opens in this scope, in the rule's own period, and something of it can still go out."""
    opens = min([one.times.opens_at for one in planned])
    if rule.backfill.how == "none" and is_backfill(rule, planned, ground):
        return False
    if _is_history(rule, candidate, planned):
        return False
    if scope.lo is not None:
        return scope.lo <= opens < scope.hi and _in_period(rule, candidate)
    if has_window(rule) and opens >= scope.hi:
        return False
    return _in_period(rule, candidate) and any(_can_go_out(rule, one, scope.now, ground) for one in planned)


def _is_history(rule: Rule, candidate: Candidate, planned: Sequence[Planned]) -> bool:
    """Whether all of it was due before the lead's history came in, or a counter reached its value by that import."""
    since = candidate.lead.history_at
    if since is None:
        return False
    if isinstance(rule.on, ReachesTrigger) and candidate.occurs.at <= since:
        return True
    return all(one.times.due_at < since for one in planned)


def is_backfill(rule: Rule, planned: Sequence[Planned], ground: Ground) -> bool:
    """Whether its first step was to be seen to before this revision of the rule was in force.

    By its own hour or draft: that levelling looks ahead makes nothing late.
    """
    since = ground.since.get((rule.id, rule.revision))
    return since is not None and min(min(one.times.nominal_at, one.times.look_at) for one in planned) < since


def seeded(rule: Rule, candidate: Candidate, ground: Ground) -> int:
    """The lead's own instant within the days of `spread`, the same at every look."""
    offset = share(f"{rule.id}|{candidate.lead.id}|backfill", rule.backfill.days * 86_400)
    return ground.since[rule.id, rule.revision] + offset


def _in_period(rule: Rule, candidate: Candidate) -> bool:
    if rule.first_day is None and rule.last_day is None:
        return True
    occurs = candidate.occurs
    day = occurs.on or local_date(occurs.at, candidate.lead.timezone)
    first, last = rule.first_day or day, rule.last_day or day
    return first <= day <= last


def _can_go_out(rule: Rule, one: Planned, now: int, ground: Ground) -> bool:
    """Whether a step is still worth it, if nobody knew of it before now.

    A `since` rule has no bound here: somebody not called for two years is to be called today.
    """
    times = one.times
    if times.expires_at is not None:
        return times.expires_at > now
    return isinstance(rule.on, SinceTrigger) or times.due_at >= now - ground.settings.caps.catch_up_days * 86_400


def occasion_row(
    rule: Rule, candidate: Candidate, planned: list[Planned], scope: Scope, ground: Ground
) -> dict[str, Any]:
    """The occasion as a row of the book."""
    occurs = candidate.occurs
    return {
        "rule": rule.id,
        "lead": candidate.lead.id,
        "anchor": candidate.anchor,
        "shard": candidate.lead.shard,
        "revision": rule.revision,
        "generation": ground.generation,
        "occurs_on": occurs.on.isoformat() if occurs.on else None,
        "occurs_at": None if occurs.on else occurs.at,
        "counts_from_at": counts_from(candidate, planned),
        "nth": candidate.nth,
        "born_at": scope.now,
        "next_step_at": next_step(planned, scope.hi),
        "ended_at": None,
        "end_reason": None,
        "spread_to": candidate.spread_to,
    }


def counts_from(candidate: Candidate, planned: list[Planned]) -> int:
    """From when on a contact ends `until: contacted`: the instant counted from, or an earlier first step."""
    first = min([min(one.times.nominal_at, one.times.due_at) for one in planned])
    return first if candidate.counts_from is None else min(first, candidate.counts_from)


def next_step(planned: list[Planned], horizon: int) -> int | None:
    """When the first step beyond the horizon opens."""
    beyond = [one.times.opens_at for one in planned if one.times.opens_at >= horizon]
    return min(beyond) if beyond else None


def touch_row(rule: Rule, candidate: Candidate, one: Planned, now: int, ground: Ground) -> dict[str, Any]:
    """The touch as a row of the book. Without a receiver it ends at once, with that reason."""
    step, receiver, times = one
    lead = candidate.lead
    nobody = not receiver.id
    key = occurrence_key(rule.id, lead.id, candidate.anchor, step.id, receiver.id)
    signer = signer_of(step, candidate, times, ground)
    return {
        "occurrence_key": key,
        "rule": rule.id,
        "lead": lead.id,
        "anchor": candidate.anchor,
        "step": step.id,
        "receiver": receiver.id,
        "absent": receiver.absent,
        "shard": lead.shard,
        "revision": rule.revision,
        "generation": ground.generation,
        "action": step.action.value,
        "audience": receiver.audience.value,
        "category": step.category,
        "priority": step.priority,
        "nominal_at": times.nominal_at,
        "due_at": times.due_at,
        "day_on": times.day_on,
        "judge_at": None if nobody else _look_at(rule, one, ground),
        "expires_at": times.expires_at,
        "state": _CANCELLED if nobody else _PLANNED,
        "reason": "no_receiver" if nobody else None,
        "settled_at": now if nobody else None,
        "needs_signature": step.sign_by is not None,
        "signer": signer,
        "deadline_at": times.deadline_at,
        "via": list(step.via),
        "via_index": 0,
        **_levelled(step, receiver, signer, times, key),
    }


def _look_at(rule: Rule, one: Planned, ground: Ground) -> int:
    """When release first looks at the touch: when it is due, or as early as its step or a policy wants its draft."""
    step, receiver, times = one
    if not ground.drafting or step.sign_by is not None or step.action is not Action.GREET:
        return times.look_at
    key = (rule.id, rule.revision, step.id, receiver.audience)
    spans = ground.wanted.get(key)
    if spans is None:
        spans = ground.wanted[key] = drafts_wanted(rule, step, receiver.audience, ground.drafting)
    return min([times.look_at, *(add(times.due_at, -span, receiver.zone) for span in spans)])


def or_history(row: dict[str, Any], lead: LeadRow, now: int) -> dict[str, Any]:
    """The row as it is written: a step that was due before the lead's history came in has passed, for good."""
    if lead.history_at is None or row["due_at"] >= lead.history_at or row["settled_at"] is not None:
        return row
    ended = {"state": _EXPIRED, "reason": "history", "settled_at": now, "judge_at": None}
    return row | ended | _NOT_LEVELLED


_NOT_LEVELLED = {"level_order": None, "level_rep": None, "level_on": None}


def _levelled(step: Step, receiver: Receiver, signer: str | None, times: Times, key: str) -> dict[str, Any]:
    """Its turn to be given a day of its rep's, where the step is levelled. Who waits for an absent rep waits."""
    rep = signer if receiver.audience is Audience.LEAD else receiver.id
    if step.level is None or not rep or receiver.back is not None:
        return _NOT_LEVELLED
    return {"level_order": order_of(key, times.opens_at), "level_rep": rep, "level_on": None}
