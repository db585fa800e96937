"""What compose writes, in the caller's transaction: deliveries, drafts, notes, and which channel was taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from engine.domain.words import Delivery
from engine.store.among import among
from engine.store.database import insert_ignore
from engine.store.ledger import delivery, delivery_event, draft, touch
from engine.store.many import fetch, write_many
from engine.store.outbox.compose_rows import TouchRow
from engine.store.outbox.gathered import is_written, told

_d, _t = delivery.c, touch.c
_LOCK = (
    select(_t.id, _t.state, _t.judged_version)
    .where(among(_t.id, "ids"))
    .with_for_update()
)
_EXISTING = select(_d.touch, _d.channel).where(among(_d.touch, "ids"))
_WRITTEN = (
    select(_d.touch)
    .join(touch, _t.id == _d.touch)
    .where(among(_d.touch, "ids"), is_written(_t.snoozes))
)


def still_to_write(
    connection: Connection, touches: Sequence[TouchRow], gathered: Mapping[int, frozenset[int]] = MappingProxyType({})
) -> set[int]:
    """Lock those touches that are as they were read: same state, same judgement, no live delivery.

    Of messages about several touches, `gathered`, also those touches must be the same.
    """
    read = {(row.id, row.state, row.judged_version) for row in touches}
    ids = {"ids": [row.id for row in touches]}
    same = {row[0] for row in fetch(connection, _LOCK, ids) if row in read}
    if gathered:
        now_told = told(connection, gathered)
        same -= {ident for ident, read_ids in gathered.items() if now_told.get(ident) != read_ids}
    return same - {written for written, in fetch(connection, _WRITTEN, ids)}


_FRESH = {
    "state": Delivery.PENDING, "attempts": 0, "claims": 0, "lease_until": None, "owner": None, "code": None,
    "last_error": None, "remote_id": None, "settled_at": None,
}  # fmt: skip
_WRITTEN_ANEW = tuple(
    column.name for column in delivery.columns
    if column.name not in {"id", "touch", "channel", "epoch", *_FRESH}
)  # fmt: skip
_REWRITE = (
    update(delivery)
    .where(
        _d.touch == bindparam("b_touch"), _d.channel == bindparam("b_channel"),
        ~is_written(bindparam("b_snoozes")),
    )
    .values({name: bindparam(f"b_{name}") for name in _WRITTEN_ANEW} | _FRESH | {"epoch": _d.epoch + 1})
)
_WRITTEN_EVENT = insert(delivery_event).from_select(
    ["delivery", "at", "epoch", "state", "actor"],
    select(_d.id, bindparam("now", type_=_d.composed_at.type), _d.epoch, _d.state, literal_column("'engine'"))
    .where(among(_d.touch, "ids"), _d.state == literal_column("'pending'")),
)  # fmt: skip


def insert_deliveries(connection: Connection, rows: Sequence[Mapping[str, Any]], now: int) -> None:
    """Add pending deliveries of touches locked by `still_to_write`.

    One that failed or was called back before on the same channel, or was sent before the reminder was put off, is
    written anew, in a new epoch, so that a late answer to its old text counts for nothing.
    """
    if not rows:
        return
    ids = [row["touch"] for row in rows]
    there = set(fetch(connection, _EXISTING, {"ids": ids}))
    again = [row for row in rows if (row["touch"], row["channel"]) in there]
    if again:
        connection.execute(_REWRITE, [{f"b_{k}": v for k, v in row.items()} for row in again])
    fresh = [{**row, **_FRESH, "epoch": 0} for row in rows if (row["touch"], row["channel"]) not in there]
    insert_ignore(connection, delivery, fresh)
    write_many(connection, _WRITTEN_EVENT, [{"ids": ids, "now": now}])


_SET_VIA = (
    update(touch)
    .where(_t.id == bindparam("b_id"))
    .values(via_index=bindparam("b_index"), passed_over=bindparam("b_passed"))
)


def use_channel(connection: Connection, chosen: Sequence[tuple[int, int, Mapping[str, str]]]) -> None:
    """Note which channel of `via` is taken and why others are not, given as (touch, index, {channel: word})."""
    rows = [{"b_id": touch_id, "b_index": index, "b_passed": dict(passed)} for touch_id, index, passed in chosen]
    write_many(connection, _SET_VIA, rows)


def insert_notes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add released touches that tell a rep of a failure; each key once for ever."""
    return insert_ignore(connection, touch, rows)


def insert_drafts(
    connection: Connection, texts: Mapping[int, Any], now: int
) -> int:
    """Add drafts, each with its subject, text and html, by touch; one that is there already stays as it is."""
    return insert_ignore(connection, draft, [
        {"touch": touch_id, "subject": one.subject, "text": one.text, "html": one.html, "written_at": now,
         "edited": False}
        for touch_id, one in texts.items()
    ])  # fmt: skip
