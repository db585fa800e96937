"""One draft on the screen: its words and what lies beside them, and what its buttons do.

The queue and the link of a mail show the same page; they differ in who sits before it and where it leads on to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from engine.domain.words import Touch
from engine.ground.errors import FollowupError
from engine.stages import acts
from engine.stages.compose.distinct import Alike
from engine.stages.compose.other_words import Words, other_words
from engine.stages.compose.templates import Written
from engine.stages.signing.beside import MOST_SHOWN, alike, last_time, neighbours, portrait
from engine.stages.signing.objections import CannotSign
from engine.store.database import Connection
from engine.store.lookups.customers import known_leads, rep_names
from engine.store.outbox.to_sign import Paper, paper
from engine.web.asked import Asked
from engine.web.routing import hidden
from engine.web.seats import Seat
from engine.web.visitors import Visitor

STOPPABLE = (Touch.DRAFT, Touch.SIGNED)


@dataclass(frozen=True)
class Reading:
    """A paper before a visitor who may sign it. `then`: where it leads on to once `signed` or `rejected`."""

    asked: Asked
    visitor: Visitor
    seat: Seat
    paper: Paper
    page: str
    then: Callable[[str], Response]
    around: dict[str, Any]

    @property
    def open(self) -> bool:
        """Whether it can still be signed."""
        one = self.paper
        late = one.deadline_at is not None and one.deadline_at <= self.asked.now
        return one.state == Touch.DRAFT and one.text is not None and not late

    def looked_at(self, leads: Collection[str]) -> None:
        """Put down that he saw these."""
        replace(self.asked, visitor=self.visitor).looked_at(leads, self.page)


@dataclass(frozen=True)
class Said:
    """The words in the form, and what is to be said about them. `warned`: the signer has read what they are like."""

    subject: str
    text: str
    alike: Alike | None = None
    problem: str = ""
    checked: bool = False


def paper_for(connection: Connection, seat: Seat, touch_id: int) -> Paper:
    """That draft; one that is not there looks like one that is not his."""
    found = paper(connection, touch_id)
    if found is None or not seat.may_sign(found.signer, found.owner, confidential=found.confidential):
        raise hidden()
    return found


def show(reading: Reading, said: Said | None = None, status: int = 200) -> Response:
    """The draft to be signed; or, where that is over, what became of it."""
    one = reading.paper
    if not reading.open:
        return _over(reading, status)
    asked = reading.asked
    with asked.site.db.reading() as connection:
        if said is None:
            said = Said(one.subject or "", one.text or "", alike(connection, asked.site.shelf, one, one.text or ""))
        context = _context(reading, connection, said)
    reading.looked_at({one.lead} | {near.lead for near in context.pop("seen")})
    return asked.page("draft.html", status, **context, **reading.around)


def decide(reading: Reading) -> Response:
    """What the button that was pressed asks for."""
    match reading.asked.field("do"):
        case "sign":
            return _sign(reading)
        case "reject":
            return _reject(reading)
        case "check":
            return show(reading, _looked_through(reading, _form(reading)))
        case taken if taken.startswith("take:"):
            return show(reading, _take(reading, taken.removeprefix("take:")))
    return show(reading)


def mark_of(text: str) -> str:
    """What a form names a text by."""
    return hashlib.blake2b(text.rstrip().encode("utf-8", "replace"), digest_size=12).hexdigest()


def _sign(reading: Reading) -> Response:
    asked, one = reading.asked, reading.paper
    if not reading.open:
        return show(reading)
    said = _form(reading)
    if asked.field("seen") != mark_of(one.text or ""):
        return show(reading, _told(reading, said, "changed"), 409)
    if asked.field("warned") != mark_of(said.text):
        said = _looked_through(reading, said)
        if said.alike is not None:
            return show(reading, said, 409)
    same = (said.subject, said.text.rstrip()) == (one.subject, (one.text or "").rstrip())
    edited = None if same else Written(said.subject, said.text)
    company = asked.site.settings.company.name
    try:
        acts.approve(asked.site.db, one.touch, reading.seat.rep, asked.now, edited, company=company, seen=one.text)
    except CannotSign as error:
        return show(reading, _told(reading, said, error.why, error.slot), 400)
    except FollowupError:  # somebody else was quicker
        return show(_again(reading), None, 409)
    return reading.then("signed")


def _reject(reading: Reading) -> Response:
    asked, one = reading.asked, reading.paper
    if one.state not in STOPPABLE:
        return show(reading)
    try:
        acts.reject(asked.site.db, one.touch, reading.seat.rep, asked.now)
    except FollowupError:
        return show(_again(reading), None, 409)
    return reading.then("rejected")


def _again(reading: Reading) -> Reading:
    """The same as the book has it now."""
    with reading.asked.site.db.reading() as connection:
        now = paper_for(connection, reading.seat, reading.paper.touch)
    return replace(reading, paper=now)


def _form(reading: Reading) -> Said:
    text = reading.asked.field("text").replace("\r\n", "\n")
    return Said(" ".join(reading.asked.field("subject").split()), text.rstrip() + "\n" if text.strip() else "")


def _looked_through(reading: Reading, said: Said) -> Said:
    asked = reading.asked
    with asked.site.db.reading() as connection:
        found = alike(connection, asked.site.shelf, reading.paper, said.text)
    return Said(said.subject, said.text, found, checked=True)


def _told(reading: Reading, said: Said, why: str, slot: str = "") -> Said:
    problem = reading.asked.t(f"draft.cannot.{why}")
    return Said(said.subject, said.text, None, f"{problem} {slot}".strip())


def _take(reading: Reading, wanted: str) -> Said:
    """Other words into the form; nothing is signed by it."""
    with reading.asked.site.db.reading() as connection:
        for words in _others(reading, connection):
            if mark_of(words.written.text) == wanted:
                text = words.written.text
                found = alike(connection, reading.asked.site.shelf, reading.paper, text)
                return Said(words.written.subject, text, found, checked=True)
    return _form(reading)


def _others(reading: Reading, connection: Connection) -> list[Words]:
    site, one = reading.asked.site, reading.paper
    return other_words(connection, site.shelf, site.settings, one.touch)


def _context(reading: Reading, connection: Connection, said: Said) -> dict[str, Any]:
    one, sight = reading.paper, reading.seat.sight
    rule = reading.asked.site.books.rule(connection, one.rule, one.revision)
    before = last_time(connection, one, said.text)
    near = [
        beside for beside in neighbours(connection, one, said.text)
        if not beside.near.confidential or sight.sees(beside.near.owner, confidential=True)
    ][:MOST_SHOWN]  # fmt: skip
    others = [words for words in _others(reading, connection) if words.written.text.strip() != said.text.strip()]
    return {
        "paper": one, "why": rule.summary if rule and rule.summary else one.rule, "said": said,
        "portrait": portrait(connection, one.lead), "before": before, "near": near,
        "others": others, "mark_of": mark_of, "percent": lambda share: round(share * 100),
        "like_whom": _whom(connection, said.alike, reading), "seen": [beside.near for beside in near],
    }  # fmt: skip


def _whom(connection: Connection, found: Alike | None, reading: Reading) -> str:
    """Whose text it is like, as far as the signer may know that customer."""
    if found is None:
        return ""
    known = known_leads(connection, [found.lead]).get(found.lead)
    if known is None:
        return "…"
    of_the_same = known.owner == reading.paper.owner and not known.confidential
    seen = of_the_same or reading.seat.sight.sees(known.owner, confidential=known.confidential)
    return known.name if seen else "…"


def _over(reading: Reading, status: int) -> Response:
    one, asked = reading.paper, reading.asked
    with asked.site.db.reading() as connection:
        names, who = rep_names(connection), portrait(connection, one.lead)
    reading.looked_at({one.lead})
    late = one.state == Touch.DRAFT and one.text is not None
    return asked.page(
        "draft_over.html", status, paper=one, portrait=who, signed_by=names.get(one.signed_by or "", one.signed_by),
        late=late, unwritten=one.text is None and one.state == Touch.DRAFT, stoppable=one.state == Touch.SIGNED,
        **reading.around,
    )  # fmt: skip
