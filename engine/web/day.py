"""A rep's day: what waits for him in order, each with a button for what came of it; what may not have arrived; and
what he says of the day himself.

A button sends its form and comes back to this page. With htmx the page stays where it is; without, it loads anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, get_args

from starlette.responses import Response

from engine.domain.civil import day_start, local_date
from engine.domain.words import Touch
from engine.ground.errors import FollowupError
from engine.stages.answers.answer import Answered, answer, undo
from engine.stages.compose.posting import posting_of
from engine.stages.dispatch.resolve import Decision, resolve
from engine.stages.dispatch.ways import ways_of
from engine.store.book import digest_rows
from engine.store.book.digest_rows import Line
from engine.store.database import Connection
from engine.store.facts.day_notes import DayNote, day_notes, write_day_note
from engine.store.lookups import rep_day
from engine.store.lookups.handed import Handed, handed
from engine.store.lookups.rep_day import Appointment, Doubt
from engine.store.outbox import answering
from engine.web.answer_form import reply_of
from engine.web.asked import Asked
from engine.web.outcomes import labelled
from engine.web.routing import REPS, act, hidden, page
from engine.web.tasks import row_of, why_of
from engine.web.visitors import Sight

PATH = "/day"
MOST_TASKS = 200
"""Rows of the longest day that is shown. Ours."""

LONGEST_NOTE = 1_000
"""Characters of what a rep says of his day. Ours."""

ONE_TAP = ("reached", "no_answer")
"""Outcomes that have a button in the list, where config.yaml has them; the others are a page further."""


def _day(asked: Asked) -> Response:
    return _page(asked)


def _page(asked: Asked, problem: str = "", status: int = 200) -> Response:
    today = local_date(asked.now, asked.zone)
    since, until = day_start(today, asked.zone), day_start(today + timedelta(days=1), asked.zone)
    rep = asked.visitor.rep
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        found = rep_day.tasks(connection, rep, since, until, asked.now, MOST_TASKS, _done(asked))
        rows = [row_of(asked, connection, sight, task, since) for task in found]
        drafts = [one for one in digest_rows.drafts_of(connection, [rep], since) if one.state == Touch.DRAFT]
        doubts = _doubts(connection, sight)
        tasks = _tasks(connection, sight)
        meetings = [one for one in rep_day.appointments(connection, rep, since, until) if _seen(sight, one)]
        note = next(iter(day_notes(connection, today, [rep])), None)
        whys = {one.delivery: why_of(asked, connection, one.rule, one.revision) for one in doubts}
    seen = {one.lead for many in (drafts, doubts, tasks, meetings) for one in many if _seen(sight, one)}
    seen |= {row.task.lead for row in rows if row.named}
    asked.looked_at(seen, PATH)
    words = asked.site.settings.vocabularies
    known = (*words.effective_outcomes, *words.attempt_outcomes)
    return asked.page(
        "day.html", status, today=today, problem=problem, done=_done(asked),
        late=[row for row in rows if row.late], rows=[row for row in rows if not row.late],
        count=sum(not row.said for row in rows), drafts=drafts, doubts=doubts, tasks=tasks,
        postings={one.delivery: posting_of(one, asked.site.settings, today) for one in tasks},
        whys=whys, meetings=meetings, seen=seen, note=note,
        taps=labelled(asked, [word for word in ONE_TAP if word in known]),
    )  # fmt: skip


def _done(asked: Asked) -> int | None:
    """The reminder that was just answered."""
    said = asked.request.query_params.get("done", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None


def _doubts(connection: Connection, sight: Sight) -> list[Doubt]:
    """Of his customers, and of theirs for whom he stands in or whose manager he is."""
    found: Sequence[Doubt] = rep_day.doubts(connection, sorted(sight.owners))
    return [one for one in found if _seen(sight, one)]


def _tasks(connection: Connection, sight: Sight) -> list[Handed]:
    """What he sends his customers himself, and theirs for whom he stands in or whose manager he is."""
    return [one for one in handed(connection, sorted(sight.owners)) if _seen(sight, one)]


def _seen(sight: Sight, one: Line | Doubt | Handed | Appointment) -> bool:
    return not one.confidential or sight.sees(one.owner, confidential=True)


def _answer(asked: Asked) -> Response:
    """What came of one of his reminders; or that was a mistake."""
    site, rep = asked.site, asked.visitor.rep
    touch: int = asked.request.path_params["touch"]
    with site.db.reading() as connection:
        row = answering.reminder(connection, touch)
    if row is None or row.receiver != rep:
        raise hidden()
    try:
        if asked.field("answer") == "undo":
            undo(site.db, touch, rep, asked.now)
        else:
            reply = reply_of(asked.field, site.settings, local_date(asked.now, asked.zone))
            answer(site.db, site.means(), touch, reply, rep, asked.now)
    except Answered:
        pass  # somebody was quicker; the row says what came of it
    except FollowupError as error:
        return _page(asked, asked.why(error), 400)
    return asked.go(f"{PATH}?done={touch}#t{touch}")


def _settle(asked: Asked) -> Response:
    """What a person found out about a message that may not have arrived, or did with one that he sends himself."""
    wanted: int = asked.request.path_params["delivery"]
    decision: Any = asked.field("decision")
    with asked.site.db.reading() as connection:
        sight = asked.visitor.sight(connection)
        mine = {one.delivery for one in _doubts(connection, sight)}
        mine |= {one.delivery for one in _tasks(connection, sight)}
    if wanted not in mine or decision not in get_args(Decision):
        raise hidden()
    try:
        resolve(asked.site.db, wanted, decision, asked.visitor.rep, asked.now, ways_of(asked.site.settings))
    except FollowupError as error:
        return _page(asked, asked.why(error), 400)
    return asked.go(PATH)


def _note(asked: Asked) -> Response:
    """What stood in his way today, and what he does about it: for the day's report."""
    day = local_date(asked.now, asked.zone).isoformat()
    problems, measures = (asked.field(name).strip()[:LONGEST_NOTE] for name in ("problems", "measures"))
    with asked.site.db.writing() as connection:
        write_day_note(connection, DayNote(asked.visitor.rep, day, problems, measures), asked.now)
    return asked.go(PATH)


routes = [
    page(PATH, _day, REPS),
    act("/day/note", _note, REPS),
    act("/day/touch/{touch:serial}", _answer, REPS),
    act("/day/doubt/{delivery:serial}", _settle, REPS),
]
