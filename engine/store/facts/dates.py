"""Dates in leads' lives, and the materialised next return of each: what makes planning them cheap.

`date_next` holds, per date and policy of `date_policy`, the first return that is not yet older than the catch-up
time. Lunar dates are converted here, when they are written and when a return has passed, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from engine.domain.civil import utc_date
from engine.domain.dates import LifeDate, Occurrence, date_policy, next_occurrence
from engine.domain.intervals import interval_of, next_return
from engine.settings.model import Settings
from engine.store.aside.sound import sound_lead
from engine.store.database import insert_ignore
from engine.store.facts.date_policies import known_policies
from engine.store.facts.dirty import chunks
from engine.store.many import write_many
from engine.store.tables import date_next, date_record


@dataclass(frozen=True)
class DateEntry:
    """One date of a lead. `when` None: it is gone."""

    id: str
    lead: str
    kind: str
    when: LifeDate | None
    note: str | None = None


@dataclass(frozen=True)
class DatesWritten:
    """Ids of dates that are new, of those that changed or went, and the leads they concern."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    leads: frozenset[str] = frozenset()


Values = dict[str, Any]

_UPDATE = (
    update(date_record)
    .where(date_record.c.id == bindparam("b_id"))
    .values({column.name: bindparam(f"b_{column.name}") for column in date_record.c if column.name != "id"})
)
_MOVE = (
    update(date_next)
    .where(date_next.c.date_record == bindparam("b_id"), date_next.c.policy == bindparam("b_policy"))
    .values(next_on=bindparam("b_on"), nth=bindparam("b_nth"), anchor_year=bindparam("b_year"))
)


def column_date_id(lead: str, kind: str) -> str:
    """The id of a date that came as a column of its lead's row, of which there is one of each kind."""
    return f"{lead}:{kind}"


def write_dates(
    connection: Connection, entries: Sequence[DateEntry], settings: Settings, now: int
) -> DatesWritten:
    """Write dates by id, and their next return. The caller tells plan of the leads concerned."""
    added: list[Values] = []
    changed: list[Values] = []
    leads: set[str] = set()
    for chunk in chunks(entries):
        known = _known(connection, [entry.id for entry in chunk])
        for entry in chunk:
            row = _row(entry, known.get(entry.id))
            if row is not None and row != known.get(entry.id):
                (changed if entry.id in known else added).append(row)
                leads |= {entry.lead, known.get(entry.id, row)["lead"]}
    if added:
        connection.execute(insert(date_record), added)
    if changed:
        connection.execute(_UPDATE, [{f"b_{name}": value for name, value in row.items()} for row in changed])
    _resolve(connection, added + changed, settings, now)
    return DatesWritten(_ids(added), _ids(changed), frozenset(leads))


def roll_dates(connection: Connection, now: int, settings: Settings, limit: int) -> int:
    """Move on the next returns that are older than the catch-up time, at most `limit`; how many there were.

    The cost follows what is moved, along the index on `next_on`.
    """
    before = _not_before(now, settings)
    rows = connection.execute(_PASSED, {"before": before.isoformat(), "limit": limit}).all()
    moved = [_next(row._mapping, row.policy, before) for row in rows]
    write_many(connection, _MOVE, [_bound(row) for row in moved])
    return len(moved)


_PASSED = (
    select(date_record, date_next.c.policy)
    .join(date_next, date_next.c.date_record == date_record.c.id)
    .where(date_next.c.next_on < bindparam("before"), sound_lead(date_next.c.lead))
    .order_by(date_next.c.next_on)
    .limit(bindparam("limit"))
)


def resolve_leads(connection: Connection, leads: Collection[str], now: int, settings: Settings) -> None:
    """Resolve what dates of these leads lack: a policy may have come into force while they were being written."""
    if leads:
        _resolve_missing(connection, date_record.c.lead.in_(leads), now, settings)


def resolve_page(connection: Connection, after: str, limit: int, now: int, settings: Settings) -> str | None:
    """Of the next dates by id after that one, resolve what is missing and drop returns under policies not known.

    The last id, None at the end: so that all dates are resolved in one pass, in as many transactions as one likes.
    """
    query = select(date_record.c.id).where(date_record.c.id > after).order_by(date_record.c.id).limit(limit)
    ids = connection.execute(query).scalars().all()
    if not ids:
        return None
    known = known_policies(connection)
    page = date_next.c.date_record.between(ids[0], ids[-1])
    connection.execute(delete(date_next).where(page, date_next.c.policy.not_in(known)))
    _resolve_missing(connection, date_record.c.id.between(ids[0], ids[-1]), now, settings)
    return str(ids[-1])


