"""`calendar`: look days up, in the lunar calendar and the official ones."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import click

from engine.cli.calendar_page import print_year
from engine.cli.common import Command, Group, caller, json_option, now_option
from engine.cli.output import print_json, print_rows
from engine.cli.times import Given
from engine.desk import almanac
from engine.domain.calendars.house import Calendars
from engine.domain.calendars.lunar_names import lunar_name, lunar_text
from engine.domain.calendars.other_calendars import OTHER
from engine.domain.civil import local_date
from engine.domain.dates import date_policy
from engine.ground.clock import SystemClock
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.stages.calendars import calendars_of

_YEARLESS = re.compile(r"--\d\d-\d\d")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

language_option = click.option(
    "--language", type=click.Choice(["zh-Hans", "zh-Hant", "en"]), metavar="LANGUAGE",
    help="Names in zh-Hans, zh-Hant or en. [default: defaults.locale of config.yaml]",
)  # fmt: skip
country_option = click.option(
    "--country", metavar="CODE", help="Two letters of ISO 3166. [default: defaults.country of config.yaml]"
)
year_argument = click.argument("year", type=int, metavar="YEAR")


@click.group(cls=Group)
def calendar() -> None:
    """Look up lunar dates, festivals, days off and solar terms. Works without a database, and without config.yaml."""


@calendar.command("convert")
@click.argument("when", metavar="DATE")
@click.option("--to", "other", type=click.Choice(sorted(OTHER)), help="Also by this calendar, where it is installed.")
@language_option
@json_option
def convert(when: str, other: str | None, language: str | None, as_json: bool) -> None:
    """A solar date as a lunar one, and the other way round.

    Example: followup calendar convert lunar:2025-L06-10
    """
    spoken = language or _settings().defaults.locale
    found = almanac.convert(when, spoken, other or "")
    row = {
        "solar": found.solar.isoformat(), "weekday": WEEKDAYS[found.solar.weekday()],
        "lunar": lunar_text(found.lunar), "name": lunar_name(found.lunar, spoken), "term": found.term,
    }  # fmt: skip
    if other and found.other:
        row |= {other: found.other.text, "month": found.other.month}
    if as_json:
        print_json([row])
    else:
        print_rows([row], tuple(name for name in row if row[name]), "")


class _TakesDates(Command):
    """A date without a year begins like an option: `--02-29`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        dates = [word for word in args if _YEARLESS.fullmatch(word)]
        options = [word for word in args if word not in dates]
        return super().parse_args(ctx, [*options, "--", *dates] if dates else options)


@calendar.command("next", cls=_TakesDates)
@click.argument("what", metavar="KIND|DATE")
@click.option("--count", type=click.IntRange(1, 100), default=5, show_default=True, help="How many.")
@click.option("--leap-month", type=click.Choice(["regular", "leap_else_regular", "leap_only"]), metavar="WORD",
              help="For a date of a leap month: regular, leap_else_regular or leap_only.")  # fmt: skip
@click.option("--day-30", type=click.Choice(["last_day", "next_day", "skip"]), metavar="WORD",
              help="For a lunar 30th: last_day, next_day or skip.")  # fmt: skip
@click.option("--feb-29", type=click.Choice(["feb28", "mar1", "skip"]), metavar="WORD",
              help="For 29 February: feb28, mar1 or skip.")  # fmt: skip
