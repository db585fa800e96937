"""Writing leads, accounts and reps. Idempotent: what does not change leaves no trace.

A change of a lead is written with its transitions, a new judge version and a dirty row in one transaction. A lead
that is new has no transitions: to be imported at a stage is not to become it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from engine.domain.changes import ACTIVE, POOLED
from engine.domain.grid import cell_of
from engine.domain.keys import shard_of
from engine.domain.people import LeadEntry, RepEntry
from engine.store.aside.mending import forget_unreadable, look_at_again
from engine.store.database import insert_ignore
from engine.store.facts.attribute_days import keep_days
from engine.store.facts.coverage import cover_leads
from engine.store.facts.dirty import (
    Stamp,
    Tally,
    chunks,
    touch_colleagues,
    touch_leads,
    touch_leads_where,
    touch_schedules,
)
from engine.store.facts.portraits import keep_portraits
from engine.store.ledger import touch
from engine.store.outbox.signing import have_signed_again, write_anew_for
from engine.store.tables import account, lead, rep, transition

IMPORTED = "import"
"""The `last_contact_ref` of a contact that is known only from a file."""

TRACKED = ("owner", "stage", "status", "grade", "tier", "loyalty")
"""Fields whose changes are kept as transitions."""

_WHERE = ("region", "lat", "lon")
_OURS = frozenset({"id", "shard", "judge_version"})
_WRITABLE = tuple(column.name for column in lead.c if column.name not in _OURS)
_UPDATE = (
    update(lead)
    .where(lead.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in _WRITABLE})
)

_RENAME = (
    update(account)
    .where(account.c.id == bindparam("b_id"), account.c.name != bindparam("b_name"))
    .values(name=bindparam("b_name"))
)

Values = dict[str, Any]


class Written(NamedTuple):
    """Ids of leads that are new, and of those in which anything changed."""

    added: frozenset[str]
    changed: frozenset[str]



def upsert_leads(
    connection: Connection, entries: Sequence[LeadEntry], defaults: Mapping[str, Any], stamp: Stamp
) -> Written:
    """Write leads by id, without their dates. Entries must name each lead once; `defaults` fill new leads.

    `contacts` and `last_contact_at` never go back: the larger and the later count. What cannot be read of a lead who
    is set aside counts as missing.
    """
    _upsert_accounts(connection, entries)
    forget_unreadable(connection, [entry.id for entry in entries])
    look_at_again(connection, [entry.id for entry in entries], stamp.now)
    known = locked(connection, [entry.id for entry in entries])
    new = [_new_lead(entry, defaults, stamp.now) for entry in entries if entry.id not in known]
    wanted = {entry.id: wanted_of(entry, known[entry.id]) for entry in entries if entry.id in known}
    if new:
        connection.execute(insert(lead), new)
        cover_leads(connection, [row["id"] for row in new], stamp.now)
        keep_days(connection, {row["id"]: row["attrs"] for row in new if row["attrs"]})
        keep_portraits(connection, [row["id"] for row in new])
        touch_leads(connection, [row["id"] for row in new], "added", stamp.now)
        _count_for_accounts(connection, new, stamp.now)
    changed = _change(connection, known, wanted, stamp)
    return Written(frozenset(row["id"] for row in new), frozenset(changed))


def change_leads(connection: Connection, changes: Mapping[str, Mapping[str, Any]], stamp: Stamp) -> set[str]:
    """Set columns of leads that exist, by id; the ids of those in which anything really changed.

    A new owner or stage begins its epoch now. Unknown ids are passed over. Who enters the pool has no owner, and who
    is given one has left it.
    """
    return _change(connection, locked(connection, changes), changes, stamp)


def upsert_reps(
    connection: Connection, entries: Sequence[RepEntry], defaults: Mapping[str, Any], now: int
) -> Tally:
    """Write reps by id; `defaults` fill new ones. Leads in their care, or in that of those they manage, are dirty."""
    ids = [entry.id for entry in entries]
    rows = connection.execute(select(rep).where(rep.c.id.in_(ids))).mappings()
    known = {row["id"]: dict(row) for row in rows}
    new = [_new_rep(entry, defaults) for entry in entries if entry.id not in known]
    changed = [entry for entry in entries if entry.id in known and differs(known[entry.id], entry.values)]
    if new:
        connection.execute(insert(rep), new)
    for entry in changed:
        connection.execute(update(rep).where(rep.c.id == entry.id).values(**entry.values))
    _touch_leads_of_reps(connection, [row["id"] for row in new] + [entry.id for entry in changed], now)
    if new or changed:
        touch_schedules(connection, "rep changed", now)
    return Tally(len(new), len(changed), len(entries) - len(new) - len(changed))


def unknown_reps(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those ids that no rep has (yet)."""
    return set(ids) - set(connection.execute(select(rep.c.id).where(rep.c.id.in_(ids))).scalars())


