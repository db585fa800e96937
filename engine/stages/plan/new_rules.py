"""Rules that are new, or in force again: their births at any age, and what lives by an older revision of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.rulebook.model import Rule
from engine.stages.plan.bearing import bear, insert
from engine.stages.plan.candidates import Source
from engine.stages.plan.changed_leads import DIRTY_BATCH, apply, facts_of, plan_leads, undone
from engine.stages.plan.passes import Pass, PlanCounts
from engine.stages.plan.returns import roll_all
from engine.stages.plan.subjects import NO_LEAD
from engine.stages.plan.take_up import take_up
from engine.store.book import book as book_rows
from engine.store.book import generations, taking_up
from engine.store.turns import wait_here


def new_rules(this: Pass, rules: Sequence[Rule], hi: int) -> PlanCounts:
    """Rules never planned before, or back in force: everything of theirs that is still worth it."""
    if not rules:
        return PlanCounts()
    roll_all(this.db, this.settings, this.now)
    counts = PlanCounts()
    for rule in rules:
        if rule.apply_to == "all":
            counts += _take_up(this, rule, hi)
    counts += bear(this, rules, None, hi)
    with this.db.writing() as connection:
        if not all(rule.of_leads for rule in rules) and this.part.holds(0):
            counts += plan_leads(this, connection, (NO_LEAD,))  # slots that the rule no longer names
        generations.rules_planned(connection, [(rule.id, rule.revision) for rule in rules], this.now, this.part)
    return counts


def _take_up(this: Pass, rule: Rule, hi: int) -> PlanCounts:
    """Have the rule's occasions in flight live by its revision in force, so many leads a transaction."""
    counts = PlanCounts()
    while True:
        with this.db.writing() as connection:
            wait_here(connection, facts_of(this.part))
            rows = taking_up.in_flight(connection, rule.id, rule.revision, DIRTY_BATCH, part=this.part)
            if not rows:
                return counts
            ground = this.ground(connection)
            leads = tuple(sorted({row.lead for row in rows}))
            scope = replace(this.scope(connection, ground, None, hi), leads=leads)
            source = Source(connection, this.settings, this.clockwork.calendars)
            change = take_up(rule, rows, scope, source, this.books, ground)
            taking_up.write_again(connection, change.rewritten)
            taking_up.take_over(connection, change.taken)
            counts += apply(connection, change, "rule_changed", this.now)
            taking_up.restamp(connection, change.restamped)
            touches = undone(change.touches, book_rows.done_in_absence(connection, leads, ground.away))
            counts += insert(connection, [], touches)
            book_rows.revive_superseded(connection, [], touches)
            insert(connection, [], change.never)
            taking_up.never_again(connection, change.never)
            book_rows.judge_held_again(connection, leads, this.now)
