"""The figures of a report. docs/reports.md says how each is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.domain.periods import Period

FEW = 20
"""Deals below which a conversion tells little: the practice calls it stable after 20 to 30."""


@dataclass(frozen=True)
class Work:
    """What was to be done, and what came of it. Every piece is in one of the five, so they add up to `planned`."""

    done: int = 0
    tried: int = 0
    late: int = 0
    missed: int = 0
    open: int = 0

    @property
    def planned(self) -> int:
        return self.done + self.tried + self.late + self.missed + self.open

    @property
    def in_time(self) -> int:
        """Acted on by the end of its day, whether or not the customer was reached."""
        return self.done + self.tried

    @property
    def on_time(self) -> float | None:
        """The share of what was to be done by now that was acted on in time; None: nothing was."""
        return _share(self.in_time, self.in_time + self.late + self.missed)


@dataclass(frozen=True)
class FunnelStage:
    """Deals at one stage: how many stand there now, came to it and left it in the period, and where they went.

    `mean_moved` of `mean_left` is the whole house's in the year before the period.
    """

    stage: str
    standing: int
    entered: int
    left: int
    moved_on: int
    lost: int
    mean_left: int
    mean_moved: int

    @property
    def conversion(self) -> float | None:
        """The share of those that left it which went on to a later stage; None: none left it."""
        return _share(self.moved_on, self.left)

    @property
    def mean(self) -> float | None:
        """The same of the house in the year before; None: too few left it then to say."""
        return _share(self.mean_moved, self.mean_left) if self.mean_left >= FEW else None

    @property
    def too_few(self) -> bool:
        """Whether so few left it that its conversion tells little."""
        return self.left < FEW


@dataclass(frozen=True)
class Cadence:
    """Customers of a grade at the end of the period: of `total`, whose contact was not older than `span`, `kept`."""

    grade: str
    span: str
    kept: int
    total: int

    @property
    def share(self) -> float | None:
        return _share(self.kept, self.total)


@dataclass(frozen=True)
class Contacts:
    """Talks with the active customers of a tier in the period; `attempts` reached nobody. `tier` "": without one."""

    tier: str
    leads: int
    contacts: int
    attempts: int

    @property
    def per_lead(self) -> float | None:
        return _share(self.contacts, self.leads)


@dataclass(frozen=True)
class RepLine:
    """One rep's part of the work."""

    rep: str
    name: str
    work: Work
    contacts: int


@dataclass(frozen=True)
class Before:
    """An earlier period's work, for comparison."""

    period: Period
    work: Work


@dataclass(frozen=True)
class Unfinished:
    """A piece of the day that did not go as planned, and what comes next for that customer.

    `name` is "" where the customer is confidential. `why` is a word: an answer, a reason or a state.
    """

    touch: int | None
    kind: str
    rep: str
    lead: str
    name: str
    summary: str
    due_at: int
    outcome: str
    why: str
    next_at: int | None
    next_summary: str


@dataclass(frozen=True)
class Said:
    """What a rep says of the day himself: what stood in his way, and what he does about it."""

    rep: str
    name: str
    problems: str
    measures: str


@dataclass(frozen=True)
class Report:
    """All of it. `who` is a rep's or team's id, "" for the house; instants are shown in `zone`."""

    period: Period
    scope: str
    who: str
    name: str
    zone: str
    now: int
    work: Work
    withdrawn: int
    by_kind: tuple[tuple[str, Work], ...]
    reps: tuple[RepLine, ...]
    funnel: tuple[FunnelStage, ...]
    won: int
    lost: int
    cadence: tuple[Cadence, ...]
    contacts: tuple[Contacts, ...]
    before: tuple[Before, ...]
    unfinished: tuple[Unfinished, ...]
    said: tuple[Said, ...] = ()

    @property
    def first(self) -> date:
        return self.period.first

    @property
    def nothing(self) -> bool:
        """Whether there is nothing at all to tell."""
        return not (
            self.work.planned or self.withdrawn or self.won or self.lost or self.said
            or any(one.contacts or one.attempts for one in self.contacts)
            or any(stage.standing or stage.entered or stage.left for stage in self.funnel)
        )  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
