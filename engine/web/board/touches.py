"""One touch with all that was said of it and all that befell its messages; and what a person may decide about it."""

from __future__ import annotations

from typing import cast

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.domain.words import Audience, Delivery
from engine.ground.errors import FollowupError
from engine.stages.dispatch import resolve as dispatch
from engine.store.lookups import lookups
from engine.store.lookups.customers import rep_names
from engine.store.lookups.sendings import sendings, touch_of
from engine.store.lookups.touch_lists import Listed, listed
from engine.store.outbox.signing import draft_of
from engine.web.asked import Asked
from engine.web.board.queue import RETRIED
from engine.web.board.rows import BOARD, owners_seen, query, shown
from engine.web.routing import act, hidden, page

MOST = 2**63 - 1
"""What the database can count to."""
DECISIONS = ("sent", "resend", "drop")
DONE = ("retry", *DECISIONS)


def _show(asked: Asked) -> Response:
    return _page(asked, _touch(asked, _number(asked)))


def _retry(asked: Asked) -> Response:
    touch = _touch(asked, _number(asked))
    if touch.audience == Audience.LEAD and not _confirmed(asked):
        return _page(asked, touch, "confirm")
    try:
        dispatch.retry(asked.site.db, touch.id, asked.visitor.name, asked.now)
    except FollowupError:
        return _page(asked, _touch(asked, touch.id), "changed")
    return asked.go(f"/board/touch/{touch.id}?done=retry")


def _resolve(asked: Asked) -> Response:
    delivery, decision = _number(asked), asked.field("decision")
    if decision not in DECISIONS:
        raise HTTPException(400)
    with asked.site.db.reading() as connection:
        touch = _touch(asked, touch_of(connection, delivery))
    if decision == "resend" and not _confirmed(asked):
        return _page(asked, touch, "confirm")
    chosen = cast(dispatch.Decision, decision)
    try:
        dispatch.resolve(asked.site.db, delivery, chosen, asked.visitor.name, asked.now)
    except FollowupError:
        return _page(asked, _touch(asked, touch.id), "changed")
    return asked.go(f"/board/touch/{touch.id}?done={decision}")


def _confirmed(asked: Asked) -> bool:
    """What goes to a customer again needs a second step: the forms of lists never say this."""
    return asked.field("confirmed") == "yes"


def _number(asked: Asked) -> int:
    number: int = asked.request.path_params["id"]
    if number > MOST:
        raise hidden()
    return number


def _touch(asked: Asked, touch_id: int | None) -> Listed:
    """The touch, if it is his business."""
    with asked.site.db.reading() as connection:
        owners = owners_seen(asked.visitor.sight(connection))
        touch = None if touch_id is None else listed(connection, touch_id)
    if touch is None or (owners is not None and touch.owner not in owners):
        raise hidden()
    return touch


def _page(asked: Asked, touch: Listed, problem: str = "") -> Response:
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        said = lookups.verdicts(connection, [touch.id]).get(touch.id, [])
        sent = sendings(connection, touch.id)
        names, draft = rep_names(connection), draft_of(connection, touch.id)
    (one,) = shown(asked, sight, [touch], "/board/touch/{id}")
    done = query(asked, "done")
    return asked.page(
        "board_touch.html", 409 if problem else 200, problem=problem, done=done if done in DONE else "", one=one,
        touch=touch, verdicts=said, sendings=sent, retried=touch.state in RETRIED, doubt=Delivery.IN_DOUBT,
        to_customer=touch.audience == Audience.LEAD, names=names,
        draft=draft if one.named else None,
    )  # fmt: skip


routes = [
    page("/board/touch/{id:serial}", _show, BOARD),
    act("/board/touch/{id:serial}/retry", _retry, BOARD),
    act("/board/delivery/{id:serial}/resolve", _resolve, BOARD),
]
