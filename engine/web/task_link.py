"""The links of a mail that tells a rep what to send himself: the right to say what came of it, as that rep.

Opening the page changes nothing; its buttons do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from engine.domain.civil import local_date
from engine.domain.links import BadLink, Purpose, verify
from engine.ground.errors import FollowupError
from engine.stages.compose.links import TASK_ANSWERS, task_of
from engine.stages.compose.posting import posting_of
from engine.stages.dispatch.resolve import resolve
from engine.stages.dispatch.ways import ways_of
from engine.store.lookups.handed import Handed, handed
from engine.web.asked import Asked
from engine.web.paths import path_of_ours
from engine.web.routing import act, hidden, page
from engine.web.visitors import rep_visitor
from engine.web.wording import language_of

PATH = "/task/{token}"


@dataclass(frozen=True)
class _Opened:
    """A link that holds. `task`: None once it waits no longer, or for somebody else."""

    asked: Asked
    rep: str
    task: Handed | None


def _show(asked: Asked) -> Response:
    opened = _open(asked)
    if opened.task is not None:
        opened.asked.looked_at([opened.task.lead], PATH)
    return _page(opened)


def _do(asked: Asked) -> Response:
    opened = _open(asked)
    decision: Any = asked.field("decision")
    if opened.task is not None and decision in TASK_ANSWERS:
        ways = ways_of(asked.site.settings)
        try:
            resolve(asked.site.db, opened.task.delivery, decision, opened.rep, asked.now, ways)
        except FollowupError as error:
            return _page(opened, opened.asked.why(error), 400)
    return asked.go(path_of_ours(asked.request.url.path))


def _page(opened: _Opened, problem: str = "", status: int = 200) -> Response:
    wanted = opened.asked.request.query_params.get("do", "")
    first = [one for one in TASK_ANSWERS if one == wanted]
    answers = [*first, *(one for one in TASK_ANSWERS if one not in first)]
    asked = opened.asked
    today = local_date(asked.now, asked.zone)
    posting = posting_of(opened.task, asked.site.settings, today) if opened.task else None
    return asked.page("handed.html", status, one=opened.task, posting=posting, answers=answers, problem=problem)


def _open(asked: Asked) -> _Opened:
    """What the token in the path opens. A link that does not hold looks like a page that is not there."""
    site = asked.site
    try:
        link = verify(asked.request.path_params["token"], Purpose.TASK, site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    delivery, rep_id = task_of(link)
    with site.db.reading() as connection:
        found = rep_visitor(connection, rep_id)
        if found is None:
            raise hidden()
        visitor, rep = found
        sight = visitor.sight(connection)
        his = [one for one in handed(connection, sorted(sight.owners)) if one.delivery == delivery and not one.remote]
        task = next((one for one in his if not one.confidential or sight.sees(one.owner, confidential=True)), None)
    language = language_of(rep.locale, site.settings.defaults.locale)
    return _Opened(replace(asked, visitor=visitor, language=language, zone=rep.timezone), rep_id, task)


routes = [page(PATH, _show, None), act(PATH, _do, None, own_form=False)]
