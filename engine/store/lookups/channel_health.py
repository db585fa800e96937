"""How the channels do: what they accepted and refused lately, what waits, and what the last refusal was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection, case, func, literal_column, select

from engine.domain.words import Delivery
from engine.store.ledger import delivery

_d = delivery.c
_IS_PENDING = _d.state == literal_column("'pending'")
_IS_IN_DOUBT = _d.state == literal_column("'in_doubt'")
_IS_FAILED = _d.state == literal_column("'failed'")


@dataclass(frozen=True)
class Health:
    """Of one channel: `sent` and `failed` since an instant; `pending` now, of them `again` tried before; what is `in
    doubt`. `oldest_at`: since when the oldest waits; `failed_at`, `code`: of the last failure. Seconds UTC."""

    channel: str
    sent: int = 0
    failed: int = 0
    pending: int = 0
    again: int = 0
    oldest_at: int | None = None
    in_doubt: int = 0
    failed_at: int | None = None
    code: str | None = None


def channel_health(connection: Connection, channels: Collection[str], since: int) -> list[Health]:
    """Those of these channels, in their order."""
    found = {name: Health(name) for name in channels}
    _settled(connection, found, since)
    _waiting(connection, found)
    for name in found:
        failure = _last_failure(connection, name)
        if failure is not None:
            found[name] = replace(found[name], failed_at=failure[0], code=failure[1])
    return list(found.values())


def _settled(connection: Connection, found: dict[str, Health], since: int) -> None:
    query = select(_d.channel, _d.state, func.count()).where(_d.channel.in_(list(found)), _d.settled_at >= since)
    for channel, state, count in connection.execute(query.group_by(_d.channel, _d.state)):
        if state == Delivery.SENT:
            found[channel] = replace(found[channel], sent=count)
        if state == Delivery.FAILED:
            found[channel] = replace(found[channel], failed=count)


def _waiting(connection: Connection, found: dict[str, Health]) -> None:
    again = func.sum(case((_d.attempts > 0, 1), else_=0))
    pending = select(_d.channel, func.count(), again, func.min(_d.run_at)).where(_IS_PENDING).group_by(_d.channel)
    for channel, count, tried, oldest_at in connection.execute(pending):
        if channel in found:
            found[channel] = replace(found[channel], pending=count, again=tried, oldest_at=oldest_at)
    doubts = select(_d.channel, func.count()).where(_IS_IN_DOUBT).group_by(_d.channel)
    for channel, count in connection.execute(doubts):
        if channel in found:
            found[channel] = replace(found[channel], in_doubt=count)


def _last_failure(connection: Connection, channel: str) -> tuple[int, str | None] | None:
    query = select(_d.settled_at, _d.code).where(_IS_FAILED, _d.channel == channel, _d.settled_at.is_not(None))
    row = connection.execute(query.order_by(_d.settled_at.desc()).limit(1)).one_or_none()
    return None if row is None else (row.settled_at, row.code)