def _resolve_missing(connection: Connection, which: ColumnElement[bool], now: int, settings: Settings) -> None:
    policies, before = _policies(connection, settings), _not_before(now, settings)
    query = (
        select(date_record, date_next.c.policy)
        .outerjoin(date_next, date_next.c.date_record == date_record.c.id)
        .where(which, ~date_record.c.gone, sound_lead(date_record.c.lead))
    )
    dates: dict[str, Mapping[Any, Any]] = {}
    missing: dict[str, set[str]] = {}
    for row in connection.execute(query).all():
        dates[row.id] = row._mapping
        wanted = {policy for policy in policies if _concerns(policy, row.kind)}
        missing.setdefault(row.id, wanted).discard(row.policy)
    insert_ignore(
        connection, date_next, [_next(dates[one], policy, before) for one in dates for policy in missing[one]]
    )


def _policies(connection: Connection, settings: Settings) -> Iterable[str]:
    """Those that plan keeps; and, where it has not run yet, the one it will need for certain."""
    return sorted({*known_policies(connection), settings.date_policy.text})


def _concerns(policy: str, kind: str) -> bool:
    """Whether dates of that kind are resolved under it: an interval is one kind's."""
    every = interval_of(policy)
    return every is None or every.kind == kind


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Values]:
    query = select(date_record).where(date_record.c.id.in_(ids)).order_by(date_record.c.id).with_for_update()
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _row(entry: DateEntry, old: Values | None) -> Values | None:
    """The whole row; a date that is gone keeps what it was. None: nothing there, nothing to say."""
    if entry.when is None:
        return None if old is None else old | {"gone": True}
    when = entry.when
    return {
        "id": entry.id, "lead": entry.lead, "kind": entry.kind, "calendar": when.calendar, "year": when.year,
        "month": when.month, "day": when.day, "leap": when.leap, "gone": False, "note": entry.note,
    }  # fmt: skip


def _resolve(connection: Connection, rows: Sequence[Values], settings: Settings, now: int) -> None:
    if not rows:
        return
    for chunk in chunks(row["id"] for row in rows):
        connection.execute(delete(date_next).where(date_next.c.date_record.in_(chunk)))
    before, policies = _not_before(now, settings), _policies(connection, settings)
    living = [row for row in rows if not row["gone"]]
    wanted = [(row, policy) for row in living for policy in policies if _concerns(policy, row["kind"])]
    insert_ignore(connection, date_next, [_next(row, policy, before) for row, policy in wanted])


def _not_before(now: int, settings: Settings) -> date:
    """The first day still of interest, in the zone that is furthest behind."""
    return utc_date(now) - timedelta(days=settings.caps.catch_up_days + 1)


def _next(row: Mapping[Any, Any], policy: str, not_before: date) -> Values:
    when = LifeDate(row["calendar"], row["year"], row["month"], row["day"], row["leap"])
    found = _return(when, policy, not_before)
    return {
        "date_record": row["id"], "policy": policy, "lead": row["lead"], "kind": row["kind"],
        "next_on": found.on.isoformat() if found else None, "nth": found.nth if found else None,
        "anchor_year": found.year if found else not_before.year,
    }  # fmt: skip


def _return(when: LifeDate, policy: str, not_before: date) -> Occurrence | None:
    """None: it never returns, or is no day at all; imports refuse those, but a foreign row must not stop everybody."""
    every = interval_of(policy)
    try:
        if every is not None:
            return next_return(when, not_before, every.span)
        return next_occurrence(when, not_before, date_policy(policy))
    except ValueError:
        return None


def _bound(row: Values) -> Values:
    return {
        "b_id": row["date_record"], "b_policy": row["policy"], "b_on": row["next_on"], "b_nth": row["nth"],
        "b_year": row["anchor_year"],
    }  # fmt: skip


def _ids(rows: Sequence[Values]) -> tuple[str, ...]:
    return tuple(row["id"] for row in rows)
