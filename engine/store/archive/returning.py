"""Bringing touches back from the archive: somebody answers one, or the message of one comes back after all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, or_, select

from engine.domain.words import Touch
from engine.store.archive_tables import (
    delivery_archive,
    delivery_event_archive,
    draft_archive,
    touch_archive,
    verdict_archive,
)
from engine.store.ledger import delivery, delivery_event, draft, touch, verdict

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_t = touch_archive.c
_THEIRS = select(_t.id, _t.lead).where(_t.id.in_(_IDS), _t.state != Touch.SUPERSEDED)
_WITH_THEM = select(_t.id).where(or_(
    _t.carried_by.in_(_IDS), _t.lead.in_(bindparam("leads", expanding=True)) & _t.merged_into.in_(_IDS),
), _t.state != Touch.SUPERSEDED)  # fmt: skip
_of_delivery = select(delivery_archive.c.id).where(delivery_archive.c.touch.in_(_IDS))
_WHICH = {
    delivery_event: (delivery_event_archive, delivery_event_archive.c.delivery.in_(_of_delivery)),
    delivery: (delivery_archive, delivery_archive.c.touch.in_(_IDS)),
    verdict: (verdict_archive, verdict_archive.c.touch.in_(_IDS)),
    draft: (draft_archive, draft_archive.c.touch.in_(_IDS)),
    touch: (touch_archive, _t.id.in_(_IDS)),
}


def bring_back(connection: Connection, touches: Collection[int]) -> None:
    """Have these touches where they were, as they were, as far as they are in the archive; in a write transaction.

    With them comes what went in their messages, and what was merged into them: it goes the way they go.
    """
    found = connection.execute(_THEIRS, {"ids": sorted(touches)}).all()
    if not found:
        return
    leads = sorted({row.lead for row in found})
    with_them = connection.execute(_WITH_THEM, {"ids": [row.id for row in found], "leads": leads}).scalars()
    ids = {"ids": sorted({row.id for row in found}.union(with_them))}
    for table, (archive, which) in _WHICH.items():
        rows = connection.execute(select(archive).where(which), ids).mappings().all()
        connection.execute(delete(archive).where(which), ids)
        if rows:
            connection.execute(insert(table), [dict(row) for row in rows])
