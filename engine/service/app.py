"""Everything wired together: what every command and the daemon start from."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.desk.edits import edits_of, require_confirmed
from engine.desk.folder import Checked, check_folder, read_folder
from engine.desk.tried.renderings import never_written
from engine.ground.clock import Clock, FrozenClock, SystemClock
from engine.ground.errors import BadConfig, UsageError
from engine.rulebook.model import Quarantined
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.settings.secrets import resolve
from engine.settings.web_secrets import link_keys
from engine.stages.books import Books, adopt
from engine.stages.compose.links import Links
from engine.stages.gates.objections import Gates
from engine.stages.plan.timing import Clockwork
from engine.store.book.generations import active_generation
from engine.store.database import Database, sqlite_path
from engine.store.prepared import with_prepared
from engine.store.state import is_rehearsal
from engine.store.upgrade import require_schema


@dataclass(frozen=True)
class App:
    """One set-up: its settings, its folder, its database and the clock it lives by."""

    settings: Settings
    home: Path
    db: Database
    clock: Clock
    books: Books
    clockwork: Clockwork
    rehearsal: bool

    @property
    def alone(self) -> bool:
        """Whether no other daemon can be at work: on SQLite the daemon's lock says so."""
        return self.db.dialect == "sqlite"

    def gates(self) -> Gates:
        """The gates in force; before any rules are, those of the folder. BadConfig: its rules cannot be used."""
        with self.db.reading() as connection:
            generation = self.books.active(connection)
        if generation is not None:
            return Gates.of(generation.book, self.settings)
        return Gates.of(check_folder(self.settings, read_folder(self.settings, self.home)).book, self.settings)

    @property
    def worker(self) -> str:
        """The name under which this process claims deliveries."""
        return f"{socket.gethostname()}:{os.getpid()}"


def database_url(settings: Settings, home: Path) -> str:
    """The database of config.yaml; a relative SQLite path is relative to config.yaml."""
    url = settings.database_at.url
    if url.partition(":")[0] in ("env", "file", "cred"):
        url = resolve(url, home)
    path = sqlite_path(url)
    if path is None:
        return with_prepared(url, settings.database_at.prepared)
    if path.is_absolute():
        return url
    return f"sqlite:///{(home / path).resolve()}"


@contextmanager
def open_app(config: Path, *, now: int | None = None, read_only: bool = False) -> Iterator[App]:
    """The set-up that a config.yaml describes, its database open and checked for its schema.

    `now` freezes the clock; a database that is not marked as a rehearsal refuses to be written then.
    """
    settings = load_settings(config)
    home = config.resolve().parent
    url = database_url(settings, home)
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise UsageError(f'there is no database "{path.name}" yet; make it with: followup db upgrade')
    db = Database(url, read_only=read_only)
    try:
        require_schema(db)
        with db.reading() as connection:
            rehearsal = is_rehearsal(connection)
        if now is not None and not rehearsal and not read_only:
            raise UsageError("--now writes only to a rehearsal database; make one with: followup init --rehearsal DIR")
        clock: Clock = SystemClock() if now is None else FrozenClock(now)
        yield App(settings, home, db, clock, Books(settings), Clockwork.of(settings), rehearsal)
    finally:
        db.close()


def links_of(app: App) -> Links | None:
    """What writes the links of reminders; None: config.yaml has no pages. MissingSecret: a key cannot be had."""
    web = app.settings.web
    return None if web is None else Links(web.base_url, link_keys(web, app.home))


@dataclass(frozen=True)
class Adopted:
    """The generation in force, and the rules of the folder that were left out of it for their mistakes."""

    generation: int
    quarantined: tuple[Quarantined, ...]


def adopt_rules(app: App, *, confirmed: bool = False) -> Adopted:
    """Check the folder's rules and put them in force; BadConfig with every problem leaves all as it was.

    So does NotConfirmed: they would make more due at once than `caps.backfill`, and nobody said that it is meant.
    With `on_invalid: quarantine`, rules with mistakes are left out, and returned.
    """
    quarantine = app.settings.on_invalid == "quarantine"
    checked = check_folder(app.settings, read_folder(app.settings, app.home), quarantine=quarantine)
    _insist_on_writable(app, checked)
    if not confirmed:
        with app.db.reading() as connection:
            edits = edits_of(connection, app.settings, app.books, checked, app.clock.now())
        require_confirmed(edits, app.settings.caps.backfill)
    generation = adopt(app.db, checked.book, checked.rules, checked.templates, app.clock.now())
    return Adopted(generation, checked.book.quarantined)


def _insist_on_writable(app: App, checked: Checked) -> None:
    """BadConfig: a text can be written for nobody. What is in force was tried when it came in force."""
    with app.db.reading() as connection:
        current = active_generation(connection)
    if current is None or current.templates != checked.templates or current.rules != checked.rules:
        problems = never_written(app.settings, checked)
        if problems:
            raise BadConfig(problems)
