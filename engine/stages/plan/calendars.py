"""Calendars that changed since the book was planned: what they decide about is planned once more.

A government publishes next year's working days, an admin corrects a day, a package is brought up to date. What is
not yet released moves to its new day; what was released stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.calendars.house import Calendars
from engine.domain.civil import utc_date
from engine.rulebook.calendar_use import uses_calendars
from engine.rulebook.model import RuleBook
from engine.stages.books import Books
from engine.store import state
from engine.store.book import generations
from engine.store.book.calendar_changes import touch_leads_in
from engine.store.conditions.fields import countries_in_use
from engine.store.database import Connection, Database

Digests = Mapping[str, Mapping[str, str]]
"""Of the data of each country, by civil year."""


def notice_calendars(db: Database, books: Books, calendars: Calendars, now: int) -> bool:
    """Compare the calendars with those of the last time, and have planned again what depends on them.

    False before any rules are in force: then there is nothing to compare.
    """
    with db.reading() as connection:
        generation = books.active(connection)
        before = state.get(connection, state.CALENDARS)
        found = digests(connection, calendars, now)
    if generation is None:
        return False
    if before is None or before.value != found:
        changed = set() if before is None else changed_countries(before.value, found)
        with db.writing() as connection:
            state.put(connection, state.CALENDARS, found, now)
            if changed:
                _plan_again(connection, generation.book, calendars, changed, now)
    return True


def digests(connection: Connection, calendars: Calendars, now: int) -> Digests:
    """The data in use: of leads' countries, the office's and configured ones, from last year to the year after next."""
    year = utc_date(now).year
    countries = sorted({*countries_in_use(connection), *calendars.configured})
    return {
        country: {str(one): calendars.digest(country, one) for one in range(year - 1, year + 3)}
        for country in countries
    }


def changed_countries(before: Digests, now: Digests) -> set[str]:
    """Countries whose data differ in a year that both know, and those that were not known at all."""
    return {
        country
        for country, years in now.items()
        if any(before.get(country, {}).get(year, digest) != digest for year, digest in years.items())
        or country not in before
    }


def _plan_again(connection: Connection, book: RuleBook, calendars: Calendars, changed: set[str], now: int) -> None:
    """Births that the old calendars hid, and everything not yet released. The office's calendar concerns everybody."""
    generations.plan_again(connection, [rule.id for rule in book.rules if uses_calendars(rule)])
    untouched = [rule.id for rule in book.rules if not uses_calendars(rule)]
    everybody = calendars.office_country in changed
    touch_leads_in(connection, None if everybody else changed, untouched, now)
