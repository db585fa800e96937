"""What is known of the calendars that rules depend on: which years are published, and what may still move."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.calendars.house import Calendars
from engine.domain.civil import DAY, utc_date
from engine.ground.errors import Problem
from engine.rulebook.calendar_use import festivals_of, uses_lead_country, uses_office
from engine.rulebook.model import Rule, RuleBook

NEAR = 120 * DAY
"""How far ahead a year is worth a warning: governments publish the next one in autumn. Ours."""


@dataclass(frozen=True)
class CalendarYear:
    """A country's data for a civil year. `rules` are those whose touches may move when a provisional year is known."""

    country: str
    year: int
    published: bool
    rules: tuple[str, ...]

    @property
    def line(self) -> str:
        """A provisional year in one line."""
        return f"the calendar of {self.country} for {self.year} is not yet published; may move: {', '.join(self.rules)}"

    def as_json(self) -> dict[str, Any]:
        """The keys of `status --json`."""
        data = "published" if self.published else "provisional"
        return {"country": self.country, "year": self.year, "data": data, "rules": list(self.rules)}


def calendar_years(
    calendars: Calendars, book: RuleBook | None, countries: Collection[str], now: int
) -> tuple[CalendarYear, ...]:
    """This civil year and the next, for each country of leads and of the office, in order."""
    this = utc_date(now).year
    wanted = sorted({*countries, calendars.office_country})
    rules = [rule for rule in book.rules if rule.enabled] if book else []
    return tuple(_year(calendars, rules, country, year) for country in wanted for year in (this, this + 1))


def provisional_years(
    calendars: Calendars, book: RuleBook, countries: Collection[str], now: int
) -> tuple[CalendarYear, ...]:
    """Those that are near, not yet published, and have a rule that depends on them."""
    last = utc_date(now + NEAR).year
    found = calendar_years(calendars, book, countries, now)
    return tuple(one for one in found if one.rules and not one.published and one.year <= last)


def provisional_problems(
    config: Path, calendars: Calendars, book: RuleBook, countries: Collection[str], now: int
) -> Iterator[Problem]:
    """The same as warnings on config.yaml, where the data can be given."""
    for one in provisional_years(calendars, book, countries, now):
        hint = f"when it is, bring followup up to date or list its holiday-cn file under calendars.{one.country}.files"
        yield Problem(str(config), 1, 1, "C118", one.line, hint, severity="warning")


def _year(calendars: Calendars, rules: list[Rule], country: str, year: int) -> CalendarYear:
    provisional = not calendars.is_published(country, year)
    waiting = [rule.id for rule in rules if _may_move(calendars, rule, country, year, provisional)]
    estimated = any(_awaits_festival(calendars, rule, country, year) for rule in rules)
    return CalendarYear(country, year, not (provisional or estimated), tuple(waiting))


def _may_move(calendars: Calendars, rule: Rule, country: str, year: int, provisional: bool) -> bool:
    works = uses_lead_country(rule) or (country == calendars.office_country and uses_office(rule))
    return (provisional and works) or _awaits_festival(calendars, rule, country, year)


def _awaits_festival(calendars: Calendars, rule: Rule, country: str, year: int) -> bool:
    """Whether people of that country keep a festival of the rule whose day is still to be announced."""
    return any(
        calendars.keeps(festival, year, country) and calendars.is_estimate(festival, year, country)
        for festival in festivals_of(rule)
    )
