"""A house in a folder, lived in by real processes: the daemon, the command line, a SQLite file, a mail server."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from click.testing import CliRunner

from engine.cli.main import main
from engine.ground.clock import SystemClock
from engine.service.app import open_app
from engine.settings.starter import starter_files
from engine.stages.imports import run_import
from engine.store.database import Database
from engine.store.upgrade import upgrade
from tests.faults.smtp_faults import FaultySmtp

ROOT = Path(__file__).parents[2]
FOLLOWUP = (sys.executable, "-c", "from engine.cli.main import main; main()")
"""The console script, also where the package is not installed."""
PATIENCE = 60.0
"""Seconds after which something that a test waits for is not going to happen. Nothing should come near it."""

NINETY_MINUTES = 5400
TEXTS = tuple(
    f"templates/{name}/"
    for name in ("base", "greeting/birthday", "greeting/thanks", "reminder/contact", "reminder/first_contact")
)
"""Those that rules name here. With all of the starter's, every process would spend its first second on reading them."""

Found = TypeVar("Found")

CONFIG = """\
company: {{name: Example Co., domain: example.com}}
windows:
  lead: {{days: mon-sun, open: "00:00", close: "24:00"}}
  rep: {{days: mon-sun, open: "00:00", close: "24:00"}}
quiet_hours: {{start: "00:00", end: "00:00"}}
caps: {{catch_up: 1000}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com, timeout: 60}}
  post: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: post@example.com, timeout: 60}}
service: {{tick: 0.3, dispatch: 0.2, batch: 40}}
"""

RULES = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps:
      - {id: wish, at: +0h, greet: lead, template: greeting/thanks}
  - id: introduction
    category: care
    on: {since: registered, after: 1h}
    steps:
      - {id: note, at: +0h, remind: owner, template: reminder/first_contact}
