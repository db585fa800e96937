"""Later steps of occasions in the book, as they come into view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.domain.keys import SHARDS
from engine.domain.words import Touch
from engine.stages.plan.bearing import PIECE, insert
from engine.stages.plan.passes import Pass, PlanCounts
from engine.stages.plan.places import stored_candidate
from engine.stages.plan.rows import next_step, touch_row
from engine.stages.plan.scheduling import schedule
from engine.store.book import book as book_rows
from engine.store.database import Connection


def next_steps(this: Pass, hi: int) -> PlanCounts:
    """Later steps of occasions in the book that open before the horizon; then the horizon has been reached."""
    counts = PlanCounts()
    while True:
        with this.db.writing() as connection:
            rows = book_rows.steps_due(connection, hi, PIECE, this.part)
            counts += _plan_steps(this, connection, rows, hi)
            if len(rows) < PIECE:
                book_rows.set_horizon(connection, hi, this.part.shards or range(SHARDS))
                return counts


def _plan_steps(this: Pass, connection: Connection, rows: Sequence[Any], hi: int) -> PlanCounts:
    ground = this.ground(connection)
    touches: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    gone: list[tuple[str, str, str]] = []
    for row in rows:
        rule = this.books.rule(connection, row.rule, row.revision)
        if rule is None and row.rule in ground.held_back:
            moves.append(_cursor(row, hi))
            continue
        if rule is None:
            gone.append((row.rule, row.lead, row.anchor))
            continue
        candidate = stored_candidate(row, ground)
        planned = schedule(rule, candidate, ground)
        touches += [touch_row(rule, candidate, one, this.now, ground) for one in planned if one.times.opens_at < hi]
        moves.append(_cursor(row, next_step(planned, hi)))
    book_rows.move_occasions(connection, moves)
    book_rows.end_occasions(connection, gone, "rule_gone", this.now)
    known = book_rows.states_of(connection, [row["occurrence_key"] for row in touches])  # of steps before, mostly
    superseded = [row for row in touches if known.get(row["occurrence_key"]) == Touch.SUPERSEDED]
    book_rows.revive_superseded(connection, [], superseded)
    return insert(connection, [], [row for row in touches if row["occurrence_key"] not in known])


def _cursor(row: Any, next_at: int | None) -> dict[str, Any]:
    """The occasion where it is, to be looked at again when that instant comes into view."""
    return {
        "b_rule": row.rule, "b_lead": row.lead, "b_anchor": row.anchor, "b_next": next_at,
        "b_on": row.occurs_on, "b_at": row.occurs_at, "b_counts": row.counts_from_at,
    }  # fmt: skip
