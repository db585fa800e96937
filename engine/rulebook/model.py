"""What a rule is, once read: frozen, typed, without YAML. The loader makes it; every other room reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from engine.domain.civil import DAY
from engine.domain.periods import PeriodKind
from engine.domain.post import Post
from engine.domain.words import Action, Effect, Misfire, Shift
from engine.ground.durations import ZERO, Duration
from engine.rulebook.conditions import TRUE, Condition, Scalar
from engine.rulebook.trigger_kinds import (
    ScheduleTrigger,
    Trigger,
)

FieldValue = Scalar | tuple[str, ...] | None
"""What a rule may set a field to."""
_SHORTEST_MONTH = 28  # days


@dataclass(frozen=True)
class At:
    """When a step is due: an offset and, for civil occasions, a wall time in the receiver's zone."""

    offset: Duration = ZERO
    wall: time | None = None

    @property
    def days_before(self) -> int:
        """How many days, at the least, it lies before its occasion; negative if it lies behind it."""
        civil = self.offset.months * _SHORTEST_MONTH + self.offset.days + self.offset.workdays
        return -self.offset.seconds // DAY - civil


@dataclass(frozen=True)
class SignBy:
    """A person must sign before it leaves. `draft` and `deadline` are counted like `at`."""

    who: str
    draft: At
    deadline: At
    late: str = "expire"       # expire, or escalate: then the signer's manager has until it expires


@dataclass(frozen=True)
class Level:
    """Not more than `most` such touches on one civil day of a rep; what is too much moves to another day."""

    most: int
    within: Duration           # how many days, or working days, away at most
    earlier: bool              # to days before its own, or after
    must_fit: bool = field(default=False, repr=False)  # where no day has room it is let go, not put on the emptiest one

    @property
    def reach(self) -> int:
        """Civil days that it may be moved at most; of working days every third is worked, at the least."""
        return self.within.days + 3 * self.within.workdays


@dataclass(frozen=True)
class Distinct:
    """A greeting that must not read like another one: what it is compared with, and what becomes of it if it does."""

    last_year: bool
    neighbours: bool
    max_similarity: float      # 0 to 1; from there on it is alike
    holds: bool                # a person must sign or edit it; else it is only noted


@dataclass(frozen=True)
class Step:
    """One step of a cadence: when, exactly one action, for whom, in which words."""

    id: str
    at: At
    action: Action
    target: str                # owner, manager, previous_owner, host, team:NAME, rep:ID, lead, system:CHANNEL or engine
    template: str              # "" where there is nothing to read
    category: str
    misfire: Misfire
    belated: Duration | None = None
    condition: Condition = TRUE
    via: tuple[str, ...] = ()
    sign_by: SignBy | None = None
    priority: int = 100        # lower is better
    window: str = ""           # "" = the default of config.yaml
    urgent: bool = False
    expires: Duration | None = None
    shift: Shift = Shift.NONE  # by the lead's country for greet, by our office's for reps
    assign: str = ""           # pool, manager, previous_owner, rep:ID, or round_robin, new_first or new_last of :TEAM
    changes: tuple[tuple[str, FieldValue], ...] = ()  # set: what each field becomes; None clears it
    level: Level | None = None
    gather: bool = False       # what it releases for one receiver in one pass goes out as one message
    distinct: Distinct | None = None
    report: PeriodKind | None = None  # of a digest: it tells how that period went
    invite: bool = False       # its mails carry an invitation to the appointment
    purpose: str = field(default="", repr=False)  # what a talk is for that answers it; "": nothing in particular
    needs: tuple[tuple[str, Duration], ...] = field(default=(), repr=False)  # steps that must have left so long before
    posts: tuple[Post, ...] = field(default=(), repr=False)  # begun so early, by place: days_ahead of its channels


@dataclass(frozen=True)
class Backfill:
    """What becomes of occasions that opened before the rule, or this revision of it, was in force.

    `now`: all that is still worth it, at once. `none`: nothing of theirs. `spread`: at hours seeded over so many days.
    """

    how: str = "now"           # now | none | spread
    days: int = 0              # of spread


