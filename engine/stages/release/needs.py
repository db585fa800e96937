"""What a step lacks of those that it needs: a warning must have reached somebody before what it warns of is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.domain.calendars.house import Calendars
from engine.domain.civil import DAY
from engine.domain.words import TOUCH_OPEN, Audience, Shift, Touch
from engine.ground.durations import Duration
from engine.rulebook.model import Rule, Step
from engine.stages.plan.timing import later, on_day
from engine.stages.release.before import OVERDUE, Lack
from engine.store.book import needed
from engine.store.book.needed import NeededRow
from engine.store.database import Connection

A_WORKDAY = Duration(workdays=1)
_UNDER_WAY = (*TOUCH_OPEN, Touch.RELEASED)


def lacking(
    connection: Connection, rows: Sequence[Any], rules: Mapping[tuple[str, str], Rule | None],
    leads: Mapping[str, Any], calendars: Calendars, now: int,
) -> dict[int, Lack]:  # fmt: skip
    """Of the touches that are due, those that wait for another step of their occasion, by id."""
    waiting = list(_needing(rows, rules, now))
    if not waiting:
        return {}
    told = _told(connection, waiting)
    found = {}
    for row, rule, step in waiting:
        zone = leads[row.lead].timezone
        lacks = [one for one in _lacks(row, rule, step, told, zone, calendars, now) if (one.until or now + 1) > now]
        if lacks:
            longest = max(lacks, key=lambda one: (one.until is None, one.until or 0))
            found[row.id] = longest._replace(until=_on_a_workday(longest.until, zone, calendars))
    return found


def _on_a_workday(until: int | None, zone: str, calendars: Calendars) -> int | None:
    """At that time of day on the next day that the office works."""
    return None if until is None else on_day(until, Shift.NEXT, zone, calendars.office_country, calendars)


def _needing(
    rows: Sequence[Any], rules: Mapping[tuple[str, str], Rule | None], now: int
) -> Iterator[tuple[Any, Rule, Step]]:
    for row in rows:
        rule = rules[row.rule, row.revision]
        if rule is not None and row.judge_at is not None and row.judge_at <= now:
            yield from ((row, rule, step) for step in rule.steps if step.id == row.step and step.needs)


_Key = tuple[str, str, str, str]
"""Rule, lead, what repeats itself there, step."""


class _Told(NamedTuple):
    """The needed touches: when each was known first, by its occasion, and when those are due that are under way."""

    known: Mapping[_Key, Mapping[str, int]]
    under_way: Mapping[_Key, Mapping[str, int]]


def _told(connection: Connection, waiting: Sequence[tuple[Any, Rule, Step]]) -> _Told:
    leads, rules = {row.lead for row, _, _ in waiting}, {rule.id for _, rule, _ in waiting}
    steps = {name for _, _, step in waiting for name, _ in step.needs}
    touches = needed.touches_of_steps(connection, leads, rules, steps)
    carriers = needed.by_id(connection, {one.merged_into for one in touches if one.merged_into is not None})
    answered = needed.first_answers(connection, touches)
    copies = {(rule.id, step.id) for _, rule, _ in waiting for step in rule.steps if step.target != "manager"}
    known, under_way = defaultdict[_Key, dict[str, int]](dict), defaultdict[_Key, dict[str, int]](dict)
    for one in touches:
        if one.audience == Audience.MANAGER and (one.rule, one.step) in copies:
            continue
        key, anchor = (one.rule, one.lead, _repeated(one.anchor), one.step), one.anchor
        goes = carriers.get(one.merged_into or 0, one) if one.state == Touch.MERGED else one
        at = min((at for at in (_reached_at(goes), answered.get(one.id)) if at is not None), default=None)
        if at is not None:
            known[key][anchor] = min(at, known[key].get(anchor, at))
        elif goes.state in _UNDER_WAY:
            under_way[key][anchor] = max(goes.due_at, under_way[key].get(anchor, 0))
    return _Told(known, under_way)


def _repeated(anchor: str) -> str:
    """What an occasion has in common with its like: `last_contact:lead@...` of `last_contact:lead@...+1`."""
    common, _, n = anchor.rpartition("+")
    return common if common and n.isdecimal() else anchor


def _reached_at(one: NeededRow) -> int | None:
    """When its receiver knew of it: delivered, or answered before that; at its hour, if it was only minutes late."""
    at = one.settled_at if one.state == Touch.DELIVERED else one.answered_at
    return one.due_at if at is not None and one.due_at < at <= one.due_at + OVERDUE else at


def _lacks(
    row: Any, rule: Rule, step: Step, told: _Told, zone: str, calendars: Calendars, now: int
) -> Iterator[Lack]:
    """Whoever was told twice, as by a rule that repeats itself, was told last of the later day."""
    for name, before in step.needs:
        key = (row.rule, row.lead, _repeated(row.anchor), name)
        of_now = [at for at in told.known.get(key, {}).values() if at >= row.nominal_at - _apart(rule, step, name)]
        under_way = told.under_way.get(key, {}).get(row.anchor)
        if of_now:
            yield Lack(name, _noticed(max(of_now), before, zone, calendars))
        elif under_way is not None:
            yield Lack(name, _noticed(max(now, under_way), before, zone, calendars))
        else:
            yield Lack(name, None)


def _noticed(at: int, before: Duration, zone: str, calendars: Calendars) -> int:
    """So long after somebody knew; of days one at least is worked: over a holiday nobody can do anything about it."""
    until = later(at, before, zone, calendars)
    return until if before.seconds or before.work_minutes else max(until, calendars.later(at, A_WORKDAY))


def _apart(rule: Rule, step: Step, name: str) -> int:
    """Seconds that the other step may lie before this one; who was told earlier was told of another day."""
    at = next((one.at.offset for one in rule.steps if one.id == name), Duration())
    return step.at.offset.plus(-at).longest_seconds() + DAY
