"""The page behind the links of a reminder: who it is about, what became of it, what was learned.

The token is the right to this one reminder, as its receiver: no session, and nothing else can be seen with it.
Opening it changes nothing; the buttons do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from engine.domain.civil import local_date
from engine.domain.links import BadLink, Link, Purpose, verify
from engine.ground.errors import FollowupError
from engine.stages.answers.answer import Answered, Said, Spend, answer, undo
from engine.stages.answers.coming import coming
from engine.stages.answers.means import Means
from engine.stages.answers.shown import Shown, shown
from engine.stages.compose.links import touch_of
from engine.store.database import Connection
from engine.store.facts.links import Use, renew_link, use_link, use_of
from engine.store.lookups.colleagues import Colleague, colleagues
from engine.web.answer_form import PUT_OFF, news_of, reply_of
from engine.web.asked import Asked
from engine.web.outcomes import labelled, telling, word_of
from engine.web.paths import path_of_ours
from engine.web.routing import act, hidden, page
from engine.web.visitors import Visitor, rep_visitor
from engine.web.wording import language_of

PATH = "/act/{token}"


class Used(FollowupError):
    """The link was used in the meantime."""


@dataclass(frozen=True)
class Opened:
    """A link that holds: its reminder, the rep it was sent to, and what was done with it."""

    asked: Asked
    link: Link
    means: Means
    reminder: Shown
    rep: Colleague
    visitor: Visitor
    sees_all: bool
    use: Use | None

    @property
    def said(self) -> Said | None:
        """The answer that stands, or what this very link was used for; None: it is open."""
        if self.reminder.said is not None:
            return self.reminder.said
        return Said(self.use.outcome, self.use.actor, self.use.used_at, {}) if self.use else None


def _show(asked: Asked) -> Response:
    opened = _open(asked)
    replace(opened.asked, visitor=opened.visitor).looked_at([opened.reminder.lead], PATH)
    if opened.said is not None:
        return _answered(opened, opened.said)
    return _form(opened)


def _do(asked: Asked) -> Response:
    opened = _open(asked)
    here = path_of_ours(asked.request.url.path)
    if asked.field("answer") == "undo":
        return _undo(opened, here)
    if opened.said is not None:
        return asked.go(here)
    today = local_date(asked.now, opened.asked.zone)
    try:
        reply = reply_of(asked.field, asked.site.settings, today)
        news = news_of(asked.field)
        if reply is None and not news:
            return _form(opened, opened.asked.t("act.nothing"), 400)
        answer(
            asked.site.db, opened.means, opened.reminder.touch, reply, opened.rep.id, asked.now, news, _spend(opened)
        )
    except (Used, Answered):
        return asked.go(here)  # somebody was quicker; the page says who
    except FollowupError as error:
        return _form(opened, opened.asked.why(error), 400)
    return asked.go(here if reply is not None else f"{here}?told=1")


def _undo(opened: Opened, here: str) -> Response:
    def renewed(connection: Connection, _word: str) -> None:
        renew_link(connection, opened.link)

    try:
        undo(opened.asked.site.db, opened.reminder.touch, opened.rep.id, opened.asked.now, renewed)
    except FollowupError:
        return opened.asked.go(here)  # it cannot be undone any more; the page says what stands
    return opened.asked.go(here)


def _spend(opened: Opened) -> Spend:
    def spend(connection: Connection, word: str) -> None:
        if not use_link(connection, opened.link, Use(word, opened.rep.id, opened.asked.now)):
            raise Used("this link was used in the meantime")

    return spend


def _open(asked: Asked) -> Opened:
    """What the token in the path opens. A link that does not hold looks like a page that is not there."""
    site = asked.site
    try:
        link = verify(asked.request.path_params["token"], Purpose.ACT, site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    means = site.means()
    with site.db.reading() as connection:
        reminder = shown(connection, means, touch_of(link)[0])
        found = rep_visitor(connection, reminder.receiver) if reminder else None
        if reminder is None or found is None:
            raise hidden()
        visitor, rep = found
        open_to_all = not reminder.confidential and not reminder.moved_on
        sees_all = open_to_all or visitor.may_see(connection, reminder.owner, confidential=reminder.confidential)
        use = use_of(connection, link)
    his = replace(asked, language=language_of(rep.locale, site.settings.defaults.locale), zone=rep.timezone)
    return Opened(his, link, means, reminder if sees_all else _nameless(reminder, his), rep, visitor, sees_all, use)


def _nameless(reminder: Shown, asked: Asked) -> Shown:
    """Without anything of the customer's: he has become confidential, or somebody else's."""
    name = asked.t("day.confidential") if reminder.confidential else asked.t("act.moved_on")
    return replace(
        reminder, name=name, salutation="", company="", phone="", wrong=frozenset(), addresses=(), talk="", hope=""
    )


def _form(opened: Opened, problem: str = "", status: int = 200) -> Response:
    asked, settings = opened.asked, opened.asked.site.settings
    words = settings.vocabularies
    with asked.site.db.reading() as connection:
        others = [one for one in colleagues(connection) if one.id != opened.rep.id]
    today = local_date(asked.now, asked.zone)
    wanted = asked.request.query_params.get("do", "")
    contacts = labelled(asked, words.effective_outcomes)
    attempts = labelled(asked, words.attempt_outcomes)
    return asked.page(
        "action.html", status, **_common(opened), problem=problem, contacts=contacts, attempts=attempts,
        wanted=wanted if wanted in (*dict(contacts), *dict(attempts), *PUT_OFF) else "", others=others,
        label=dict((*contacts, *attempts)), put_off=list(PUT_OFF), told="told" in asked.request.query_params,
        tomorrow=(today + timedelta(days=1)).isoformat(), **telling(asked, today),
    )  # fmt: skip


def _answered(opened: Opened, said: Said) -> Response:
    asked = opened.asked
    with asked.site.db.reading() as connection:
        names = {one.id: one.name for one in colleagues(connection)}
    to, field = str(said.facts.get("to", "")), str(said.facts.get("field", ""))
    return asked.page(
        "answered.html", **_common(opened), said=said, by=names.get(said.actor, said.actor),
        word=word_of(asked, said.word), to=names.get(to, to), field=field, again=said.facts.get("due_at"),
        undoable=said.undoable and opened.reminder.said is not None,
    )  # fmt: skip


def _common(opened: Opened) -> dict[str, Any]:
    """What both pages show: the customer, and what comes next for him."""
    asked, reminder = opened.asked, opened.reminder
    rows = coming(asked.site.db, opened.means, reminder.lead, asked.now) if opened.sees_all else []
    return {
        "reminder": reminder, "sees_all": opened.sees_all, "rep": opened.rep,
        "coming": [one for one in rows if one.touch != reminder.touch],
    }  # fmt: skip


routes = [page(PATH, _show, None), act(PATH, _do, None, own_form=False)]
