"""Touches of `gather` steps: what a pass releases for one receiver goes out as the message of one of them.

The one whose message it is carries itself and the others (`carried_by`). They are delivered with it, die with it, and
are free for another one if it expires or is judged again. Until the message is marked as being sent, every lead's facts
must be those that his touch was judged on: who changed meanwhile is taken out, and the message is written anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, text, update

from engine.domain.words import Delivery, Touch
from engine.store.aside.sound import sound_touch
from engine.store.facts.dirty import chunks
from engine.store.ledger import delivery, touch
from engine.store.tables import lead

_t = touch.c
_d = delivery.c

LIVE = (Delivery.PENDING, Delivery.CLAIMED, Delivery.SENDING, Delivery.HANDED, Delivery.IN_DOUBT, Delivery.SENT)
"""A touch with a delivery in one of these is written already."""


def is_written(snoozes: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a delivery is its touch's text as it stands, the touch having been put off so often.

    What was sent before its receiver put it off is history. One that is still under way is not: it is what he gets.
    """
    live = or_(*(_d.state == state for state in LIVE))  # IN would not go with several rows
    return and_(live, or_(_d.state != Delivery.SENT, _d.snoozes >= snoozes))


LOOK_BACK = 31 * 86_400
"""How far back messages that are not written yet are looked for; nothing waits for longer."""

LEADS_MESSAGE = _t.gathered & (_t.carried_by == _t.id)
"""A touch whose message tells of its like too."""

_WAITS = text("touch.state = 'released' AND touch.gathered AND touch.carried_by IS NULL")
"""The very words of the partial index."""
_ON_THESE_FACTS = or_(_t.judged_version.is_(None), _t.judged_version == lead.c.judge_version)
"""A manager's copy is not judged on its own."""


class Member(NamedTuple):
    """A touch that a message tells of, with what its place in the list goes by."""

    id: int
    carried_by: int
    lead: str
    anchor: str
    key: bool
    tier: str | None
    confidential: bool


class Waiting(NamedTuple):
    """A released touch that no message tells of yet."""

    id: int
    rule: str
    revision: str
    step: str
    receiver: str
    lead: str
    via: Any
    expires_at: int | None


Group = tuple[object, ...]
"""What has one message: the step, its revision, the receiver, the channels, and whether the pilot reaches the lead."""

_columns = [_t[name] for name in Waiting._fields]
_WAITING = (
    select(*_columns)
    .join(lead, lead.c.id == _t.lead)
    .where(_WAITS, _ON_THESE_FACTS, sound_touch(_t.id, _t.lead))
    .where(or_(_t.expires_at.is_(None), _t.expires_at > bindparam("now")))
    .order_by(_t.expires_at.is_(None), _t.expires_at, _t.priority, _t.occurrence_key)
    .with_for_update(skip_locked=True, of=touch)
)
_ANY = select(_t.id).where(_WAITS).limit(1)
_OPEN: Select[Any] = (
    select(*_columns)
    .where(
        text("touch.audience <> 'lead'"),  # the very words of the partial index
        _t.receiver.in_(bindparam("receivers", expanding=True)), _t.due_at >= bindparam("since"),
        _t.state == Touch.RELEASED, LEADS_MESSAGE,
    )
    .order_by(_t.id)
    .with_for_update(skip_locked=True, of=touch)
)  # fmt: skip
_WRITTEN = (
    select(_d.touch)
    .join(touch, _t.id == _d.touch)
    .where(_d.touch.in_(bindparam("ids", expanding=True)), is_written(_t.snoozes))
)
_CARRY = (
    update(touch)
    .where(_t.id.in_(bindparam("ids", expanding=True)), _t.state == Touch.RELEASED, _t.carried_by.is_(None))
    .values(carried_by=bindparam("carrier"))
)


def is_any_waiting(connection: Connection) -> bool:
    """Whether there is anything to gather."""
    return connection.execute(_ANY).first() is not None


