"""One pass of planning: the day that came into view, rules that are new, leads that changed, steps to come.

The horizon is the UTC midnight two full days ahead, which lies behind the end of everybody's next civil day;
so the passing of time is planned once a day, and every other tick costs what changed. All inserts go through
unique keys: planning twice, or in other pieces, gives the same book.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.domain.civil import DAY
from engine.domain.keys import SHARDS
from engine.ground.collector import collector_at_rest
from engine.rulebook.model import Rule
from engine.settings.model import Settings
from engine.stages.aside import those_sound
from engine.stages.books import Books, Generation
from engine.stages.plan.births import Book, give_birth
from engine.stages.plan.candidates import Scope, Source, candidates, has_window
from engine.stages.plan.ground import Ground
from engine.stages.plan.level import Placing, level
from engine.stages.plan.places import stored_candidate
from engine.stages.plan.portraits import keep_all_portraits
from engine.stages.plan.returns import keep_returns, roll_all
from engine.stages.plan.revise import Revision, looks_around, revise
from engine.stages.plan.rows import next_step, touch_row
from engine.stages.plan.scheduling import schedule
from engine.stages.plan.subjects import NO_LEAD
from engine.stages.plan.take_up import take_up
from engine.stages.plan.timing import Clockwork
from engine.store.book import book as book_rows
from engine.store.book import generations, levelling, planning, taking_up
from engine.store.book.event_rows import Hosts
from engine.store.conditions.fields import zones_in_use
from engine.store.database import Connection, Database, insert_ignore
from engine.store.facts.dates import resolve_leads
from engine.store.ledger import occasion, touch
from engine.store.outbox.entries import take_back
from engine.store.outbox.signing import write_anew
from engine.store.outbox.transitions import return_merged, unmerge
from engine.store.parts import WHOLE, Part, in_any_order, part_of
from engine.store.turns import turn, wait_here

PIECE = 2_000
"""Rows of one write transaction, so that other writers get their turn."""

DIRTY_BATCH = 500
"""Leads worked out anew in one transaction."""


@dataclass(frozen=True)
class PlanCounts:
    """What a pass added and changed."""

    occasions: int = 0
    touches: int = 0
    moved: int = 0
    superseded: int = 0

    def __add__(self, other: PlanCounts) -> PlanCounts:
        return PlanCounts(
            self.occasions + other.occasions,
            self.touches + other.touches,
            self.moved + other.moved,
            self.superseded + other.superseded,
        )


def horizon_at(now: int) -> int:
    """The UTC midnight up to which touches are planned at `now`; behind everybody's next civil day."""
    return (now // DAY + 3) * DAY


@dataclass(frozen=True)
class Pass:
    """Everything one pass works with."""

    db: Database
    settings: Settings
    books: Books
    generation: Generation
    clockwork: Clockwork
    now: int
    part: Part = WHOLE

    def ground(self, connection: Connection) -> Ground:
        drafting = tuple(policy for policy in self.generation.book.policies if policy.draft is not None)
        return Ground(
            self.settings, self.clockwork, planning.load_reps(connection), self.generation.id, drafting,
            since=generations.in_force_since(connection), hosts=Hosts(connection),
            held_back=self.generation.book.held_back,
        )  # fmt: skip

    def scope(self, connection: Connection, ground: Ground, lo: int | None, hi: int) -> Scope:
        leads = zones_in_use(connection)
        reps = {rep.timezone for rep in ground.reps.values()}
        zones = tuple(sorted({*leads, *reps, self.settings.defaults.timezone}))
        return Scope(self.now, lo, hi, None, zones, part=self.part)

    @property
    def rules(self) -> list[Rule]:
        return [rule for rule in self.generation.book.rules if rule.enabled]


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
    counts = _dirty_leads(this) if changed else PlanCounts()
    target = max(horizon_at(this.now), known or 0)
    with collector_at_rest():
        if known is not None and target > known:
            counts += _days(this, known, target)
        counts += _new_rules(this, [rule for rule in this.rules if (rule.id, rule.revision) in dirty], target)
        counts += _next_steps(this, target) if target != known else PlanCounts()
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
    return _bear(this, [rule for rule in this.rules if has_window(rule)], lo, hi)


def _new_rules(this: Pass, rules: Sequence[Rule], hi: int) -> PlanCounts:
    """Rules never planned before, or back in force: everything of theirs that is still worth it."""
    if not rules:
        return PlanCounts()
    roll_all(this.db, this.settings, this.now)
    counts = PlanCounts()
    for rule in rules:
        if rule.apply_to == "all":
            counts += _take_up(this, rule, hi)
    counts += _bear(this, rules, None, hi)
    with this.db.writing() as connection:
        if not all(rule.of_leads for rule in rules) and this.part.holds(0):
            counts += _plan_leads(this, connection, (NO_LEAD,))  # slots that the rule no longer names
        generations.rules_planned(connection, [(rule.id, rule.revision) for rule in rules], this.now, this.part)
    return counts


def _take_up(this: Pass, rule: Rule, hi: int) -> PlanCounts:
    """Have the rule's occasions in flight live by its revision in force, so many leads a transaction."""
    counts = PlanCounts()
    while True:
        with this.db.writing() as connection:
            wait_here(connection, _facts_of(this.part))
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
            counts += _apply(connection, change, "rule_changed", this.now)
            taking_up.restamp(connection, change.restamped)
            touches = _undone(change.touches, book_rows.done_in_absence(connection, leads, ground.away))
            counts += _insert(connection, [], touches)
            book_rows.revive_superseded(connection, [], touches)
            _insert(connection, [], change.never)
            taking_up.never_again(connection, change.never)
            book_rows.judge_held_again(connection, leads, this.now)


def _apply(connection: Connection, change: Revision, reason: str, now: int) -> PlanCounts:
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


def _bear(this: Pass, rules: Sequence[Rule], lo: int | None, hi: int) -> PlanCounts:
    """Read the rules' births and write them in pieces; a change in between makes its lead dirty."""
    counts = PlanCounts()
    waiting = deque(rules)
    while waiting:
        counts += _write(this.db, _next_births(this, waiting, lo, hi))
    return counts


def _next_births(this: Pass, waiting: deque[Rule], lo: int | None, hi: int) -> Book:
    """The births of as many of the waiting rules as make a piece."""
    book = Book()
    with this.db.reading() as connection:
        ground = this.ground(connection)
        scope = this.scope(connection, ground, lo, hi)
        source = Source(connection, this.settings, this.clockwork.calendars)
        while waiting and book.size < PIECE:
            rule = waiting.popleft()
            book.add(give_birth(rule, candidates(rule, scope, source), scope, ground))
    return book


def _write(db: Database, book: Book) -> PlanCounts:
    """Occasions go first: a crash in between leaves none without a cursor that plans its touches again."""
    counts = PlanCounts()
    rest = book
    elsewhere: set[tuple[str, str, str]] = set()
    while rest.size:
        piece, rest = rest.split(PIECE)
        with db.writing() as connection:
            born = _insert(connection, piece.occasions, [])
            if born.occasions < len(piece.occasions):
                elsewhere |= book_rows.born_otherwise(connection, piece.occasions)
            counts += born + _insert(connection, [], _of_others(piece.touches, elsewhere))
    return counts


def _of_others(
    touches: list[dict[str, Any]], occasions: Collection[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    """Those of other occasions than these."""
    if not occasions:
        return touches
    return [row for row in touches if (row["rule"], row["lead"], row["anchor"]) not in occasions]


def _dirty_leads(this: Pass) -> PlanCounts:
    counts = PlanCounts()
    while True:
        with this.db.writing() as connection:
            wait_here(connection, _facts_of(this.part))
            dirty = book_rows.dirty_batch(connection, DIRTY_BATCH, this.part)
            if not dirty.ids:
                return counts
            if dirty.leads:
                counts += _plan_leads(this, connection, dirty.leads)
            if dirty.around:
                counts += _plan_leads(this, connection, dirty.around, looks_around)
            book_rows.clean(connection, dirty.ids)


def plan_lead(db: Database, settings: Settings, books: Books, clockwork: Clockwork, lead: str, now: int) -> None:
    """What changed about one lead, at once: for somebody who has just told of it and looks at what comes next."""
    with db.reading() as connection:
        generation = books.active(connection)
        if generation is None or book_rows.horizon(connection) is None:
            return
    this = Pass(db, settings, books, generation, clockwork, now, part_of(db, lead))
    with db.writing() as connection:
        wait_here(connection, _facts_of(this.part))
        ids = book_rows.dirty_rows_of(connection, lead)
        if ids:
            _plan_leads(this, connection, (lead,))
            book_rows.clean(connection, ids)


def _facts_of(part: Part) -> str:
    """What two who work out anew what follows from facts wait for: the later of them must have read the later facts."""
    return f"facts of {part.name}"


def _every(_rule: Rule) -> bool:
    return True


def _plan_leads(
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
    for rule in filter(concerned, this.rules):
        found = (one for one in candidates(rule, scope, source) if (rule.id, one.lead.id, one.anchor) not in settled)
        book = give_birth(rule, found, scope, ground)
        touches = _undone(book.touches, done)
        counts += _insert(connection, book.occasions, touches)
        book_rows.revive_superseded(connection, book.occasions, touches)
    change = revise(scope, source, this.books, ground, {rule.id: rule for rule in this.rules}, concerned)
    counts += _apply(connection, change, "fact_changed", this.now)
    touches = _undone(change.touches, done)
    counts += _insert(connection, [], touches)
    book_rows.revive_superseded(connection, [], touches)
    book_rows.judge_held_again(connection, leads, this.now)
    return counts


def _undone(touches: list[dict[str, Any]], done: frozenset[book_rows.Duty]) -> list[dict[str, Any]]:
    """Those that nobody has done already for, or as, the one whose duty they are."""
    return [row for row in touches if book_rows.duty_of(row) not in done] if done else touches


def _insert(
    connection: Connection, occasions: Sequence[dict[str, Any]], touches: Sequence[dict[str, Any]]
) -> PlanCounts:
    return PlanCounts(insert_ignore(connection, occasion, occasions), insert_ignore(connection, touch, touches))


def _next_steps(this: Pass, hi: int) -> PlanCounts:
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
    counts = _insert(connection, [], touches)
    if counts.touches < len(touches):  # some were in the book before
        book_rows.revive_superseded(connection, [], touches)
    return counts


def _cursor(row: Any, next_at: int | None) -> dict[str, Any]:
    """The occasion where it is, to be looked at again when that instant comes into view."""
    return {
        "b_rule": row.rule, "b_lead": row.lead, "b_anchor": row.anchor, "b_next": next_at,
        "b_on": row.occurs_on, "b_at": row.occurs_at, "b_counts": row.counts_from_at,
    }  # fmt: skip
