"""What somebody can say to a reminder, and what he may have learned. Words and dates as people give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FIELDS = ("phone", "email", "wecom")
"""Addresses of a customer that may turn out wrong, or be new."""


@dataclass(frozen=True)
class Talked:
    """He was reached, or not: an outcome of config.yaml.

    `appointment`: the next, as `DATE purpose`, by the customer's clock. `next_step`: what was agreed to be done next.
    """

    outcome: str
    channel: str | None = None
    note: str | None = None
    benefit: str | None = None
    appointment: str | None = None
    next_step: str | None = None


@dataclass(frozen=True)
class WrongAddress:
    """A number or address that is not his (any more): nothing more is sent there."""

    field: str


@dataclass(frozen=True)
class Snooze:
    """Not now: on that day, by the receiver's calendar."""

    day: date


@dataclass(frozen=True)
class HandOver:
    """Somebody else does it. `lead`: the customer is his from now on, not just this reminder."""

    to: str
    lead: bool = False


@dataclass(frozen=True)
class NotRelevant:
    """Nothing is to be done about this one."""

    note: str | None = None


Reply = Talked | WrongAddress | Snooze | HandOver | NotRelevant


@dataclass(frozen=True)
class Happened:
    """Something in his life or of his company: a kind of circumstance, from that day on (his calendar; None: now)."""

    kind: str
    day: date | None = None
    note: str | None = None


@dataclass(frozen=True)
class Dated:
    """A date in his life, as it is imported: `1988-05-12`, `--05-12`, `lunar:1988-08-15`."""

    when: str
    kind: str = "birthday"


@dataclass(frozen=True)
class NewAddress:
    """How to reach him: what was wrong about the old one is over."""

    field: str
    value: str


@dataclass(frozen=True)
class Appointment:
    """The next one, as `DATE purpose` or `DATETIME purpose`, by his clock."""

    text: str
    note: str | None = None


News = Happened | Dated | NewAddress | Appointment