def gather(connection: Connection, only: Collection[str], now: int) -> None:
    """Give each waiting touch a message: one of its like that is not written yet, or that of the first among them.

    First is whose time is over first, so that no message outlives what it tells of; then the best rank. A pilot that
    reaches `only` some leads gets a message of those alone.
    """
    waiting = [Waiting._make(row) for row in connection.execute(_WAITING, {"now": now})]
    groups: dict[Group, list[Waiting]] = defaultdict(list)
    for one in waiting:
        groups[_group(one, only)].append(one)
    unwritten = _unwritten(connection, {one.receiver for one in waiting}, only, now) if waiting else {}
    for group, members in groups.items():
        known = unwritten.get(group)
        joining = [one for one in members if known and _outlives(one, known)]
        _carry(connection, known, joining)
        rest = members[: len(members) - len(joining)]
        _carry(connection, rest[0] if rest else None, rest)


def _group(one: Waiting, only: Collection[str]) -> Group:
    return one.rule, one.revision, one.step, one.receiver, tuple(one.via), one.lead in only


def _unwritten(
    connection: Connection, receivers: Collection[str], only: Collection[str], now: int
) -> dict[Group, Waiting]:
    """Messages to these receivers that have no text yet, or none any more; locked, so that none is written now."""
    wanted = {"receivers": sorted(receivers), "since": now - LOOK_BACK}
    found = [Waiting._make(row) for row in connection.execute(_OPEN, wanted)]
    written = set(connection.execute(_WRITTEN, {"ids": [one.id for one in found]}).scalars()) if found else set()
    return {_group(one, only): one for one in found if one.id not in written}


def _outlives(one: Waiting, other: Waiting) -> bool:
    if other.expires_at is None:
        return one.expires_at is None
    return one.expires_at is None or one.expires_at >= other.expires_at


def _carry(connection: Connection, carrier: Waiting | None, members: Sequence[Waiting]) -> None:
    for chunk in chunks(members):
        if carrier is not None:
            connection.execute(_CARRY, {"ids": [one.id for one in chunk], "carrier": carrier.id})


_MEMBERS = (
    select(*(_t[name] for name in Member._fields[:4]), lead.c.key, lead.c.tier, lead.c.confidential)
    .join(lead, lead.c.id == _t.lead)
    .where(_t.carried_by.in_(bindparam("carriers", expanding=True)), _t.state == Touch.RELEASED, _t.gathered)
    .order_by(_t.lead, _t.id)
)


def members(connection: Connection, carriers: Collection[int]) -> dict[int, list[Member]]:
    """What each of these messages tells of, by the touch whose message it is."""
    found: dict[int, list[Member]] = defaultdict(list)
    if carriers:
        for row in connection.execute(_MEMBERS, {"carriers": sorted(carriers)}):
            found[row.carried_by].append(Member._make(row))
    return found


_MEMBER_IDS = select(_t.carried_by, _t.id).where(
    _t.carried_by.in_(bindparam("carriers", expanding=True)), _t.state == Touch.RELEASED, _t.gathered
)


def told(connection: Connection, carriers: Collection[int]) -> Mapping[int, frozenset[int]]:
    """The touches that each of these messages tells of."""
    found: dict[int, set[int]] = defaultdict(set)
    for carrier, ident in connection.execute(_MEMBER_IDS, {"carriers": sorted(carriers)}):
        found[carrier].add(ident)
    return {carrier: frozenset(ids) for carrier, ids in found.items()}


def still_told(message: ColumnElement[int]) -> ColumnElement[int]:
    """How many a touch's message may still tell of: released, and their leads' facts are those they were judged on."""
    member, person = touch.alias("member"), lead.alias("person")
    return (
        select(func.count())
        .select_from(member.join(person, person.c.id == member.c.lead))
        .where(
            member.c.carried_by == message, member.c.state == Touch.RELEASED,
            or_(member.c.judged_version.is_(None), member.c.judged_version == person.c.judge_version),
        )
        .scalar_subquery()
    )  # fmt: skip


_STALE = (
    select(_t.id)
    .join(lead, lead.c.id == _t.lead)
    .where(_t.carried_by.in_(bindparam("carriers", expanding=True)), _t.state == Touch.RELEASED, _t.gathered)
    .where(_t.judged_version != lead.c.judge_version)
)


def stale(connection: Connection, carriers: Collection[int]) -> list[int]:
    """What these messages tell of and must be judged again: facts about the lead have changed."""
    return list(connection.execute(_STALE, {"carriers": sorted(carriers)}).scalars())


_OVERDUE = select(_t.id).where(_WAITS, _t.expires_at <= bindparam("now"))


def overdue(connection: Connection, now: int) -> list[int]:
    """What no message told of in time."""
    return list(connection.execute(_OVERDUE, {"now": now}).scalars())
