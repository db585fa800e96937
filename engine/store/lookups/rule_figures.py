"""What rules did lately and do next, by rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.archive.ever import ever
from engine.store.ledger import touch

SENT = (Touch.RELEASED, Touch.DELIVERED, Touch.BOUNCED, Touch.DEAD)
"""States of what was let go: it fired, whatever became of its message."""

_t = touch.c


@dataclass(frozen=True)
class Figures:
    """Of a rule, within the days that were asked for: `fired` touches, of them `dead`, the last one's due time; how
    many are `open`, and when the next of them is due (seconds UTC)."""

    fired: int = 0
    dead: int = 0
    last_at: int | None = None
    open: int = 0
    next_at: int | None = None


NOTHING = Figures()


def rule_figures(connection: Connection, first_on: str, last_on: str) -> dict[str, Figures]:
    """Those of every rule with a touch due on civil days from `first_on` to `last_on` (ISO)."""
    query = (
        select(_t.rule, _t.state, func.count(), func.min(_t.due_at), func.max(_t.due_at))
        .where(_t.day_on >= first_on, _t.day_on <= last_on)
        .group_by(_t.rule, _t.state)
    )
    found: dict[str, Figures] = {}
    for rule, state, count, first_at, last_at in connection.execute(ever(query)):
        found[rule] = _with(found.get(rule, NOTHING), state, count, first_at, last_at)
    return found


def _with(so_far: Figures, state: str, count: int, first_at: int, last_at: int) -> Figures:
    if state in SENT:
        dead = so_far.dead + (count if state == Touch.DEAD else 0)
        return replace(so_far, fired=so_far.fired + count, dead=dead, last_at=max(last_at, so_far.last_at or last_at))
    if state in TOUCH_OPEN:
        next_at = min(first_at, first_at if so_far.next_at is None else so_far.next_at)
        return replace(so_far, open=so_far.open + count, next_at=next_at)
    return so_far
