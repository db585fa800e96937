"""Deaths from within: a process that kills itself (SIGKILL) as soon as a delivery comes to a point.

The program has nothing of this in it. Its own steps are watched from outside: the commit of the transaction in which
the ledger did something, and the replies that a mail server gave.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from adapters.channels.smtp_session import SmtpSession
from engine.stages.dispatch.ledger import Batch, Ledger
from tests.crashes.points import Point


def dies_at(point: Point) -> Callable[[], None]:
    """What has a process die there; None of it for the point that only the mail server sees."""
    return partial(_arm, point)


def _arm(point: Point) -> None:
    _DEATHS[point]()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at_commit(method: str, did: Callable[[Sequence[Any]], bool], *, after: bool) -> None:
    """Die at the commit of the first transaction in which that method of the ledger `did` something."""
    work, commit = getattr(Ledger, method), DefaultDialect.do_commit
    reached = threading.local()  # the writer's thread; commits of other threads are none of ours

    def watched(self: Ledger, connection: Any, items: Sequence[Any]) -> Any:
        results = work(self, connection, items)
        reached.it = did(results)
        return results

    def do_commit(self: DefaultDialect, raw: Any) -> None:
        at_the_point = getattr(reached, "it", False)
        if at_the_point and not after:
            _die()
        commit(self, raw)
        if at_the_point:
            _die()

    setattr(Ledger, method, watched)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _at_reply(verb: str, code: int) -> None:
    """Die as soon as the mail server's reply is there."""
    getreply = SmtpSession.getreply

    def watched(self: SmtpSession) -> tuple[int, bytes]:
        found = getreply(self)
        if (self.verb, found[0]) == (verb, code):
            _die()
        return found

    SmtpSession.getreply = watched  # type: ignore[method-assign]


def _claimed(batches: Sequence[Batch]) -> bool:
    return any(batch.claimed for batch in batches)


def _sent(words: Sequence[str]) -> bool:
    return "sent" in words


_DEATHS: dict[Point, Callable[[], None]] = {
    Point.BEFORE_CLAIM: partial(_at_commit, "claim", _claimed, after=False),
    Point.AFTER_CLAIM: partial(_at_commit, "claim", _claimed, after=True),
    Point.AFTER_RCPT: partial(_at_reply, "rcpt", 250),
    Point.AFTER_MARK: partial(_at_commit, "mark", any, after=True),
    Point.AFTER_354: partial(_at_reply, "data", 354),
    Point.AFTER_250: partial(_at_reply, "dot", 250),
    Point.AFTER_SENT: partial(_at_commit, "settle", _sent, after=True),
}