"""


@dataclass(frozen=True)
class House:
    """A folder with config, rules, templates and a database. Lead n is `lead-n`, written to at `lead-n@example.com`."""

    home: Path

    @classmethod
    def lay_out(
        cls, home: Path, port: int, *, leads: int, reps: int = 2, rules: str = RULES, more: str = "", url: str = "",
    ) -> House:
        """A house whose leads registered ninety minutes ago. `more` are further keys of config.yaml.

        `url`: of an empty database, if it is not to be a SQLite file in the folder.
        """
        house = cls(home)
        for path, content in starter_files().items():
            if path.startswith(TEXTS) or path.endswith("policies.yaml"):
                house.write(path, content.decode())
        house.write("config.yaml", CONFIG.format(port=port) + more + (f"database: {url}\n" if url else ""))
        house.write("rules/rules.yaml", rules)
        db = Database(url or f"sqlite:///{house.database}")
        upgrade(db)
        db.close()
        house.settle([f"lead-{n}" for n in range(leads)], [f"rep-{n}" for n in range(reps)])
        return house

    @property
    def config(self) -> Path:
        return self.home / "config.yaml"

    @property
    def database(self) -> Path:
        return self.home / "followup.sqlite"

    def write(self, path: str, content: str) -> None:
        """Put a file into the folder."""
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")

    def settle(self, leads: Sequence[str], reps: Sequence[str]) -> None:
        """Import people as `followup import` does.

        Leads registered a second apart, so that what is due for one comes before what is due for the next.
        """
        first = SystemClock().now() - NINETY_MINUTES
        people = {
            "reps": [{"id": rep, "name": rep, "email": f"{rep}@example.com"} for rep in reps],
            "leads": [
                {"id": lead, "name": lead, "email": f"{lead}@example.com", "owner": reps[n % len(reps)],
                 "registered_at": datetime.fromtimestamp(first + n, UTC).isoformat()}
                for n, lead in enumerate(leads)
            ],
        }  # fmt: skip
        with open_app(self.config) as app:
            for what, rows in people.items():
                file = _write_csv(self.home / f"{what}.csv", rows)
                report = run_import(app.db, app.settings, what, file, app.clock.now())  # type: ignore[arg-type]
                assert report.quarantined == 0

    def ask(self, query: str, *values: object) -> list[Any]:
        """What stands in the SQLite file right now."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=15)) as connection:
            return connection.execute(query, values).fetchall()

    def count(self, query: str, *values: object) -> int:
        """The one number of a query."""
        return int(self.ask(query, *values)[0][0])

    def followup(self, *arguments: str, code: int = 0) -> str:
        """Call a command, which is to end with `code`; what it printed, or said on stderr if it failed.

        It runs here, which is another process than any daemon's: starting Python anew would show nothing more.
        """
        done = CliRunner().invoke(main, [*arguments, "-c", str(self.config)])
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.stderr
        return done.stderr if code else done.stdout

    def refuse_to_run(self, code: int) -> str:
        """What `followup run`, in a process of its own as systemd starts it, says before it ends with `code`."""
        done = subprocess.run(
            [*FOLLOWUP, "run", "-c", str(self.config)],
            capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command with --json gives."""
        return [json.loads(line) for line in self.followup(*arguments, "--json").splitlines()]

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        """`followup run`, as soon as it is READY; killed at the end of the block if it is still there."""
        with process("run", "-c", str(self.config), folder=self.home) as running:
            running.wait_for("READY=1")
            yield running


@dataclass(frozen=True)
class Daemon:
    """A `followup` process that goes on by itself."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    told: socket.socket

    def wait_until(self, what: Callable[[], Found]) -> Found:
        """Poll until it gives something true; a daemon that ended meanwhile will not make it so."""
        return wait_until(what, lambda: self.process.poll() is None, self.said)

    def wait_for(self, notice: str) -> str:
        """Until it tells systemd (us) so, as the first line of a message: the message."""
        return self.wait_until(lambda: message if (message := self._notice()).split("\n")[0] == notice else "")

    def wait_to_hear(self, words: str) -> str:
        """The first message to systemd (us) with those words in it."""
        return self.wait_until(lambda: message if words in (message := self._notice()) else "")

    def _notice(self) -> str:
        try:
            return self.told.recv(1000).decode()
        except BlockingIOError:
            return ""

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and see how it does. SIGINT goes to the whole group, as from a terminal."""
        if number is signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def said(self) -> str:
        """What it wrote on stderr so far."""
        return self.err.read_text(encoding="utf-8", errors="replace")


@contextmanager
def process(*arguments: str, folder: Path, **variables: str) -> Iterator[Daemon]:
    """A followup process in a group of its own, its output in files of that folder, ourselves as its systemd.

    `variables` are what systemd would give it besides.
    """
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    with out.open("wb") as to_out, err.open("wb") as to_err, _systemd() as told:
        running = subprocess.Popen(
            [*FOLLOWUP, *arguments], stdout=to_out, stderr=to_err, start_new_session=True,
            env=environment() | {"NOTIFY_SOCKET": "@" + told.getsockname()[1:].decode()} | variables,
        )  # fmt: skip
        try:
            yield Daemon(running, out, err, told)
        finally:
            running.kill()
            running.wait()


@contextmanager
def _systemd() -> Iterator[socket.socket]:
    """A socket for notices, named by the kernel."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind("")
        told.setblocking(False)
        yield told


def wait_until(
    what: Callable[[], Found],
    still: Callable[[], bool] = lambda: True,
    said: Callable[[], str] = lambda: "",
) -> Found:
    """The first true thing that polling gives."""
    end = time.monotonic() + PATIENCE
    while not (found := what()):
        assert still(), f"the daemon ended: {said()}"
        assert time.monotonic() < end, f"it did not happen in {PATIENCE:g} s: {said()}"
        time.sleep(0.02)
    return found


_NOT_FOR_COMMANDS = ("FOLLOWUP_CONFIG", "PYTHONDONTWRITEBYTECODE")
"""The latter would have every process compile the whole program anew."""


def environment() -> dict[str, str]:
    """Ours, with the package in reach from any folder, and without a config of somebody else."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    theirs = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_COMMANDS}
    return theirs | {"PYTHONPATH": path}


class GatedRelay(FaultySmtp):
    """Takes mail; while its gate is closed, RCPT (for `only` that receiver, if named) waits for its answer."""

    def __init__(self, only: str = "", latency: float = 0.0) -> None:
        super().__init__(latency=latency)
        self.gate = threading.Event()
        self.gate.set()
        self.somebody_waits = threading.Event()
        self._only = only

    def fault_at(self, verb: str, number: int, receivers: Sequence[str]) -> str | None:
        if verb == "rcpt" and self._only in ("", *receivers) and not self.gate.is_set():
            self.somebody_waits.set()
            self.gate.wait(PATIENCE)
        return super().fault_at(verb, number, receivers)

    def receivers(self) -> list[str]:
        """Who got something, in order."""
        return [receiver for mail in list(self.accepted) for receiver in mail.receivers]


def _write_csv(file: Path, rows: Sequence[dict[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, tuple(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file
