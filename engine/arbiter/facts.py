"""What is judged and what comes of it: a lead's touches with his circumstances in, one ruling a touch out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.domain.words import Audience, Effect
from engine.ground.durations import Duration
from engine.rulebook.conditions import Condition, fields_of
from engine.rulebook.evaluate import Snapshot

_DAY = 86_400
_NO_FACTS: Mapping[str, object] = {}
_COUNTER = re.compile(r"touches_(\d{1,3})d")


class TouchFact(NamedTuple):
    """A touch as policies see it.

    `values`: category, audience, action, rule, step, priority, urgent, receiver, channel. `day` is the ordinal
    of its civil day (`date.toordinal`), `due_at` the instant (seconds UTC) at which it reaches its receiver, later than
    its hour if something kept it back, `key` its occurrence key.
    `judged` is False for a touch that is already released or sent: nothing is ruled on it, but it counts,
    outranks every other and may be the one that others merge into.
    """

    id: int
    values: Mapping[str, object]
    day: int
    due_at: int
    key: str
    judged: bool = True


class Case(NamedTuple):
    """Everything one judgement looks at: a lead, his circumstances, his touches of the day.

    `sent` holds the instants of customer touches released or sent within the longest horizon that a policy
    counts, those among `touches` excluded.
    """

    snapshot: Snapshot
    touches: tuple[TouchFact, ...]
    sent: tuple[int, ...] = ()

    @property
    def lead(self) -> str:
        return self.snapshot.lead


@dataclass(frozen=True)
class Firing:
    """A policy's condition was met by a touch, with `other` as the second touch if the policy wants one."""

    policy: str
    touch: int
    other: int | None = None


@dataclass(frozen=True)
class Verdict:
    """One policy that spoke about a touch, with the facts that made it speak."""

    touch: int
    policy: str
    effect: Effect
    facts: Mapping[str, object]


class Changes(NamedTuple):
    """What policies change about a touch that goes on.

    `priority` None: the step's. `via` are the channels instead of its own, empty: its own. `signer` is the role
    (owner, manager) that must sign it, "" where no policy asks for a signature, else `signature_policy` does.
    `copied`: the manager of the lead's owner gets a copy.
    """

    priority: int | None = None
    via: tuple[str, ...] = ()
    signer: str = ""
    signature_policy: str = ""
    copied: bool = False


class Ruling(NamedTuple):
    """What becomes of a touch. `effect` None: it is let go, with these `changes`.

    `into` is the touch it merges into, `by` how far it is deferred, `at_most` how long it may be held;
    `policy` and `facts` are the cause, `verdicts` all that was said, overruled ones included.
    """

    touch: int
    effect: Effect | None = None
    policy: str = ""
    into: int | None = None
    by: Duration | None = None
    at_most: Duration | None = None
    facts: Mapping[str, object] = _NO_FACTS
    verdicts: tuple[Verdict, ...] = ()
    changes: Changes = Changes()


Rank = tuple[bool, int, str, str]


def rank(touch: TouchFact) -> Rank:
    """Its place among the lead's touches, lower is better: a strict order, as occurrence keys are unique."""
    priority = touch.values["priority"]
    assert isinstance(priority, int)
    return (touch.judged, priority, str(touch.values["rule"]), touch.key)


def counters(*conditions: Condition) -> frozenset[str]:
    """The `touches_Nd` fields that conditions read; they are counted for each touch anew."""
    return frozenset(path for one in conditions for path in fields_of(one) if _COUNTER.fullmatch(path))


def days_counted(path: str) -> int:
    """The N of such a field."""
    match = _COUNTER.fullmatch(path)
    assert match is not None
    return int(match.group(1))


def count_touches(path: str, case: Case, ranked: Sequence[TouchFact], touch: TouchFact) -> int:
    """`touches_Nd` for one touch: customer touches of the N x 24 hours up to its due time, plus those of
    `ranked` (best first) that outrank it. A released one among them may lie on another day, so it counts only
    from within these hours to the end of the touch's own day."""
    since = touch.due_at - days_counted(path) * _DAY
    before = ranked[: next(index for index, one in enumerate(ranked) if one.id == touch.id)]
    better = sum(
        one.values["audience"] == Audience.LEAD and (one.judged or (since < one.due_at and one.day <= touch.day))
        for one in before
    )
    return better + sum(since < at <= touch.due_at for at in case.sent)


def lead_for(touch: TouchFact, case: Case, ranked: Sequence[TouchFact], paths: frozenset[str]) -> Snapshot:
    """The lead as a policy judging this touch reads him: with the touch's own counts of `paths`."""
    if not paths:
        return case.snapshot
    counts = {path: count_touches(path, case, ranked, touch) for path in paths}
    return case.snapshot._replace(values={**case.snapshot.values, **counts})


def as_snapshot(touch: TouchFact, case: Case) -> Snapshot:
    """The touch as something a condition can be read against."""
    lead = case.snapshot
    return Snapshot(lead.lead, lead.zone, lead.now, touch.values)
