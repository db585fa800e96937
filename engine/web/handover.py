"""/handover: a colleague leaves, and another one takes over; what moves is shown before it does."""

from __future__ import annotations

from starlette.responses import Response

from engine.ground.errors import FollowupError
from engine.stages.gates.records import reasons
from engine.stages.handover import HandedOver, leave
from engine.store.database import Connection
from engine.store.lookups.colleagues import Colleague, colleagues, managed_by
from engine.store.lookups.customers import lead_by_id
from engine.store.lookups.hands import in_hands
from engine.web.asked import Asked
from engine.web.routing import DESK, act, hidden, page
from engine.web.visitors import Role

PATH = "/handover"
_ROLES: tuple[Role, ...] = ("manager", *DESK)


def _show(asked: Asked) -> Response:
    """The form; with both named in the address, what would move."""
    query = asked.request.query_params
    return _page(asked, query.get("leaver", ""), query.get("to", ""))


def _page(asked: Asked, leaver: str, to: str, problem: str = "", status: int = 200) -> Response:
    with asked.site.db.reading() as connection:
        leavers, takers = _may_leave(asked, connection), _may_take_over(asked, connection)
        chosen = _of(leavers, leaver) if leaver else None
        taking = _of(takers, to) if to else None
        hands = in_hands(connection, leaver, asked.now) if chosen and taking and chosen != taking else None
    if chosen and chosen == taking:
        problem, status = asked.t("handover.himself"), 400
    return asked.page(
        "handover.html", status, leavers=leavers, takers=takers, leaver=chosen, to=taking, hands=hands, problem=problem
    )


def _hand_over(asked: Asked) -> Response:
    site = asked.site
    with site.db.reading() as connection:
        leaver = _of(_may_leave(asked, connection), asked.field("leaver"))
        to = _of(_may_take_over(asked, connection), asked.field("to"))
    if not asked.field("sure"):
        return _page(asked, leaver.id, to.id, asked.t("handover.not_sure"), 400)
    actor = asked.visitor.rep or asked.visitor.name
    try:
        done = leave(site.db, site.settings, site.gates(), leaver.id, to.id, actor, asked.now)
    except FollowupError as error:
        return _page(asked, leaver.id, to.id, asked.why(error), 400)
    return asked.page("handed_over.html", leaver=leaver, to=to, done=done, refused=_refused(asked, done))


def _refused(asked: Asked, done: HandedOver) -> list[tuple[str, str]]:
    """The customers whom gates keep, with what these said; of one he may not know, neither."""
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        told = []
        for lead_id, objections in done.refused:
            lead = lead_by_id(connection, lead_id) or {}
            seen = sight.sees(lead.get("owner"), confidential=bool(lead.get("confidential")))
            told.append((lead_id, str(lead.get("name")), reasons(objections, asked.language), seen))
    asked.looked_at({lead_id for lead_id, _, _, seen in told if seen}, PATH)
    return [(name, why) if seen else (asked.t("day.confidential"), "") for _, name, why, seen in told]


def _may_leave(asked: Asked, connection: Connection) -> list[Colleague]:
    """Of whom the visitor may say that he leaves: a manager of his reps, the desk of everybody."""
    everybody = colleagues(connection)
    if not asked.visitor.rep:
        return everybody
    team = managed_by(connection, asked.visitor.rep)
    return [one for one in everybody if one.id in team]


def _may_take_over(asked: Asked, connection: Connection) -> list[Colleague]:
    """A manager gives to his reps or takes over himself."""
    mine = [one for one in colleagues(connection) if one.id == asked.visitor.rep]
    return _may_leave(asked, connection) + mine


def _of(among: list[Colleague], rep_id: str) -> Colleague:
    found = next((one for one in among if one.id == rep_id), None)
    if found is None:
        raise hidden()
    return found


routes = [page(PATH, _show, _ROLES), act(PATH, _hand_over, _ROLES)]
