"""What is still to come for one lead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.domain.words import TOUCH_OPEN, Audience, Touch
from engine.store.book.planning import LEAD_COLUMNS
from engine.store.ledger import occasion, touch
from engine.store.tables import lead

_TOUCHES = (
    select(touch)
    .where(
        touch.c.lead == bindparam("lead"), touch.c.state.in_((*TOUCH_OPEN, Touch.RELEASED)),
        touch.c.audience != Audience.ENGINE,
    )
    .order_by(touch.c.due_at, touch.c.id)
)  # fmt: skip
_OCCASIONS = (
    select(occasion, *LEAD_COLUMNS)
    .join(lead, lead.c.id == occasion.c.lead)
    .where(occasion.c.lead == bindparam("lead"), occasion.c.ended_at.is_(None), occasion.c.next_step_at.is_not(None))
)

_STEPS_FOR = (
    select(occasion, *LEAD_COLUMNS)
    .join(lead, lead.c.id == occasion.c.lead)
    .where(lead.c.owner == bindparam("owner"), occasion.c.next_step_at < bindparam("before"))
    .where(occasion.c.ended_at.is_(None))
)


def open_touches(connection: Connection, lead_id: str) -> list[Any]:
    """The lead's touches that have not left yet, in their order; not what the engine does by itself."""
    return list(connection.execute(_TOUCHES, {"lead": lead_id}).all())


def with_steps_to_come(connection: Connection, lead_id: str) -> list[Any]:
    """His occasions with steps that are not in the book yet, each with his row."""
    return list(connection.execute(_OCCASIONS, {"lead": lead_id}).all())


def steps_for(connection: Connection, owner: str, before: int) -> list[Any]:
    """Occasions of his customers with a step before that instant that is not in the book yet, each with its lead."""
    return list(connection.execute(_STEPS_FOR, {"owner": owner, "before": before}).all())


def of_owners(connection: Connection, owners: Collection[str], rules: Sequence[str]) -> list[Any]:
    """What is under way by these rules for these owners' leads, each with the lead's row."""
    query = select(occasion, *LEAD_COLUMNS).join(lead, lead.c.id == occasion.c.lead)
    mine = lead.c.owner.in_(owners), occasion.c.rule.in_(rules), occasion.c.ended_at.is_(None)
    return list(connection.execute(query.where(*mine)).all())
