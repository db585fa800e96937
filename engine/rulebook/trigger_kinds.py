"""What a rule waits for: the triggers, once read. Frozen, typed, without YAML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.domain.dates import DatePolicy
from engine.domain.intervals import Interval
from engine.ground.durations import ZERO, Duration
from engine.rulebook.conditions import TRUE, Compare, Condition, Op

YEARLY = Duration(months=12)


@dataclass(frozen=True)
class DateTrigger:
    """On each of the lead's dates of `kind`: yearly, or `every` so many months and days; `only` these returns."""

    kind: str
    every: Duration = YEARLY
    only: tuple[int, ...] = ()
    leap_month: str = ""       # "" = the rule says nothing: config.yaml's
    day_30: str = ""
    feb_29: str = ""

    def policy(self, config: DatePolicy) -> DatePolicy:
        """When dates return of which a year has none: what the rule says, over config.yaml's."""
        own = {"leap_month": self.leap_month, "day_30": self.day_30, "feb_29": self.feb_29}
        return replace(config, **{name: word for name, word in own.items() if word})  # type: ignore[arg-type]

    def returns(self, config: DatePolicy) -> str:
        """Under what its dates' next returns are kept: a policy, or an interval."""
        return self.policy(config).text if self.every == YEARLY else Interval(self.kind, self.every).text


@dataclass(frozen=True)
class HolidayTrigger:
    """On the days of these festivals, by the lead's country or his own observances."""

    festivals: tuple[str, ...]


@dataclass(frozen=True)
class After:
    """How old the timestamp must be: one span, or by the value of a field of the lead."""

    span: Duration | None = None
    by: str = ""
    cases: tuple[tuple[str, Duration], ...] = ()
    otherwise: Duration | None = None

    def branches(self) -> Iterator[tuple[Condition, Duration]]:
        """Each span with the leads it applies to; leads that no case names and no `else` covers have none."""
        if self.span is not None:
            yield TRUE, self.span
            return
        for value, span in self.cases:
            yield Compare(self.by, Op.EQ, value), span
        if self.otherwise is not None:
            yield Compare(self.by, Op.NOT_IN, tuple(value for value, _ in self.cases)), self.otherwise


@dataclass(frozen=True)
class SinceTrigger:
    """When the latest of these timestamps is `after` old; `otherwise` stands in when all are missing.

    `record` names a kind of record (`purchase`) when the timestamp is a record's; else they are the lead's.
    With `repeat`, again every `repeat` up to `times` more. `jitter` spreads by a seeded number of days
    (or seconds, if it is elapsed time) to both sides.
    """

    latest: tuple[str, ...]
    after: After
    otherwise: str = ""
    record: str = ""
    repeat: Duration | None = None
    times: int = 0
    jitter: Duration = ZERO


@dataclass(frozen=True)
class ReachesTrigger:
    """When a counter reaches `value` within the epoch (`order`, `owner` or `registered`)."""

    counter: str
    value: int
    epoch: str = "registered"


@dataclass(frozen=True)
class BecomesTrigger:
    """When a field of the lead, or the stage of one of his opportunities, takes the value."""

    field: str
    value: str | int | bool


@dataclass(frozen=True)
class EventTrigger:
    """When a circumstance of one of these kinds applies to the lead; with `repeat`, again every `repeat` from its
    start on while it lasts, `times` times at most (0: without end).
    """

    kinds: tuple[str, ...]
    anchor: str = "start"      # start | end
    repeat: Duration | None = None
    times: int = 0


@dataclass(frozen=True)
class DueTrigger:
    """Once, at what is known beforehand: `contract.ends_on`, `appointment.starts`, an attribute that is a date.

    `civil`: it is a date, so that steps need a time of day; else an instant.
    """

    field: str
    civil: bool = True


@dataclass(frozen=True)
class OutcomeTrigger:
    """When an interaction with one of these outcomes is logged; of any channel and purpose, or of one of these."""

    outcomes: tuple[str, ...]
    channels: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScheduleTrigger:
    """At the slots of a cron expression, for each rep, manager or team, by everybody's own civil calendar."""

    cron: str
    for_each: str = "rep"      # rep | manager | team

Trigger = (
    DateTrigger | HolidayTrigger | DueTrigger | SinceTrigger | ReachesTrigger | BecomesTrigger | EventTrigger
    | OutcomeTrigger | ScheduleTrigger
)  # fmt: skip
