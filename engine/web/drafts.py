"""The signing queue: every draft that waits for a rep, the best customers first, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from engine.domain.civil import day_start, local_date
from engine.stages.signing.queue import in_order, not_in_time
from engine.store.database import Connection
from engine.store.outbox import to_sign
from engine.store.outbox.to_sign import Waiting
from engine.web.asked import Asked
from engine.web.draft_page import Reading, decide, paper_for, show
from engine.web.routing import REPS, act, hidden, page
from engine.web.seats import Seat, seat_of

LIST, ONE = "/drafts", "/drafts/{touch}"
LARGEST = 2**63 - 1
MOST_ROWS = 500
"""Rows of the longest list that is shown. Ours."""


@dataclass(frozen=True)
class Queue:
    """What lies before a rep: what waits, in order, and how much he has done today."""

    rows: list[Waiting]
    done: int
    missed: int

    @property
    def total(self) -> int:
        """The pile of today: what is done and what is left."""
        return self.done + len(self.rows)

    def around(self, touch: int) -> tuple[int | None, int | None]:
        """The drafts before and behind that one; from the last one on to the first."""
        ids = [row.touch for row in self.rows]
        if touch not in ids or len(ids) < 2:
            return None, next((one for one in ids if one != touch), None)
        place = ids.index(touch)
        return ids[place - 1], ids[(place + 1) % len(ids)]


def _list(asked: Asked) -> Response:
    with asked.site.db.reading() as connection:
        seat = seat_of(connection, asked.visitor, asked.now, asked.zone)
        queue = _queue(asked, connection, seat)
        whys = {row.touch: _why(asked, connection, row) for row in queue.rows[:MOST_ROWS]}
    shown = queue.rows[:MOST_ROWS]
    asked.looked_at({row.lead for row in shown}, LIST)
    return asked.page("drafts.html", queue=queue, rows=shown, whys=whys, after=_after(asked), tomorrow=_tomorrow(asked))


def _one(asked: Asked) -> Response:
    return show(_reading(asked))


def _do(asked: Asked) -> Response:
    return decide(_reading(asked))


def _reading(asked: Asked) -> Reading:
    try:
        touch = int(asked.request.path_params["touch"])
    except ValueError:
        raise hidden() from None
    if not 0 < touch <= LARGEST:
        raise hidden()
    with asked.site.db.reading() as connection:
        seat = seat_of(connection, asked.visitor, asked.now, asked.zone)
        one = paper_for(connection, seat, touch)
        queue = _queue(asked, connection, seat)
    back, on = queue.around(touch)

    def then(word: str) -> Response:
        return asked.go(f"{LIST}?after={word}" if on is None else f"{LIST}/{on}?after={word}")

    around = {"queue": queue, "back": back, "on": on, "after": _after(asked)}
    return Reading(asked, asked.visitor, seat, one, ONE, then, around)


def _queue(asked: Asked, connection: Connection, seat: Seat) -> Queue:
    found = [
        row for row in to_sign.waiting(connection, seat.signers, asked.now)
        if seat.may_sign(row.signer, row.owner, confidential=row.confidential)
    ]  # fmt: skip
    rows = in_order(found, asked.site.settings.vocabularies.tiers)
    since = day_start(local_date(asked.now, asked.zone), asked.zone)
    done = to_sign.decided_since(connection, seat.signers, since)
    return Queue(rows, done, not_in_time((row.deadline_at or 0 for row in rows), asked.now))


def _why(asked: Asked, connection: Connection, row: Waiting) -> str:
    rule = asked.site.books.rule(connection, row.rule, row.revision)
    return rule.summary if rule and rule.summary else row.rule


def _after(asked: Asked) -> str:
    """What was done with the draft before, where it leads on from there."""
    said = asked.request.query_params.get("after", "")
    return said if said in ("signed", "rejected") else ""


def _tomorrow(asked: Asked) -> int:
    return day_start(local_date(asked.now, asked.zone) + timedelta(days=1), asked.zone)


routes = [page(LIST, _list, REPS), page(ONE, _one, REPS), act(ONE, _do, REPS)]
