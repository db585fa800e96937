"""One pass of act: what was let go of `set` and `assign` is done, each once, in short write transactions.

A deed is done on the facts it was judged by, or judged again. It goes the way of people's changes: through the
gates, with a transition, a new judge version and a dirty row. The transition names the touch as its cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from engine.domain.changes import ENGINE
from engine.domain.civil import day_start, local_date
from engine.domain.words import Touch
from engine.ground.durations import parse_duration
from engine.rulebook.model import RuleBook, Step
from engine.settings.model import Settings
from engine.stages.act.assign import IN_TURNS, NoAssignee, Turns, assigned, assignee_of
from engine.stages.books import Books
from engine.stages.gates.objections import Gates, Objection
from engine.stages.gates.passing import changes_of
from engine.stages.gates.records import record
from engine.store.book import causes, planning, settling
from engine.store.book.generations import QUARANTINED
from engine.store.database import Connection, Database
from engine.store.facts.asked import asked_by_changes
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.outbox import acting
from engine.store.outbox.transitions import judge_again, return_merged

BATCH = 200
"""Deeds of one transaction, so that other writers get their turn."""


@dataclass(frozen=True)
class Done:
    """What became of a deed."""

    state: Touch
    reason: str = ""
    policy: str = ""
    changed: Mapping[str, Any] = field(default_factory=dict)
    judge_at: int | None = None

    def as_row(self, touch: Any, now: int) -> dict[str, Any]:
        ended = self.state is not Touch.HELD
        return {
            "b_id": touch.id, "b_state": self.state.value, "b_reason": self.reason or None,
            "b_policy": self.policy or None, "b_changed": dict(self.changed) or None, "b_judge": self.judge_at,
            "b_settled": now if ended else None, "b_released": touch.released_at if ended else None,
        }  # fmt: skip


def act(db: Database, settings: Settings, books: Books, now: int, *, paused_too: bool = False) -> Counter[str]:
    """Do everything that was let go; counts by what became of it: done, judged_again, or the reason against it.

    What is paused, and in a pilot what concerns other leads than its own, waits. `paused_too`: a dry run's does not.
    """
    counts: Counter[str] = Counter()
    only = () if paused_too else settings.only
    while True:
        with db.reading() as connection:
            ids = acting.waiting(connection, BATCH, only, paused_too=paused_too)
        if not ids:
            return counts
        with db.writing() as connection:
            done = _carry_out(connection, ids, settings, books, now)
        counts += done
        if not done:  # another daemon has them
            return counts


def _carry_out(
    connection: Connection, ids: list[int], settings: Settings, books: Books, now: int
) -> Counter[str]:
    touches = acting.claimed(connection, ids)
    leads = acting.leads_of(connection, touches)
    generation = books.active(connection)
    gates = Gates.of(generation.book if generation else RuleBook(), settings)
    this = _Pass(connection, gates, _turns(connection, settings, now), now)
    depths = causes.depths(connection, touches)
    held_back = generation.book.held_back if generation else {}
    for touch in touches:
        lead = leads.get(touch.lead)
        rule = books.rule(connection, touch.rule, touch.revision)
        step = next((step for step in rule.steps if step.id == touch.step), None) if rule else None
        if touch.rule in held_back and lead is not None:
            this.end(touch, Done(Touch.HELD, QUARANTINED, judge_at=_tomorrow(lead, now)))
        elif lead is None or step is None:
            this.end(touch, Done(Touch.CANCELLED, "rule_gone" if lead else "lead_gone"))
        elif touch.lead in this.changed or touch.judged_version != lead["judge_version"]:
            this.stale.append(touch.id)
        else:
            this.do(touch, step, lead, depths.get(touch.id, 0) + 1)
    return this.write()


def _turns(connection: Connection, settings: Settings, now: int) -> Turns:
    return Turns(connection, planning.load_reps(connection), now, parse_duration(settings.new_reps))


@dataclass
class _Pass:
    """One transaction: what was done, what is no longer judged on the facts."""

    connection: Connection
    gates: Gates
    turns: Turns
    now: int
    changed: set[str] = field(default_factory=set)
    stale: list[int] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def do(self, touch: Any, step: Step, lead: Mapping[str, Any], depth: int) -> None:
        """Change the lead, unless nobody is there to get him or a gate refuses."""
        rep = assignee_of(step.assign, lead, self.turns) if step.assign else None
        if isinstance(rep, NoAssignee):
            self.end(touch, self._unassigned(rep, lead))
            return
        values = assigned(rep, lead) if step.assign else wanted(step, lead)
        differences = {name: value for name, value in values.items() if lead[name] != value}
        shown = shown_changes(lead, differences)
        refusal = self._refusal(touch, differences) if differences else None
        if refusal is not None:
            self.end(touch, Done(Touch.SUPPRESSED, "gate", refusal.gate))
            return
        if differences:
            stamp = Stamp(self.now, ENGINE.id, touch.occurrence_key, depth)
            change_leads(self.connection, {touch.lead: differences}, stamp)
            self.changed.add(touch.lead)
        kind, _, team = step.assign.partition(":")
        if kind in IN_TURNS and rep is not None:
            self.turns.take(team, rep)
        self.end(touch, Done(Touch.DELIVERED, "" if shown else "unchanged", changed=shown))

    def _refusal(self, touch: Any, differences: Mapping[str, Any]) -> Objection | None:
        """The first gate that refuses the change: those on the fields it sets and those on who gets the lead alike.

        Every objection is kept, and a refusal with the touch too.
        """
        if not self.gates.on_leads:
            return None
        asked = asked_by_changes(self.connection, {touch.lead: differences})
        changes = [change for lead, one in asked.items() for change in changes_of(lead, one)]
        found = self.gates.weigh(self.connection, changes, ENGINE, self.now)
        record(self.connection, found, ENGINE, self.now, touch.occurrence_key)
        refusals = [one for one in found if one.refuses]
        settling.record_verdicts(self.connection, [
            {"touch": touch.id, "policy": one.gate, "effect": "gate", "facts": asdict(one.failed), "at": self.now}
            for one in refusals
        ])  # fmt: skip
        return refusals[0] if refusals else None

    def _unassigned(self, why: NoAssignee, lead: Mapping[str, Any]) -> Done:
        if not why.waits:
            return Done(Touch.CANCELLED, why.reason)
        return Done(Touch.HELD, why.reason, judge_at=_tomorrow(lead, self.now))

    def end(self, touch: Any, done: Done) -> None:
        self.rows.append(done.as_row(touch, self.now))
        self.counts[done.reason or "done"] += 1

    def write(self) -> Counter[str]:
        acting.finish(self.connection, self.rows)
        fallen = [row["b_id"] for row in self.rows if row["b_state"] in (Touch.CANCELLED, Touch.SUPPRESSED)]
        return_merged(self.connection, fallen, self.now)
        if self.stale:
            judge_again(self.connection, self.stale, self.now)
            self.counts["judged_again"] += len(self.stale)
        return self.counts


def _tomorrow(lead: Mapping[str, Any], now: int) -> int:
    """When the lead's next civil day begins."""
    zone = lead["timezone"]
    return day_start(local_date(now, zone) + timedelta(days=1), zone)


def wanted(step: Step, lead: Mapping[str, Any]) -> dict[str, Any]:
    """The lead's columns as `set` wants them; attributes are merged into those he has."""
    columns = {path: value for path, value in step.changes if "." not in path}
    attrs = {path.partition(".")[2]: value for path, value in step.changes if "." in path}
    if not attrs:
        return columns
    merged = dict(lead["attrs"]) | {name: list(v) if isinstance(v, tuple) else v for name, v in attrs.items()}
    return columns | {"attrs": {name: value for name, value in merged.items() if value is not None}}


def shown_changes(lead: Mapping[str, Any], differences: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Every field that changed, as [before, after]; attributes one by one."""
    shown = {name: [lead[name], value] for name, value in differences.items() if name != "attrs"}
    before, after = lead["attrs"], differences.get("attrs", lead["attrs"])
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            shown[f"attrs.{name}"] = [before.get(name), after.get(name)]
    return shown
