"""What a rule test is, once read: people, facts, and steps of what is done and what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.desk.ruletests.rulesets import RuleSet
from engine.domain.civil import add, add_civil, day_start, instant, local_date
from engine.domain.people import LeadEntry, RepEntry
from engine.domain.records import RecordEntry
from engine.ground.yamlio import Mark
from engine.rulebook.model import At, Rule
from engine.settings.model import Settings

SENT = "sent"
"""What an expectation means that names no state: it went out that day."""
STATES = (SENT, "draft", "signed", "held", "deferred", "suppressed", "merged", "expired", "cancelled", "superseded")
"""States that an expectation may name."""


@dataclass(frozen=True)
class Happens:
    """A circumstance begins. Instants in seconds UTC; `starts_at` None: when it is done."""

    id: str
    kind: str
    lead: str
    region: str
    severity: str
    starts_at: int | None
    ends_at: int | None
    invited: tuple[str, ...] = ()
    host: str = ""


@dataclass(frozen=True)
class Ends:
    """A circumstance ends now; `attrs` is what is known of its end."""

    id: str
    attrs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Logs:
    """A contact or an attempt, or as many of them as `times`. `at` None: when it is done."""

    id: str
    lead: str
    outcome: str
    at: int | None
    channel: str | None
    purpose: str | None
    times: int = 1
    score: int | None = None


@dataclass(frozen=True)
class Sets:
    """Fields of a lead, by import column, as cells."""

    lead: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Claims:
    """Whoever acts takes the lead from the pool."""

    lead: str


@dataclass(frozen=True)
class Records:
    """A purchase, a contract, an opportunity... is recorded, or changes."""

    entry: RecordEntry


@dataclass(frozen=True)
class Decides:
    """Somebody signs a draft, or turns it down. "" stands for any."""

    approves: bool
    rule: str
    step: str
    lead: str


@dataclass(frozen=True)
class Unsubscribes:
    """The lead wants no more: nothing at all, or nothing of a category or on a channel."""

    lead: str
    channel: str
    category: str


Deed = Happens | Ends | Logs | Sets | Claims | Records | Decides | Unsubscribes


@dataclass(frozen=True)
class Action:
    """Something that is done, with its place and the word that it has in the file.

    `by` is who does it ("": nobody in particular); `refused_by` and `flagged_by` are the gates that must say so.
    """

    mark: Mark
    word: str
    deed: Deed
    by: str = ""
    refused_by: str = ""
    flagged_by: str = ""


@dataclass(frozen=True)
class Expected:
    """A touch that comes up on the day. "" stands for any; `at` is the receiver's wall time.

    `gathered`: how many customers its message tells of; 0 stands for any.
    """

    mark: Mark
    rule: Rule
    step: str = ""
    to: str = ""
    lead: str = ""
    state: str = SENT
    at: str = ""
    gathered: int = 0


@dataclass(frozen=True)
class Because:
    """A rule that must not fire on the day, and why: a policy, a reason, or a field of its `for`."""

    mark: Mark
    rule: Rule
    why: str


@dataclass(frozen=True)
class Step:
    """`expect` None: whatever comes up. `at` None: where the clock stands."""

    mark: Mark
    label: str
    at: At | None
    do: tuple[Action, ...] = ()
    expect: tuple[Expected, ...] | None = None
    because: tuple[Because, ...] = ()

    @property
    def looks(self) -> bool:
        """Whether it covers its whole day, to compare it with what was expected."""
        return self.expect is not None or bool(self.because)


@dataclass(frozen=True)
class RuleTest:
    """A small world and what is to happen in it. `start` in seconds UTC, `first_day` the date written there."""

    file: str
    summary: str
    settings: Settings
    rules: RuleSet
    start: int
    first_day: date
    zone: str
    reps: tuple[RepEntry, ...] = ()
    leads: tuple[LeadEntry, ...] = ()
    records: tuple[RecordEntry, ...] = ()
    before: tuple[Action, ...] = ()
    steps: tuple[Step, ...] = ()
    signs: bool = True
    zones: Mapping[str, str] = field(default_factory=dict)

    def day(self, at: At) -> date:
        """The civil day that a step's `at` names."""
        if at.offset.seconds:
            return local_date(add(self.start, at.offset, self.zone), self.zone)
        return add_civil(self.first_day, at.offset)

    def moment(self, at: At) -> int:
        """The instant that a step's `at` names, by the test's clock; a bare day is its beginning."""
        if at.offset.seconds:
            return add(self.start, at.offset, self.zone)
        day = self.day(at)
        return instant(day, at.wall, self.zone) if at.wall else max(day_start(day, self.zone), self.start)
