"""The world outside: mailbox, feeds and sources. Connects, logs in, looks; nothing over there is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from adapters.feeds.fetch import FeedAway
from adapters.feeds.messages import BadFeed
from adapters.inbox.mailbox import MailboxAway
from adapters.sources.sql import SourceFailure
from engine.ground.errors import FollowupError
from engine.service import feeds, inbox, sources
from engine.service.app import App
from engine.service.doctor.finding import Finding, fail, ok, warn

_AT_ONCE = 8
_MEND = "mend it in config.yaml or over there, then: followup"


def mailbox(app: App) -> Iterator[Finding]:
    """Whether we are let in, and each folder is there."""
    configured = app.settings.inbox
    if configured is None:
        return
    if app.rehearsal and not inbox.is_here(app):
        yield ok("inbox", "a rehearsal reads no mailbox of other machines")
        return
    try:
        told = inbox.visit(app)
    except (MailboxAway, FollowupError) as error:
        yield fail("inbox", str(error), f"{_MEND} inbox")
        return
    yield ok("inbox", told)


def all_feeds(app: App) -> Iterator[Finding]:
    """Each of config.yaml, all at once, in its order."""
    yield from _each(list(app.settings.feeds), lambda name: _feed(app, name))


def all_sources(app: App) -> Iterator[Finding]:
    """The same of sources."""
    yield from _each(list(app.settings.sources), lambda name: _source(app, name))


def _each(names: list[str], look: Callable[[str], Finding]) -> Iterator[Finding]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(look, names)


def _feed(app: App, name: str) -> Finding:
    about = f"feed {name}"
    try:
        found = feeds.visit(app, name)
    except (FeedAway, BadFeed, OSError) as error:
        return fail(about, feeds.why_away(error), "mend it in config.yaml, or wait until it is back")
    if found.problems:
        return warn(about, f"{len(found.problems)} problems, the first: {found.problems[0]}", "tell whoever sends it")
    return ok(about, f"can be read; it tells of {len(found.messages)} warnings and links to {len(found.links)}")


def _source(app: App, name: str) -> Finding:
    about = f"source {name}"
    try:
        columns = sources.visit(app, name)
    except (SourceFailure, FollowupError) as error:
        return fail(about, str(error), f"{_MEND} sync {name}")
    except OSError as error:
        return fail(about, error.strerror or type(error).__name__, f"{_MEND} sync {name}")
    return ok(about, f"lets us read; all {columns} columns are there")
