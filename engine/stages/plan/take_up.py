"""A rule changed with `apply_to: all`: what is left of its occasions in flight goes on as the new revision says.

Touches not yet released move and take what their step says now, those of steps that are gone are superseded, new
steps join if they still lie ahead. What was released, sent or ended stays, and no step of it is done twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.words import Touch
from engine.rulebook.conditions import fields_of, reads_circumstances
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import (
    DateTrigger,
    DueTrigger,
    EventTrigger,
    HolidayTrigger,
    ReachesTrigger,
    ScheduleTrigger,
    SinceTrigger,
)
from engine.stages.books import Books
from engine.stages.plan.candidates import Candidate, Scope, Source
from engine.stages.plan.exits import Exits
from engine.stages.plan.ground import Ground
from engine.stages.plan.places import Places
from engine.stages.plan.revise import Revision, move, moved, occasion_change, on_its_day, stands_alone
from engine.stages.plan.rows import touch_row
from engine.stages.plan.scheduling import Planned, schedule
from engine.stages.plan.subjects import NO_LEAD, read_anchor
from engine.store.book import book, taking_up
from engine.store.book.subject_rows import load_subjects
from engine.store.conditions.snapshots import load_snapshots
from engine.store.outbox.wordings import ALIKE


@dataclass
class TakenUp(Revision):
    """What the book must learn: also who lives by the new revision now, and what is stamped or drafted anew."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    restamped: list[dict[str, Any]] = field(default_factory=list)
    rewritten: list[dict[str, Any]] = field(default_factory=list)
    never: list[dict[str, Any]] = field(default_factory=list)
    """Touches of steps that join too late, or that were done for somebody else: written down as ended, for good."""
    hurried: int = 0
    """Touches that were still to come and are due at once now."""


def take_up(rule: Rule, rows: Sequence[Any], scope: Scope, source: Source, books: Books, ground: Ground) -> TakenUp:
    """Compare these occasions of the rule (as `taking_up.in_flight` gives them) with its revision in force."""
    waiting: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for touch in book.touches_of(source.connection, scope.leads or ()):
        if touch.rule == rule.id:
            waiting[touch.lead, touch.anchor].append(touch)
    olds = {row.revision: books.rule(source.connection, row.rule, row.revision) for row in rows}
    ruled = [(row, rule) for row in rows]
    ends = Exits(source.connection, scope.now, ruled, source.settings.vocabularies.reply_outcomes)
    taking = _Taking(
        rule, scope, ground, Places(scope, source, ruled, ground, {rule.id: rule}), ends,
        _segment(rule, scope, source), taking_up.steps_done(source.connection, rule.id, scope.leads or ()),
    )  # fmt: skip
    for row in rows:
        taking.occasion(row, olds[row.revision], waiting[row.lead, row.anchor])
    return taking.found


def _segment(rule: Rule, scope: Scope, source: Source) -> frozenset[str]:
    """Those of the leads that the rule's `for` takes today; of a schedule the reps, managers or teams, by name."""
    paths = frozenset(fields_of(rule.segment))
    if isinstance(rule.on, ScheduleTrigger):
        house = source.settings.defaults.timezone
        subjects = load_subjects(source.connection, rule.on.for_each, paths, scope.now, house)
        return frozenset(one.lead for one in subjects if holds(rule.segment, one))
    wants_events = reads_circumstances(rule.segment)
    found = load_snapshots(source.connection, scope.leads or (), paths, scope.now, circumstances=wants_events)
    return frozenset(lead for lead, snapshot in found.items() if holds(rule.segment, snapshot))


