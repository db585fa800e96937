"""Daemons as processes on one PostgreSQL database, with touches that come due for all of them at one moment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, text, update

from engine.domain.civil import utc_date
from engine.domain.people import LeadEntry
from engine.domain.words import Delivery, Touch
from engine.ground.clock import SystemClock
from engine.service.app import App, adopt_rules, open_app
from engine.stages.plan.plan import plan
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.ledger import delivery, delivery_event, touch
from engine.store.upgrade import upgrade
from tests.faults.smtp_faults import Accepted, FaultySmtp

LEASE = 5
PATIENCE = 3_600.0
_LOOK = 0.25
_CONFIG = """\
company: {{name: Example Co., domain: example.com}}
database: env:FLEET_DATABASE
windows:
  lead: {{days: mon-sun, open: "00:00", close: "24:00"}}
  rep: {{days: mon-sun, open: "00:00", close: "24:00"}}
quiet_hours: {{start: "00:00", end: "00:00"}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com}}
service: {{tick: 1, dispatch: 0.5, lease: {lease}}}
"""
_RULES = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps: [{id: wish, at: +0h, greet: lead, template: greeting/hello}]
"""
_TEXT = "{% block subject %}Welcome, {{ lead.name }}{% endblock %}{% block body %}We are glad.{% endblock %}"
_FOLLOWUP = (sys.executable, "-c", "from engine.cli.main import main; main()")
_TICKS = os.sysconf("SC_CLK_TCK")


class Letterbox(FaultySmtp):
    """A relay that takes everything and only counts: how often each Message-ID came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: Counter[str] = Counter()

    def store(self, message: Accepted) -> None:
        with self._lock:
            self.came[message.message_id] += 1


@dataclass
class Daemon:
    """One process of the fleet; `before`: the CPU seconds that it had used when work began."""

    process: subprocess.Popen[bytes]
    before: float = 0.0
    spent: float = 0.0

    def note(self) -> None:
        """Remember what it has used so far."""
        self.spent = _cpu_of(self.process.pid) - self.before

    def kill(self) -> None:
        """kill -9."""
        self.note()
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True)
class Result:
    """What came of it. `rescued_after`: seconds from the death of a daemon until the last of its claims was free.

    `cpu`: seconds of the daemons; `server`: those of the database's server, if we know it.
    """

    states: dict[str, int]
    came: Counter[str]
    seconds: float
    cpu: float
    server: float
    shares: tuple[int, ...]
    rescued_after: int | None

    @property
    def count(self) -> int:
        return sum(self.states.values())


@dataclass
class Fleet:
    """A house on a PostgreSQL database; its daemons all have the same folder."""

    url: str
    home: Path
    relay: Letterbox
    lease: int = LEASE
    server: int = 0
    """The first process of the database's server, where it is ours."""

    def furnish(self, count: int) -> None:
        """So many customers, each with a greeting that is planned for later."""
        files = {
            "config.yaml": _CONFIG.format(port=self.relay.port, lease=self.lease), "rules/all.yaml": _RULES,
            "templates/greeting/hello/mail.en.txt.j2": _TEXT,
        }  # fmt: skip
        for name, content in files.items():
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            (self.home / name).write_text(content)
        os.environ["FLEET_DATABASE"] = self.url
        db = Database(self.url)
        upgrade(db)
        db.close()
        with open_app(self.home / "config.yaml") as app:
            self._people(app, count)
            adopt_rules(app, confirmed=True)
            plan(app.db, app.settings, app.books, app.clockwork, app.clock.now())
            with app.db.writing() as connection:
                connection.execute(text("ANALYZE"))

    def _people(self, app: App, count: int) -> None:
        now = app.clock.now()
        common = {"timezone": "UTC", "locale": "en", "country": "CN", "registered_at": now}
        for first in range(0, count, 1_000):
            numbers = range(first, min(first + 1_000, count))
            entries = [
                LeadEntry(f"lead-{n}", {"name": f"Name {n}", "email": f"lead-{n}@d{n % 100}.example.com", **common}, {})
                for n in numbers
            ]
            with app.db.writing() as connection:
                upsert_leads(connection, entries, {}, Stamp(now, "import"))

    def share(self, daemons: int, *, kill_at: int = 0) -> Result:
        """Have all that is planned come due while so many daemons are up; kill one when so many letters came."""
        db = Database(self.url)
        before = len(self.relay.came)
        with _running(self.home, daemons) as fleet:
            _come_due(db)
            used = self._server_cpu()
            start, died_at, victim = time.monotonic(), 0, ""
            while self._are_coming() or _is_at_work(db):
                if kill_at and not died_at and len(self.relay.came) - before >= kill_at:
                    fleet[0].kill()
                    died_at, victim = SystemClock().now(), f":{fleet[0].process.pid}"
                assert time.monotonic() - start < PATIENCE
            seconds = time.monotonic() - start
            for daemon in fleet:
                if daemon.process.poll() is None:
                    daemon.note()
            result = Result(
                _states(db), self.relay.came, seconds, sum(one.spent for one in fleet),
                self._server_cpu() - used, _shares(db, fleet), _rescued(db, victim, died_at) if died_at else None,
            )  # fmt: skip
        db.close()
        return result


    def _server_cpu(self) -> float:
        return _cpu_of(self.server, ended=True) if self.server else 0.0

    def _are_coming(self) -> bool:
        """Whether letters came in the last moment: then there is no need to trouble the database."""
        before = len(self.relay.came)
        time.sleep(_LOOK)
        return len(self.relay.came) > before


