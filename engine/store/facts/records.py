"""Writing purchases, contracts, appointments, receivables and opportunities. Idempotent by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from engine.domain.records import CLOSED_STAGES, RecordEntry
from engine.store.facts.dirty import Stamp, Tally, touch_leads
from engine.store.tables import account, interaction, lead, opportunity, record, transition

Values = dict[str, Any]
_OPPORTUNITY = ("product", "stage", "expected_close_on", "amount", "note")
_RECORD = ("product", "at", "starts_at", "ends_on", "due_on", "amount", "note")


def upsert_records(connection: Connection, entries: Sequence[RecordEntry], stamp: Stamp) -> Tally:
    """Write records by id; leads must exist. Only a purchase that is new counts as an order.

    A later order begins a new epoch: contacts since it are counted anew from the interactions.
    """
    known = _known(connection, record, entries)
    new = [_row(entry, _RECORD) | {"kind": entry.kind} for entry in entries if entry.id not in known]
    changes = {entry.id: _changes(entry, known[entry.id], _RECORD) for entry in entries if entry.id in known}
    _write(connection, record, new, changes)
    for bought in (row for row in new if row["kind"] == "purchase"):
        _count_order(connection, bought["lead"], bought["at"])
    return _finish(connection, new, known, changes, stamp)


def upsert_opportunities(connection: Connection, entries: Sequence[RecordEntry], stamp: Stamp) -> Tally:
    """Write opportunities by id; leads must exist. A changed stage is a transition; a first one is not."""
    known = _known(connection, opportunity, entries)
    new = [
        _row(entry, _OPPORTUNITY) | {"open": _is_open(entry.values["stage"]), "stage_since_at": stamp.now}
        for entry in entries
        if entry.id not in known
    ]
    changes = {entry.id: _changes(entry, known[entry.id], _OPPORTUNITY) for entry in entries if entry.id in known}
    transitions = []
    for ident, change in changes.items():
        if "stage" in change:
            transitions.append(_transition(ident, known[ident], change, stamp))
            change |= {"open": _is_open(change["stage"]), "stage_since_at": stamp.now}
    _write(connection, opportunity, new, changes)
    if transitions:
        connection.execute(insert(transition), transitions)
    return _finish(connection, new, known, changes, stamp)


def _known(connection: Connection, table: Table, entries: Iterable[RecordEntry]) -> dict[str, Values]:
    query = select(table).where(table.c.id.in_([entry.id for entry in entries])).order_by(table.c.id)
    return {row["id"]: dict(row) for row in connection.execute(query.with_for_update()).mappings()}


def _row(entry: RecordEntry, columns: Sequence[str]) -> Values:
    return {"id": entry.id, "lead": entry.lead} | {name: entry.values.get(name) for name in columns}


def _changes(entry: RecordEntry, old: Mapping[str, Any], columns: Sequence[str]) -> Values:
    told = {"lead": entry.lead} | {name: entry.values[name] for name in columns if name in entry.values}
    return {name: value for name, value in told.items() if old[name] != value}


def _write(connection: Connection, table: Table, new: list[Values], changes: Mapping[str, Values]) -> None:
    if new:
        connection.execute(insert(table), new)
    for ident, change in changes.items():
        if change:
            connection.execute(update(table).where(table.c.id == bindparam("b_id")).values(change), {"b_id": ident})


def _finish(
    connection: Connection, new: list[Values], known: Mapping[str, Values], changes: Mapping[str, Values], stamp: Stamp
) -> Tally:
    changed = [ident for ident, change in changes.items() if change]
    concerned = {row["lead"] for row in new} | {known[ident]["lead"] for ident in changed}
    concerned |= {changes[ident]["lead"] for ident in changed if "lead" in changes[ident]}
    touch_leads(connection, concerned, "record", stamp.now)
    return Tally(len(new), len(changed), len(known) - len(changed))


def _count_order(connection: Connection, ident: str, at: int) -> None:
    query = select(lead.c.account, lead.c.last_order_at).where(lead.c.id == ident).with_for_update()
    owner = connection.execute(query).one()
    values: Values = {"orders": lead.c.orders + 1}
    if owner.last_order_at is None or at > owner.last_order_at:
        since = select(func.count()).select_from(interaction).where(
            interaction.c.lead == ident, interaction.c.effective, interaction.c.at >= at
        )
        values |= {"last_order_at": at, "contacts_since_order": since.scalar_subquery()}
    connection.execute(update(lead).where(lead.c.id == ident).values(values))
    if owner.account:
        counted = update(account).where(account.c.id == owner.account)
        connection.execute(counted.values(orders=account.c.orders + 1))


def _is_open(stage: object) -> bool:
    return stage not in CLOSED_STAGES


def _transition(ident: str, old: Mapping[str, Any], change: Mapping[str, Any], stamp: Stamp) -> Values:
    return {
        "lead": change.get("lead", old["lead"]), "subject": f"opportunity#{ident}", "field": "stage",
        "value": change["stage"], "previous": old["stage"], "at": stamp.now, "actor": stamp.actor,
        "cause": stamp.cause,
    }  # fmt: skip
