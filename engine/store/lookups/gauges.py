"""How the whole stands, in figures for a monitor: a bounded number of statements, each by an index.

They read what waits and what went wrong lately, never everything that was ever sent, so a scrape costs the same in the
tenth year as in the first.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, select, text, union_all

from engine.domain.civil import DAY
from engine.domain.words import Touch
from engine.store.aside.sound import sound_touch
from engine.store.ledger import delivery, pause, touch
from engine.store.outbox.held import IS_PENDING, PAUSED
from engine.store.queued import IS_QUEUED
from engine.store.rate_tables import rate_limit
from engine.store.source_tables import source_refusal, source_state
from engine.store.tables import dirty_lead

RECENT = 30 * DAY
"""How far back dead letters and bounces are counted, by the hour they were due."""
_FAILED = DAY
"""How far back failed deliveries are counted, by when they failed."""

_t, _d = touch.c, delivery.c
_KEPT = (Touch.HELD, Touch.DEFERRED, Touch.DEAD, Touch.BOUNCED)
"""States with a reason worth telling. The others have none, and are counted without looking at their rows."""


class Waiting(NamedTuple):
    """Deliveries of one state, channel and code of the far side; a failed one failed within the last day."""

    state: str
    channel: str
    code: str


class Oldest(NamedTuple):
    """Since when the oldest waits: a lead to be planned anew, a touch to be judged, a message to be written or sent.

    Seconds UTC; None: nothing is late.
    """

    plan: int | None
    release: int | None
    compose: int | None
    dispatch: int | None


def touches_that_wait(connection: Connection, now: int) -> Counter[tuple[str, str, str]]:
    """How many touches want something, by state, policy and reason ("" for none)."""
    plain = select(_t.state, func.count()).where(IS_QUEUED, _t.state.not_in(_KEPT)).group_by(_t.state)
    found = Counter({(state, "", ""): count for state, count in connection.execute(plain)})
    late = and_(_t.state.in_((Touch.DEAD, Touch.BOUNCED)), _t.due_at >= now - RECENT)
    kept = _t.state.in_((Touch.HELD, Touch.DEFERRED))
    for which in (late, kept):
        query = select(_t.state, _t.policy, _t.reason, func.count()).where(IS_QUEUED, which)
        for state, policy, reason, count in connection.execute(query.group_by(_t.state, _t.policy, _t.reason)):
            found[(state, policy or "", reason or "")] += count
    return found


def deliveries_that_wait(connection: Connection, channels: list[str], now: int) -> Counter[Waiting]:
    """How many deliveries are under way or in doubt, and how many failed within the last day."""
    lately = and_(text("delivery.state = 'failed'"), _d.channel.in_(channels), _d.settled_at >= now - _FAILED)
    kinds = (text("delivery.state = 'pending'"), text("delivery.state IN ('claimed', 'sending')"),
             text("delivery.state = 'in_doubt'"), lately)  # fmt: skip
    counted = [
        select(_d.state, _d.channel, _d.code, func.count()).where(which).group_by(_d.state, _d.channel, _d.code)
        for which in kinds
    ]
    rows = connection.execute(union_all(*counted))
    return Counter({Waiting(state, channel, code or ""): count for state, channel, code, count in rows})


def oldest(connection: Connection, now: int) -> Oldest:
    """Since when the oldest of each stage waits."""
    released = and_(text("touch.state IN ('released', 'draft')"), _t.state == Touch.RELEASED, _t.carried_by.is_(None))
    unwritten = ~select(_d.id).where(_d.touch == _t.id).exists()
    sound, to_send = sound_touch(_t.id, _t.lead), and_(IS_PENDING, ~PAUSED, sound_touch(_d.touch, _d.lead))
    return Oldest(
        _oldest(connection, select(dirty_lead.c.at).order_by(dirty_lead.c.id)),
        _oldest(connection, select(_t.judge_at).where(_t.judge_at <= now, sound).order_by(_t.judge_at)),
        _oldest(connection, select(_t.released_at).where(released, _t.action != "digest", _t.audience != "engine",
                                                         unwritten, sound).order_by(_t.id)),
        _oldest(connection, select(_d.run_at).where(to_send, _d.run_at <= now).order_by(_d.run_at)),
    )  # fmt: skip


def _oldest(connection: Connection, query: Select[Any]) -> int | None:
    found: int | None = connection.execute(query.limit(1)).scalar_one_or_none()
    return found


def lapsed_leases(connection: Connection, store_now: int) -> int:
    """Claims that nobody has settled or taken back, though their lease is over by the store's clock."""
    query = select(func.count()).where(text("delivery.state IN ('claimed', 'sending')"), _d.lease_until < store_now)
    return int(connection.execute(query).scalar_one())


def closed_limits(connection: Connection, store_now: int) -> int:
    """Far sides that had enough of us and are let alone at present."""
    query = select(func.count()).select_from(rate_limit).where(rate_limit.c.closed_until > store_now)
    return int(connection.execute(query).scalar_one())


def pauses_by_scope(connection: Connection) -> dict[str, int]:
    """How many rules, channels and categories are paused; `all`: everything is."""
    rows = connection.execute(select(pause.c.scope, func.count()).group_by(pause.c.scope))
    return {row[0]: row[1] for row in rows}


class SourceStands(NamedTuple):
    """A source: its last pull that came to its end (seconds UTC), failures in a row since, rows that wait."""

    pulled_at: int | None
    failures: int
    refused: int


def sources_stand(connection: Connection) -> dict[str, SourceStands]:
    """Every source that was ever tried."""
    waiting = select(source_refusal.c.source, func.count()).group_by(source_refusal.c.source)
    refused = {row[0]: row[1] for row in connection.execute(waiting)}
    rows = connection.execute(select(source_state.c.source, source_state.c.pulled_at, source_state.c.failures))
    return {name: SourceStands(pulled_at, failures, refused.get(name, 0)) for name, pulled_at, failures in rows}
