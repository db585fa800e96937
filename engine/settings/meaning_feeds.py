"""What kinds of circumstances and the feeds of config.yaml must mean."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.words import UNKNOWN_SEVERITY
from engine.ground.durations import Duration, parse_duration
from engine.settings.feed_model import Feed
from engine.settings.meaning_webhooks import network_mistakes, url_mistakes
from engine.settings.model import Settings
from engine.settings.wording import Location, Mistake, did_you_mean

_DAY = 86_400


def feed_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of kinds and feeds."""
    if isinstance(settings.circumstances, dict):
        for name, kind in settings.circumstances.items():
            where: Location = ("circumstances", "mapping", name, "aftermath")
            yield from span_mistakes(where, kind.aftermath, 0, 366 * _DAY, "at most 366d")
            words = (*settings.vocabularies.severities, UNKNOWN_SEVERITY)
            if kind.severity and kind.severity not in words:
                path = (*where[:-1], "severity")
                message, hint = f'there is no severity "{kind.severity}"', did_you_mean(kind.severity, words)
                yield Mistake(path, "C111", message, hint)
    for name, feed in settings.feeds.items():
        yield from _feed(("feeds", name), feed, tuple(settings.circumstances))


def seconds(text: str) -> int:
    """A span of config.yaml in seconds; its days have 24 hours."""
    return _seconds(parse_duration(text))


def _feed(where: Location, feed: Feed, kinds: tuple[str, ...]) -> Iterator[Mistake]:
    if bool(feed.url) == bool(feed.file):
        yield Mistake(where, "C104", f'{".".join(map(str, where))} needs either "url" or "file"', on_key=True)
    if feed.url:
        yield from url_mistakes((*where, "url"), feed.url, feed, "feed")
    yield from network_mistakes(where, feed)
    yield from span_mistakes((*where, "every"), feed.every, 60, _DAY, "1m to 1d")
    yield from span_mistakes((*where, "lasts"), feed.lasts, 3_600, 366 * _DAY, "1h to 366d")
    for word, kind in feed.kinds.items():
        if kind and kind not in kinds:
            hint = did_you_mean(kind, kinds) or "define it under circumstances"
            yield Mistake((*where, "kinds", word), "C111", f'there is no circumstance "{kind}"', hint)


def span_mistakes(where: Location, text: str, least: int, most: int, allowed: str) -> Iterator[Mistake]:
    """What is wrong with a span of fixed length that must lie between two others (seconds)."""
    try:
        span = parse_duration(text)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield Mistake(where, "C110", message, hint)
        return
    fixed = not (span.needs_office_calendar or span.months)
    if not fixed or not least <= _seconds(span) <= most:
        yield Mistake(where, "C110", f'"{text}" cannot stand here', f"write {allowed}")


def _seconds(span: Duration) -> int:
    return span.days * _DAY + span.seconds
