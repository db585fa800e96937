"""/pool: who has no owner, for whoever may take him; who goes back there soon, a rep's or a team's; and handing out.

A confidential customer is in the pool for nobody here: he is handed over by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from engine.domain.changes import POOLED
from engine.domain.civil import DAY
from engine.ground.durations import parse_duration
from engine.ground.errors import FollowupError
from engine.settings.model import Vocabularies
from engine.stages import pool as acts
from engine.stages.compose.gathered import region_in_words
from engine.stages.gates.claims import claims_of, objections_to_claims
from engine.stages.gates.passing import actor_named
from engine.stages.gates.records import Refused
from engine.stages.returning import returning
from engine.store.database import Connection
from engine.store.lookups import pool as lookups
from engine.store.lookups.colleagues import managed_by
from engine.store.lookups.customers import lead_by_id, rep_names
from engine.store.lookups.pool import Taker
from engine.web.asked import Asked
from engine.web.routing import DESK, PEOPLE, REPS, act, hidden, page
from engine.web.visitors import Role

PATH = "/pool"
MOST = 50
"""Leads that are shown, the most important first. Ours."""
SOON = 3 * DAY
"""How long before he goes back a customer is named. The starter warns as early."""
LONGEST_REASON = 200
_GIVERS: tuple[Role, ...] = ("manager", *DESK)


def _show(asked: Asked) -> Response:
    return _page(asked)


def _page(asked: Asked, problem: str = "", status: int = 200, kept: Sequence[str] = ()) -> Response:
    site, rep = asked.site, asked.visitor.rep
    gates, words, refused = site.gates(), site.settings.vocabularies, {}
    claims, soon = None, []
    with site.db.reading() as connection:
        rows = _offered(connection, words)
        size = lookups.pool_size(connection, confidential=False)
        if asked.visitor.role in REPS:
            actor = actor_named(connection, rep)
            claims = claims_of(connection, gates, actor, asked.now)
            refused = objections_to_claims(connection, gates, [row["id"] for row in rows], actor, asked.now)
            whose = {rep} | (managed_by(connection, rep) if asked.visitor.role == "manager" else frozenset())
            soon = returning(site.db, connection, site.means(), whose, asked.now, asked.now + SOON)
        takers, names = _takers(asked, connection), rep_names(connection)
    asked.looked_at({row["id"] for row in rows} | {one.lead for one in soon}, PATH)
    return asked.page(
        "pool.html", status, rows=rows, size=size, claims=claims, refused=refused, soon=soon, takers=takers,
        names=names, problem=problem, kept=kept, rep=rep, given=asked.request.query_params.get("given", ""),
        taken=_name_of(asked),
    )  # fmt: skip


def _offered(connection: Connection, words: Vocabularies) -> list[dict[str, Any]]:
    """The first of the pool, each where he lives in words."""
    rows = lookups.pool(connection, words.tiers, words.grades, MOST, confidential=False)
    return [{**row, "region": region_in_words(row["region"] or "")} for row in rows]


def _name_of(asked: Asked) -> str:
    """The name of the lead whom this rep has just claimed."""
    wanted = asked.request.query_params.get("claimed", "")
    if not wanted or not asked.visitor.rep:
        return ""
    with asked.site.db.reading() as connection:
        lead = lead_by_id(connection, wanted)
    return str(lead["name"]) if lead and lead["owner"] == asked.visitor.rep else ""


def _takers(asked: Asked, connection: Connection) -> list[Taker]:
    """To whom the visitor may hand out: a manager to his reps, the desk to everybody; new reps first."""
    if asked.visitor.role not in _GIVERS:
        return []
    among = asked.visitor.sight(connection).owners if asked.visitor.rep else None
    takers = lookups.takers(connection, parse_duration(asked.site.settings.new_reps), asked.now)
    return [one for one in takers if among is None or one.id in among]


def _claim(asked: Asked) -> Response:
    lead = asked.field("claim")
    if not _is_offered(asked, lead):
        return _page(asked, asked.t("pool.gone"), 409)
    try:
        acts.claim(asked.site.db, asked.site.gates(), lead, asked.visitor.rep, asked.now)
    except FollowupError as error:
        return _page(asked, _said(asked, error), 409)
    return asked.go(f"{PATH}?claimed={quote(lead)}")


def _hand_out(asked: Asked) -> Response:
    to = asked.field("to")
    with asked.site.db.reading() as connection:
        if to not in {one.id for one in _takers(asked, connection)}:
            raise hidden()
    wanted = [str(lead) for lead in asked.form.getlist("lead")]
    offered = [lead for lead in wanted if _is_offered(asked, lead)]
    if not wanted:
        return _page(asked, asked.t("pool.none_chosen"), 400)
    actor = asked.visitor.rep or asked.visitor.name
    done = acts.hand_out(asked.site.db, asked.site.gates(), offered, to, actor, asked.now)
    kept = [_said(asked, error) for _, error in done.kept] + [asked.t("pool.gone")] * (len(wanted) - len(offered))
    if kept:
        return _page(asked, asked.t("pool.handed_out", count=len(done.given)), 409, kept)
    return asked.go(f"{PATH}?given={len(done.given)}")


def _return(asked: Asked) -> Response:
    """A rep gives a customer of his back, and says why."""
    lead_id, why = asked.field("lead"), " ".join(asked.field("why").split())[:LONGEST_REASON]
    with asked.site.db.reading() as connection:
        lead = lead_by_id(connection, lead_id)
    if lead is None or lead["owner"] != asked.visitor.rep:
        raise hidden()
    if not why or not why.isprintable():
        return _page(asked, asked.t("pool.no_reason"), 400)
    try:
        acts.give_back(
            asked.site.db, asked.site.settings, asked.site.gates(), lead_id, asked.visitor.rep, asked.now, why,
            owner=asked.visitor.rep,
        )
    except FollowupError as error:
        return _page(asked, _said(asked, error), 409)
    return asked.go(PATH)


def _said(asked: Asked, error: FollowupError) -> str:
    """A refusal with its evidence; of whoever is not in the pool (any more) not who has him now, nor that he exists."""
    return asked.why(error) if isinstance(error, Refused) else asked.t("pool.gone")


def _is_offered(asked: Asked, lead_id: str) -> bool:
    with asked.site.db.reading() as connection:
        lead = lead_by_id(connection, lead_id)
    return lead is not None and not lead["confidential"] and lead["status"] == POOLED


routes = [
    page(PATH, _show, PEOPLE),
    act("/pool/claim", _claim, REPS),
    act("/pool/return", _return, REPS),
    act("/pool/hand-out", _hand_out, _GIVERS),
]