@country_option
@language_option
@json_option
@now_option
def next_(
    what: str, count: int, leap_month: str | None, day_30: str | None, feb_29: str | None, country: str | None,
    language: str | None, as_json: bool, now: Given | None,
) -> None:  # fmt: skip
    """When a date, a festival or a solar term comes round next.

    The three policies are those of config.yaml unless they are given.

    Example: followup calendar next lunar:--08-15
    """
    settings = _settings()
    start, spoken = _today(settings, now), language or settings.defaults.locale
    if any(character.isdigit() for character in what) or what.startswith("lunar:"):
        config = settings.date_policy
        text = ".".join((feb_29 or config.feb_29, leap_month or config.leap_month, day_30 or config.day_30))
        returns = almanac.next_returns(what, start, date_policy(text), count)
        rows = [_returned(one.on, spoken, one.year, one.nth) for one in returns]
    else:
        where = (country or settings.defaults.country).upper()
        days = almanac.next_days(what, start, where, calendars_of(settings), count)
        rows = [_returned(day, spoken, day.year, None) for day in days]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("date", "weekday", "lunar", "name", "year", "nth"), f"{what} does not come again")


def _returned(day: date, language: str, year: int, nth: int | None) -> dict[str, Any]:
    found = almanac.convert(day.isoformat(), language)
    return {
        "date": day.isoformat(), "weekday": WEEKDAYS[day.weekday()], "lunar": lunar_text(found.lunar),
        "name": lunar_name(found.lunar, language), "year": year, "nth": nth,
    }  # fmt: skip


@calendar.command("holidays")
@year_argument
@country_option
@language_option
@json_option
def holidays(year: int, country: str | None, language: str | None, as_json: bool) -> None:
    """Public holidays, moved working days and festivals of a year.

    Example: followup calendar holidays 2026 --country CN
    """
    calendars, where, spoken = _place(country, language)
    found = almanac.holidays(calendars, where, year, spoken)
    rows = [{**vars(one), "date": one.day.isoformat(), "weekday": WEEKDAYS[one.day.weekday()]} for one in found]
    for row in rows:
        del row["day"]
    if as_json:
        print_json(rows)
        return
    print_rows(rows, ("date", "weekday", "name", "kind", "festival", "wishes", "worked"), f"{year} has none")
    _say_provisional(calendars, where, year)


@calendar.command("terms")
@year_argument
@language_option
@json_option
def terms(year: int, language: str | None, as_json: bool) -> None:
    """The 24 solar terms of a year.

    Example: followup calendar terms 2026
    """
    found = almanac.terms(year, language or _settings().defaults.locale)
    rows = [
        {"date": day.isoformat(), "weekday": WEEKDAYS[day.weekday()], "key": key, "name": name}
        for day, key, name in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("date", "weekday", "key", "name"), "")


@calendar.command("year")
@year_argument
@country_option
@language_option
@json_option
def year_(year: int, country: str | None, language: str | None, as_json: bool) -> None:
    """A year to hold against a wall calendar: lunar days, terms, festivals, days off and made-up working days.

    Example: followup calendar year 2026 --country CN
    """
    calendars, where, spoken = _place(country, language)
    days = almanac.days_of(calendars, where, year, spoken)
    if as_json:
        print_json(
            {"date": one.day.isoformat(), "weekday": WEEKDAYS[one.day.weekday()], "lunar": lunar_text(one.lunar),
             "name": lunar_name(one.lunar, spoken), "term": one.term, "named": list(one.named),
             "worked": one.worked, "mark": one.mark}
            for one in days
        )  # fmt: skip
        return
    print_year(days, spoken)
    _say_provisional(calendars, where, year)


def _settings() -> Settings:
    """Those of config.yaml; the defaults where nobody named one and there is none here."""
    config = caller().config
    return load_settings(config) if config.exists() or config.name != "config.yaml" else Settings()


def _today(settings: Settings, now: Given | None) -> date:
    zone = settings.defaults.timezone
    return local_date(now.instant(zone) if now else SystemClock().now(), zone)


def _place(country: str | None, language: str | None) -> tuple[Calendars, str, str]:
    settings = _settings()
    where = (country or settings.defaults.country).upper()
    return calendars_of(settings), where, language or settings.defaults.locale


def _say_provisional(calendars: Calendars, country: str, year: int) -> None:
    if almanac.is_provisional(calendars, country, year):
        note = f"provisional: the official calendar of {country} for {year} is not known yet; days off may move"
        click.echo(note, err=True)
