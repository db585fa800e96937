"""Tokens: the right to send one message to a far side that takes only so many a minute.

A token counts from the claim on, until a minute after the message can have been sent: until the outcome is known
that is a minute after the lease, and from then on a minute after the outcome. So no minute has more messages than
tokens, whatever a daemon does between the claim and its death. Instants are of the store's clock.

Every function but `standing` works inside its caller's write transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    not_,
    select,
    tuple_,
    update,
)

from engine.store.ledger import delivery
from engine.store.many import insert_ignore, write_many
from engine.store.rate_tables import rate_limit, rate_token

MINUTE = 61
"""Seconds that a token counts. One more than a minute has: the clock shows whole seconds."""

_l, _t = rate_limit.c, rate_token.c
_CREDENTIALS: BindParameter[Any] = bindparam("credentials", expanding=True)


class Token(NamedTuple):
    """The right of one claim. `receiver` is "" where all receivers are counted together."""

    credential: str
    delivery: int
    epoch: int
    receiver: str = ""


@dataclass(frozen=True)
class Standing:
    """What a far side was sent in the last minute, by receiver; 0 or the instant until which it takes nothing."""

    used: Mapping[str, int]
    closed_until: int = 0


_USED = (
    select(_t.credential, _t.receiver, func.count())
    .where(_t.credential.in_(_CREDENTIALS), _t.free_at > bindparam("store"))
    .group_by(_t.credential, _t.receiver)
)
_CLOSED = select(_l.credential, _l.closed_until).where(
    _l.credential.in_(_CREDENTIALS), _l.closed_at <= bindparam("store"), _l.closed_until > bindparam("store")
)
"""What was closed in the future was closed by a clock that has been set back since."""


def standing(connection: Connection, credentials: Collection[str], store: int) -> dict[str, Standing]:
    """How these far sides stand at that instant."""
    wanted = {"credentials": sorted(credentials), "store": store}
    used: dict[str, dict[str, int]] = {name: {} for name in credentials}
    for credential, receiver, count in connection.execute(_USED, wanted):
        used[credential][receiver] = count
    closed = {row.credential: row.closed_until for row in connection.execute(_CLOSED, wanted)}
    return {name: Standing(used[name], closed.get(name, 0)) for name in credentials}


_LOCK = select(_l.credential).where(_l.credential.in_(_CREDENTIALS)).order_by(_l.credential).with_for_update()
_FORGET = delete(rate_token).where(_t.credential.in_(_CREDENTIALS), _t.free_at <= bindparam("store"))
_SHORTEN = (
    update(rate_token)
    .where(_t.credential.in_(_CREDENTIALS), _t.free_at > bindparam("latest"))
    .values(free_at=bindparam("latest"))
)


def shorten(connection: Connection, credentials: Collection[str], latest: int) -> None:
    """Let no token count beyond that instant: one that says so was taken before the clock was set back."""
    connection.execute(_SHORTEN, {"credentials": sorted(credentials), "latest": latest})


def locked(connection: Connection, credentials: Collection[str], store: int) -> dict[str, Standing]:
    """How they stand, nobody else taking tokens until the transaction ends. Forgets those that no longer count."""
    wanted = {"credentials": sorted(credentials)}
    if len(connection.execute(_LOCK, wanted).all()) < len(credentials):
        insert_ignore(connection, rate_limit, [{"credential": name} for name in sorted(credentials)])
        connection.execute(_LOCK, wanted)
    connection.execute(_FORGET, {**wanted, "store": store})
    return standing(connection, credentials, store)


_TAKE = insert(rate_token).values({column.name: bindparam(column.name, type_=column.type) for column in _t})


def take(connection: Connection, tokens: Sequence[Token], free_at: int) -> None:
    """These count until then. The caller has counted what is left, in this transaction."""
    write_many(connection, _TAKE, [{**token._asdict(), "free_at": free_at} for token in tokens])


_OF_TOKEN = (
    _t.credential == bindparam("b_credential"), _t.delivery == bindparam("b_delivery"), _t.epoch == bindparam("b_epoch")
)  # fmt: skip
_COUNT_UNTIL = update(rate_token).where(*_OF_TOKEN).values(free_at=bindparam("b_free_at"))


def count_until(connection: Connection, tokens: Sequence[tuple[Token, int]]) -> None:
    """From when each no longer counts."""
    write_many(connection, _COUNT_UNTIL, [
        {"b_credential": one.credential, "b_delivery": one.delivery, "b_epoch": one.epoch, "b_free_at": free_at}
        for one, free_at in tokens
    ])  # fmt: skip


_LATER = case((_l.closed_until > bindparam("b_until"), _l.closed_until), else_=bindparam("b_until"))
_CLOSE = (
    update(rate_limit)
    .where(_l.credential == bindparam("b_credential"))
    .values(closed_at=bindparam("b_at"), closed_until=_LATER)
)


def close(connection: Connection, until: Mapping[str, int], store: int) -> None:
    """Let nothing go to these far sides until then: they said that they had enough. Each has had a token before."""
    write_many(connection, _CLOSE, [
        {"b_credential": name, "b_at": store, "b_until": until[name]} for name in sorted(until)
    ])  # fmt: skip


@dataclass(frozen=True)
class Shut:
    """Where nothing may go now: whole channels, and receivers of a channel as (channel, address)."""

    channels: Sequence[str] = ()
    receivers: Sequence[tuple[str, str]] = ()


_URGENT: ColumnElement[bool] = literal_column("delivery.urgent")  # the very word of the partial index


def urgent(shut: Shut) -> list[ColumnElement[bool]]:
    """The conditions of an urgent delivery that may go."""
    return [_URGENT, *_open(shut)]


def ordinary(shut: Shut) -> list[ColumnElement[bool]]:
    """The conditions of any other that may go."""
    return [not_(delivery.c.urgent), *_open(shut)]


def _open(shut: Shut) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if shut.channels:
        conditions.append(delivery.c.channel.not_in(shut.channels))
    if shut.receivers:
        conditions.append(tuple_(delivery.c.channel, delivery.c.address).not_in(shut.receivers))
    return conditions
