"""What release reads and writes: touches to be looked at, what else is in the lead's days, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, insert, or_, select, update

from engine.domain.words import TOUCH_OPEN, Audience, Touch
from engine.store.aside.sound import sound_touch
from engine.store.book.planning import LEAD_COLUMNS
from engine.store.facts.suppressions import still_holds
from engine.store.ledger import occasion, touch, verdict
from engine.store.many import insert_ignore, write_many
from engine.store.parts import WHOLE, Part
from engine.store.tables import dirty_lead, interaction, lead, rep, suppression

SENT = (Touch.RELEASED, Touch.DELIVERED, Touch.BOUNCED)
"""States of a touch that count as sent: towards caps, and as the better-ranked `other` of policies."""


_LEADS: BindParameter[Any] = bindparam("leads", expanding=True)
# Statements are put together once, not once a tick: a tick with little to do would mostly be that.
_UNPLANNED = select(dirty_lead.c.id).where(dirty_lead.c.lead == touch.c.lead).exists()
_SOUND = sound_touch(touch.c.id, touch.c.lead)
_TO_JUDGE = (
    select(touch.c.lead)
    .where(touch.c.judge_at <= bindparam("now"), touch.c.lead != "", ~_UNPLANNED, _SOUND)
    .order_by(touch.c.judge_at)
    .limit(bindparam("limit"))
)
_SAME = and_(occasion.c.rule == touch.c.rule, occasion.c.lead == touch.c.lead, occasion.c.anchor == touch.c.anchor)
_OPEN = (
    select(touch, occasion.c.counts_from_at, occasion.c.end_reason, rep.c.timezone.label("rep_zone"),
           rep.c.channels.label("rep_channels"))
    .join(occasion, _SAME)
    .outerjoin(rep, and_(rep.c.id == touch.c.receiver, touch.c.audience != Audience.LEAD))
    .where(touch.c.lead.in_(_LEADS), touch.c.state.in_(TOUCH_OPEN), _SOUND)
)
_SENT = select(
    touch.c.id, touch.c.lead, touch.c.occurrence_key, touch.c.rule, touch.c.step, touch.c.category,
    touch.c.audience, touch.c.action, touch.c.priority, touch.c.receiver, touch.c.via, touch.c.via_index,
    touch.c.day_on, touch.c.due_at, touch.c.state, touch.c.anchor, touch.c.released_at,
).where(touch.c.lead.in_(_LEADS), touch.c.day_on >= bindparam("since_on"), touch.c.state.in_(SENT))  # fmt: skip
_FACTS = select(
    *LEAD_COLUMNS, lead.c.judge_version, lead.c.unsubscribed, lead.c.status, lead.c.channels,
    lead.c.last_contact_at, lead.c.last_attempt_at, lead.c.last_outcome, lead.c.back_on,
    lead.c.email, lead.c.phone, lead.c.wecom, lead.c.restricted_at,
).where(lead.c.id.in_(_LEADS))  # fmt: skip
_SUPPRESSED = (
    select(suppression.c.lead, suppression.c.channel, suppression.c.category)
    .join(lead, lead.c.id == suppression.c.lead)
    .where(suppression.c.lead.in_(_LEADS))
    .where(still_holds())
)
_OUTCOMES = (
    select(interaction.c.lead, interaction.c.at, interaction.c.outcome)
    .where(interaction.c.lead.in_(_LEADS), interaction.c.at >= bindparam("since"), interaction.c.touch.is_(None))
    .order_by(interaction.c.at, interaction.c.id)
)
_NEXT_LOOK = select(touch.c.judge_at).where(touch.c.judge_at.is_not(None)).order_by(touch.c.judge_at).limit(1)


def leads_to_judge(connection: Connection, now: int, limit: int, part: Part = WHOLE) -> list[str]:
    """The lead of each touch to be looked at by `now`, the longest waiting first; at most `limit` of them.

    Not those whose facts changed since they were planned: plan comes first, whoever else is writing. Not those who
    are set aside.
    """
    query = _TO_JUDGE if part is WHOLE else _TO_JUDGE.where(part.has(touch.c.shard))
    return list(connection.execute(query, {"now": now, "limit": limit}).scalars())


def open_touches(connection: Connection, leads: Sequence[str]) -> list[Any]:
    """Every touch of these leads that is not released yet, with what its occasion says of `until`.

    `rep_zone` and `rep_channels` are the receiver's, None where that is the lead.
    """
    return list(connection.execute(_OPEN, {"leads": leads}).all())


def sent_touches(connection: Connection, leads: Sequence[str], since_on: str) -> list[Any]:
    """Touches of these leads that were let go, of civil days from `since_on` (ISO) on."""
    return list(connection.execute(_SENT, {"leads": leads, "since_on": since_on}).all())


def lead_facts(connection: Connection, leads: Sequence[str]) -> dict[str, Any]:
    """What release reads of each lead whatever the rules say: all that planning does, version, consent, channels."""
    return {row.id: row for row in connection.execute(_FACTS, {"leads": leads})}


def suppressions(connection: Connection, leads: Sequence[str]) -> dict[str, list[Any]]:
    """The suppression list's entries of these leads; not those about an address that is no longer theirs."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_SUPPRESSED, {"leads": leads}):
        found.setdefault(row.lead, []).append(row)
    return found


def outcomes_since(connection: Connection, leads: Sequence[str], at: int) -> dict[str, list[tuple[int, str]]]:
    """(instant, outcome) of what people logged with these leads from that instant on, by lead.

    Not the greetings that were signed for them: those are no answer.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for row in connection.execute(_OUTCOMES, {"leads": leads, "since": at}):
        found.setdefault(row.lead, []).append((row.at, row.outcome))
    return found


_UNCHANGED = (
    touch.c.id == bindparam("b_id"),
    touch.c.state == bindparam("b_was"),
    select(lead.c.id).where(lead.c.id == touch.c.lead, lead.c.judge_version == bindparam("b_version")).exists(),
)
"""The compare of every compare-and-set here: same state, and no fact recorded since the judgement."""

_SETTLE = (
    update(touch)
    .where(*_UNCHANGED)
    .values(
        state=bindparam("b_state"), reason=bindparam("b_reason"), policy=bindparam("b_policy"),
        judge_at=bindparam("b_judge"), due_at=bindparam("b_due"), day_on=bindparam("b_day"),
        merged_into=bindparam("b_into"), judged_version=bindparam("b_version"), via=bindparam("b_via"),
        via_index=bindparam("b_via_index"), passed_over=bindparam("b_passed"),
        released_at=bindparam("b_released"), settled_at=bindparam("b_settled"), priority=bindparam("b_priority"),
        needs_signature=bindparam("b_needs"), signer=bindparam("b_signer"), deadline_at=bindparam("b_deadline"),
        escalated_at=bindparam("b_escalated"), gathered=bindparam("b_gathered"), carried_by=None,
    )
)  # fmt: skip


def settle(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rulings; a touch that changed meanwhile is left alone and looked at again."""
    write_many(connection, _SETTLE, rows)


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


def next_look(connection: Connection) -> int | None:
    """The instant at which release has something to do next; None if nothing waits."""
    return connection.execute(_NEXT_LOOK).scalar_one_or_none()
