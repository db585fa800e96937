"""The link of a mail that a draft waits: the right to this one draft, as the rep whom the mail was sent to."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from engine.domain.links import BadLink, Purpose, verify
from engine.stages.compose.links import signing_of
from engine.store.outbox.to_sign import paper
from engine.web.asked import Asked
from engine.web.draft_page import Reading, decide, show
from engine.web.paths import path_of_ours
from engine.web.routing import act, hidden, page
from engine.web.seats import seat_of
from engine.web.visitors import rep_visitor
from engine.web.wording import language_of

PATH = "/sign/{token}"


def _show(asked: Asked) -> Response:
    reading = _open(asked)
    return _passed_on(asked) if reading is None else show(reading)


def _do(asked: Asked) -> Response:
    reading = _open(asked)
    return _passed_on(asked) if reading is None else decide(reading)


def _open(asked: Asked) -> Reading | None:
    """What the token opens; None: the draft has gone on to somebody else. One that does not hold opens nothing."""
    site = asked.site
    try:
        link = verify(asked.request.path_params["token"], Purpose.SIGN, site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    touch_id, rep_id = signing_of(link)
    with site.db.reading() as connection:
        one, found = paper(connection, touch_id), rep_visitor(connection, rep_id)
        if one is None or found is None:
            raise hidden()
        visitor, rep = found
        seat = seat_of(connection, visitor, asked.now, rep.timezone)
    if not seat.may_sign(one.signer, one.owner, confidential=one.confidential):
        return None
    language = language_of(rep.locale, site.settings.defaults.locale)
    his = replace(asked, language=language, zone=rep.timezone)

    def then(_word: str) -> Response:
        return asked.go(path_of_ours(asked.request.url.path))

    return Reading(his, visitor, seat, one, PATH, then, {"queue": None, "back": None, "on": None, "after": ""})


def _passed_on(asked: Asked) -> Response:
    return asked.page("draft_passed_on.html")


routes = [page(PATH, _show, None), act(PATH, _do, None, own_form=False)]
