"""/unsubscribe/TOKEN: a customer stops what he gets, from the link of a mail, without a session.

Opening it changes nothing. What acts is the button, or the one click of a mail program (RFC 8058), which sends no
cookie. Doing it twice is doing it once. The page says nothing of the customer: the link may have been forwarded.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.domain.links import BadLink, Purpose, verify
from engine.stages.consent import Scope, read_subject, stop_by_link, stopped_scopes
from engine.store.lookups.customers import lead_by_id
from engine.web.asked import Asked, language_cookie
from engine.web.routing import act, hidden, page
from engine.web.wording import LANGUAGES, language_of

PATH = "/unsubscribe/{token}"
KINDS = ("festive", "care", "sales", "service", "admin")
"""The categories that have words; others are called as config.yaml calls them."""
ONE_CLICK = ("List-Unsubscribe", "One-Click")


def _show(asked: Asked) -> Response:
    lead, category = _about(asked)
    return _page(_in_his_language(asked, lead), lead, category, done=False)


def _stop(asked: Asked) -> Response:
    lead, category = _about(asked)
    his = _in_his_language(asked, lead)
    stop_by_link(asked.site.db, asked.site.settings, lead, category, _scope(asked), asked.now)
    return _page(his, lead, category, done=True)


def _about(asked: Asked) -> tuple[str, str]:
    """Whom and which category the link is about."""
    try:
        link = verify(asked.request.path_params["token"], Purpose.UNSUBSCRIBE, asked.site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    return read_subject(link.subject)


def _scope(asked: Asked) -> Scope:
    """A mail program stops what its mail is one of; on the page he chooses."""
    name, value = ONE_CLICK
    if asked.field(name) == value:
        return Scope.CATEGORY
    try:
        return Scope(asked.field("stop"))
    except ValueError:
        raise HTTPException(400) from None


def _in_his_language(asked: Asked, lead_id: str) -> Asked:
    """The language he chose on the page, else the one we write to him in."""
    with asked.site.db.reading() as connection:
        lead = lead_by_id(connection, lead_id)
    if lead is None:
        raise hidden()
    if asked.request.cookies.get(language_cookie(asked.site)) in LANGUAGES:
        return asked
    return replace(asked, language=language_of(str(lead["locale"]), asked.language))


def _page(asked: Asked, lead: str, category: str, *, done: bool) -> Response:
    with asked.site.db.reading() as connection:
        stopped = stopped_scopes(connection, asked.site.settings, lead, category)
    kind = asked.t(f"kind.{category}") if category in KINDS else category
    company = asked.site.settings.company.name
    return asked.page("unsubscribe.html", company=company, kind=kind, stopped=stopped, done=done)


routes = [page(PATH, _show, None), act(PATH, _stop, None, own_form=False)]
