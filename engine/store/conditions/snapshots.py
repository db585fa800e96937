"""Leads as conditions see them in memory: only the fields that somebody asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Connection, Select, bindparam, null, select

from engine.domain.fields import attribute_of
from engine.rulebook.evaluate import Snapshot
from engine.store.among import among
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.conditions.colleagues import OF_ACCOUNT, said_of_accounts
from engine.store.conditions.fields import COUNTER, LISTS, circumstance_expression, field_expression, zones_in_use
from engine.store.many import fetch
from engine.store.tables import lead

CHUNK = 500
"""Leads a query: well below what either engine takes as parameters."""

_CIRCUMSTANCE = ("kind", "phase", "severity", "active", "age", "invited")

_NOW: BindParameter[int] = bindparam("now", type_=BigInteger)
_AROUND = (
    select(
        coverage.c.lead, circumstance.c.attrs,
        *(circumstance_expression(name, _NOW).label(name) for name in _CIRCUMSTANCE),
    )
    .where(circumstance.c.id == coverage.c.circumstance, among(coverage.c.lead, "leads"))
    .order_by(circumstance.c.starts_at, circumstance.c.id)
)  # fmt: skip

Circumstances = dict[str, list[Mapping[str, object]]]


def load_snapshots(
    connection: Connection, leads: Sequence[str], paths: frozenset[str], now: int, *, circumstances: bool
) -> dict[str, Snapshot]:
    """The leads with the values of those paths at `now`, by id; leads that are not there are left out.

    Ages hold the raw instant. With `circumstances`, also everything recorded that applies to each lead, ended
    or not yet begun included.
    """
    return {one.lead: one for _, one in snapshots_with((), connection, leads, paths, now, circumstances=circumstances)}


def snapshots_with(
    besides: tuple[ColumnElement[Any], ...], connection: Connection, leads: Sequence[str], paths: frozenset[str],
    now: int, *, circumstances: bool,
) -> Iterator[tuple[Sequence[Any], Snapshot]]:  # fmt: skip
    """The same, each behind the values of those columns of the lead: one look at it instead of two."""
    zones = zones_in_use(connection) if any(COUNTER.fullmatch(path) for path in paths) else ()
    of_account = sorted(path for path in paths if path.startswith(OF_ACCOUNT))
    own = sorted(path for path in paths if not attribute_of(path) and path not in of_account)
    columns = {path: field_expression(path, now, zones) for path in own}
    lists = [path for path in own if path in LISTS]
    asked = {path: name for path in paths if (name := attribute_of(path))}
    query = _leads_with(besides, tuple(columns.values()), with_attributes=bool(asked))
    width = len(besides)
    for chunk in _chunks(leads):
        around = _circumstances(connection, chunk, now) if circumstances else {}
        colleagues = said_of_accounts(connection, chunk, of_account) if of_account else {}
        for row in fetch(connection, query, {"leads": list(chunk)}):
            ident, zone, attrs = row[width : width + 3]
            values = dict(zip(columns, row[width + 3 :], strict=True))
            for path in lists:
                values[path] = values[path] or None  # who names none has none: `channels: {exists: false}`
            for path, name in asked.items():
                values[path] = attrs.get(name)
            if colleagues:
                values.update(colleagues.get(ident, {}))
            yield row, Snapshot(ident, zone, now, values, tuple(around.get(ident, ())))


@lru_cache(maxsize=64)  # building it costs more than executing it for a few leads
def _leads_with(
    besides: tuple[ColumnElement[Any], ...], columns: tuple[ColumnElement[Any], ...], *, with_attributes: bool
) -> Select[Any]:
    labelled = [column.label(f"value_{n}") for n, column in enumerate((*besides, *columns))]
    known = (lead.c.id, lead.c.timezone, lead.c.attrs if with_attributes else null())
    return select(*labelled[: len(besides)], *known, *labelled[len(besides) :]).where(among(lead.c.id, "leads"))


def _circumstances(connection: Connection, leads: Sequence[str], now: int) -> Circumstances:
    found: Circumstances = defaultdict(list)
    for lead_id, attrs, *values in fetch(connection, _AROUND, {"leads": list(leads), "now": now}):
        attributes = {f"attrs.{name}": value for name, value in attrs.items()}
        found[lead_id].append({**dict(zip(_CIRCUMSTANCE, values, strict=True)), **attributes})
    return found


def _chunks(leads: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(leads), CHUNK):
        yield leads[start : start + CHUNK]
