"""A release and the one before it on one PostgreSQL database, through the upgrade of its schema.

The older program is the real one, taken out of the history of this repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from benchmarks.fleet import Letterbox
from engine.cli.main import main
from engine.ground.clock import SystemClock
from engine.store.database import Database

pytestmark = [pytest.mark.pg, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
OLDER = "f426ecf"
"""The last commit with the schema 0008."""
LEADS = 6
PATIENCE = 90.0

CONFIG = """\
company: {{name: Example Co., domain: example.com}}
database: env:SIDE_BY_SIDE
windows: {{lead: {{open: "00:00", close: "24:00"}}, rep: {{open: "00:00", close: "24:00"}}}}
quiet_hours: {{start: "00:00", end: "00:00"}}
caps: {{catch_up: 1000}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com}}
service: {{tick: 0.3, dispatch: 0.3}}
"""
RULES = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps: [{id: wish, at: +0h, greet: lead, template: greeting/hello}]
"""
LETTER = "{% block subject %}Welcome, {{ lead.name }}{% endblock %}{% block body %}We are glad.{% endblock %}"


class House:
    """A folder and a database that programs of two releases share.

    Each runs in the folder: Python looks for itself where it stands first.
    """

    def __init__(self, home: Path, url: str, relay: Letterbox) -> None:
        self.home, self.url, self.relay = home, url, relay
        files = {
            "config.yaml": CONFIG.format(port=relay.port), "rules/all.yaml": RULES,
            "templates/greeting/hello/mail.en.txt.j2": LETTER,
        }  # fmt: skip
        for name, content in files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(content)

    def now(self, *arguments: str) -> str:
        """What a command of this release says, in this process."""
        done = CliRunner().invoke(main, ["--config", str(self.home / "config.yaml"), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    def run(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of that release, in a process of its own."""
        return subprocess.run(self._line(*arguments), env=self._environment(program), cwd=self.home, text=True,
                              capture_output=True, check=False, timeout=PATIENCE)  # fmt: skip

    @contextmanager
    def daemon(self, program: Path, said: Path) -> Iterator[None]:
        """The daemon of that release; what it says has no error in it."""
        with said.open("ab") as out, subprocess.Popen(
            self._line("run"), env=self._environment(program), cwd=self.home, stdout=out, stderr=out
        ) as process:  # fmt: skip
            try:
                self.wait_for(lambda: '"ready"' in said.read_text())
                yield
            finally:
                process.terminate()
        assert '"level": "error"' not in said.read_text(), said.read_text()

    def greet(self, kind: str) -> None:
        """Have so many new leads be greeted, and wait until all of them were."""
        at = datetime.fromtimestamp(SystemClock().now() - 3600, UTC).strftime("%Y-%m-%dT%H:%MZ")
        rows = [f"{kind}-{n},Name {n},{kind}-{n}@example.com,UTC,en,{at}" for n in range(LEADS)]
        (self.home / "leads.csv").write_text("id,name,email,timezone,locale,registered_at\n" + "\n".join(rows))
        before = len(self.relay.came)
        self.now("import", "leads", str(self.home / "leads.csv"))
        self.wait_for(lambda: len(self.relay.came) == before + LEADS)

    def wait_for(self, what: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < until, [one.read_text()[-3000:] for one in self.home.glob("*.log")]
            time.sleep(0.1)

    def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        db = Database(self.url)
        with db.reading() as connection:
            rows = connection.execute(text("SELECT state, count(*) FROM delivery GROUP BY state")).all()
        db.close()
        return {row[0]: row[1] for row in rows}

    def _line(self, *arguments: str) -> list[str]:
        program = "from engine.cli.main import main; main()"
        return [sys.executable, "-c", program, "--config", str(self.home / "config.yaml"), *arguments]

    def _environment(self, program: Path) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(program), "SIDE_BY_SIDE": self.url, "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the release before."""
    folder = tmp_path_factory.mktemp("older")
    taken = subprocess.run(["git", "archive", OLDER, "engine", "adapters"], cwd=ROOT, capture_output=True, check=False)
    if taken.returncode != 0:
        pytest.skip(f"this checkout has no history (git archive {OLDER}), so no older release is run beside this one")
    subprocess.run(["tar", "x", "-C", str(folder)], input=taken.stdout, check=True)
    return folder


@pytest.mark.timeout(600)
def test_each_release_greets_on_through_the_upgrade_and_nobody_twice(
    older: Path, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIDE_BY_SIDE", pg_url)
    with Letterbox() as relay:
        house = House(tmp_path, pg_url, relay)
        assert house.run(older, "db", "upgrade").returncode == 0
        with house.daemon(older, tmp_path / "older.log"):
            assert house.now("db", "upgrade") == "the database is up to date\n"
            house.greet("upgraded")                       # by the older daemon, on the newer schema
            with house.daemon(ROOT, tmp_path / "newer.log"):
                house.greet("beside")                     # by either of them
                assert "made by a newer followup" in house.run(older, "tick").stderr
                assert "welcome" in house.now("explain", "upgraded-0")
        with house.daemon(ROOT, tmp_path / "newer.log"):
            house.greet("after")
    assert set(relay.came.values()) == {1}
    assert house.states() == {"sent": 3 * LEADS}
