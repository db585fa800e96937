"""What greetings said, as far as later ones are compared with it: fingerprints, and the texts while they are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from engine.domain.words import Touch
from engine.store.archive.ever import ever
from engine.store.ledger import delivery, draft, touch, wording
from engine.store.tables import lead

ALIKE = "alike"
"""Why a greeting that was let go is a draft again: it reads like another one."""

MOST_NEIGHBOURS = 20
"""Of one account or one owner's day; the latest are compared. Ours: enough to notice a form letter."""

_w = wording.c
_STANDS = touch.c.state.in_((Touch.DRAFT, Touch.SIGNED, Touch.RELEASED, Touch.DELIVERED))
_SENT_TEXT = (
    select(delivery.c.text)
    .where(delivery.c.touch == _w.touch)
    .order_by(delivery.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


class Said(NamedTuple):
    """One greeting: whose, for which occasion, in which words. `text` is "" where only the fingerprint is left."""

    touch: int
    rule: str
    step: str
    lead: str
    account: str | None
    owner: str | None
    kind: str
    day_on: str
    fingerprint: str
    text: str


_SAID: Select[Any] = (
    select(
        *(_w[name] for name in Said._fields[:-1]), func.coalesce(_SENT_TEXT, draft.c.text, "").label("text")
    )
    .join(touch, touch.c.id == _w.touch)
    .outerjoin(draft, draft.c.touch == _w.touch)
    .where(_STANDS)
)  # fmt: skip


def accounts_of(connection: Connection, leads: Collection[str]) -> dict[str, str | None]:
    """The accounts of these leads."""
    rows = connection.execute(select(lead.c.id, lead.c.account).where(lead.c.id.in_(sorted(leads))))
    return {row.id: row.account for row in rows}


def said_to(connection: Connection, leads: Collection[str], rules: Collection[str], since_on: str) -> list[Said]:
    """What these leads got by these rules since that day."""
    query = _SAID.where(_w.lead.in_(sorted(leads)), _w.rule.in_(sorted(rules)), _w.day_on >= since_on)
    return [Said._make(row) for row in connection.execute(ever(query))]


def said_in_account(connection: Connection, account: str, kind: str, since_on: str, until_on: str) -> list[Said]:
    """The latest for occasions of that kind in that account, from one day to another, both included."""
    days = _w.day_on.between(since_on, until_on)
    return _latest(connection, _SAID.where(_w.account == account, _w.kind == kind, days))


def said_for_owner(connection: Connection, owner: str, kind: str, day_on: str) -> list[Said]:
    """The latest to that owner's leads for occasions of that kind on that day."""
    return _latest(connection, _SAID.where(_w.owner == owner, _w.kind == kind, _w.day_on == day_on))


def _latest(connection: Connection, query: Select[Any]) -> list[Said]:
    rows = connection.execute(ever(query, "-touch").limit(MOST_NEIGHBOURS))
    return [Said._make(row) for row in rows]


def keep(connection: Connection, found: Sequence[tuple[Said, Mapping[str, Any] | None]], now: int) -> None:
    """Keep what these greetings say, without the words, and which one each is too much like; anew where it is known."""
    if not found:
        return
    connection.execute(delete(wording).where(_w.touch.in_([said.touch for said, _ in found])))
    rows = [
        {name: getattr(said, name) for name in Said._fields[:-1]} | {"alike": alike, "written_at": now}
        for said, alike in found
    ]
    connection.execute(insert(wording), rows)


def lay_out(connection: Connection, held: Mapping[int, tuple[str | None, int]]) -> None:
    """Released greetings, locked by the caller, that a person must sign after all: (signer, deadline) by touch."""
    for touch_id, (signer, deadline_at) in held.items():
        connection.execute(delete(draft).where(draft.c.touch == touch_id))
        connection.execute(
            update(touch)
            .where(touch.c.id == touch_id, touch.c.state == Touch.RELEASED)
            .values(
                state=Touch.DRAFT, reason=ALIKE, needs_signature=True, signer=signer, deadline_at=deadline_at,
                judge_at=deadline_at, released_at=None,
            )
        )  # fmt: skip
