"""What a rep has to do: the touches that he receives himself, by their hour."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, literal_column, or_, select

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.ledger import touch
from engine.store.tables import lead

_SHOWN = (*TOUCH_OPEN, Touch.RELEASED, Touch.DELIVERED)
_t = touch.c

LATE = 31 * 86_400
"""How long ago something open may have been due to be shown still, in seconds. Ours."""


@dataclass(frozen=True)
class Task:
    """A touch of a rep's, with its lead. `revision` is the rule's, in which its summary stands."""

    id: int
    rule: str
    revision: str
    lead: str
    name: str
    account: str | None
    owner: str | None
    confidential: bool
    state: str
    reason: str | None
    due_at: int


def tasks(connection: Connection, rep: str, since: int, until: int, limit: int) -> list[Task]:
    """His touches that are due in `since <= due < until` (seconds UTC), and those of a month before still open."""
    due = or_(and_(_t.due_at >= since, _t.state.in_(_SHOWN)), _t.state.in_(TOUCH_OPEN))
    query = (
        select(
            _t.id, _t.rule, _t.revision, _t.lead, lead.c.name, lead.c.account, lead.c.owner, lead.c.confidential,
            _t.state, _t.reason, _t.due_at,
        )
        .join(lead, lead.c.id == _t.lead)
        .where(_t.receiver == rep, _t.audience != literal_column("'lead'"), due)
        .where(_t.due_at >= since - LATE, _t.due_at < until)
        .order_by(_t.due_at, _t.id)
        .limit(limit)
    )  # fmt: skip
    return [Task(*row) for row in connection.execute(query)]
