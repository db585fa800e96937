"""What was answered to requests that name themselves, so that one sent twice is done once.

The row is written in the transaction that does the work: what was done is known, and what failed may be sent again.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select, update

from engine.domain.civil import DAY
from engine.store.database import insert_ignore
from engine.store.web_tables import idempotency_key

KEPT = 7 * DAY
"""How long an answer is kept. Ours: who tries again does so within the day."""
_c = idempotency_key.c


class Request(NamedTuple):
    """A request by its name: whose token, which path, the key its sender gave it, and a digest of its body."""

    token: str
    path: str
    key: str
    digest: str


class Answer(NamedTuple):
    """The HTTP status and the body that were sent."""

    status: int
    body: str


class OtherBody(Exception):
    """That key was used for something else."""


def begin(connection: Connection, request: Request, now: int) -> Answer | None:
    """What was answered to it before; None: it is new, and `finish` must follow in this transaction.

    Who comes while the first is at work waits for it here. OtherBody: the key belongs to another body.
    """
    connection.execute(delete(idempotency_key).where(_c.at < now - KEPT))
    row = {**request._asdict(), "status": 0, "answer": "", "at": now}
    if insert_ignore(connection, idempotency_key, [row]):
        return None
    known = connection.execute(select(_c.digest, _c.status, _c.answer).where(*_same(request))).one()
    if known.digest != request.digest:
        raise OtherBody
    return Answer(known.status, known.answer)


def finish(connection: Connection, request: Request, answer: Answer) -> None:
    """Keep what is answered."""
    connection.execute(
        update(idempotency_key).where(*_same(request)).values(status=answer.status, answer=answer.body)
    )


def _same(request: Request) -> tuple[ColumnElement[bool], ...]:
    return _c.token == request.token, _c.path == request.path, _c.key == request.key
