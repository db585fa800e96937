"""What the calendar is narrowed to, as its form asks for it and as links carry it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from engine.domain.words import TOUCH_OPEN, Touch
from engine.store.database import Connection
from engine.store.lookups.colleagues import Colleague, colleagues
from engine.store.lookups.touch_lists import Chosen
from engine.web.asked import Asked
from engine.web.board.rows import owners_seen, query
from engine.web.visitors import Sight

DUE: tuple[str, ...] = (*TOUCH_OPEN, Touch.RELEASED, Touch.DELIVERED, Touch.DEAD, Touch.BOUNCED)
"""States that the calendar counts if none is asked for: what is sent or still may be, and what went wrong."""


@dataclass(frozen=True)
class Filters:
    """What stands in the form; "" means no bound."""

    rule: str
    rep: str
    category: str
    state: str

    def chosen(self, sight: Sight) -> Chosen:
        """The rows that fit, of those that he may find."""
        states = (self.state,) if self.state else DUE
        return Chosen(self.rule, self.rep, self.category, states, owners_seen(sight))

    def link(self, path: str, **more: str) -> str:
        """The address of a page that is narrowed alike."""
        said = {"rule": self.rule, "rep": self.rep, "category": self.category, "state": self.state, **more}
        kept = {name: value for name, value in said.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    def on(self, day: date) -> str:
        """The address of that day's list."""
        return self.link(f"/board/day/{day}")


def filters_asked(asked: Asked) -> Filters:
    """Those that the address says."""
    state = query(asked, "state")
    known = state if state in tuple(Touch) else ""
    return Filters(query(asked, "rule"), query(asked, "rep"), query(asked, "category"), known)


@dataclass(frozen=True)
class Choices:
    """What the form offers."""

    rules: tuple[str, ...]
    reps: tuple[Colleague, ...]
    categories: tuple[str, ...]
    states: tuple[str, ...] = tuple(Touch)


def choices(asked: Asked, connection: Connection, sight: Sight) -> Choices:
    """The rules in force, the colleagues whose customers he may see, the house's categories."""
    generation = asked.site.books.active(connection)
    rules = tuple(sorted(rule.id for rule in generation.book.rules)) if generation else ()
    owners = owners_seen(sight)
    reps = tuple(one for one in colleagues(connection) if owners is None or one.id in owners)
    return Choices(rules, reps, tuple(asked.site.settings.vocabularies.categories))