def locked(connection: Connection, ids: Collection[str]) -> dict[str, Values]:
    """The leads as they are, kept from other writers until the transaction ends (SQLite has only one)."""
    query = select(lead).where(lead.c.id.in_(list(ids))).order_by(lead.c.id).with_for_update()
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _new_lead(entry: LeadEntry, defaults: Mapping[str, Any], now: int) -> Values:
    """A whole row: every column, so that all new leads are one statement."""
    row: Values = {column.name: _default(column) for column in lead.c} | dict(defaults)
    row |= {name: value for name, value in entry.values.items() if value is not None}
    row |= {"id": entry.id, "shard": shard_of(entry.id)}
    row["registered_at"] = row["registered_at"] if row["registered_at"] is not None else now
    row["attrs"] = {name: value for name, value in entry.attrs.items() if value is not None}
    row["owner_since_at"] = row["registered_at"] if row["owner"] else None
    row["stage_since_at"] = row["registered_at"] if row["stage"] else None
    if row["status"] == POOLED:
        row |= {"owner": None, "owner_since_at": None, "pooled_at": now}
    # Whoever comes with contacts and no order has had them all since his last order, and with this owner.
    row["contacts_since_order"] = row["contacts_since_owner"] = row["contacts"]
    row["last_contact_ref"] = IMPORTED if row["last_contact_at"] is not None else None
    row["cell"] = _cell(row)
    return row


def _cell(row: Mapping[str, Any]) -> int | None:
    """Where an index finds the lead on the earth."""
    return None if row["lat"] is None or row["lon"] is None else cell_of(row["lat"], row["lon"])


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    return column.default.arg(None) if column.default.is_callable else column.default.arg


def wanted_of(entry: LeadEntry, old: Mapping[str, Any]) -> Values:
    """The columns that the entry asks for, over the lead as it is."""
    values: Values = dict(entry.values)
    if values.get("registered_at") is None:
        values.pop("registered_at", None)
    for name in ("contacts", "last_contact_at"):
        if name in values:
            values[name] = max((at for at in (values[name], old[name]) if at is not None), default=None)
    if values.get("last_contact_at") != old["last_contact_at"] and "last_contact_at" in values:
        values["last_contact_ref"] = IMPORTED
    if entry.attrs:
        merged = dict(old["attrs"]) | dict(entry.attrs)
        values["attrs"] = {name: value for name, value in merged.items() if value is not None}
    return values


def _change(
    connection: Connection, known: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]], stamp: Stamp
) -> set[str]:
    wanted = {ident: pooling(known[ident], asked) for ident, asked in wanted.items() if ident in known}
    changed = {ident for ident, asked in wanted.items() if differs(known[ident], asked)}
    if not changed:
        return changed
    rows, transitions = [], []
    for ident in sorted(changed):
        old, asked = known[ident], wanted[ident]
        transitions += _transitions(ident, old, asked, stamp)
        row = {name: old[name] for name in _WRITABLE} | dict(asked) | _epochs(old, asked, stamp.now)
        row["cell"] = _cell(row)
        rows.append({f"b_{name}": row[name] for name in _WRITABLE} | {"b_id": ident})
    connection.execute(_UPDATE, rows)
    if transitions:
        connection.execute(insert(transition), transitions)
    moved = [one for one in changed if any(differs(known[one], wanted[one], only=name) for name in _WHERE)]
    cover_leads(connection, moved, stamp.now)
    described = [ident for ident in changed if differs(known[ident], wanted[ident], only="attrs")]
    keep_days(connection, {ident: wanted[ident]["attrs"] for ident in described})
    keep_portraits(connection, changed)
    at_work = {known[ident]["account"] for ident in described} - {None}
    touch_colleagues(connection, at_work, changed, stamp.now)  # rules read what is said of anybody there
    reassigned = [ident for ident in sorted(changed) if differs(known[ident], wanted[ident], only="owner")]
    for ident in reassigned:
        have_signed_again(connection, ident, known[ident]["owner"], wanted[ident]["owner"], stamp.now)
    for chunk in chunks(reassigned):
        write_anew_for(connection, chunk)  # drafts name the rep in whose care he is, whoever signs them
    touch_leads(connection, changed, "changed", stamp.now)
    return changed


