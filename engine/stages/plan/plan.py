"""One pass of planning: the day that came into view, rules that are new, leads that changed, steps to come.

The horizon is the UTC midnight two full days ahead, which lies behind the end of everybody's next civil day;
so the passing of time is planned once a day, and every other tick costs what changed. All inserts go through
unique keys: planning twice, or in other pieces, gives the same book.
"""

from __future__ import annotations

from dataclasses import replace

from engine.domain.keys import SHARDS
from engine.ground.collector import collector_at_rest
from engine.settings.model import Settings
from engine.stages.books import Books
from engine.stages.plan.bearing import PIECE, bear
from engine.stages.plan.candidates import has_window
from engine.stages.plan.changed_leads import dirty_leads
from engine.stages.plan.later_steps import next_steps
from engine.stages.plan.level import Placing, level
from engine.stages.plan.new_rules import new_rules
from engine.stages.plan.passes import Pass, PlanCounts, horizon_at
from engine.stages.plan.portraits import keep_all_portraits
from engine.stages.plan.returns import keep_returns, roll_all
from engine.stages.plan.timing import Clockwork
from engine.store.book import book as book_rows
from engine.store.book import generations, levelling, planning
from engine.store.database import Connection, Database
from engine.store.parts import in_any_order
from engine.store.turns import turn


def plan(db: Database, settings: Settings, books: Books, clockwork: Clockwork, now: int) -> PlanCounts:
    """Bring the book up to the horizon of `now`. Without rules in force it does nothing."""
    with db.reading() as connection:
        generation = books.active(connection)
    if generation is None:
        return PlanCounts()
    this = Pass(db, settings, books, generation, clockwork, now)
    if not keep_returns(db, settings, this.rules, now):
        return PlanCounts()
    keep_all_portraits(db, settings, now)
    counts = PlanCounts()
    for part in in_any_order(db):
        with turn(db, part.name) as mine:
            counts += _plan_part(replace(this, part=part)) if mine else PlanCounts()
    with collector_at_rest():
        _level(this)
    return counts


def _plan_part(this: Pass) -> PlanCounts:
    """The same for one part of the leads, which is nobody else's meanwhile."""
    with this.db.reading() as connection:
        known = book_rows.horizon(connection, this.part)
        dirty = generations.dirty_rules(connection, this.part)
        changed = book_rows.dirty_batch(connection, 1, this.part).ids
    counts = dirty_leads(this) if changed else PlanCounts()
    target = max(horizon_at(this.now), known or 0)
    with collector_at_rest():
        if known is not None and target > known:
            counts += _days(this, known, target)
        counts += new_rules(this, [rule for rule in this.rules if (rule.id, rule.revision) in dirty], target)
        counts += next_steps(this, target) if target != known else PlanCounts()
    return counts


def _level(this: Pass) -> None:
    """Give a day to everything that is to be spread, once all that opens is in the book."""
    with this.db.reading() as connection:
        if not levelling.to_place(connection, 1) or _is_under_way(connection, this):
            return
    found = PIECE
    while found == PIECE:
        with this.db.writing() as connection:
            placing = Placing(this.clockwork, planning.load_reps(connection), this.now)
            found = level(connection, this.books, placing, PIECE)


def _is_under_way(connection: Connection, this: Pass) -> bool:
    """Whether something is still to come into the book that other daemons plan: their part of a day or of a rule."""
    if this.db.dialect == "sqlite":
        return False
    dirty = generations.dirty_rules(connection)
    return not book_rows.is_even(connection, SHARDS) or any((rule.id, rule.revision) in dirty for rule in this.rules)


def _days(this: Pass, lo: int, hi: int) -> PlanCounts:
    """The days that came into view since the last pass."""
    roll_all(this.db, this.settings, this.now)
    return bear(this, [rule for rule in this.rules if has_window(rule)], lo, hi)
