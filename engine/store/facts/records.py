"""Writing purchases, contracts, appointments, receivables and opportunities. Idempotent by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from engine.domain.records import CLOSED_STAGES, RecordEntry
from engine.store.facts.dirty import Stamp, Tally, chunks, touch_colleagues, touch_leads, with_colleagues
from engine.store.many import write_many
from engine.store.tables import account, interaction, lead, opportunity, record, transition

Values = dict[str, Any]
_MORE_ORDERS = (
    update(lead).where(lead.c.id == bindparam("b_id")).values(orders=lead.c.orders + bindparam("b_orders"))
)
_ACCOUNT_ORDERS = (
    update(account).where(account.c.id == bindparam("b_id")).values(orders=account.c.orders + bindparam("b_orders"))
)
_SINCE = select(func.count()).select_from(interaction).where(
    interaction.c.lead == lead.c.id, interaction.c.effective, interaction.c.at >= bindparam("b_at")
)
_NEW_EPOCH = (
    update(lead).where(lead.c.id == bindparam("b_id"))
    .values(last_order_at=bindparam("b_at"), contacts_since_order=_SINCE.scalar_subquery())
)  # fmt: skip
_OPPORTUNITY = ("product", "stage", "expected_close_on", "amount", "note")
_RECORD = ("product", "at", "starts_at", "ends_on", "due_on", "amount", "note", "gone")


def upsert_records(connection: Connection, entries: Sequence[RecordEntry], stamp: Stamp) -> Tally:
    """Write records by id; leads must exist. Only a purchase that is new counts as an order.

    A later order begins a new epoch: contacts since it are counted anew from the interactions.
    """
    known = _known(connection, record, entries)
    new = [_new_record(entry) for entry in entries if entry.id not in known]
    changes = {entry.id: _changes(entry, known[entry.id], _RECORD) for entry in entries if entry.id in known}
    _write(connection, record, new, changes)
    _count_orders(connection, [row for row in new if row["kind"] == "purchase" and not row["gone"]], stamp.now)
    return _finish(connection, new, known, changes, stamp)


def upsert_opportunities(connection: Connection, entries: Sequence[RecordEntry], stamp: Stamp) -> Tally:
    """Write opportunities by id; leads must exist. A changed stage is a transition; a first one is not."""
    known = _known(connection, opportunity, entries)
    new = [
        _row(entry, _OPPORTUNITY)
        | {"open": _is_open(entry.values["stage"]), "stage_since_at": stamp.now, "opened_at": stamp.now}
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


def _new_record(entry: RecordEntry) -> Values:
    return _row(entry, _RECORD) | {"kind": entry.kind, "gone": bool(entry.values.get("gone"))}


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


def _count_orders(connection: Connection, bought: Sequence[Values], now: int) -> None:
    """Purchases that are new, counted for their leads and accounts; the latest of a lead may begin his epoch anew."""
    orders = Counter(row["lead"] for row in bought)
    latest = {row["lead"]: row["at"] for row in sorted(bought, key=itemgetter("at"))}
    accounts: Counter[str] = Counter()
    counted, begun = [], []
    for chunk in chunks(with_colleagues(connection, orders)):
        query = select(lead.c.id, lead.c.account, lead.c.last_order_at).where(lead.c.id.in_(chunk)).order_by(lead.c.id)
        for owner in connection.execute(query.with_for_update()):
            if owner.id not in orders:
                continue
            counted.append({"b_id": owner.id, "b_orders": orders[owner.id]})
            accounts[owner.account] += orders[owner.id] if owner.account else 0
            if owner.last_order_at is None or latest[owner.id] > owner.last_order_at:
                begun.append({"b_id": owner.id, "b_at": latest[owner.id]})
    write_many(connection, _MORE_ORDERS, counted)
    write_many(connection, _NEW_EPOCH, begun)
    write_many(connection, _ACCOUNT_ORDERS, [{"b_id": one, "b_orders": n} for one, n in accounts.items() if n])
    touch_colleagues(connection, [one for one, n in accounts.items() if n], orders, now)


def _is_open(stage: object) -> bool:
    return stage not in CLOSED_STAGES


def _transition(ident: str, old: Mapping[str, Any], change: Mapping[str, Any], stamp: Stamp) -> Values:
    return {
        "lead": change.get("lead", old["lead"]), "subject": f"opportunity#{ident}", "field": "stage",
        "value": change["stage"], "previous": old["stage"], "at": stamp.now, "actor": stamp.actor,
        "cause": stamp.cause,
    }  # fmt: skip
