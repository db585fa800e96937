"""What a plan's page marks beside the touches: festivals that rules wait for, and how full a rep's day may be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from engine.domain.calendars.festival_names import FESTIVALS, festival_name
from engine.domain.calendars.house import Calendars
from engine.rulebook.model import RuleBook
from engine.rulebook.trigger_kinds import HolidayTrigger


class Marks(NamedTuple):
    """Days by their festivals' names, and the most levelled touches of a rep's day; 0: no rule levels any."""

    festivals: dict[date, str]
    level: int


def marks_of(book: RuleBook, calendars: Calendars, country: str, days: Collection[date]) -> Marks:
    """That country's festivals, in English, from the first of these days to the last, and the level most rules name."""
    rules = [rule for rule in book.rules if rule.enabled]
    named = {name for rule in rules if isinstance(rule.on, HolidayTrigger) for name in rule.on.festivals}
    levels = [step.level.most for rule in rules for step in rule.steps if step.level is not None]
    return Marks(_between(named, calendars, country, days), max(set(levels), key=levels.count, default=0))


def _between(named: Collection[str], calendars: Calendars, country: str, days: Collection[date]) -> dict[date, str]:
    if not days:
        return {}
    first, last = min(days), max(days)
    return {
        day: festival_name(name, "en", country) if name in FESTIVALS else name.replace("_", " ")
        for name in sorted(named)
        for year in range(first.year, last.year + 1)
        for day in calendars.festival_days(name, year, country) if first <= day <= last
    }
