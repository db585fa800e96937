"""Looking at the feeds of config.yaml: fetch, read, follow the links of a list, take in, remember how it went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.feeds.fetch import FeedAway, fetch, same_host
from adapters.feeds.messages import LIMIT, BadFeed, Document, Message
from engine.domain.civil import DAY
from engine.ground.errors import UsageError
from engine.service.app import App
from engine.settings.feed_model import Feed
from engine.stages.ingest.ingest import READERS, Listening, Told, ingest
from engine.stages.ingest.story import unmatched_since
from engine.store import state

LINKS = 50
"""Entries of a list of warnings that are followed at one look; the rest is looked at the next time."""

RECENT = 7 * DAY
"""Seconds for which `status` tells of warnings whose area is none that we know."""


@dataclass(frozen=True)
class Look:
    """What one look at a feed brought."""

    told: tuple[Told, ...] = ()
    problems: tuple[str, ...] = ()
    unchanged: bool = False


@dataclass
class _Read:
    """What was read of a feed, and what it says of its version."""

    messages: list[Message] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    etag: str = ""
    modified: str = ""
    unchanged: bool = False
    followed: list[str] = field(default_factory=list)


def poll(app: App, name: str) -> Look:
    """Look at a feed of config.yaml now, and remember how it went. A feed that is away is a problem, no error."""
    feed, now = app.settings.feeds[name], app.clock.now()
    with app.db.reading() as connection:
        before = state.get(connection, _fact(name))
    known: dict[str, Any] = before.value if before is not None else {}
    try:
        read = _read(app, feed, known)
        told = ingest(app.db, app.settings, Listening(name, feed, app.gates()), read.messages, now)
        problems = known.get("problems", []) if read.unchanged else read.problems
        kept = {"ok_at": now, "away": "", "etag": read.etag, "modified": read.modified, "url": feed.url,
                "followed": read.followed, "problems": problems}  # fmt: skip
        look = Look(told, tuple(read.problems), read.unchanged)
    except (FeedAway, BadFeed, OSError) as error:
        kept, look = known | {"away": why_away(error)}, Look((), (why_away(error),))
    with app.db.writing() as connection:
        state.put(connection, _fact(name), kept, now)
    return look


def visit(app: App, name: str) -> Document:
    """The feed's own document as it is now, without its links; nothing is remembered. FeedAway, BadFeed, OSError."""
    feed = app.settings.feeds[name]
    if feed.file:
        return READERS[feed.format](_file(app.home / feed.file))
    return READERS[feed.format](fetch(feed.url, timeout=feed.timeout, networks=feed.networks).data or b"")


def ingest_once(app: App, source: str, form: str, *, dry_run: bool = False) -> Look:
    """Take in a file or an address that a person names, whatever the severity. UsageError: it cannot be read."""
    address = source.startswith(("https://", "http://"))
    place = {"url": source} if address else {"file": str(Path(source).resolve())}
    feed = Feed.model_validate({**place, "format": form or _guess(source), "min_severity": "unknown"})
    try:
        read = _read(app, feed, {})
    except (FeedAway, BadFeed, OSError) as error:
        raise UsageError(f'"{source}" cannot be used: {why_away(error)}') from error
    to = Listening(urlsplit(source).hostname or source if address else Path(source).name, feed, app.gates())
    told = ingest(app.db, app.settings, to, read.messages, app.clock.now(), dry_run=dry_run)
    return Look(told, tuple(read.problems))


def standing(app: App) -> Iterator[dict[str, Any]]:
    """Each feed of config.yaml: when it was last read, why it is away, what was wrong in it, areas unmatched."""
    with app.db.reading() as connection:
        for name in app.settings.feeds:
            fact = state.get(connection, _fact(name))
            known = fact.value if fact is not None else {}
            yield {"feed": name, "ok_at": known.get("ok_at"), "away": known.get("away", ""),
                   "problems": list(known.get("problems", ())),
                   "unmatched": unmatched_since(connection, name, app.clock.now() - RECENT)}  # fmt: skip


def why_away(error: Exception) -> str:
    """In a line."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _fact(name: str) -> str:
    return f"feed:{name}"


def _guess(source: str) -> str:
    return "usgs" if source.endswith((".json", ".geojson")) else "gdacs" if "gdacs" in source else "cap"


def _read(app: App, feed: Feed, known: dict[str, Any]) -> _Read:
    """The feed's document and those that it links to."""
    if feed.file:
        document = READERS[feed.format](_file(app.home / feed.file))
        problems = [*document.problems, *(f"{link} is not followed from a file" for link in document.links)]
        return _Read(list(document.messages), problems)
    same = known.get("url") == feed.url
    etag, modified = (known.get("etag", ""), known.get("modified", "")) if same else ("", "")
    found = fetch(feed.url, etag=etag, modified=modified, timeout=feed.timeout, networks=feed.networks)
    if found.data is None:
        return _Read(etag=etag, modified=modified, unchanged=True, followed=known.get("followed", []))
    document = READERS[feed.format](found.data)
    read = _Read(list(document.messages), list(document.problems), found.etag, found.modified)
    _follow(feed, document, known.get("followed", []) if same else [], read)
    return read


def _follow(feed: Feed, document: Document, before: list[str], read: _Read) -> None:
    """Read the links of the feed's own host that were not read before; one that fails is tried again."""
    read.followed = [link for link in document.links if link in before]
    fresh = [link for link in dict.fromkeys(document.links) if link not in before]
    for link in fresh[:LINKS]:
        if not same_host(feed.url, link):
            read.problems.append(f"{link} is not followed: it lies at another host")
            continue
        try:
            data = fetch(link, timeout=feed.timeout, networks=feed.networks).data
            linked = READERS[feed.format](data or b"")
        except (FeedAway, BadFeed) as error:
            read.problems.append(f"{link}: {error}")
            read.etag = read.modified = ""
            continue
        read.messages += linked.messages
        read.problems += linked.problems
        read.followed.append(link)
    if len(fresh) > LINKS:
        read.etag = read.modified = ""


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LIMIT + 1)
