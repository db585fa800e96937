"""All that the doctor looks at, in the order in which one thing needs the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.ground.errors import BadConfig, FollowupError
from engine.service.app import App, database_url, open_app
from engine.service.doctor import book, house, machine, reach, world
from engine.service.doctor.finding import Finding, fail, ok
from engine.service.doctor.rows import rows
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.store.database import Database, sqlite_path
from engine.store.failures import failure_line
from engine.store.soundness import zones_in_use


def examine(config: Path) -> Iterator[Finding]:
    """Everything, as it is found. What cannot be looked at is a finding as well; nothing is raised."""
    yield from _looked("versions", machine.versions)
    yield from _looked("clock", machine.synchronised)
    try:
        settings = load_settings(config)
    except BadConfig as error:
        first = error.problems[0]
        yield fail("config", f"{len(error.problems)} mistakes, the first: {first}", "mend it, then: followup check")
        return
    yield ok("config", str(config))
    home = config.resolve().parent
    yield from _looked("permissions", lambda: house.folder(config))
    yield from _looked("secrets", lambda: house.secrets(settings, home))
    found = list(_looked("database", lambda: _database(settings, home)))
    yield from found
    if not any(one.level == "fail" for one in found):
        yield from _looked("database", lambda: _opened(config))


def _database(settings: Settings, home: Path) -> Iterator[Finding]:
    url = database_url(settings, home)
    path = sqlite_path(url)
    if path is not None and path.exists():
        yield from house.state_file(path)
    yield from machine.disk(path.parent if path is not None and path.parent.exists() else home)
    db = Database(url, read_only=True)
    try:
        yield from book.database(db)
    finally:
        db.close()


def _opened(config: Path) -> Iterator[Finding]:
    with open_app(config, read_only=True) as app:
        looks: dict[str, Callable[[], Iterable[Finding]]] = {
            "clock": lambda: book.clock(app),
            "zones": lambda: machine.zones(_zones(app), app.clock.now()),
            "rows": lambda: rows(app),
            "rules": lambda: book.rules(app, config),
            "calendars": lambda: book.calendars(app),
            "daemon": lambda: book.at_work(app),
            "backlog": lambda: book.backlog(app),
            "channels": lambda: reach.channels(app),
            "inbox": lambda: world.mailbox(app),
            "feeds": lambda: world.all_feeds(app),
            "sources": lambda: world.all_sources(app),
        }
        for about, look in looks.items():
            yield from _looked(about, look)


def _zones(app: App) -> frozenset[str]:
    with app.db.reading() as connection:
        return zones_in_use(connection) | {app.settings.defaults.timezone, app.settings.office.timezone}


def _looked(about: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a look finds; that it could not be taken is the worst of it."""
    try:
        yield from look()
    except FollowupError as error:
        yield fail(about, str(error), "mend it as it says")
    except Exception as error:  # whatever it is, the other looks go on
        yield fail(about, failure_line(error) or f"could not be looked at: {type(error).__name__}: {error}",
                   "mend it as it says; if it is a mistake of ours, please tell us")  # fmt: skip
