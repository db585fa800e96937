"""What every page works with: the set-up, and the secrets people come in with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from engine.ground.clock import Clock
from engine.ground.errors import FollowupError
from engine.settings.model import Settings
from engine.settings.web_model import Web
from engine.settings.web_secrets import KnownToken, known_tokens, link_keys
from engine.stages.answers.means import Means
from engine.stages.books import Books
from engine.stages.compose.links import Links
from engine.stages.compose.shelf import Shelf
from engine.stages.gates.objections import Gates
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database


class NoWeb(FollowupError):
    """config.yaml has no `web` section: write one, as docs/web.md shows."""


@dataclass(frozen=True)
class Site:
    """One house as its pages see it. `gates` are asked for by acts that need them, each time anew."""

    settings: Settings
    web: Web
    home: Path
    db: Database
    clock: Clock
    books: Books
    clockwork: Clockwork
    gates: Callable[[], Gates]
    keys: tuple[str, ...]
    tokens: tuple[KnownToken, ...]

    @cached_property
    def shelf(self) -> Shelf:
        """Steps and templates, for pages that write texts."""
        return Shelf(self.books, Links(self.web.base_url, self.keys))

    @property
    def secure(self) -> bool:
        """Whether the browser talks https, to us or to the proxy before us."""
        return self.web.base_url.startswith("https:")

    def means(self) -> Means:
        """What answers to reminders are worked out with, gates as they are now."""
        return Means(self.settings, self.books, self.clockwork, self.gates())

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The Host headers that are ours: base_url's, and the address we listen on where it is this machine's."""
        base = urlsplit(self.web.base_url.lower())
        found = {base.netloc, base.hostname or ""} if base.port in (None, 80, 443) else {base.netloc}
        host, _, port = self.web.bind.rpartition(":")
        if host in ("127.0.0.1", "localhost", "[::1]"):
            found |= {f"{host}:{port}", f"localhost:{port}"}
        return frozenset(found)


def site_of(
    settings: Settings, home: Path, db: Database, clock: Clock, books: Books, clockwork: Clockwork,
    gates: Callable[[], Gates],
) -> Site:  # fmt: skip
    """The site that config.yaml describes. NoWeb: it describes none. MissingSecret: a key or token cannot be had."""
    web = settings.web
    if web is None:
        raise NoWeb("config.yaml has no `web` section; write one as docs/web.md shows")
    keys, tokens = link_keys(web, home), known_tokens(web, home)
    return Site(settings, web, home, db, clock, books, clockwork, gates, keys, tokens)
