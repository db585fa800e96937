"""What the values of config.yaml must mean to each other, once each has its right shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from engine.domain.windows import ever_opens, parse_hours, parse_quiet
from engine.settings.model import EmailChannel, Settings
from engine.settings.secrets import is_reference
from engine.settings.wording import Location, Mistake, did_you_mean

_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(rf"{_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*")
_WALL = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*", re.IGNORECASE)
_ADDRESS = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@{_HOST.pattern}", re.IGNORECASE)
_COUNTRY = re.compile("[A-Z]{2}")
_PASSWORD_IN_URL = re.compile(r"[^/]*//[^/@]*:[^/@]+@")
_REFERENCE_HINT = "write env:NAME, file:PATH or cred:NAME"


def mistakes_in(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of meaning, in no particular order."""
    yield from _windows(settings)
    yield from _defaults(settings)
    yield from _vocabularies(settings)
    yield from _holidays(settings)
    yield from _channels(settings)
    yield from _redirects(settings)
    yield from _database(settings)


def _windows(settings: Settings) -> Iterator[Mistake]:
    for name, window in settings.windows.items():
        where: Location = ("windows", name)
        if not _DAYS.fullmatch(window.days):
            hint = 'write e.g. mon-fri or "mon, wed, fri"'
            yield Mistake((*where, "days"), "C110", f'"{window.days}" does not name days', hint)
        wrong = [
            *_wall_time((*where, "open"), window.open),
            *_wall_time((*where, "close"), window.close, end_of_day=True),
        ]
        yield from wrong
        if not wrong and window.open >= window.close:
            message = f'window "{name}" closes at {window.close}, not after it opens at {window.open}'
            yield Mistake((*where, "close"), "C110", message)
    quiet = [
        *_wall_time(("quiet_hours", "start"), settings.quiet_hours.start),
        *_wall_time(("quiet_hours", "end"), settings.quiet_hours.end),
    ]
    yield from quiet
    if not quiet:
        yield from _never_open(settings)


def _never_open(settings: Settings) -> Iterator[Mistake]:
    quiet = parse_quiet(settings.quiet_hours.start, settings.quiet_hours.end)
    for name, window in settings.windows.items():
        try:
            hours = parse_hours(window.days, window.open, window.close)
        except ValueError:
            continue  # told above, at its own place
        if not ever_opens(hours, quiet):
            message = f'window "{name}" is never open: all of it lies in the quiet hours'
            yield Mistake(("windows", name), "C110", message, "widen it, or shorten quiet_hours")


def _wall_time(path: Location, text: str, *, end_of_day: bool = False) -> Iterator[Mistake]:
    if not _WALL.fullmatch(text) and not (end_of_day and text == "24:00"):
        yield Mistake(path, "C110", f'"{text}" is not a time of day', 'write e.g. "09:00"')


def _defaults(settings: Settings) -> Iterator[Mistake]:
    defaults = settings.defaults
    for key, window in (("lead_window", defaults.lead_window), ("rep_window", defaults.rep_window)):
        yield from _known(("defaults", key), "window", window, tuple(settings.windows))
    if settings.channels or "via" in defaults.model_fields_set:
        for index, channel in enumerate(defaults.via):
            yield from _known(("defaults", "via", index), "channel", channel, tuple(settings.channels))
    if not _is_zone(defaults.timezone):
        message = f'there is no time zone "{defaults.timezone}"'
        yield Mistake(("defaults", "timezone"), "C112", message, "use an IANA name like Asia/Shanghai")
    if not _COUNTRY.fullmatch(defaults.country):
        yield _not_a_country(("defaults", "country"), defaults.country)


