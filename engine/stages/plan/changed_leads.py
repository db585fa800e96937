"""Leads of whom something changed: everything of theirs in the book is worked out anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engine.rulebook.model import Rule
from engine.settings.model import Settings
from engine.stages.aside import those_sound
from engine.stages.books import Books
from engine.stages.plan.bearing import insert
from engine.stages.plan.births import give_birth
from engine.stages.plan.candidates import Scope, Source, candidates
from engine.stages.plan.passes import Pass, PlanCounts, horizon_at
from engine.stages.plan.revise import Revision, looks_around, revise
from engine.stages.plan.timing import Clockwork
from engine.store.book import book as book_rows
from engine.store.book.segments import held as segments_held
from engine.store.conditions.selection import reads_clock, to_sql
from engine.store.database import Connection, Database
from engine.store.facts.dates import resolve_leads
from engine.store.outbox.entries import take_back
from engine.store.outbox.signing import write_anew
from engine.store.outbox.transitions import return_merged, unmerge
from engine.store.parts import Part, part_of
from engine.store.turns import wait_here

DIRTY_BATCH = 500
"""Leads worked out anew in one transaction."""


def dirty_leads(this: Pass) -> PlanCounts:
    counts = PlanCounts()
    while True:
        with this.db.writing() as connection:
            wait_here(connection, facts_of(this.part))
            dirty = book_rows.dirty_batch(connection, DIRTY_BATCH, this.part)
            if not dirty.ids:
                return counts
            if dirty.leads:
                counts += plan_leads(this, connection, dirty.leads)
            if dirty.around:
                counts += plan_leads(this, connection, dirty.around, looks_around)
            book_rows.clean(connection, dirty.ids)


def plan_lead(db: Database, settings: Settings, books: Books, clockwork: Clockwork, lead: str, now: int) -> None:
    """What changed about one lead, at once: for somebody who has just told of it and looks at what comes next."""
    with db.reading() as connection:
        generation = books.active(connection)
        if generation is None or book_rows.horizon(connection) is None:
            return
    this = Pass(db, settings, books, generation, clockwork, now, part_of(db, lead))
    with db.writing() as connection:
        wait_here(connection, facts_of(this.part))
        ids = book_rows.dirty_rows_of(connection, lead)
        if ids:
            plan_leads(this, connection, (lead,))
            book_rows.clean(connection, ids)


def facts_of(part: Part) -> str:
    """What two who work out anew what follows from facts wait for: the later of them must have read the later facts."""
    return f"facts of {part.name}"


def _every(_rule: Rule) -> bool:
    return True


def plan_leads(
    this: Pass, connection: Connection, leads: tuple[str, ...], concerned: Callable[[Rule], bool] = _every
) -> PlanCounts:
    """Births of these leads at any age, then everything of theirs in the book against the facts.

    Only by rules that what happened concerns: a flood does not move a birthday. Not of those who cannot be read.
    """
    leads = those_sound(connection, this.settings, leads, this.now)
    if not leads:
        return PlanCounts()
    hi = book_rows.horizon(connection, this.part) or horizon_at(this.now)
    ground = this.ground(connection)
    scope = replace(this.scope(connection, ground, None, hi), leads=leads)
    source = Source(connection, this.settings, this.clockwork.calendars)
    resolve_leads(connection, leads, this.now, this.settings)
    take_back(connection, leads, this.now)
    write_anew(connection, unmerge(connection, leads, this.now))
    counts = PlanCounts()
    settled = book_rows.not_born_again(connection, leads, [rule.revision for rule in this.rules])
    done = book_rows.done_in_absence(connection, leads, ground.away)
    for rule in _in_reach([rule for rule in this.rules if concerned(rule)], scope, source):
        found = (one for one in candidates(rule, scope, source) if (rule.id, one.lead.id, one.anchor) not in settled)
        book = give_birth(rule, found, scope, ground)
        touches = undone(book.touches, done)
        counts += insert(connection, book.occasions, touches)
        book_rows.revive_superseded(connection, book.occasions, touches)
    change = revise(scope, source, this.books, ground, {rule.id: rule for rule in this.rules}, concerned)
    counts += apply(connection, change, "fact_changed", this.now)
    touches = undone(change.touches, done)
    counts += insert(connection, [], touches)
    book_rows.revive_superseded(connection, [], touches)
    book_rows.judge_held_again(connection, leads, this.now)
    return counts


def _in_reach(rules: Sequence[Rule], scope: Scope, source: Source) -> list[Rule]:
    """Those whose segment holds for any of the leads, or may: what another instant decides is left to the rule."""
    asked = [rule for rule in rules if rule.of_leads and not reads_clock(rule.segment)]
    segments = [to_sql(rule.segment, scope.now, scope.zones) for rule in asked]
    held = segments_held(source.connection, segments, scope.leads or ())
    outside = {rule.id for place, rule in enumerate(asked) if place not in held}
    return [rule for rule in rules if rule.id not in outside]


def undone(touches: list[dict[str, Any]], done: frozenset[book_rows.Duty]) -> list[dict[str, Any]]:
    """Those that nobody has done already for, or as, the one whose duty they are."""
    return [row for row in touches if book_rows.duty_of(row) not in done] if done else touches


def apply(connection: Connection, change: Revision, reason: str, now: int) -> PlanCounts:
    """Write what has moved or ended; `reason` is why the superseded ones are."""
    book_rows.move_touches(connection, change.moved)
    book_rows.change_signers(connection, change.signers)
    write_anew(connection, change.stale)
    book_rows.move_occasions(connection, change.occasions)
    book_rows.close_touches(connection, change.superseded, "superseded", reason, now)
    book_rows.close_touches(connection, change.cancelled, "cancelled", "until", now)
    return_merged(connection, [*change.superseded, *change.cancelled], now)
    for why, keys in change.ended.items():
        book_rows.end_occasions(connection, keys, why, now)
    return PlanCounts(moved=len(change.moved), superseded=len(change.superseded))