@dataclass(frozen=True)
class Rule:
    """A trigger, a segment, a cadence and its exits."""

    id: str
    summary: str
    category: str
    on: Trigger
    steps: tuple[Step, ...]
    segment: Condition = TRUE
    until: Condition | None = None   # like a step's condition, it may read what happened since
    enabled: bool = True
    first_day: date | None = None    # `from`, inclusive, lead's zone
    last_day: date | None = None     # `to`, inclusive
    apply_to: str = "new"            # new | all: whether this revision takes over occasions in flight
    backfill: Backfill = Backfill()
    renamed_from: str = ""           # the id it had before: what was done under it counts as done
    revision: str = ""               # digest of the effective rule, templates excluded
    file: str = ""
    line: int = 0

    @property
    def of_leads(self) -> bool:
        """Whether its occasions are a lead's; those of a schedule are a rep's or a team's."""
        return not isinstance(self.on, ScheduleTrigger)


@dataclass(frozen=True)
class Other:
    """A second touch of the same lead that must exist: matching, at most `within` civil days away, better ranked."""

    where: Condition
    within: int | None = None
    outranks: bool = False


@dataclass(frozen=True)
class Policy:
    """What is judged among everything due for one lead on one civil day.

    `touch` reads touch fields (category, audience, action, rule, step, channel, priority, urgent); `lead` the
    lead's fields, with `touches_Nd` counted for this touch; `circumstance` some circumstance of the lead.
    """

    id: str
    summary: str
    touch: Condition
    effect: Effect
    lead: Condition = TRUE
    circumstance: Condition | None = None
    other: Other | None = None
    by: Duration | None = None           # defer
    at_most: Duration | None = None      # hold
    draft: Duration | None = None        # require_signature: how many days before the touch its text is laid out
    value: str | int | tuple[str, ...] | None = None   # priority, reroute, require_signature, escalate
    enabled: bool = True
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class SetOf:
    """Fields of a lead take these new values, all of them; no values: whatever the new one is."""

    fields: tuple[tuple[str, tuple[Scalar, ...]], ...]


@dataclass(frozen=True)
class AssignOf:
    """A lead is given to a rep, to the pool, or to `any` of them."""

    to: str


@dataclass(frozen=True)
class EndOf:
    """A circumstance of one of these kinds ends; none: of any kind."""

    kinds: tuple[str, ...]

GateOn = SetOf | AssignOf | EndOf


class Otherwise(StrEnum):
    """What becomes of a change that a gate objects to."""

    REFUSE = "refuse"
    FLAG = "flag"              # it is made, and recorded


@dataclass(frozen=True)
class Gate:
    """What a change of a lead must satisfy, whoever makes it, wherever `condition` (`if`) holds.

    Conditions read the lead as it stands before the change, and also `actor.*`, `assignee` and `event.*`.
    """

    id: str
    summary: str
    on: GateOn
    require: Condition
    otherwise: Otherwise
    condition: Condition = TRUE
    file: str = ""
    line: int = 0
    enabled: bool = True


@dataclass(frozen=True)
class Quarantined:
    """A rule that was left out for its mistakes, while the rest of its book is in force.

    `problems` are as `check` prints them; `since` is when it was left out first (seconds UTC, 0: not in force yet).
    """

    id: str
    file: str
    line: int
    problems: tuple[str, ...]
    renamed_from: str = ""
    since: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The ids under which occasions of it may stand in the book."""
        return (self.id, self.renamed_from) if self.renamed_from else (self.id,)


@dataclass(frozen=True)
class RuleBook:
    """All rules of one generation, and the policies and gates in force. `digest` is that of the files' text."""

    rules: tuple[Rule, ...] = ()
    policies: tuple[Policy, ...] = ()
    digest: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    off: tuple[Policy | Gate, ...] = ()   # those that are switched off, and judge nothing

    @property
    def held_back(self) -> dict[str, Quarantined]:
        """Rule ids whose occasions wait for a rule to be mended, each with what was left out."""
        there = {rule.id for rule in self.rules}
        return {name: one for one in self.quarantined for name in one.names if name not in there}

    def rule(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)
