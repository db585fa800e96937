"""Which policies would bite on a rule's touches for one lead, by the reference evaluator; else what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.arbiter.facts import Case, TouchFact, as_snapshot, counters, lead_for, rank
from engine.arbiter.reference import Reference
from engine.domain.civil import local_date
from engine.domain.words import MACHINES, TOUCH_OPEN, Audience
from engine.rulebook.conditions import Circumstance
from engine.rulebook.evaluate import Failure, Snapshot, first_failed
from engine.rulebook.model import Policy, Rule, Step
from engine.rulebook.wording import condition_text, effect_text
from engine.stages.release.days import reached, reached_at
from engine.stages.release.ways import used_channel, wished_channel
from engine.store.book.judging import SENT


@dataclass(frozen=True)
class Bite:
    """What one policy would do to a rule's touches: to which step it would, or the first thing that keeps it off."""

    policy: str
    effect: str
    bites: bool
    step: str
    failed: Failure | None = None
    then: object = None

    @property
    def deed(self) -> str:
        """What it would do, in words."""
        return effect_text(self.effect, self.then, self.step)


@dataclass(frozen=True)
class Days:
    """The lead and what stands in his book around these days (rows of `touch`); how near rivals are, in days."""

    snapshot: Snapshot
    touches: Sequence[Any]
    reach: int
    ending: Mapping[int, int] = field(default_factory=dict)
    """Touches that end by their own rule when they are looked at, and when that is (seconds UTC)."""

    def case(self, subject: TouchFact) -> Case:
        """What the arbiter would see on the subject's day: what waits on it, what was sent near it.

        What ends by its own rule before that is no rival. A touch that is not born yet has no rival in what its own
        step brought forth before.
        """
        others, sent, judged_at = [], [], max(subject.due_at, self.snapshot.now)
        for row in self.touches:
            day = date.fromisoformat(row.day_on).toordinal()
            own = subject.id < 0 and (row.rule, row.step) == (subject.values["rule"], subject.values["step"])
            if row.id == subject.id or (row.id in self.ending and self.ending[row.id] <= judged_at):
                continue
            if row.state in TOUCH_OPEN:
                others += [_fact(row, day, row.due_at, judged=True)] if day == subject.day and not own else []
            elif row.state in SENT:
                at, on = reached(row, self.snapshot.zone)
                if abs(on - subject.day) <= self.reach and not own:
                    others.append(_fact(row, on, at, judged=False))
                elif row.audience == Audience.LEAD:
                    sent.append(at)
        return Case(self.snapshot, (subject, *others), tuple(sent))


def subjects(rule: Rule, dues: dict[str, int], days: Days) -> dict[str, TouchFact]:
    """By step, the first of its touches that wait in the book, or the one that would be born, due when `dues` says."""
    found: dict[str, TouchFact] = {}
    for number, step in enumerate(rule.steps, start=1):
        mine = (row for row in days.touches if (row.rule, row.step) == (rule.id, step.id) and row.state in TOUCH_OPEN)
        waiting = min(mine, key=lambda row: (row.due_at, row.id), default=None)
        if waiting is None:
            found[step.id] = _unborn(rule, step, -number, dues.get(step.id, days.snapshot.now), days.snapshot)
        else:
            at = reached_at(waiting.due_at, days.snapshot.now)
            day = date.fromisoformat(waiting.day_on).toordinal()
            found[step.id] = _as_written(step, waiting, _fact(waiting, day, at, judged=True))
    return found


def _as_written(step: Step, row: Any, touch: TouchFact) -> TouchFact:
    """With the rank and the channel of its step: the book has what policies made of them."""
    own = {"priority": step.priority, "channel": wished_channel(step, row)}
    return touch._replace(values={**touch.values, **own})


def bites(policies: Sequence[Policy], by_step: dict[str, TouchFact], days: Days) -> list[Bite]:
    """Every policy, in order, against every step."""
    return [_nearest([_bite(policy, step, touch, days) for step, touch in by_step.items()]) for policy in policies]


def _bite(policy: Policy, step: str, touch: TouchFact, days: Days) -> Bite:
    case = days.case(touch)
    ranked = sorted(case.touches, key=rank)
    fired = any(firing.touch == touch.id for firing in Reference(((policy,),)).fires(0, case, ranked))
    failed = None if fired else _missing(policy, touch, case, ranked)
    return Bite(policy.id, policy.effect.value, fired, step, failed, policy.value)


_PARTS = ("touch", "circumstance", "lead", "other")


def _missing(policy: Policy, touch: TouchFact, case: Case, ranked: Sequence[TouchFact]) -> Failure:
    """The first part of the policy that does not hold; its path begins with the part's name."""
    failed = first_failed(policy.touch, as_snapshot(touch, case))
    if failed is not None:
        return _of_part("touch", failed)
    if policy.circumstance is not None:
        failed = first_failed(Circumstance(policy.circumstance), case.snapshot)
        if failed is not None:
            return failed
    failed = first_failed(policy.lead, lead_for(touch, case, ranked, counters(policy.lead)))
    if failed is not None:
        return _of_part("lead", failed)
    wanted = condition_text(policy.other.where) if policy.other else "a touch"
    return Failure("other", f"another touch with {wanted}", "none")


def _of_part(part: str, failed: Failure) -> Failure:
    return Failure(f"{part}.{failed.path}", failed.wanted, failed.found)


def _nearest(found: Sequence[Bite]) -> Bite:
    """Of a policy's results on several steps the one that bites, else the one that came closest."""
    return max(found, key=lambda one: len(_PARTS) if one.failed is None else _place(one.failed))


def _place(failed: Failure) -> int:
    return _PARTS.index(failed.path.partition(".")[0])


def _unborn(rule: Rule, step: Step, ident: int, due_at: int, snapshot: Snapshot) -> TouchFact:
    kind = step.target.partition(":")[0]
    audience = Audience(kind) if kind in ("lead", "manager", "team", *MACHINES) else Audience.REP
    values = {
        "category": step.category, "audience": audience.value, "action": step.action.value, "rule": rule.id,
        "step": step.id, "priority": step.priority, "urgent": step.urgent, "receiver": "",
        "channel": step.via[0] if step.via else None,
    }  # fmt: skip
    day = local_date(due_at, snapshot.zone).toordinal()
    return TouchFact(ident, values, day, due_at, f"{rule.id}|{snapshot.lead}||{step.id}|", judged=True)


def _fact(row: Any, day: int, at: int, *, judged: bool) -> TouchFact:
    values = {
        "category": row.category, "audience": row.audience, "action": row.action, "rule": row.rule,
        "step": row.step, "priority": row.priority, "urgent": False, "receiver": row.receiver,
        "channel": used_channel(row),
    }  # fmt: skip
    return TouchFact(row.id, values, day, at, row.occurrence_key, judged)