@dataclass
class _Taking:
    rule: Rule
    scope: Scope
    ground: Ground
    places: Places
    ends: Exits
    segment: frozenset[str]
    done: frozenset[tuple[str, str, str]]
    found: TakenUp = field(default_factory=TakenUp)

    def occasion(self, row: Any, old: Rule | None, touches: list[Any]) -> None:
        """One occasion: it goes on, or it ends because nothing of the new revision makes it."""
        key, ids, rule = (row.rule, row.lead, row.anchor), [touch.id for touch in touches], self.rule
        candidate = self.places.candidate(row, rule) if self._still_meant(row, old) else None
        if candidate is None:
            self.found.ended["superseded"].append(key)
            self.found.superseded += ids
        elif self.ends.has_ended(row, rule):
            self.found.ended["until"].append(key)
            self.found.cancelled += ids
        else:
            planned = schedule(rule, candidate, self.ground)
            self._compare(candidate, planned, touches, old)
            self.found.occasions.append(occasion_change(row, candidate, planned, self.scope))
            self.found.taken.append(
                {"b_rule": row.rule, "b_lead": row.lead, "b_anchor": row.anchor, "b_revision": rule.revision,
                 "b_generation": self.ground.generation}
            )  # fmt: skip

    def _still_meant(self, row: Any, old: Rule | None) -> bool:
        """Whether the new trigger makes this occasion and, if `for` was edited, it takes the lead."""
        narrowed = old is None or old.segment != self.rule.segment
        whom = row.lead if row.lead != NO_LEAD else read_anchor(row.anchor)[0].name
        return _same_occasions(old, self.rule, row) and (not narrowed or whom in self.segment)

    def _compare(
        self, candidate: Candidate, planned: Sequence[Planned], touches: Sequence[Any], old: Rule | None
    ) -> None:
        now, lead = self.scope.now, candidate.lead.id
        rows = [(touch_row(self.rule, candidate, one, now, self.ground), one) for one in planned]
        wanted = {row["occurrence_key"]: (row, one) for row, one in rows}
        known = {touch.occurrence_key for touch in touches}
        for row, one in rows:
            done = (lead, candidate.anchor, one.step.id) in self.done
            if row["occurrence_key"] in known or (one.times.opens_at >= self.scope.hi and not done):
                continue
            if done or row["due_at"] <= now:
                self.found.never.append(_ended(row, "step_done" if done else "added_late", now))
            else:
                self.found.touches.append(row)
        for touch in touches:
            still = wanted.get(touch.occurrence_key)
            if still is None and stands_alone(touch, planned):
                continue
            if still is None or still[0]["settled_at"] is not None:
                self.found.superseded.append(touch.id)
            else:
                self._keep(touch, on_its_day(touch, *still, candidate, now, self.ground), old)

    def _keep(self, touch: Any, row: dict[str, Any], old: Rule | None) -> None:
        """An open touch of a step that is still there."""
        found = self.found
        if row["nominal_at"] != touch.nominal_at or moved(touch, row):
            found.moved.append(move(touch, row))
            found.hurried += row["due_at"] <= self.scope.now < touch.due_at
        own = touch.signed_at is None and touch.policy is None and touch.escalated_at is None
        if own and touch.signer != row["signer"]:
            found.signers.append({"b_id": touch.id, "b_signer": row["signer"]})
        anew = touch.state == Touch.DRAFT and _wording(old, touch.step) != _wording(self.rule, touch.step)
        if anew:
            found.rewritten.append({"b_id": touch.id, "b_judge": row["judge_at"]})
        found.restamped.append(
            {"b_id": touch.id, "b_revision": row["revision"], "b_generation": row["generation"],
             "b_action": row["action"], "b_audience": row["audience"], "b_category": row["category"],
             "b_priority": row["priority"], "b_via": row["via"],
             "b_needs": row["needs_signature"] or (touch.reason == ALIKE and not anew)}
        )  # fmt: skip


def _ended(row: dict[str, Any], reason: str, now: int) -> dict[str, Any]:
    return row | {"state": Touch.EXPIRED.value, "reason": reason, "settled_at": now, "judge_at": None}


def _same_occasions(old: Rule | None, rule: Rule, row: Any) -> bool:
    """Whether the rule's trigger gives occasions of this anchor's name at all."""
    if old is not None and old.on == rule.on:
        return True
    anchor: str = row.anchor
    match rule.on:
        case ScheduleTrigger():
            return bool(row.lead == NO_LEAD)  # which slots there are is looked up
        case DateTrigger():
            return anchor.startswith(f"{rule.on.kind}:date#")
        case HolidayTrigger():
            return anchor.rpartition(":")[0] in rule.on.festivals
        case EventTrigger():
            return anchor.partition(":")[0].partition("+")[0] in rule.on.kinds
        case DueTrigger() | SinceTrigger() | ReachesTrigger():
            return True  # looked up among what the facts give today
        case _:
            return False


def _wording(rule: Rule | None, step_id: str) -> object:
    """What a draft was written by."""
    step = next((step for step in rule.steps if step.id == step_id), None) if rule else None
    return step and (step.template, step.sign_by is not None)