@contextmanager
def _running(home: Path, count: int) -> Iterator[list[Daemon]]:
    with (home / "daemons.log").open("ab") as out:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        arguments = [*_FOLLOWUP, "--config", str(home / "config.yaml"), "run"]
        fleet = [
            Daemon(subprocess.Popen(arguments, stdout=out, stderr=out, env=environment)) for _ in range(count)
        ]
        try:
            _wait_until_ready(home / "daemons.log", fleet)
            yield fleet
        finally:
            for daemon in fleet:
                daemon.process.terminate()
            for daemon in fleet:
                daemon.process.wait(60)
            (home / "daemons.log").rename(home / f"daemons-{fleet[0].process.pid}.log")


def _wait_until_ready(said: Path, fleet: Sequence[Daemon]) -> None:
    """All of them tick, and have used what a start needs."""
    until = time.monotonic() + 120
    while said.read_text(errors="replace").count("ready") < len(fleet):
        assert time.monotonic() < until, said.read_text(errors="replace")[-2_000:]
        assert all(daemon.process.poll() is None for daemon in fleet), said.read_text(errors="replace")[-2_000:]
        time.sleep(0.2)
    time.sleep(2)
    for daemon in fleet:
        daemon.before = _cpu_of(daemon.process.pid)


def _come_due(db: Database) -> None:
    now = SystemClock().now()
    due = {"nominal_at": now, "due_at": now, "judge_at": now, "day_on": utc_date(now).isoformat()}
    with db.writing() as connection:
        connection.execute(update(touch).where(touch.c.state == Touch.PLANNED).values(due))


def _is_at_work(db: Database) -> bool:
    open_ones = select(touch.c.id).where(touch.c.state.in_((Touch.PLANNED, Touch.RELEASED))).limit(1)
    under_way = select(delivery.c.id).where(
        delivery.c.state.in_((Delivery.PENDING, Delivery.CLAIMED, Delivery.SENDING))
    ).limit(1)  # fmt: skip
    doubt = select(delivery.c.touch).where(delivery.c.state == Delivery.IN_DOUBT)
    with db.reading() as connection:
        left = connection.execute(open_ones.where(touch.c.id.not_in(doubt))).first()
        return left is not None or connection.execute(under_way).first() is not None


def _states(db: Database) -> dict[str, int]:
    return _counted(db, "SELECT state, count(*) FROM delivery GROUP BY state")


def _shares(db: Database, fleet: Sequence[Daemon]) -> tuple[int, ...]:
    """How many messages each of them settled."""
    by_owner = _counted(db, "SELECT owner, count(*) FROM delivery GROUP BY owner")
    return tuple(
        sum(n for owner, n in by_owner.items() if owner.endswith(f":{one.process.pid}")) for one in fleet
    )


def _counted(db: Database, query: str) -> dict[str, int]:
    with db.reading() as connection:
        rows: Any = connection.execute(text(query)).all()
        return {row[0] or "": row[1] for row in rows}


def _rescued(db: Database, victim: str, died_at: int) -> int:
    """How long after its death the last of a daemon's claims was taken back; 0 if it had none."""
    query = select(delivery_event.c.at).where(delivery_event.c.code == "lease_lapsed", delivery_event.c.at >= died_at)
    with db.reading() as connection:
        return max((at - died_at for at in connection.execute(query).scalars()), default=0) if victim else 0


def _cpu_of(pid: int, *, ended: bool = False) -> float:
    """CPU seconds of a process and its children, all their threads; `ended`: with those of children that are gone."""
    parents = {int(one.name): _stat(one) for one in Path("/proc").iterdir() if one.name.isdigit()}
    mine, found = {pid}, _of_ended(Path(f"/proc/{pid}")) if ended else 0.0
    while mine:
        found += sum(parents[one][1] for one in mine if one in parents)
        mine = {one for one, (parent, _) in parents.items() if parent in mine}
    return found


def _stat(process: Path) -> tuple[int, float]:
    """(parent, CPU seconds); (0, 0) of one that ended just now."""
    fields = _fields(process)
    return (int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS) if fields else (0, 0.0)


def _of_ended(process: Path) -> float:
    """CPU seconds of its children that ended, and were waited for."""
    fields = _fields(process)
    return (int(fields[13]) + int(fields[14])) / _TICKS if fields else 0.0


def _fields(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
