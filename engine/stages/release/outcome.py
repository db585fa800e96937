"""What release decided, as rows: the new state of each touch, and the verdicts that explain it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from engine.arbiter.facts import Changes, Ruling
from engine.domain.civil import add, day_start, local_date
from engine.domain.words import Audience, Effect, Touch
from engine.ground.durations import Duration
from engine.settings.model import Settings
from engine.stages.compose.receivers import usual_ways
from engine.stages.plan.timing import Clockwork
from engine.stages.release.before import Decision, Waiting, has_waited, is_away
from engine.stages.release.copies import manager_copy, sign_note
from engine.stages.release.signatures import LONGEST, Roles, Signature, limit, passed_on, required
from engine.stages.release.ways import REFUSED, Ways, ways_of, without_mail
from engine.store.book.settling import Alike

ENDED = (Touch.SUPPRESSED, Touch.EXPIRED, Touch.CANCELLED, Touch.MERGED)


class Outcome(NamedTuple):
    """One touch's new state."""

    waiting: Waiting
    state: Touch
    reason: str = ""
    policy: str = ""
    judge_at: int | None = None
    due_at: int | None = None
    into: int | None = None
    ways: Ways | None = None     # None: as the book has them
    priority: int | None = None  # None: as the book has it
    signature: Signature | None = None  # None: as the book has it

    def alike(self, now: int) -> Alike | None:
        """What is written of it and of its like, if its state is all that changes."""
        row, ways, signature = self.waiting.row, self.ways, self.signature
        signed = signature is None or signature == (
            row.needs_signature, row.signer, row.deadline_at, row.escalated_at
        )  # fmt: skip
        if self.due_at is not None or not signed or (ways.passed_over if ways else row.passed_over):
            return None
        released = self.state is Touch.RELEASED
        return Alike(
            row.state, self.waiting.lead.judge_version, self.state, self.reason or None, self.policy or None,
            self.judge_at, self.into, tuple(ways.via if ways else row.via), ways.at if ways else row.via_index,
            now if released else None, now if self.state in ENDED else None,
            row.priority if self.priority is None else self.priority, self.waiting.gathers and released,
        )  # fmt: skip

    def as_row(self, now: int) -> dict[str, Any]:
        """Parameters of the compare-and-set that writes it."""
        row = self.waiting.row
        zone = self.waiting.lead.timezone
        due_at = row.due_at if self.due_at is None else self.due_at
        signature = self.signature or Signature(row.needs_signature, row.signer, row.deadline_at, row.escalated_at)
        return {
            "b_id": row.id,
            "b_was": row.state,
            "b_version": self.waiting.lead.judge_version,
            "b_state": self.state.value,
            "b_reason": self.reason or None,
            "b_policy": self.policy or None,
            "b_judge_at": self.judge_at,
            "b_due": due_at,
            "b_day": row.day_on if self.due_at is None else local_date(due_at, zone).isoformat(),
            "b_into": self.into,
            "b_via": self.ways.via if self.ways else row.via,
            "b_via_index": self.ways.at if self.ways else row.via_index,
            "b_passed": (self.ways.passed_over or None) if self.ways else row.passed_over,
            "b_released_at": now if self.state is Touch.RELEASED else None,
            "b_settled_at": now if self.state in ENDED else None,
            "b_priority": row.priority if self.priority is None else self.priority,
            "b_needs": signature.needed,
            "b_signer": signature.signer,
            "b_deadline": signature.deadline_at,
            "b_escalated": signature.escalated_at,
            "b_level_on": None if self.due_at is not None else row.level_on,  # another day is to be found with room
            "b_gathered": self.waiting.gathers and self.state is Touch.RELEASED,
        }


