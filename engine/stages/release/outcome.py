"""What release decided, as rows: the new state of each touch, and the verdicts that explain it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from engine.arbiter.facts import Ruling
from engine.domain.civil import add, day_start, local_date
from engine.domain.words import Audience, Effect, Touch
from engine.ground.durations import Duration
from engine.settings.model import Settings
from engine.stages.plan.timing import Clockwork
from engine.stages.release.before import Decision, Waiting, channels_for, has_waited

LONGEST = Duration(days=30)
"""How long a touch without an expiry of its own is held or deferred before it expires."""

ENDED = (Touch.SUPPRESSED, Touch.EXPIRED, Touch.CANCELLED, Touch.MERGED)


@dataclass(frozen=True)
class Outcome:
    """One touch's new state."""

    waiting: Waiting
    state: Touch
    reason: str = ""
    policy: str = ""
    judge_at: int | None = None
    due_at: int | None = None
    into: int | None = None
    via: list[str] = field(default_factory=list)

    def as_row(self, now: int) -> dict[str, Any]:
        """Parameters of the compare-and-set that writes it."""
        row = self.waiting.row
        zone = self.waiting.lead.timezone
        due_at = row.due_at if self.due_at is None else self.due_at
        return {
            "b_id": row.id,
            "b_was": row.state,
            "b_version": self.waiting.lead.judge_version,
            "b_state": self.state.value,
            "b_reason": self.reason or None,
            "b_policy": self.policy or None,
            "b_judge": self.judge_at,
            "b_due": due_at,
            "b_day": row.day_on if self.due_at is None else local_date(due_at, zone).isoformat(),
            "b_into": self.into,
            "b_via": self.via or row.via,
            "b_released": now if self.state is Touch.RELEASED else None,
            "b_settled": now if self.state in ENDED else None,
        }


@dataclass
class Outcomes:
    """All outcomes of a batch."""

    settings: Settings
    clockwork: Clockwork
    now: int
    rows: list[Outcome] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)

    def decided(self, one: Waiting, decision: Decision) -> None:
        """Take a decision that needed no policy."""
        again = self._tomorrow(one) if decision.state is Touch.HELD else None
        self.rows.append(Outcome(one, decision.state, decision.reason, judge_at=again))

    def ruled(self, one: Waiting, ruling: Ruling) -> None:
        """Take the arbiter's ruling, and keep every verdict behind it."""
        self.verdicts.extend(
            {
                "touch": verdict.touch, "policy": verdict.policy, "effect": verdict.effect.value,
                "facts": dict(verdict.facts), "at": self.now,
            }
            for verdict in ruling.verdicts
        )  # fmt: skip
        self.rows.append(self._outcome(one, ruling))

    def gather(self) -> None:
        """Of what waited for one rep to be back, one message a lead: the latest, with the others merged into it."""
        waited = [one for one in self.rows if one.state is Touch.RELEASED and has_waited(one.waiting.row)]
        waited.sort(key=lambda one: (one.waiting.row.nominal_at, one.waiting.row.id))
        latest = {(one.waiting.row.lead, one.waiting.row.receiver): one for one in waited}
        into = {
            one.waiting.row.id: last.waiting.row.id
            for one in waited
            if (last := latest[one.waiting.row.lead, one.waiting.row.receiver]) is not one
        }
        self.rows = [
            replace(one, state=Touch.MERGED, reason="absence", into=into[one.waiting.row.id])
            if one.waiting.row.id in into
            else one
            for one in self.rows
        ]

    def fallen(self) -> Iterator[int]:
        """Touches that will not be sent; what was merged into them comes back."""
        return (outcome.waiting.row.id for outcome in self.rows if outcome.state in ENDED)

    def _outcome(self, one: Waiting, ruling: Ruling) -> Outcome:
        match ruling.effect:
            case Effect.SUPPRESS:
                return Outcome(one, Touch.SUPPRESSED, "policy", ruling.policy)
            case Effect.MERGE:
                return Outcome(one, Touch.MERGED, "policy", ruling.policy, into=ruling.into)
            case Effect.HOLD:
                return self._held(one, ruling)
            case Effect.DEFER:
                return self._deferred(one, ruling)
            case _:
                return self._let_go(one)

    def _let_go(self, one: Waiting) -> Outcome:
        row = one.row
        via = channels_for(one, self.settings.channels, self.settings.defaults.via)
        if not via:
            return Outcome(one, Touch.SUPPRESSED, "suppression_list")
        if row.needs_signature and row.signed_at is None:
            return Outcome(one, Touch.DRAFT, judge_at=row.deadline_at, via=via)
        return Outcome(one, Touch.RELEASED, via=via)

    def _held(self, one: Waiting, ruling: Ruling) -> Outcome:
        """Kept until its cause clears: looked at when the lead changes, and every morning."""
        span = ruling.at_most or LONGEST
        if add(one.row.nominal_at, span, one.lead.timezone) <= self.now:
            return Outcome(one, Touch.EXPIRED, "held_too_long", ruling.policy)
        return Outcome(one, Touch.HELD, "policy", ruling.policy, judge_at=self._tomorrow(one))

    def _deferred(self, one: Waiting, ruling: Ruling) -> Outcome:
        """Moved by whole civil days of its receiver, into its window, never beyond its expiry."""
        row, zone = one.row, one.zone
        assert ruling.by is not None
        assert one.step is not None
        due = add(max(row.due_at, self._same_wall_today(one)), ruling.by, zone)
        due = self.clockwork.due_at(due, one.step, Audience(row.audience), zone)
        limit = row.expires_at if row.expires_at is not None else add(row.nominal_at, LONGEST, zone)
        if due >= limit:
            return Outcome(one, Touch.EXPIRED, "deferred_out", ruling.policy)
        return Outcome(one, Touch.DEFERRED, "policy", ruling.policy, judge_at=due, due_at=due)

    def _same_wall_today(self, one: Waiting) -> int:
        """An overdue touch is deferred from today on, at its own hour."""
        zone = one.zone
        behind = local_date(self.now, zone) - local_date(one.row.due_at, zone)
        return add(one.row.due_at, Duration(days=max(behind.days, 0)), zone)

    def _tomorrow(self, one: Waiting) -> int:
        today = local_date(self.now, one.lead.timezone)
        return day_start(date.fromordinal(today.toordinal() + 1), one.lead.timezone)
