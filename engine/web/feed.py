"""A rep's plan as a calendar that his phone subscribes to: appointments and reminders, by a link of his own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from starlette.responses import Response

from engine.domain.civil import DAY, day_start, local_date, utc_date, utc_midnight
from engine.domain.keys import MEETING, meeting_key
from engine.domain.links import BadLink, Link, Purpose, url_of, verify
from engine.store.database import Connection
from engine.store.facts.looks import looked_at_since
from engine.store.lookups import rep_day
from engine.store.lookups.colleagues import Colleague
from engine.store.lookups.rep_day import Appointment, Task
from engine.web.asked import Asked
from engine.web.ics import Entry, write_calendar
from engine.web.routing import hidden, page
from engine.web.site import Site
from engine.web.tasks import why_of
from engine.web.visitors import Sight, Visitor, rep_visitor
from engine.web.wording import language_of

PATH = "/feed/{token}.ics"
BACK, AHEAD = 14 * DAY, 92 * DAY
"""How far back and ahead it reaches. Ours."""
MOST = 1_000
REMINDER = 15
"""Minutes that a reminder takes in the calendar. Ours."""


def feed_url(site: Site, rep: str, now: int) -> str:
    """Where a rep's calendar is: the same all year, and good until the end of the next one."""
    link = Link(Purpose.FEED, rep, utc_midnight(date(utc_date(now).year + 2, 1, 1)))
    return f"{url_of(site.web.base_url, link, site.keys)}.ics"


def _feed(asked: Asked) -> Response:
    site = asked.site
    try:
        link = verify(asked.request.path_params["token"], Purpose.FEED, site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    with site.db.reading() as connection:
        found = rep_visitor(connection, link.subject)
        if found is None:
            raise hidden()
        visitor, rep = found
        his = _as_rep(asked, visitor, rep)
        leads, entries = _entries(his, connection, visitor.sight(connection), rep.id)
        today = day_start(local_date(asked.now, his.zone), his.zone)
        known = looked_at_since(connection, visitor.name, PATH, today)
    his.looked_at(leads - known, PATH)
    return _file(his, rep, entries)


def _as_rep(asked: Asked, visitor: Visitor, rep: Colleague) -> Asked:
    language = language_of(rep.locale, asked.site.settings.defaults.locale)
    return replace(asked, visitor=visitor, called=rep.name, language=language, zone=rep.timezone)


def _file(asked: Asked, rep: Colleague, entries: Sequence[Entry]) -> Response:
    """The file, or that the calendar has it already."""
    mark = hashlib.blake2b(repr((rep.name, asked.language, entries)).encode(), digest_size=16).hexdigest()
    headers = {"ETag": f'"{mark}"', "Cache-Control": "private, no-cache"}
    if f'"{mark}"' in asked.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    name = asked.t("feed.name", name=rep.name)
    host = asked.site.settings.company.domain
    file = write_calendar(name, entries, host, asked.now)
    return Response(file, media_type="text/calendar", headers=headers)


def _entries(asked: Asked, connection: Connection, sight: Sight, rep: str) -> tuple[set[str], list[Entry]]:
    """Everything of his in the span, and the customers that are named in it."""
    since, until = asked.now - BACK, asked.now + AHEAD
    meetings = [one for one in rep_day.appointments(connection, rep, since, until) if _named(sight, one)]
    tasks = rep_day.tasks_between(connection, rep, since, until, asked.now, MOST)
    entries = [_meeting(asked, one) for one in meetings]
    entries += [_reminder(asked, connection, one, _named(sight, one)) for one in tasks]
    leads = {one.lead for one in meetings} | {one.lead for one in tasks if _named(sight, one)}
    return leads, sorted(entries, key=lambda one: (one.starts_at, one.key))


def _named(sight: Sight, one: Task | Appointment) -> bool:
    return not one.confidential or sight.sees(one.owner, confidential=True)


def _meeting(asked: Asked, one: Appointment) -> Entry:
    what = f"{_who(one)}: {one.purpose}" if one.purpose else _who(one)
    page_of = _page_of(asked, one.lead)
    return Entry(meeting_key(one.id), one.at, MEETING, what, one.note, page_of, True, one.judge_version, None)


def _reminder(asked: Asked, connection: Connection, one: Task, named: bool) -> Entry:
    why = why_of(asked, connection, one.rule, one.revision)
    name, url = asked.t("day.confidential"), f"{asked.site.web.base_url.rstrip('/')}/day"
    if named:
        name, url = _who(one), _page_of(asked, one.lead)
    changed = max((at for at in (one.settled_at, one.answered_at) if at is not None), default=None)
    return Entry(
        one.occurrence_key, one.due_at, REMINDER, f"{'✓ ' if one.is_done else ''}{name}", why, url, False,
        one.judge_version + one.snoozes, changed,
    )  # fmt: skip


def _who(one: Task | Appointment) -> str:
    return f"{one.name} · {one.company}" if one.company else one.name


def _page_of(asked: Asked, lead: str) -> str:
    return f"{asked.site.web.base_url.rstrip('/')}/lead/{quote(lead)}"


routes = [page(PATH, _feed, None)]
