"""One cell of the matrix: a house with one message to send, a daemon that dies at a point, and the one after it."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from engine.store.database import Database
from tests.acceptance.house import House
from tests.crashes.mortal import dies_at
from tests.crashes.points import Outcome, Point
from tests.crashes.postgres import Postgres, postgres
from tests.crashes.processes import PATIENCE, followup, wait_for
from tests.faults.smtp_faults import Accepted, FaultySmtp

CONFIG = """\
company: {{name: Example Co., domain: example.com}}
database: {url}
windows:
  lead: {{days: mon-sun, open: "00:00", close: "24:00"}}
  rep: {{days: mon-sun, open: "00:00", close: "24:00"}}
quiet_hours: {{start: "00:00", end: "00:00"}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com, timeout: 30}}
service: {{tick: 0.2, dispatch: 0.2, lease: 5, senders: 1}}
"""
"""A lease of 5 s: on PostgreSQL nobody knows that a daemon died, and what it held waits until its lease is over."""

_RULE = """\
rules:
  - id: only
    category: care
    on: {{since: registered, after: 1h}}
    steps:
      - {{id: one, at: +0h, {action}}}
"""
_ACTIONS = {
    "lead": "greet: lead, template: greeting/thanks",
    "rep": "remind: owner, template: reminder/first_contact",
}
_AFTERWARDS = 1.0
"""Seconds, five passes of dispatch, that nothing more may come of once all is quiet."""


class Cell(NamedTuple):
    """A place in the matrix."""

    point: Point
    audience: str
    engine: str


@dataclass(frozen=True)
class Ground:
    """What cells stand on: a furnished house of each engine, to be copied."""

    folder: Path
    server: Postgres | None

    def house(self, cell: Cell, port: int) -> tuple[House, str]:
        """A house of its own, with a database of its own; its URL."""
        name = f"cell_{cell.engine}_{cell.audience}_{cell.point.value}"
        shutil.copytree(self.folder / "model", self.folder / name)
        house = House(self.folder / name)
        url = f"sqlite:///{house.database}"
        if cell.engine == "postgresql":
            assert self.server is not None
            url = self.server.make(name, like="model")
        house.write("config.yaml", CONFIG.format(port=port, url=url))
        house.write("rules/rules.yaml", _RULE.format(action=_ACTIONS[cell.audience]))
        return house, url


class _Relay(FaultySmtp):
    """Takes everything. With `strikes` it does so once more after it took a message, and never answers that one."""

    strikes: Callable[[], None] | None = None

    def store(self, message: Accepted) -> None:
        super().store(message)
        if self.strikes is not None:
            self.strikes()
            raise ConnectionAbortedError("whoever waits for the answer is dead")


@contextmanager
def ground(*engines: str) -> Iterator[Ground]:
    """For cells of these engines."""
    server = postgres() if "postgresql" in engines else nullcontext()
    with tempfile.TemporaryDirectory(prefix="followup-crashes-") as folder, server as running:
        yield _furnished(Path(folder), running)


def _furnished(folder: Path, server: Postgres | None) -> Ground:
    """A model house on SQLite, and a model database for the other engine's."""
    House.lay_out(folder / "model", 25, leads=1, reps=1)
    if server is not None:
        url = server.make("model")
        House.lay_out(folder / "furnishing", 25, leads=1, reps=1, url=url)
    return Ground(folder, server)


def lived_through(cell: Cell, ground: Ground) -> Outcome:
    """Die there, live on, and tell what came of it. AssertionError: the daemon did not die of that, or not end well."""
    with _Relay() as relay:
        house, url = ground.house(cell, relay.port)
        said = house.home / "said.txt"
        _die(cell.point, house, relay, said)
        db = Database(url)
        try:
            left = _delivery(db).state
            said = house.home / "said-then.txt"
            with followup("run", "-c", str(house.config), said=said) as daemon:
                wait_for(partial(_is_quiet, db, said), said)
                time.sleep(_AFTERWARDS)
                daemon.terminate()
                daemon.join(PATIENCE)
                assert daemon.exitcode == 0, said.read_text()
            state, touch = _delivery(db)
        finally:
            db.close()
        ids = [mail.message_id for mail in relay.accepted]
        return Outcome(left, state, touch, len(ids), len(set(ids)))


def _die(point: Point, house: House, relay: _Relay, said: Path) -> None:
    """A daemon's life until that point."""
    inside = None if point is Point.AFTER_DOT else dies_at(point)
    with followup("run", "-c", str(house.config), said=said, prepare=inside) as daemon:
        if point is Point.AFTER_DOT:
            relay.strikes = daemon.kill
        daemon.join(PATIENCE)
        assert daemon.exitcode == -signal.SIGKILL, f"it lives, or ended by itself: {said.read_text()}"
    relay.strikes = None


class _Found(NamedTuple):
    state: str
    touch: str


def _delivery(db: Database) -> _Found:
    query = text("SELECT d.state, t.state FROM delivery d JOIN touch t ON t.id = d.touch")
    with db.reading() as connection:
        return _Found(*connection.execute(query).one())


def _is_quiet(db: Database, said: Path) -> bool:
    """Whether the delivery has come to rest, and the daemon to its work."""
    return _delivery(db).state not in ("pending", "claimed", "sending") and b"ready" in said.read_bytes()
