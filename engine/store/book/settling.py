"""What release writes: the new state of each touch it judged, what comes of some of them, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, null, or_, select, update

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.among import among
from engine.store.ledger import touch, verdict
from engine.store.many import insert_ignore, write_many
from engine.store.tables import lead


class Alike(NamedTuple):
    """What is written of a touch of which nothing but its state changes: the same for hundreds of one day.

    `was` and `version`: its state and its lead's version as they were judged. Its hour, day, signature and place among
    its rep's days stay as the book has them; it passed over no channel.
    """

    was: str
    version: int
    state: Touch
    reason: str | None
    policy: str | None
    judge_at: int | None
    into: int | None
    via: tuple[str, ...]
    via_index: int
    released_at: int | None
    settled_at: int | None
    priority: int
    gathered: bool

    def values(self, ids: Sequence[int]) -> dict[str, Any]:
        """Parameters of the statement that writes it of those touches."""
        return {f"b_{name}": value for name, value in zip(self._fields, self, strict=True)} | {
            "b_ids": ids, "b_state": self.state.value,
        }  # fmt: skip


def _still(version: str) -> ColumnElement[bool]:
    """Whether no fact of the touch's lead was recorded since the judgement of the version bound by that name."""
    return select(lead.c.id).where(lead.c.id == touch.c.lead, lead.c.judge_version == bindparam(version)).exists()


_OUTCOME = {
    touch.c.state: bindparam("b_state"), touch.c.reason: bindparam("b_reason"), touch.c.policy: bindparam("b_policy"),
    touch.c.judge_at: bindparam("b_judge_at"), touch.c.merged_into: bindparam("b_into"),
    touch.c.judged_version: bindparam("b_version"), touch.c.via: bindparam("b_via", type_=touch.c.via.type),
    touch.c.via_index: bindparam("b_via_index"), touch.c.released_at: bindparam("b_released_at"),
    touch.c.settled_at: bindparam("b_settled_at"), touch.c.priority: bindparam("b_priority"),
    touch.c.gathered: bindparam("b_gathered"), touch.c.carried_by: null(),
}  # fmt: skip
_SETTLE = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"), touch.c.state == bindparam("b_was"), _still("b_version"))
    .values(
        _OUTCOME | {
            touch.c.due_at: bindparam("b_due"), touch.c.day_on: bindparam("b_day"),
            touch.c.passed_over: bindparam("b_passed", type_=touch.c.passed_over.type),
            touch.c.needs_signature: bindparam("b_needs"), touch.c.signer: bindparam("b_signer"),
            touch.c.deadline_at: bindparam("b_deadline"), touch.c.escalated_at: bindparam("b_escalated"),
            touch.c.level_on: bindparam("b_level_on"),
        }
    )
)  # fmt: skip
_SETTLE_ALIKE = {
    was: update(touch)
    .where(among(touch.c.id, "b_ids"), touch.c.state == was, _still("b_version"))
    .values(_OUTCOME | {touch.c.passed_over: null()})
    for was in TOUCH_OPEN
}
"""By the state that they were in. Columns that stay are left out: each has indexes that would be written anew."""


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rulings; a touch that changed meanwhile is left alone and looked at again."""
    write_many(connection, _SETTLE, rows)


def settle_alike(connection: Connection, found: Iterable[tuple[int, Alike]]) -> None:
    """The same for touches, by id, of which nothing but the state changes."""
    kinds: dict[Alike, list[int]] = defaultdict(list)
    for ident, kind in found:
        kinds[kind].append(ident)
    for was, statement in _SETTLE_ALIKE.items():
        write_many(connection, statement, [kind.values(ids) for kind, ids in kinds.items() if kind.was == was])


def add_touches(connection: Connection, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Add touches that come of others, if those still are as they were judged; each key once for ever.

    Given with the id of the one it comes of: a released reminder, or a draft that was passed on.
    """
    if not rows:
        return
    query = select(touch.c.id).where(
        touch.c.id.in_([origin for origin, _ in rows]),
        or_(touch.c.state == Touch.RELEASED, and_(touch.c.state == Touch.DRAFT, touch.c.escalated_at.is_not(None))),
    )
    standing = set(connection.execute(query).scalars())
    for origin, row in rows:
        if origin in standing:
            insert_ignore(connection, touch, [row])


def record_verdicts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep why: the policy and the facts."""
    if rows:
        connection.execute(insert(verdict), list(rows))
