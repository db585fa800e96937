"""Festivals as data of our own: how each day is found, who keeps it, and whether it is one for wishes.

A festival's day is the day itself. What a country moves, adds or swaps (observed, 补假, 休息日) is no festival:
see `public.py`. Lunar festivals follow the Chinese calendar at UTC+8, wherever the lead lives; Korea and Vietnam
reckon theirs at their own meridian, so a day there is config's to name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from engine.domain.calendars.festival_dates import (
    Announced,
    Easter,
    Fixed,
    How,
    Lunar,
    LunarYearEnd,
    Nth,
    Term,
    days_in,
    is_estimate,
)
from engine.domain.calendars.festival_names import festival_name
from engine.domain.calendars.solar_terms import TERMS

SUN, MON, THU, FRI = 6, 0, 3, 4


@dataclass(frozen=True)
class Festival:
    """One festival. `how` None: it has a day only in the countries of `local`. `keepers` are ISO 3166 codes."""

    id: str
    how: How | None
    keepers: frozenset[str]
    wishes: bool
    local: tuple[tuple[str, How], ...]

    def name(self, language: str, country: str = "") -> str:
        """In zh-Hans, zh-Hant or en; any other language gives English."""
        return festival_name(self.id, language, country)

    def how_in(self, country: str) -> How | None:
        """How that country finds its day."""
        return dict(self.local).get(country, self.how)


class FestivalDay(NamedTuple):
    """A festival on one of its days."""

    day: date
    festival: Festival


def festival(festival_id: str) -> Festival:
    """The festival of that id; ValueError if there is none."""
    if festival_id not in KNOWN:
        raise ValueError(f'there is no festival "{festival_id}"')
    return KNOWN[festival_id]


@lru_cache(maxsize=8192)
def festival_days(festival_id: str, year: int, country: str) -> tuple[date, ...]:
    """The festival's days in that civil year, whether or not the country keeps it: a lead may observe it anywhere.

    Mostly one; Eid falls twice in some years, Laba twice or never. None where the country has no such day, and for
    announced ones beyond the years that are known. ValueError: there is no such festival, or the year lies outside
    the lunar table (1901-2099).
    """
    how = festival(festival_id).how_in(country)
    return () if how is None else days_in(how, year)


def is_provisional(festival_id: str, year: int, country: str) -> bool:
    """Whether the festival's day in that civil year is an estimate: it is announced later, and may move by a day."""
    how = festival(festival_id).how_in(country)
    return how is not None and is_estimate(how, year)


def festivals_of(country: str, year: int) -> tuple[FestivalDay, ...]:
    """Every festival that the country keeps, on its days of that civil year, in order of days, then ids."""
    kept = (known for known in FESTIVALS.values() if country in known.keepers)
    days = (FestivalDay(day, known) for known in kept for day in festival_days(known.id, year, country))
    return tuple(sorted(days, key=lambda found: (found.day, found.festival.id)))


_CHINA = frozenset({"CN", "HK", "MO", "TW"})
_CHINESE = _CHINA | {"SG", "MY"}
_ALL = _CHINESE | {"US", "JP", "DE"}
_MARITIME = frozenset({"SG", "MY"})


def _kept(festival_id: str, how: How | None, keepers: frozenset[str], *, wishes: bool = True, **local: How) -> Festival:
    return Festival(festival_id, how, keepers | local.keys(), wishes, tuple(local.items()))


