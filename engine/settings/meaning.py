"""What the values of config.yaml must mean to each other, once each has its right shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.ground.durations import Duration, parse_duration
from engine.settings.channel_model import Form
from engine.settings.email_model import EmailChannel
from engine.settings.meaning_calendars import calendar_mistakes, twice, unknown_country, unknown_zone
from engine.settings.meaning_channels import HOST, address_mistakes, channel_mistakes
from engine.settings.meaning_feeds import feed_mistakes
from engine.settings.meaning_inbox import inbox_mistakes
from engine.settings.meaning_portrait import portrait_mistakes
from engine.settings.meaning_retention import retention_mistakes
from engine.settings.meaning_sms import number_mistakes
from engine.settings.meaning_sources import source_mistakes
from engine.settings.meaning_web import web_mistakes
from engine.settings.meaning_webhooks import REFERENCE_HINT, url_mistakes
from engine.settings.meaning_windows import window_mistakes
from engine.settings.model import Settings
from engine.settings.secrets import is_reference
from engine.settings.sms_model import SmsChannel
from engine.settings.webhook_model import WebhookChannel
from engine.settings.wording import Location, Mistake, unknown_name

_PASSWORD_IN_URL = re.compile(r"[^/]*//[^/@]*:[^/@]+@")
_LONGEST_NEW = 1_830 * 86_400  # five years
_LONGEST_GAP = 31 * 86_400  # 30 civil days; release knows what was sent within 31


def mistakes_in(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of meaning, in no particular order."""
    yield from window_mistakes(settings)
    yield from _defaults(settings)
    yield from _vocabularies(settings)
    yield from portrait_mistakes(settings)
    yield from calendar_mistakes(settings)
    yield from _gap(settings.caps.gap)
    yield from _new_reps(settings.new_reps)
    yield from channel_mistakes(settings)
    yield from _company(settings)
    yield from _redirects(settings)
    yield from _database(settings)
    yield from source_mistakes(settings)
    yield from feed_mistakes(settings)
    if settings.web is not None:
        yield from web_mistakes(settings.web)
    yield from retention_mistakes(settings)
    yield from inbox_mistakes(settings)
    if settings.inbox is not None:
        for index, address in enumerate(settings.inbox.addresses):
            yield from address_mistakes(("inbox", settings.inbox.kind, "addresses", index), address)
        if settings.inbox.reply_to:
            yield from address_mistakes(("inbox", settings.inbox.kind, "reply_to"), settings.inbox.reply_to)


def _defaults(settings: Settings) -> Iterator[Mistake]:
    defaults = settings.defaults
    if settings.channels or "via" in defaults.model_fields_set:
        for index, channel in enumerate(defaults.via):
            yield from unknown_name(("defaults", "via", index), "channel", channel, tuple(settings.channels))
    yield from unknown_zone(("defaults", "timezone"), defaults.timezone)
    yield from unknown_country(("defaults", "country"), defaults.country)


def _vocabularies(settings: Settings) -> Iterator[Mistake]:
    words = settings.vocabularies
    for key in type(words).model_fields:
        yield from twice(("vocabularies", key), getattr(words, key))
    yield from twice(("dates",), settings.dates)
    yield from twice(("circumstances",), tuple(settings.circumstances))
    for index, category in enumerate(words.essential):
        yield from unknown_name(("vocabularies", "essential", index), "category", category, words.categories)
    for index, outcome in enumerate(words.attempt_outcomes):
        if outcome in words.effective_outcomes:
            message = f'outcome "{outcome}" is both a contact and an attempt'
            yield Mistake(("vocabularies", "attempt_outcomes", index), "C113", message, "keep one of them")
    for name, attribute in settings.attributes.items():
        if attribute.words and attribute.type not in ("text", "list"):
            message = f"attribute {name} is {attribute.type} and cannot have words"
            yield Mistake(("attributes", name, "words"), "C113", message, "only text and list can")


def _new_reps(text: str) -> Iterator[Mistake]:
    try:
        span = parse_duration(text)
    except ValueError:
        span = Duration()
    if span != Duration(months=span.months, days=span.days) or not 0 < span.longest_seconds() <= _LONGEST_NEW:
        yield Mistake(("new_reps",), "C110", f'"{text}" is not how long a rep is new', "write e.g. 90d or 6mo")


def _gap(text: str) -> Iterator[Mistake]:
    where: Location = ("caps", "gap")
    try:
        gap = parse_duration(text)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield Mistake(where, "C110", message, hint)
        return
    if gap.needs_office_calendar or gap.months or min(gap.days, gap.seconds) < 0:
        yield Mistake(where, "C110", f'"{text}" is not a gap', "write e.g. 90m, 4h or 2d")
    elif gap.longest_seconds() > _LONGEST_GAP:
        yield Mistake(where, "C110", f'"{text}" is too long for a gap', "write at most 30d")


def _company(settings: Settings) -> Iterator[Mistake]:
    if not HOST.fullmatch(settings.company.domain):
        message = f'"{settings.company.domain}" is not a domain'
        yield Mistake(("company", "domain"), "C116", message, "write e.g. example.com")


def _redirects(settings: Settings) -> Iterator[Mistake]:
    for name, address in settings.redirect_to.items():
        path: Location = ("redirect_to", name)
        yield from (m._replace(on_key=True) for m in unknown_name(path, "channel", name, tuple(settings.channels)))
        channel = settings.channels.get(name)
        if isinstance(channel, EmailChannel):
            yield from address_mistakes(path, address)
        elif isinstance(channel, WebhookChannel):
            yield from url_mistakes(path, address, channel)
        elif isinstance(channel, SmsChannel):
            yield from number_mistakes(path, address)
        elif channel is not None and channel.form is Form.GROUP:
            message = f'channel "{name}" speaks to a group, not to an address'
            yield Mistake(path, "C116", message, "let its webhook refer to the robot of a test group")


def _database(settings: Settings) -> Iterator[Mistake]:
    database = settings.database_at
    where: Location = ("database",) if isinstance(settings.database, str) else ("database", "mapping", "url")
    if is_reference(database.url):
        return
    if not database.url.startswith(("sqlite:", "postgresql")):
        hint = "write sqlite:///FILE, or env:NAME for a PostgreSQL URL"
        yield Mistake(where, "C116", "database is neither SQLite nor PostgreSQL", hint)
    elif _PASSWORD_IN_URL.match(database.url):
        yield Mistake(where, "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)
    if database.url.startswith("sqlite:") and database.prepared is not None:
        path: Location = ("database", "mapping", "prepared")
        yield Mistake(path, "C116", "database.prepared is for PostgreSQL", "leave it out")
