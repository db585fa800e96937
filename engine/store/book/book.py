"""The book: occasions and touches as plan writes them, how far it is written, and who must be looked at anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, tuple_, update

from engine.domain.words import TOUCH_OPEN, Audience, Phase, Touch
from engine.store.among import among
from engine.store.archive.ever import ever
from engine.store.aside.sound import sound_occasion
from engine.store.book.planning import LEAD_COLUMNS
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.facts.dirty import AROUND, chunks
from engine.store.ledger import occasion, plan_cursor, touch
from engine.store.many import fetch, insert_ignore, write_many
from engine.store.parts import WHOLE, Part
from engine.store.tables import date_record, dirty_lead, lead

OCCASION_WIDTH = len(occasion.c)
_SOUND = sound_occasion(occasion.c.lead, occasion.c.rule, occasion.c.anchor)


def steps_due(connection: Connection, before: int, limit: int, part: Part = WHOLE) -> list[Any]:
    """Occasions with a step that opens before that instant, with their lead's row, which schedules have not."""
    query = _STEPS_DUE if part is WHOLE else _STEPS_DUE.where(part.has(occasion.c.shard))
    return list(connection.execute(query, {"before": before, "limit": limit}).all())


_STEPS_DUE = (
    select(occasion, *LEAD_COLUMNS)
    .outerjoin(lead, lead.c.id == occasion.c.lead)
    .where(occasion.c.next_step_at < bindparam("before"), occasion.c.ended_at.is_(None), _SOUND)
    .order_by(occasion.c.next_step_at)
    .limit(bindparam("limit"))
)
_NEXT_STEP = (
    update(occasion)
    .where(
        occasion.c.rule == bindparam("b_rule"),
        occasion.c.lead == bindparam("b_lead"),
        occasion.c.anchor == bindparam("b_anchor"),
    )
    .values(
        next_step_at=bindparam("b_next"), occurs_on=bindparam("b_on"), occurs_at=bindparam("b_at"),
        counts_from_at=bindparam("b_counts"),
    )
)  # fmt: skip


def move_occasions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set when each occasion's next step opens, and where the occasion lies now."""
    write_many(connection, _NEXT_STEP, rows)


def end_occasions(connection: Connection, keys: Iterable[tuple[str, str, str]], reason: str, now: int) -> None:
    """End occasions: no further step of theirs is planned."""
    for rule, lead_id, anchor in keys:
        connection.execute(
            update(occasion)
            .where(occasion.c.rule == rule, occasion.c.lead == lead_id, occasion.c.anchor == anchor)
            .values(ended_at=now, end_reason=reason, next_step_at=None)
        )


def not_born_again(
    connection: Connection, leads: Sequence[str], revisions: Collection[str]
) -> frozenset[tuple[str, str, str]]:
    """Occasions of these leads that ended and stay so, or that live by another revision than one of these.

    Those that a change of facts superseded may be born again.
    """
    ended = and_(occasion.c.ended_at.is_not(None), occasion.c.end_reason != Touch.SUPERSEDED)
    elsewhere = and_(occasion.c.ended_at.is_(None), occasion.c.revision.not_in(revisions))
    query = select(occasion.c.rule, occasion.c.lead, occasion.c.anchor).where(
        occasion.c.lead.in_(leads), or_(ended, elsewhere)
    )
    return frozenset((row.rule, row.lead, row.anchor) for row in connection.execute(query))


