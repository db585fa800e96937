"""`followup run`: one process, from the first signal that it may get to its end."""

from __future__ import annotations

import contextlib
import faulthandler
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType

import structlog

from engine.desk.calendar_data import provisional_years
from engine.rulebook.model import RuleBook
from engine.service import rules_in_force
from engine.service.app import App, database_url, open_app
from engine.service.daemon import Daemon, Report
from engine.service.lock import daemon_lock
from engine.service.logs import configure_logging
from engine.service.notify import microseconds, sd_notify, unhurried
from engine.service.web import WebChild, site_for
from engine.settings.load import load_settings
from engine.store import state
from engine.store.conditions.fields import countries_in_use
from engine.store.database import Database, require_file
from engine.store.upgrade import upgrade

log = structlog.get_logger(__name__)

LAST_STEPS = 30.0
"""Seconds that ending takes at most once nothing is in flight. Ours."""


def run(config: Path, *, hold: bool = False, web: bool = False, report: Report | None = None) -> int:
    """The daemon in the foreground until SIGTERM or SIGINT; 0 when it ended well.

    Order: database, migrations, rules, rescue, READY. BadConfig (exit 78) before anything was started.
    """
    configure_logging()
    faulthandler.enable()  # a manager who has waited in vain sends SIGABRT: show where every thread is
    asked = Asked()
    settings = load_settings(config)
    url = database_url(settings, config.resolve().parent)
    require_file(url)
    with daemon_lock(url):
        _migrate(url)
        with open_app(config) as app:
            with unhurried("putting rules in force"):
                rules_in_force.begin(app)
            if hold:
                _hold(app)
            with running(app, report) as daemon, _pages(app, config, wanted=web) as look_after:
                _wait_for_the_end(daemon, asked, look_after)
    return 0


class Asked:
    """What signals ask of the daemon: to end (SIGTERM, SIGINT), to reload the rules (SIGHUP).

    Taken from the first moment on: a signal that comes while the daemon starts must not kill it half-way.
    """

    def __init__(self) -> None:
        self.to_end, self.to_reload = threading.Event(), threading.Event()
        signal.signal(signal.SIGTERM, self._take)
        signal.signal(signal.SIGINT, self._take)
        signal.signal(signal.SIGHUP, self._take)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        (self.to_reload if number == signal.SIGHUP else self.to_end).set()


@contextlib.contextmanager
def running(app: App, report: Report | None = None) -> Iterator[Daemon]:
    """A daemon at work until the block ends."""
    daemon = Daemon(app, report)
    try:
        with unhurried("taking back what was claimed"):
            daemon.start()
        _tell_provisional(app)
        sd_notify("READY=1")
        log.info("ready", database=app.db.dialect)
        yield daemon
    finally:
        # What is in flight ends with its lease; a manager that kills it before makes it a doubt.
        sd_notify(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={microseconds(app.settings.service.lease + LAST_STEPS)}")
        daemon.stop()
        log.info("stopped")


@contextlib.contextmanager
def _pages(app: App, config: Path, *, wanted: bool) -> Iterator[Callable[[], None]]:
    """The process with the pages, where it is wanted; gives what is to be called now and then."""
    if not wanted:
        yield lambda: None
        return
    site_for(app)  # what config.yaml lacks for it is told before it is started
    child = WebChild(config)
    try:
        yield child.look_after
    finally:
        child.stop()


def _tell_provisional(app: App) -> None:
    """Years whose official calendar is awaited, with the rules that depend on it."""
    with app.db.reading() as connection:
        generation, countries = app.books.active(connection), countries_in_use(connection)
    book = generation.book if generation else RuleBook()
    for one in provisional_years(app.clockwork.calendars, book, countries, app.clock.now()):
        log.info("calendar_provisional", country=one.country, year=one.year, rules=list(one.rules))


def _migrate(url: str) -> None:
    db = Database(url)
    try:
        with unhurried("bringing the database up to this release"):
            upgrade(db)
    finally:
        db.close()


def _hold(app: App) -> None:
    """After a restored backup nothing is sent until a person has looked and said `followup resume`."""
    with app.db.writing() as connection:
        state.set_pause(connection, "all", state.HOLD, "admin", app.clock.now())


def _wait_for_the_end(daemon: Daemon, asked: Asked, look_after: Callable[[], None]) -> None:
    """Until a signal says so."""
    while not asked.to_end.wait(0.2):
        daemon.guard("web", look_after)
        if asked.to_reload.is_set():
            asked.to_reload.clear()
            daemon.guard("reload", partial(rules_in_force.reload_at_once, daemon.app))
