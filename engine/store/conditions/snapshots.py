"""Leads as conditions see them in memory: only the fields that somebody asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Connection, Select, bindparam, select

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
    zones = zones_in_use(connection) if any(COUNTER.fullmatch(path) for path in paths) else ()
    of_account = sorted(path for path in paths if path.startswith(OF_ACCOUNT))
    own = sorted(path for path in paths if not attribute_of(path) and path not in of_account)
    columns = {path: field_expression(path, now, zones) for path in own}
    query = _leads_with(tuple(columns.values()))
    found: dict[str, Snapshot] = {}
    for chunk in _chunks(leads):
        around = _circumstances(connection, chunk, now) if circumstances else {}
        colleagues = said_of_accounts(connection, chunk, of_account) if of_account else {}
        for ident, zone, attrs, *values in fetch(connection, query, {"leads": list(chunk)}):
            known = _values(values, attrs, tuple(columns), paths) | dict(colleagues.get(ident, {}))
            found[ident] = Snapshot(ident, zone, now, known, tuple(around.get(ident, ())))
    return found


@lru_cache(maxsize=64)  # building it costs more than executing it for a few leads
def _leads_with(columns: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    labelled = [column.label(f"value_{n}") for n, column in enumerate(columns)]
    return select(lead.c.id, lead.c.timezone, lead.c.attrs, *labelled).where(among(lead.c.id, "leads"))


def _values(
    found: Sequence[Any], attrs: Mapping[str, object], columns: Sequence[str], paths: frozenset[str]
) -> dict[str, object]:
    values: dict[str, object] = dict(zip(columns, found, strict=True))
    for path in LISTS:
        if values.get(path) == []:
            values[path] = None  # who names none has none: `channels: {exists: false}`
    for path in paths:
        if name := attribute_of(path):
            values[path] = attrs.get(name)
    return values


def _circumstances(connection: Connection, leads: Sequence[str], now: int) -> Circumstances:
    found: Circumstances = defaultdict(list)
    for lead_id, attrs, *values in fetch(connection, _AROUND, {"leads": list(leads), "now": now}):
        attributes = {f"attrs.{name}": value for name, value in attrs.items()}
        found[lead_id].append({**dict(zip(_CIRCUMSTANCE, values, strict=True)), **attributes})
    return found


def _chunks(leads: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(leads), CHUNK):
        yield leads[start : start + CHUNK]
