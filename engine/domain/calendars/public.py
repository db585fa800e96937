"""Public holidays by country, from the `holidays` package (MIT); nobody else imports it.

It is always asked for an explicit language: left to itself it follows the LANGUAGE of the process. Names it has in
no Chinese are ours. What falls on a weekend and is moved, or is swapped for a worked weekend, is told apart from
the day itself, because nobody is to be greeted on it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import ModuleType
from typing import Literal

import holidays
from holidays.registry import EntityLoader

from engine.domain.calendars.festival_names import IN_LIEU, WORKDAY, in_language, own_public_name

Kind = Literal["off", "observed", "in_lieu", "workday"]

_SWAPPED_NO_MORE = frozenset({"TW"})
"""Where `holidays` knows swapped days of the past, but the law has none since 2025: no decree is awaited there."""

_LABELS = ("observed_estimated_label", "observed_label_before", "observed_label", "estimated_label")
"""What `holidays` may put around a name, the longest first."""


@dataclass(frozen=True, order=True)
class PublicHoliday:
    """A civil day that the country gives off, or works although it is a weekend.

    `off`: the day itself. `observed`: given because the day itself falls on a weekend or on another holiday (补假,
    振替休日). `in_lieu`: off in exchange for a worked weekend day (调休). `workday`: that worked weekend day.
    `estimated`: not yet announced, computed ahead (the moon has to be sighted).
    """

    day: date
    name: str
    kind: Kind
    estimated: bool = False


def _load_one_country_at_a_time() -> None:
    """Have the package of all countries be there without what it does when it is imported: that loads the calendars
    of 250 of them, 8 MB, where each is a module of its own, and most houses have customers in one or two.
    """
    package = ModuleType("holidays.countries")
    package.__path__ = [f"{path}/countries" for path in holidays.__path__]
    sys.modules.setdefault(package.__name__, package)


_load_one_country_at_a_time()


def countries() -> frozenset[str]:
    """The countries that can be asked for, by their two letters of ISO 3166.

    From the registry, which names them without loading the calendar of each.
    """
    return frozenset(EntityLoader.get_country_codes(include_aliases=False))


@lru_cache(maxsize=512)
def public_holidays(
    country: str, year: int, language: str, subdivision: str | None = None
) -> tuple[PublicHoliday, ...]:
    """The country's days of that civil year in order, named in `language`: zh-Hans, zh-Hant, en, or its own (ja, de).

    A language it has no names in gives English ones. `subdivision` is a state as `holidays` codes it (US: "CA", MY:
    "07"); ValueError names a country or state it does not know.
    """
    asked = _language(country, language)
    nominal = _load(country, year, asked, subdivision, observed=False)
    kept = _load(country, year, asked, subdivision, observed=True)
    return tuple(sorted(_entries(kept, nominal, year, language)))


@lru_cache(maxsize=512)
def weekend_of(country: str, year: int, subdivision: str | None = None) -> frozenset[int]:
    """The weekdays (0 is Monday) not worked at the end of that year, as parts of Malaysia have moved theirs."""
    book = _load(country, year, _language(country, "en"), subdivision, observed=True)
    week = (date(year, 12, 25) + timedelta(days=step) for step in range(7))
    return frozenset(day.weekday() for day in week if book.is_weekend(day))


@lru_cache(maxsize=512)
def is_announced(country: str, year: int, subdivision: str | None = None) -> bool:
    """Whether that year's official calendar is known, and no day of it is an estimate or awaits a decree.

    Where the government swaps working days by decree (CN every year), years after the last decree are not announced.
    """
    book = _load(country, year, _language(country, "en"), subdivision, observed=True)
    if getattr(book, "substituted_label", None) and country not in _SWAPPED_NO_MORE:
        decreed: dict[int, object] = book.special_public_holidays
        return min(decreed) <= year <= max(decreed)
    return not any(entry.estimated for entry in public_holidays(country, year, "en", subdivision))


def _load(
    country: str, year: int, language: str | None, subdivision: str | None, *, observed: bool
) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(
            country, subdiv=subdivision, years=year, language=language, observed=observed, expand=False
        )
    except NotImplementedError as error:
        raise ValueError(f'"{subdivision}" is no part of {country} with holidays of its own') from error


@lru_cache(maxsize=512)
def _language(country: str, wanted: str) -> str | None:
    """The name `holidays` has for the language; English where it has none of the wanted, for us to translate.

    None for a country that it knows in one language only, which then cannot be chosen.
    """
    if country not in countries():
        raise ValueError(f'no public holidays are known for "{country}"; write two letters of ISO 3166 like CN or SG')
    spoken = holidays.country_holidays(country, expand=False)
    english = ("en_US", spoken.default_language)
    choices = {
        "zh-Hans": ("zh_CN", *english),
        "zh-Hant": ("zh_HK", "zh_MO", "zh_TW", *english),
        "en": (f"en_{country}", *english),
    }.get(wanted, (wanted, *english))
    return next((choice for choice in choices if choice in spoken.supported_languages), spoken.default_language)


def _entries(
    book: holidays.HolidayBase, nominal: holidays.HolidayBase, year: int, language: str
) -> Iterator[PublicHoliday]:
    """What a loaded year says of the days of `year`; `nominal` is the same year without moved days."""
    in_lieu = _pattern(book, "substituted_label")
    for day in book:
        if day.year == year:
            for text in book.get_list(day):
                if in_lieu is not None and in_lieu.fullmatch(text):
                    yield PublicHoliday(day, in_language(IN_LIEU, language), "in_lieu")
                else:
                    yield _entry(book, day, text, text in nominal.get_list(day), language)
    for day in book.weekend_workdays:
        if day.year == year:  # it knows those of other years too: the decree for 2007 takes two days of 2006
            yield PublicHoliday(day, in_language(WORKDAY, language), "workday")


def _entry(book: holidays.HolidayBase, day: date, text: str, itself: bool, language: str) -> PublicHoliday:
    """One name of a day, without the words that call it moved or estimated."""
    estimated = False
    for label in _LABELS:
        pattern = _pattern(book, label)
        match = pattern.fullmatch(text) if pattern is not None else None
        if match is not None and (label == "estimated_label" or not itself):
            text = match[1]
            estimated = "estimated" in label
            break
    return PublicHoliday(day, own_public_name(text, language), "off" if itself else "observed", estimated)


def _pattern(book: holidays.HolidayBase, label: str) -> re.Pattern[str] | None:
    """The label in the book's language as a pattern that finds what it is put around."""
    wording = getattr(book, label, None)
    if wording is None or wording == "%s":
        return None
    return re.compile("(.+)".join(re.escape(part) for part in book.tr(wording).split("%s")))
