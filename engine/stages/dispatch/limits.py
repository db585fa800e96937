"""Whose turn it is where a far side takes only so many messages a minute: urgent ones first, some kept for them.

A message without a token is not claimed; it waits where it is, in its order, and uses up nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from adapters.base import Channel, Limit, Outcome, Receipt
from engine.store.outbox import rates
from engine.store.outbox.deliveries import Due, Moment
from engine.store.outbox.rates import MINUTE, Shut, Standing, Token


class Limits:
    """The limits of one house's channels. What was taken stands in the store, for all daemons.

    `reserve`: percent of each limit that only urgent messages may take. `pilot`: the one address by channel that
    gets everything. False if no channel has a limit: then there is nothing to ask.
    """

    def __init__(self, channels: Mapping[str, Channel], reserve: int, pilot: Mapping[str, str]) -> None:
        found = {name: channel.capabilities.limit for name, channel in channels.items()}
        self._limits: dict[str, Limit] = {name: limit for name, limit in found.items() if limit}
        self._reserve = reserve
        self._pilot = pilot

    def __bool__(self) -> bool:
        return bool(self._limits)

    def shut(self, connection: Any, moment: Moment) -> tuple[Shut, Shut]:
        """Where nothing urgent may go now, and where nothing else may."""
        credentials = {limit.credential for limit in self._limits.values()}
        rates.shorten(connection, credentials, _counts_until(moment))
        found = rates.standing(connection, credentials, moment.store)
        return self._shut(found, urgent=True), self._shut(found, urgent=False)

    def closed(self, connection: Any, channels: Collection[str], store: int) -> set[str]:
        """Those of the channels whose far side said that it had enough for now."""
        limited = {name: self._limits[name].credential for name in channels if name in self._limits}
        found = rates.standing(connection, set(limited.values()), store) if limited else {}
        return {name for name, credential in limited.items() if found[credential].closed_until}

    def admitted(self, connection: Any, rows: Sequence[Due], moment: Moment) -> list[Due]:
        """Those of the rows, in their order, for which there is a token, or which need none. Nobody else counts now."""
        wanted = {self._limits[row.channel].credential for row in rows if row.channel in self._limits}
        if not wanted:
            return list(rows)
        found = rates.locked(connection, wanted, moment.store)
        taken: Counter[tuple[str, str]] = Counter()
        return [row for row in rows if self._admits(row, found, taken)]

    def take(self, connection: Any, claimed: Sequence[Due], moment: Moment) -> None:
        """The tokens of what is claimed."""
        tokens = [self._token(due) for due in claimed if due.channel in self._limits]
        rates.take(connection, tokens, _counts_until(moment))

    def settled(self, connection: Any, outcomes: Sequence[tuple[Due, Receipt]], store: int) -> None:
        """Let tokens count a minute from now, not at all if nothing was sent; and heed who had enough."""
        until: dict[str, int] = {}
        for due, receipt in outcomes:
            if receipt.enough and receipt.retry_after:
                credential = self._limits[due.channel].credential
                until[credential] = max(until.get(credential, 0), store + receipt.retry_after + 1)
        rates.close(connection, until, store)  # first: whoever takes tokens locks far sides before tokens
        rates.count_until(connection, [
            (self._token(due), store if receipt.outcome is Outcome.WITHDRAWN else store + MINUTE)
            for due, receipt in outcomes
        ])  # fmt: skip

    def limits(self, channel: str) -> bool:
        """Whether that channel has a limit."""
        return channel in self._limits

    def _shut(self, found: Mapping[str, Standing], *, urgent: bool) -> Shut:
        channels: list[str] = []
        receivers: list[tuple[str, str]] = []
        for name, limit in self._limits.items():
            standing, most = found[limit.credential], self._most(limit, urgent)
            full = [receiver for receiver, used in standing.used.items() if used >= most]
            if standing.closed_until or (full and not self._tells_apart(name)):
                channels.append(name)
            else:
                receivers.extend((name, receiver) for receiver in full)
        return Shut(channels, receivers)

    def _admits(self, row: Due, found: Mapping[str, Standing], taken: Counter[tuple[str, str]]) -> bool:
        limit = self._limits.get(row.channel)
        if limit is None:
            return True
        credential, receiver = limit.credential, self._receiver(row)
        used = found[credential].used.get(receiver, 0) + taken[credential, receiver]
        if found[credential].closed_until or used >= self._most(limit, row.urgent):
            return False
        taken[credential, receiver] += 1
        return True

    def _most(self, limit: Limit, urgent: bool) -> int:
        return limit.most if urgent else limit.most - limit.most * self._reserve // 100

    def _token(self, due: Due) -> Token:
        return Token(self._limits[due.channel].credential, due.id, due.epoch, self._receiver(due))

    def _receiver(self, due: Due) -> str:
        """Whom it counts for."""
        return (self._pilot.get(due.channel) or due.address) if self._limits[due.channel].each else ""

    def _tells_apart(self, channel: str) -> bool:
        """Whether receivers are counted each by himself, by the address in his deliveries."""
        return self._limits[channel].each and not self._pilot.get(channel)


def _counts_until(moment: Moment) -> int:
    """A minute beyond the last instant at which what is claimed now can be sent."""
    return moment.lease_until + MINUTE
