"""A report put together: what is read, and how each part of it is counted. Only reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.domain.calendars.house import Calendars
from engine.domain.civil import add_months, day_start
from engine.domain.periods import Period, run_up
from engine.ground.durations import Duration
from engine.rulebook.model import Rule, RuleBook
from engine.rulebook.trigger_kinds import SinceTrigger
from engine.rulebook.wording import duration_text
from engine.settings.model import Settings
from engine.stages.books import Generation
from engine.stages.compose.receivers import known_zone
from engine.stages.plan.timing import later
from engine.stages.report.figures import Before, Cadence, Contacts, FunnelStage, RepLine, Report, Said
from engine.stages.report.funnel import LOST, WON, funnel, reached
from engine.stages.report.scope import Scope
from engine.stages.report.unfinished import unfinished
from engine.stages.report.work import WITHDRAWN, Judged, counted, judged
from engine.store.database import Connection
from engine.store.facts.day_notes import day_notes
from engine.store.lookups import report_deals, report_work

RUN_UP: Mapping[str, int] = {"daily": 1, "weekly": 8, "monthly": 6}
"""How many periods are compared, the reported one among them. Ours."""
MEAN_MONTHS = 12
"""How far back the mean of a conversion looks. Ours."""
LEEWAY = 2 * 86_400
"""A rep's day may have begun before the period did, in another zone."""
KINDS = ("reminder", "signature", "appointment")


class Rules(Protocol):
    """The rules in force, and those that touches were born under (engine.stages.books.Books has them)."""

    def active(self, connection: Connection) -> Generation | None: ...

    def rule(self, connection: Connection, rule_id: str, revision: str) -> Rule | None: ...


@dataclass(frozen=True)
class Sources:
    """What reports are made with: words of config.yaml, the rules, and the calendars."""

    settings: Settings
    rules: Rules
    calendars: Calendars


def report(connection: Connection, sources: Sources, scope: Scope, period: Period, now: int) -> Report:
    """The report of a period, as things stand at `now` (seconds UTC)."""
    periods = run_up(period, RUN_UP[period.kind])
    start, end = period.bounds(scope.zone)
    since = periods[0].bounds(scope.zone)[0]
    default = sources.settings.defaults.timezone
    pieces = [
        piece._replace(zone=known_zone(piece.zone, default))
        for piece in report_work.pieces(connection, scope.ids, since, end)
    ]
    talks = report_work.talks_with(connection, {piece.lead for piece in pieces}, since - LEEWAY, now)
    outcomes = judged(pieces, talks, now)
    mine = [one for one in outcomes if start <= one.piece.due_at]
    stages, won, lost = _deals(connection, sources.settings.vocabularies.stages, scope, period)
    return Report(
        period, scope.kind, scope.who, scope.name, scope.zone, now,
        work=counted(mine),
        withdrawn=sum(one.outcome == WITHDRAWN for one in mine),
        by_kind=tuple((kind, counted(one for one in mine if one.piece.kind == kind)) for kind in KINDS),
        reps=_by_rep(connection, scope, mine, start, end),
        funnel=stages, won=won, lost=lost,
        cadence=_cadence(connection, sources, scope, min(end, now)),
        contacts=_contacts(connection, sources.settings.vocabularies.tiers, scope, start, end),
        before=_before(periods[:-1], scope.zone, outcomes),
        unfinished=unfinished(connection, sources.rules.rule, mine, now) if period.kind == "daily" else (),
        said=_said(connection, scope, period) if period.kind == "daily" else (),
    )  # fmt: skip


def _said(connection: Connection, scope: Scope, period: Period) -> tuple[Said, ...]:
    names = {one.id: one.name for one in scope.reps}
    notes = day_notes(connection, period.first, scope.ids)
    return tuple(Said(one.rep, names.get(one.rep, one.rep), one.problems, one.measures) for one in notes)


def _by_rep(
    connection: Connection, scope: Scope, outcomes: Sequence[Judged], start: int, end: int
) -> tuple[RepLine, ...]:
    """Those who had something to do or talked with somebody; a report of one rep has no such lines."""
    if len(scope.reps) < 2:
        return ()
    contacts = report_work.contacts_by_rep(connection, [one.id for one in scope.reps], start, end)
    by_rep: dict[str, list[Judged]] = {one.id: [] for one in scope.reps}
    for one in outcomes:
        by_rep.setdefault(one.piece.rep, []).append(one)
    lines = (
        RepLine(one.id, one.name, counted(by_rep[one.id]), contacts.get(one.id, 0)) for one in scope.reps
    )
    return tuple(line for line in lines if line.work.planned or line.contacts)


def _deals(
    connection: Connection, stages: Sequence[str], scope: Scope, period: Period
) -> tuple[tuple[FunnelStage, ...], int, int]:
    """The funnel, and how many deals were won and lost."""
    start, end = period.bounds(scope.zone)
    year_ago = day_start(add_months(period.first, -MEAN_MONTHS), scope.zone)
    steps = report_deals.steps(connection, scope.ids, stages, start, end)
    rows = funnel(
        stages, steps, report_deals.steps(connection, None, stages, year_ago, start),
        report_deals.opened(connection, scope.ids, start, end), report_deals.standing(connection, scope.ids),
    )  # fmt: skip
    return rows, reached(steps, WON), reached(steps, LOST)


def rhythm(book: RuleBook | None) -> dict[str, Duration]:
    """How long a contact may be ago, by grade: the shortest span by which a rule in force reminds of the next one."""
    spans: dict[str, Duration] = {}
    for rule in book.rules if book else ():
        on = rule.on
        if not (rule.enabled and isinstance(on, SinceTrigger)):
            continue
        if "last_contact" not in on.latest or on.after.by != "grade":
            continue
        for grade, span in on.after.cases:
            known = spans.get(grade)
            if known is None or span.longest_seconds() < known.longest_seconds():
                spans[grade] = span
    return spans


def _cadence(connection: Connection, sources: Sources, scope: Scope, end: int) -> tuple[Cadence, ...]:
    generation = sources.rules.active(connection)
    spans = rhythm(generation.book if generation else None)
    found = []
    for grade in sources.settings.vocabularies.grades:
        if grade in spans:
            since = later(end, -spans[grade], scope.zone, sources.calendars)
            kept, total = report_deals.kept(connection, scope.ids, grade, since, end)
            found.append(Cadence(grade, duration_text(spans[grade]), kept, total))
    return tuple(found)


def _contacts(
    connection: Connection, tiers: Sequence[str], scope: Scope, start: int, end: int
) -> tuple[Contacts, ...]:
    """By tier, the best first; last those without one."""
    rows = {row.tier or "": row for row in report_deals.talks_by_tier(connection, scope.ids, start, end)}
    order = [*tiers, *sorted(rows.keys() - {*tiers, ""}), ""]
    return tuple(
        Contacts(tier, rows[tier].leads, rows[tier].contacts, rows[tier].attempts) for tier in order if tier in rows
    )


def _before(periods: Sequence[Period], zone: str, outcomes: Sequence[Judged]) -> tuple[Before, ...]:
    found = []
    for period in periods:
        start, end = period.bounds(zone)
        of_it = (one for one in outcomes if start <= one.piece.due_at < end)
        found.append(Before(period, counted(of_it)))
    return tuple(found)