def pooling(old: Mapping[str, Any], asked: Mapping[str, Any]) -> Values:
    """What is asked for with what follows: nobody owns a lead in the pool, and a new owner takes him out of it."""
    values = dict(asked)
    if values.get("status") == POOLED:
        values["owner"] = None
    elif old["status"] == POOLED and values.get("owner") is not None and "status" not in values:
        values["status"] = ACTIVE
    return values


def differs(old: Mapping[str, Any], asked: Mapping[str, Any], only: str = "") -> bool:
    return any(old[name] != value for name, value in asked.items() if not only or name == only)


def _epochs(old: Mapping[str, Any], asked: Mapping[str, Any], now: int) -> Values:
    """What begins anew with another owner or stage, or in the pool, where the last owner is remembered."""
    begun: Values = {}
    if differs(old, asked, only="owner"):
        previous = old["owner"] if old["owner"] is not None else old["previous_owner"]
        begun |= {"previous_owner": previous, "owner_since_at": now, "contacts_since_owner": 0}
    if differs(old, asked, only="status"):
        begun["pooled_at"] = now if asked["status"] == POOLED else None
    if differs(old, asked, only="stage"):
        begun["stage_since_at"] = now
    return begun


def _transitions(ident: str, old: Mapping[str, Any], asked: Mapping[str, Any], stamp: Stamp) -> list[Values]:
    return [
        {"lead": ident, "subject": "lead", "field": name, "value": asked[name], "previous": old[name],
         "at": stamp.now, "actor": stamp.actor, "cause": stamp.cause, "cause_depth": stamp.depth}
        for name in TRACKED
        if name in asked and asked[name] != old[name]
    ] + [
        {"lead": ident, "subject": "lead", "field": name, "value": told, "previous": before,
         "at": stamp.now, "actor": stamp.actor, "cause": stamp.cause, "cause_depth": stamp.depth}
        for name, before, told in _answers(old["attrs"], asked.get("attrs", old["attrs"]))
    ]  # fmt: skip


def _answers(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Answers to questionnaires that changed: the field, as it was and as it is. Attributes have no point in them."""
    names = sorted(name for name in {*old, *new} if "." in name and old.get(name) != new.get(name))
    return [(name, _as_text(old.get(name)), _as_text(new.get(name))) for name in names]


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value).lower()


def _upsert_accounts(connection: Connection, entries: Sequence[LeadEntry]) -> None:
    """An account comes into being with its first lead; a later file may give it another name."""
    names = {str(e.values["account"]): e.company for e in entries if e.values.get("account")}
    insert_ignore(connection, account, [{"id": ident, "name": name or ""} for ident, name in names.items()])
    named = [{"b_id": ident, "b_name": name} for ident, name in names.items() if name]
    if named:
        connection.execute(_RENAME, named)


def _count_for_accounts(connection: Connection, new: Sequence[Values], now: int) -> None:
    """What new leads bring along in contacts, added to their accounts."""
    counts = [{"b_id": row["account"], "b_n": row["contacts"]} for row in new if row["account"] and row["contacts"]]
    if counts:
        total = account.c.contacts + bindparam("b_n")
        connection.execute(update(account).where(account.c.id == bindparam("b_id")).values(contacts=total), counts)
        touch_colleagues(connection, {row["b_id"] for row in counts}, [row["id"] for row in new], now)


def _new_rep(entry: RepEntry, defaults: Mapping[str, Any]) -> Values:
    row: Values = {column.name: _default(column) for column in rep.c} | dict(defaults)
    return row | {name: value for name, value in entry.values.items() if value is not None} | {"id": entry.id}


def _touch_leads_of_reps(connection: Connection, ids: Sequence[str], now: int) -> None:
    """Leads in their care, in that of those they manage or stand in for, or with something waiting for them."""
    if not ids:
        return
    served = _who_delegate_to(connection, ids)
    managed = select(rep.c.id).where(rep.c.manager.in_(served))
    waiting = select(touch.c.lead).where(
        touch.c.judge_at.is_not(None),
        or_(touch.c.receiver.in_(ids), touch.c.absent.in_(ids), touch.c.signer.in_(ids)),
    )
    cared_for = or_(lead.c.owner.in_(served), lead.c.owner.in_(managed), lead.c.id.in_(waiting))
    touch_leads_where(connection, cared_for, "rep changed", now)


def _who_delegate_to(connection: Connection, ids: Sequence[str]) -> list[str]:
    """These reps and all whose delegate, or delegate's delegate, and so on, is one of them."""
    found, latest = set(ids), set(ids)
    while latest:
        query = select(rep.c.id).where(rep.c.delegate.in_(latest))
        latest = set(connection.execute(query).scalars()) - found
        found |= latest
    return sorted(found)