@dataclass
class Outcomes:
    """All outcomes of a batch."""

    settings: Settings
    clockwork: Clockwork
    roles: Roles
    now: int
    rows: list[Outcome] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    added: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    """Touches that come of others, each with the id of the one without which it is not."""

    def decided(self, one: Waiting, decision: Decision) -> None:
        """Take a decision that needed no policy."""
        if decision.until is not None:
            assert one.step is not None
            due = self.clockwork.due_at(decision.until, one.step, Audience(one.row.audience), one.zone)
            self.rows.append(Outcome(one, decision.state, decision.reason, judge_at=due, due_at=due))
            return
        again = self._tomorrow(one) if decision.state is Touch.HELD else None
        self.rows.append(Outcome(one, decision.state, decision.reason, judge_at=again))

    def early(self, one: Waiting, ruling: Ruling) -> None:
        """Take the ruling on a touch that is looked at before its hour: it becomes a draft, or waits for its hour."""
        if ruling.effect is None and ruling.changes.signer:
            self.ruled(one, ruling)
        else:
            self.rows.append(Outcome(one, Touch.PLANNED, judge_at=one.row.due_at, signature=Signature(False)))

    def passed_on(self, one: Waiting) -> None:
        """A draft whose deadline has passed: the signer's manager gets it, with a note; without one it expires."""
        signature = passed_on(one, self.roles, self.now)
        if signature is None or signature.signer is None:
            self.rows.append(Outcome(one, Touch.EXPIRED, "unsigned"))
            return
        via = usual_ways(self.roles.reps.get(signature.signer), self.settings)
        self.rows.append(
            Outcome(one, Touch.DRAFT, "escalated", judge_at=signature.deadline_at, signature=signature)
        )
        self.added.append((one.row.id, sign_note(one, signature.signer, via, self.now)))

    def ruled(self, one: Waiting, ruling: Ruling) -> None:
        """Take the arbiter's ruling, and keep every verdict behind it."""
        for verdict in ruling.verdicts:
            said = {"touch": verdict.touch, "policy": verdict.policy, "effect": verdict.effect.value}
            self.verdicts.append({**said, "facts": dict(verdict.facts), "at": self.now})
        outcome = self._outcome(one, ruling)
        priority = _priority(one, ruling)
        self.rows.append(outcome if priority == one.row.priority else outcome._replace(priority=priority))
        if outcome.state is Touch.RELEASED and ruling.changes.copied:
            copy = manager_copy(one, self.settings, self.roles, self.now)
            self.added += [(one.row.id, copy)] if copy else []

    def merge_waited(self) -> None:
        """Of what waited for one rep to be back, one message a lead: the latest, with the others merged into it.

        What is gathered is one message of its own, however many leads.
        """
        waited = [
            one
            for one in self.rows
            if has_waited(one.waiting.row) and one.state is Touch.RELEASED and not one.waiting.gathers
        ]
        if not waited:
            return
        waited.sort(key=lambda one: (one.waiting.row.nominal_at, one.waiting.row.id))
        latest = {(one.waiting.row.lead, one.waiting.row.receiver): one for one in waited}
        into = {
            one.waiting.row.id: last.waiting.row.id
            for one in waited
            if (last := latest[one.waiting.row.lead, one.waiting.row.receiver]) is not one
        }
        self.rows = [
            one._replace(state=Touch.MERGED, reason="absence", into=into[one.waiting.row.id])
            if one.waiting.row.id in into
            else one
            for one in self.rows
        ]

    def fallen(self) -> Iterator[int]:
        """Touches that will not be sent; what was merged into them comes back."""
        return (
            outcome.waiting.row.id
            for outcome in self.rows
            if outcome.state in ENDED or outcome.waiting.quarantined
        )

    def _outcome(self, one: Waiting, ruling: Ruling) -> Outcome:
        match ruling.effect:
            case None:
                return self._let_go(one, ruling.changes)
            case Effect.SUPPRESS:
                return Outcome(one, Touch.SUPPRESSED, "policy", ruling.policy)
            case Effect.MERGE:
                return Outcome(one, Touch.MERGED, "policy", ruling.policy, into=ruling.into)
            case Effect.HOLD:
                return self._held(one, ruling)
            case Effect.DEFER:
                return self._deferred(one, ruling)
            case _:
                return self._let_go(one, ruling.changes)

    def _let_go(self, one: Waiting, changes: Changes) -> Outcome:
        if one.row.audience == Audience.ENGINE:
            return Outcome(one, Touch.RELEASED)
        ways = ways_of(one, self.settings, changes.via)
        if not ways.left and (ways.passed_over or not ways.via):
            return Outcome(one, Touch.SUPPRESSED, REFUSED, ways=ways)
        signature = required(one, changes, self.roles, self.now)
        if signature.needed and one.row.signed_at is None:
            by = changes.signature_policy
            return Outcome(
                one, Touch.DRAFT, policy=by, judge_at=signature.deadline_at, ways=ways, signature=signature
            )
        if is_away(one, self.now):
            ways = without_mail(ways, one.lead, self.settings)
            if not ways.left:
                return self._until_back(one)
        return Outcome(one, Touch.RELEASED, ways=ways, signature=signature)

    def _until_back(self, one: Waiting) -> Outcome:
        """A mail to a customer who is away waits until he is back, if it is still welcome then."""
        back = day_start(date.fromisoformat(one.lead.back_on), one.lead.timezone)
        return Outcome(one, Touch.HELD, f"away, back on {one.lead.back_on}", judge_at=min(back, limit(one)))

    def _held(self, one: Waiting, ruling: Ruling) -> Outcome:
        """Kept until its cause clears: looked at when the lead changes, every morning, and when its time is over."""
        last = add(one.row.nominal_at, ruling.at_most or LONGEST, one.lead.timezone)
        if last <= self.now:
            return Outcome(one, Touch.EXPIRED, "held_too_long", ruling.policy)
        return Outcome(one, Touch.HELD, "policy", ruling.policy, judge_at=min(self._tomorrow(one), last, limit(one)))

    def _deferred(self, one: Waiting, ruling: Ruling) -> Outcome:
        """Moved by whole civil days of its receiver, into its window, never beyond its expiry; its draft with it."""
        row, zone = one.row, one.zone
        assert ruling.by is not None
        assert one.step is not None
        due = add(max(row.due_at, self._same_wall_today(one)), ruling.by, zone)
        due = self.clockwork.due_at(due, one.step, Audience(row.audience), zone)
        if due >= limit(one):
            return Outcome(one, Touch.EXPIRED, "deferred_out", ruling.policy)
        look, signature = due, None
        if one.step.sign_by is not None and row.signed_at is None and row.deadline_at is not None:
            look = min(due, self.now + due - row.due_at)
            signature = Signature(True, row.signer, row.deadline_at + due - row.due_at, row.escalated_at)
        return Outcome(
            one, Touch.DEFERRED, "policy", ruling.policy, judge_at=look, due_at=due, signature=signature
        )

    def _same_wall_today(self, one: Waiting) -> int:
        """An overdue touch is deferred from today on, at its own hour."""
        zone = one.zone
        behind = local_date(self.now, zone) - local_date(one.row.due_at, zone)
        return add(one.row.due_at, Duration(days=max(behind.days, 0)), zone)

    def _tomorrow(self, one: Waiting) -> int:
        today = local_date(self.now, one.lead.timezone)
        return day_start(date.fromordinal(today.toordinal() + 1), one.lead.timezone)


def _priority(one: Waiting, ruling: Ruling) -> int | None:
    """The rank it was judged by: what policies want, else its step's."""
    if ruling.changes.priority is not None or one.step is None:
        return ruling.changes.priority
    return one.step.priority