def _known(path: Location, noun: str, name: str, known: tuple[str, ...]) -> Iterator[Mistake]:
    if name not in known:
        hint = did_you_mean(name, known) or f"define it under {noun}s"
        yield Mistake(path, "C111", f'there is no {noun} "{name}"', hint)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _not_a_country(path: Location, code: str, *, on_key: bool = False) -> Mistake:
    hint = "use two capital letters as in ISO 3166, e.g. CN"
    return Mistake(path, "C112", f'"{code}" is not a country code', hint, on_key)


def _vocabularies(settings: Settings) -> Iterator[Mistake]:
    words = settings.vocabularies
    for key in type(words).model_fields:
        yield from _twice(("vocabularies", key), getattr(words, key))
    yield from _twice(("dates",), settings.dates)
    yield from _twice(("circumstances",), settings.circumstances)
    for index, outcome in enumerate(words.attempt_outcomes):
        if outcome in words.effective_outcomes:
            message = f'outcome "{outcome}" is both a contact and an attempt'
            yield Mistake(("vocabularies", "attempt_outcomes", index), "C113", message, "keep one of them")
    for name, attribute in settings.attributes.items():
        if attribute.words and attribute.type not in ("text", "list"):
            message = f"attribute {name} is {attribute.type} and cannot have words"
            yield Mistake(("attributes", name, "words"), "C113", message, "only text and list can")


def _twice(path: Location, words: tuple[object, ...]) -> Iterator[Mistake]:
    for index, word in enumerate(words):
        if word in words[:index]:
            yield Mistake((*path, index), "C113", f'"{word}" stands here twice')


def _holidays(settings: Settings) -> Iterator[Mistake]:
    for name, holiday in settings.holidays.items():
        where: Location = ("holidays", name)
        if not holiday.default and not holiday.countries:
            yield Mistake(where, "C114", f"{name} has no days", "list them under default", on_key=True)
        yield from _twice((*where, "default"), holiday.default)
        for country, days in holiday.countries.items():
            yield from _twice((*where, "countries", country), days)
            if not _COUNTRY.fullmatch(country):
                yield _not_a_country((*where, "countries", country), country, on_key=True)


def _channels(settings: Settings) -> Iterator[Mistake]:
    for name, channel in settings.channels.items():
        if isinstance(channel, EmailChannel):
            yield from _email(("channels", name), channel)
    if not _HOST.fullmatch(settings.company.domain):
        message = f'"{settings.company.domain}" is not a domain'
        yield Mistake(("company", "domain"), "C116", message, "write e.g. example.com")


def _email(where: Location, channel: EmailChannel) -> Iterator[Mistake]:
    if channel.password and not is_reference(channel.password):
        yield Mistake((*where, "password"), "C115", "a secret must not stand in config.yaml", _REFERENCE_HINT)
    if bool(channel.username) != bool(channel.password):
        message = f"{'.'.join(map(str, where))} needs both username and password, or neither"
        yield Mistake(where, "C115", message, on_key=True)
    yield from _address((*where, "from_address"), channel.from_address)


def _address(path: Location, address: str) -> Iterator[Mistake]:
    if not _ADDRESS.fullmatch(address):
        yield Mistake(path, "C116", f'"{address}" is not a mail address', "write one as in li@example.com")


def _redirects(settings: Settings) -> Iterator[Mistake]:
    for name, address in settings.redirect_to.items():
        path: Location = ("redirect_to", name)
        yield from (m._replace(on_key=True) for m in _known(path, "channel", name, tuple(settings.channels)))
        if isinstance(settings.channels.get(name), EmailChannel):
            yield from _address(path, address)


def _database(settings: Settings) -> Iterator[Mistake]:
    url = settings.database
    if is_reference(url):
        return
    if not url.startswith(("sqlite:", "postgresql")):
        hint = "write sqlite:///FILE, or env:NAME for a PostgreSQL URL"
        yield Mistake(("database",), "C116", "database is neither SQLite nor PostgreSQL", hint)
    elif _PASSWORD_IN_URL.match(url):
        yield Mistake(("database",), "C115", "a secret must not stand in config.yaml", _REFERENCE_HINT)