def born_otherwise(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    """Those of these occasions that are in the book and live, or lived, by another revision."""
    wanted = {(row["rule"], row["lead"], row["anchor"]): row["revision"] for row in rows}
    query = select(occasion.c.rule, occasion.c.lead, occasion.c.anchor, occasion.c.revision).where(
        occasion.c.rule.in_({key[0] for key in wanted}), occasion.c.lead.in_({key[1] for key in wanted})
    )
    found = {(row.rule, row.lead, row.anchor): row.revision for row in connection.execute(query)}
    return {key for key, revision in wanted.items() if found[key] != revision}


def live_occasions(connection: Connection, leads: Sequence[str]) -> list[Any]:
    """Occasions of these leads with something still to come: a step to plan, or a touch not yet released."""
    # Not one look for each occasion: whose are of no lead are as many as there were days, and have as many touches.
    unreleased = select(touch.c.rule, touch.c.lead, touch.c.anchor).where(
        touch.c.lead.in_(leads), touch.c.state.in_(TOUCH_OPEN)
    )
    waiting = tuple_(occasion.c.rule, occasion.c.lead, occasion.c.anchor).in_(unreleased)
    query = (
        select(occasion, *LEAD_COLUMNS, lead.c.last_contact_at, lead.c.last_attempt_at, lead.c.last_outcome)
        .outerjoin(lead, lead.c.id == occasion.c.lead)
        .where(occasion.c.lead.in_(leads), occasion.c.ended_at.is_(None), _SOUND)
        .where(or_(occasion.c.next_step_at.is_not(None), waiting))
    )
    return list(connection.execute(query).all())


def touches_of(connection: Connection, leads: Sequence[str]) -> list[Any]:
    """Every touch of these leads that release still owns."""
    query = select(touch).where(touch.c.lead.in_(leads), touch.c.state.in_(TOUCH_OPEN))
    return list(connection.execute(query).all())


def states_of(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The state of each touch of these occurrence keys that is in the book."""
    return dict(fetch(connection, _STATES, {"keys": list(keys)})) if keys else {}


_STATES = select(touch.c.occurrence_key, touch.c.state).where(among(touch.c.occurrence_key, "keys"))
_MOVE_TOUCH = (
    update(touch)
    .where(touch.c.id == bindparam("b_id"), or_(*(touch.c.state == state for state in TOUCH_OPEN)))
    .values(
        nominal_at=bindparam("b_nominal"), due_at=bindparam("b_due"), judge_at=bindparam("b_judge"),
        day_on=bindparam("b_day"), deadline_at=bindparam("b_deadline"), expires_at=bindparam("b_expires"),
        absent=bindparam("b_absent"), level_order=bindparam("b_level_order"), level_rep=bindparam("b_level_rep"),
        level_on=bindparam("b_level_on"),
    )
)  # fmt: skip


def move_touches(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give unreleased touches their new instants."""
    write_many(connection, _MOVE_TOUCH, rows)


_SIGNED_BY_OTHERS = (
    update(touch)
    .where(
        touch.c.id == bindparam("b_id"), or_(*(touch.c.state == state for state in TOUCH_OPEN)),
        touch.c.signed_at.is_(None),
    )
    .values(signer=bindparam("b_signer"))
)  # fmt: skip


def change_signers(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have somebody else sign what is not signed yet."""
    write_many(connection, _SIGNED_BY_OTHERS, rows)


def close_touches(connection: Connection, ids: Sequence[int], state: str, reason: str, now: int) -> None:
    """End unreleased touches: superseded, cancelled as their occasion ended, or expired as no day had room."""
    if ids:
        connection.execute(
            update(touch)
            .where(touch.c.id.in_(ids), touch.c.state.in_(TOUCH_OPEN))
            .values(state=state, reason=reason, settled_at=now, judge_at=None)
        )


_REVIVE_OCCASION = (
    update(occasion)
    .where(
        occasion.c.rule == bindparam("b_rule"), occasion.c.lead == bindparam("b_lead"),
        occasion.c.anchor == bindparam("b_anchor"), occasion.c.end_reason == Touch.SUPERSEDED,
    )
    .values(
        ended_at=None, end_reason=None, next_step_at=bindparam("b_next"), revision=bindparam("b_revision"),
        generation=bindparam("b_generation"), spread_to=bindparam("b_spread"),
    )
)  # fmt: skip
_REVIVE_TOUCH = (
    update(touch)
    .where(touch.c.occurrence_key == bindparam("b_key"), touch.c.state == Touch.SUPERSEDED)
    .values(
        state=Touch.PLANNED, reason=None, settled_at=None, nominal_at=bindparam("b_nominal"),
        due_at=bindparam("b_due"), judge_at=bindparam("b_judge"), day_on=bindparam("b_day"),
        deadline_at=bindparam("b_deadline"), expires_at=bindparam("b_expires"), absent=bindparam("b_absent"),
        signer=bindparam("b_signer"), revision=bindparam("b_revision"), generation=bindparam("b_generation"),
        category=bindparam("b_category"), priority=bindparam("b_priority"), via=bindparam("b_via"),
        needs_signature=bindparam("b_needs"), level_order=bindparam("b_level_order"),
        level_rep=bindparam("b_level_rep"), level_on=None,
    )
)  # fmt: skip


def revive_superseded(
    connection: Connection, occasions: Sequence[Mapping[str, Any]], touches: Sequence[Mapping[str, Any]]
) -> None:
    """A fact changed and changed back: what it had superseded holds again, under the same keys."""
    if occasions:
        write_many(
            connection,
            _REVIVE_OCCASION,
            [
                {
                    "b_rule": row["rule"], "b_lead": row["lead"], "b_anchor": row["anchor"],
                    "b_next": row["next_step_at"], "b_revision": row["revision"], "b_generation": row["generation"],
                    "b_spread": row["spread_to"],
                }
                for row in occasions
            ],
        )  # fmt: skip
    if touches:
        write_many(
            connection,
            _REVIVE_TOUCH,
            [
                {
                    "b_key": row["occurrence_key"], "b_nominal": row["nominal_at"], "b_due": row["due_at"],
                    "b_judge": row["judge_at"], "b_day": row["day_on"], "b_deadline": row["deadline_at"],
                    "b_expires": row["expires_at"], "b_absent": row["absent"], "b_signer": row["signer"],
                    "b_revision": row["revision"], "b_generation": row["generation"], "b_category": row["category"],
                    "b_priority": row["priority"], "b_via": row["via"], "b_needs": row["needs_signature"],
                    "b_level_order": row["level_order"], "b_level_rep": row["level_rep"],
                }
                for row in touches
                if row["settled_at"] is None
            ],
        )  # fmt: skip


def judge_held_again(connection: Connection, leads: Sequence[str], now: int) -> None:
    """What a policy keeps, or wants signed, is looked at again: the lead changed, so perhaps its cause did."""
    connection.execute(
        update(touch)
        .where(touch.c.lead.in_(leads), touch.c.state.in_((Touch.HELD, Touch.DRAFT)), touch.c.policy.is_not(None))
        .values(judge_at=now)
    )


Duty = tuple[str, str, str, str, str]
"""(rule, lead, anchor, step, rep): what is some rep's to do, whoever did it."""


def done_in_absence(connection: Connection, leads: Sequence[str], away: Collection[str]) -> frozenset[Duty]:
    """Duties of these leads that have ended, by the rep himself or by one who stood in for him.

    Only those that an absence may give to somebody else: of the reps who are `away`, or done while one was.
    """
    query = select(touch.c.rule, touch.c.lead, touch.c.anchor, touch.c.step, touch.c.receiver, touch.c.absent).where(
        touch.c.lead.in_(leads),
        touch.c.audience != Audience.LEAD,
        touch.c.state.not_in((*TOUCH_OPEN, Touch.SUPERSEDED)),
        or_(touch.c.absent.is_not(None), touch.c.receiver.in_(away)),
    )
    return frozenset((*row[:4], row.absent or row.receiver) for row in connection.execute(ever(query)))


def duty_of(row: Mapping[str, Any]) -> Duty:
    """The duty of a touch as a row of the book."""
    return row["rule"], row["lead"], row["anchor"], row["step"], row["absent"] or row["receiver"]


def date_of(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """Date records by id, those that are gone left out."""
    query = select(date_record).where(date_record.c.id.in_(ids), ~date_record.c.gone)
    return {row.id: row for row in connection.execute(query)}


def observances_of(connection: Connection, leads: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The festivals that these leads observe of their own, by lead; those without any are left out."""
    query = select(lead.c.id, lead.c.observances).where(lead.c.id.in_(leads), lead.c.observances.is_not(None))
    return {row.id: tuple(row.observances) for row in connection.execute(query)} if leads else {}


def circumstances_of(
    connection: Connection, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Any]:
    """Those circumstances by lead and id, where they apply; those that were taken back apply to nobody."""
    query = select(coverage.c.lead, circumstance).join(circumstance, circumstance.c.id == coverage.c.circumstance)
    query = query.where(circumstance.c.phase != Phase.CANCELLED)
    found: dict[tuple[str, str], Any] = {}
    for some in chunks(sorted(pairs)):
        leads, ids = {lead_id for lead_id, _ in some}, {ident for _, ident in some}
        wanted = query.where(coverage.c.lead.in_(leads), circumstance.c.id.in_(ids))
        found |= {(row[0], row.id): row for row in connection.execute(wanted)}
    return found


def horizon(connection: Connection, part: Part = WHOLE) -> int | None:
    """The instant up to which every birth is in the book; None on a fresh database."""
    query = _HORIZON if part is WHOLE else _HORIZON.where(part.has(plan_cursor.c.shard))
    return connection.execute(query).scalar_one_or_none()


_HORIZON = select(func.min(plan_cursor.c.horizon_at))


def set_horizon(connection: Connection, at: int, shards: Sequence[int]) -> None:
    """Move these shards' cursors."""
    insert_ignore(connection, plan_cursor, [{"shard": shard, "horizon_at": at} for shard in shards])
    theirs = plan_cursor.c.shard.in_(shards)
    connection.execute(select(plan_cursor.c.shard).where(theirs).order_by(plan_cursor.c.shard).with_for_update())
    connection.execute(update(plan_cursor).where(theirs).values(horizon_at=at))


def is_even(connection: Connection, shards: int) -> bool:
    """Whether all of so many shards are in the book up to the same instant."""
    counted = select(func.count(), func.min(plan_cursor.c.horizon_at), func.max(plan_cursor.c.horizon_at))
    known, first, last = connection.execute(counted).one()
    return bool(known == shards and first == last)


class Dirty(NamedTuple):
    """Ids of dirty rows, and the leads they name: those of whom facts changed, and those with only news around them."""

    ids: list[int]
    leads: tuple[str, ...]
    around: tuple[str, ...]


def dirty_batch(connection: Connection, limit: int, part: Part = WHOLE) -> Dirty:
    """The oldest dirty rows, of leads of that part. Delete exactly these in the same transaction."""
    ids: list[int] = []
    leads: dict[str, bool] = {}
    query = _DIRTY if part is WHOLE else _DIRTY_PART.where(part.has(func.coalesce(lead.c.shard, 0)))
    for row in connection.execute(query, {"limit": limit}):
        ids.append(row.id)
        leads[row.lead] = leads.get(row.lead, True) and row.reason == AROUND
    changed = tuple(lead_id for lead_id, around in leads.items() if not around)
    return Dirty(ids, changed, tuple(lead_id for lead_id, around in leads.items() if around))


_DIRTY = select(dirty_lead.c.id, dirty_lead.c.lead, dirty_lead.c.reason)
_DIRTY = _DIRTY.order_by(dirty_lead.c.id).limit(bindparam("limit"))
_DIRTY_PART = _DIRTY.outerjoin(lead, lead.c.id == dirty_lead.c.lead)
"""What names no lead, as schedules do, is of the first shard."""


def dirty_rows_of(connection: Connection, lead_id: str) -> list[int]:
    """The dirty rows of one lead."""
    return list(connection.execute(select(dirty_lead.c.id).where(dirty_lead.c.lead == lead_id)).scalars())


def clean(connection: Connection, ids: Sequence[int]) -> None:
    """Forget dirty rows that were planned."""
    connection.execute(delete(dirty_lead).where(dirty_lead.c.id.in_(ids)))
