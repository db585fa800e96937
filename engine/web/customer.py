"""A customer as his rep knows him: how to reach him, his days, what was said, what comes next; and a form for more."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from engine.domain.civil import local_date
from engine.ground.errors import FollowupError
from engine.stages.answers.coming import coming
from engine.stages.answers.replies import Talked
from engine.stages.answers.tell import tell
from engine.store.database import Connection
from engine.store.facts.gifts import gifts_of
from engine.store.facts.suppressions import wrong_fields
from engine.store.lookups import customers
from engine.store.lookups.customers import Row
from engine.web import facts as groups
from engine.web import gifts, portrait
from engine.web.answer_form import news_of, reply_of
from engine.web.asked import Asked
from engine.web.outcomes import labelled, telling, word_of
from engine.web.routing import PEOPLE, act, hidden, page

PATH = "/lead/{lead:path}"
ROUTE = "/lead/{lead}"
"""As looks name it."""
WAYS = ("phone", "visit", "video", "wecom", "wechat", "email", "sms")
"""How a rep talks with a customer."""
MOST_TALKS = 50
"""Talks that are shown, the latest. Ours."""


def _show(asked: Asked) -> Response:
    return _page(asked)


def _page(asked: Asked, problem: str = "", status: int = 200) -> Response:
    site = asked.site
    with site.db.reading() as connection:
        lead = _lead(asked, connection)
        facts = _facts(asked, connection, lead["id"])
        given = gifts_of(connection, [lead["id"]]).get(lead["id"], ())
    asked.looked_at([lead["id"]], ROUTE)
    words = site.settings.vocabularies
    about = {**portrait.shown(site.settings, lead, {kind for kind, *_ in facts["dates"]}),
             **gifts.shown(asked, lead, given), **groups.shown(site.settings, lead)}  # fmt: skip
    return asked.page(
        "customer.html", status, lead=lead, name=lead["name"], problem=problem, **facts, **about,
        told="told" in asked.request.query_params, channels=WAYS, once=secrets.token_urlsafe(12),
        coming=coming(site.db, site.means(), lead["id"], asked.now),
        contacts=labelled(asked, words.effective_outcomes), attempts=labelled(asked, words.attempt_outcomes),
        **telling(asked, local_date(asked.now, asked.zone)),
    )  # fmt: skip


def _lead(asked: Asked, connection: Connection) -> Row:
    """The customer, if there is one of that id and the visitor may see him."""
    lead = customers.lead_by_id(connection, asked.request.path_params["lead"])
    if lead is None or lead["erased_at"] is not None:
        raise hidden()
    if not asked.visitor.may_see(connection, lead["owner"], confidential=lead["confidential"]):
        raise hidden()
    return lead


def _facts(asked: Asked, connection: Connection, lead_id: str) -> dict[str, Any]:
    names = customers.rep_names(connection)
    talks = customers.interactions_of(connection, lead_id, MOST_TALKS)
    records, dates = customers.records_of(connection, lead_id), customers.dates_of(connection, lead_id)
    return {
        "names": names, "wrong": wrong_fields(connection, lead_id),
        "dates": [(one["kind"], _day(one), one["calendar"] == "lunar") for one in dates],
        "appointments": sorted(
            (one for one in records if one["kind"] == "appointment" and (one["starts_at"] or 0) >= asked.now),
            key=lambda one: one["starts_at"],
        ),
        "records": [one for one in records if one["kind"] != "appointment"],
        "opportunities": [one for one in customers.opportunities_of(connection, lead_id) if one["open"]],
        "talks": [(one, word_of(asked, one["outcome"])) for one in talks],
    }  # fmt: skip


def _day(row: Row) -> str:
    """A day of his life as it is imported: `1988-05-12`, `05-12` without a year, an `L` before a leap month."""
    year = f"{row['year']:04d}-" if row["year"] else ""
    return f"{year}{'L' if row['leap'] else ''}{row['month']:02d}-{row['day']:02d}"


def _tell(asked: Asked) -> Response:
    site = asked.site
    with site.db.reading() as connection:
        lead_id: str = _lead(asked, connection)["id"]
    try:
        reply = reply_of(asked.field, site.settings, local_date(asked.now, asked.zone))
        if reply is not None and not isinstance(reply, Talked):
            raise hidden()
        actor = asked.visitor.rep or asked.visitor.name
        tell(site.db, site.means(), lead_id, reply, news_of(asked.field), actor, asked.now, asked.field("once"))
    except FollowupError as error:
        return _page(asked, asked.why(error), 400)
    return asked.go(f"/lead/{quote(lead_id)}?told=1")


def _learn(asked: Asked) -> Response:
    """The answers to questionnaires, facts of the portrait, and how close he is."""
    site = asked.site
    with site.db.reading() as connection:
        lead = _lead(asked, connection)
        dates = {one["kind"] for one in customers.dates_of(connection, lead["id"])}
    try:
        portrait.write(asked, lead, portrait.shown(site.settings, lead, dates)["portrait"])
    except FollowupError as error:
        return _page(asked, asked.why(error), 400)
    return asked.go(f"/lead/{quote(lead['id'])}?told=1")


def _note(asked: Asked) -> Response:
    """Attributes of his, by their groups."""
    with asked.site.db.reading() as connection:
        lead = _lead(asked, connection)
    try:
        groups.write(asked, lead)
    except FollowupError as error:
        return _page(asked, asked.why(error), 400)
    return asked.go(f"/lead/{quote(lead['id'])}?told=1")


def _give(asked: Asked) -> Response:
    """A gift that he was given."""
    with asked.site.db.reading() as connection:
        lead_id: str = _lead(asked, connection)["id"]
    try:
        gifts.write(asked, lead_id)
    except FollowupError as error:
        return _page(asked, asked.why(error), 400)
    return asked.go(f"/lead/{quote(lead_id)}?told=1")


routes = [
    page(PATH, _show, PEOPLE), act(PATH, _tell, PEOPLE), act(portrait.PATH, _learn, PEOPLE),
    act(gifts.PATH, _give, PEOPLE), act(groups.PATH, _note, PEOPLE),
]  # fmt: skip