_LIST = (
    _kept("new_year", Fixed(1, 1), _ALL),
    _kept("laba", Lunar(12, 8), frozenset({"CN"})),
    _kept("new_years_eve_lunar", LunarYearEnd(), _CHINESE),
    _kept("spring_festival", Lunar(1, 1), _CHINESE),
    _kept("lantern", Lunar(1, 15), _CHINESE),
    _kept("qingming", Term("qingming"), _CHINESE, wishes=False),
    _kept("buddhas_birthday", Lunar(4, 8), frozenset({"HK", "MO"})),
    _kept("dragon_boat", Lunar(5, 5), _CHINESE),
    _kept("qixi", Lunar(7, 7), _CHINA),
    _kept("ghost_festival", Lunar(7, 15), _CHINESE, wishes=False),
    _kept("mid_autumn", Lunar(8, 15), _CHINESE),
    _kept("double_ninth", Lunar(9, 9), _CHINA),
    _kept("winter_solstice", Term("dongzhi"), _CHINESE),
    _kept("valentines", Fixed(2, 14), _ALL),
    _kept("womens_day", Fixed(3, 8), frozenset({"CN", "TW"})),
    _kept("labour_day", Fixed(5, 1), _CHINESE | {"DE"}, US=Nth(9, MON, 1)),
    _kept("childrens_day", Fixed(6, 1), frozenset({"CN", "MO"}),
          HK=Fixed(4, 4), TW=Fixed(4, 4), JP=Fixed(5, 5), SG=Nth(10, FRI, 1)),
    _kept("teachers_day", Fixed(9, 10), frozenset({"CN", "HK", "MO"}),
          TW=Fixed(9, 28), MY=Fixed(5, 16), SG=Nth(9, FRI, 1)),
    _kept("mothers_day", Nth(5, SUN, 2), _ALL),
    _kept("fathers_day", Nth(6, SUN, 3), _ALL, TW=Fixed(8, 8), DE=Easter(39)),
    _kept("national_day", None, frozenset(), CN=Fixed(10, 1), HK=Fixed(10, 1), MO=Fixed(10, 1),
          TW=Fixed(10, 10), SG=Fixed(8, 9), MY=Fixed(8, 31), DE=Fixed(10, 3)),
    _kept("malaysia_day", Fixed(9, 16), frozenset({"MY"})),
    _kept("independence_day", None, frozenset(), US=Fixed(7, 4)),
    _kept("thanksgiving", Nth(11, THU, 4), frozenset({"US"})),
    _kept("good_friday", Easter(-2), frozenset({"HK", "MO", "SG", "US", "DE"}), wishes=False),
    _kept("easter", Easter(), frozenset({"HK", "MO", "SG", "US", "DE"})),
    _kept("christmas", Fixed(12, 25), frozenset({"HK", "MO", "SG", "MY", "US", "DE"})),
    _kept("coming_of_age", Nth(1, MON, 2), frozenset({"JP"})),
    _kept("respect_for_the_aged", Nth(9, MON, 3), frozenset({"JP"})),
    _kept("thaipusam", Announced("MY", "Thaipusam", "14"), _MARITIME),
    _kept("vesak", Announced("SG", "Vesak Day"), _MARITIME, MY=Announced("MY", "Vesak Day")),
    _kept("deepavali", Announced("SG", "Deepavali"), _MARITIME, MY=Announced("MY", "Diwali", "14")),
    _kept("hari_raya_puasa", Announced("SG", "Hari Raya Puasa"), _MARITIME, MY=Announced("MY", "Eid al-Fitr")),
    _kept("hari_raya_haji", Announced("SG", "Hari Raya Haji"), _MARITIME, MY=Announced("MY", "Eid al-Adha")),
    _kept("peace_memorial_day", Fixed(2, 28), frozenset({"TW"}), wishes=False),
    _kept("memorial_day", Nth(5, MON, -1), frozenset({"US"}), wishes=False),
    _kept("nanjing_memorial_day", Fixed(12, 13), frozenset({"CN"}), wishes=False),
)  # fmt: skip

FESTIVALS: Mapping[str, Festival] = MappingProxyType({known.id: known for known in _LIST})
"""Every festival by its id."""

_FESTIVE = {known.how for known in _LIST}

TERM_DAYS: Mapping[str, Festival] = MappingProxyType(
    {term.key: _kept(term.key, Term(term.key), _CHINESE) for term in TERMS if Term(term.key) not in _FESTIVE}
)
"""The solar terms that are no festivals, by their pinyin: days that a rule may name, and a customer may observe."""

KNOWN: Mapping[str, Festival] = MappingProxyType({**FESTIVALS, **TERM_DAYS})
"""Every word that `holiday` takes without config.yaml naming it."""
