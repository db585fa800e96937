"""A customer on the board: who has him, what applies to him, and his timeline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from engine.domain.addresses import numbers_meant
from engine.store.database import Connection
from engine.store.facts.circumstances import list_circumstances
from engine.store.lookups.customers import find_exactly, lead_by_id, rep_names
from engine.store.lookups.timeline import KINDS, Moment, timeline
from engine.web.asked import Asked
from engine.web.board.rows import BOARD, PAGE, query
from engine.web.routing import hidden, page

_MOMENT = re.compile(rf"(\d{{1,12}})\.({'|'.join(KINDS)})\.(.{{1,200}})")
_NUMBER = re.compile(r"\d{1,18}")
MOST_FOUND = 20


def customer_seen(asked: Asked, connection: Connection, lead_id: str) -> Mapping[str, Any]:
    """The lead, if the visitor may see him. Hidden: there is none, or he may not."""
    row = lead_by_id(connection, lead_id)
    if row is None:
        raise hidden()
    if not asked.visitor.may_see(connection, row["owner"], confidential=bool(row["confidential"])):
        raise hidden()
    return row


def _lead(asked: Asked) -> Response:
    lead_id = asked.request.path_params["lead"]
    before = _before(asked)
    with asked.site.db.reading() as connection:
        lead = customer_seen(asked, connection, lead_id)
        events = timeline(connection, lead_id, before, PAGE + 1, looks=asked.visitor.role == "admin")
        around = [] if before else list_circumstances(connection, lead_id=lead_id)
        names = rep_names(connection)
    asked.looked_at([lead_id], "/board/lead/{lead}")
    more = ""
    if len(events) > PAGE:
        end = events[PAGE - 1].moment
        more = f"/board/lead/{quote(lead_id)}?before={quote(f'{end.at}.{end.kind}.{end.id}', safe='')}"
    return asked.page(
        "board_lead.html", lead=lead, events=events[:PAGE], around=around, names=names, more=more, first=before is None
    )


def _before(asked: Asked) -> Moment | None:
    """Where the timeline goes on; None: at its latest event."""
    found = _MOMENT.fullmatch(query(asked, "before"))
    if found is None or (found[2] != "interaction" and not _NUMBER.fullmatch(found[3])):
        return None
    return Moment(int(found[1]), found[2], found[3])


def _find(asked: Asked) -> Response:
    """On to the customer of that id, number or address, if there is one whom he may see."""
    text = query(asked, "q").strip()
    numbers = numbers_meant(text, asked.site.settings.defaults.country)
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        found = find_exactly(connection, text, MOST_FOUND, numbers) if text else []
    seen = [row for row in found if sight.sees(row["owner"], confidential=bool(row["confidential"]))]
    if len(seen) == 1:
        return asked.go(f"/board/lead/{quote(seen[0]['id'])}")
    return asked.page("board_find.html", text=text, seen=seen)


routes = [page("/board/find", _find, BOARD), page("/board/lead/{lead:path}", _lead, BOARD)]
