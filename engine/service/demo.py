"""`followup demo`: a day of made-up customers in a throw-away folder, with real rules and real SMTP.

Nothing leaves the machine: the relay is a mail catcher on loopback, whose page shows what was sent.
"""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from adapters.catcher import Catcher
from engine.ground.clock import SystemClock
from engine.service.app import App, adopt_rules, open_app
from engine.service.demo_pages import free_port, pages, pages_section
from engine.service.lock import daemon_lock
from engine.service.logs import configure_logging
from engine.service.process import running
from engine.service.samples import Samples, sample_people, write_samples
from engine.settings.starter import starter_files
from engine.stages.imports import run_import
from engine.store.database import Database
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import change_leads
from engine.store.lookups.customers import rep_names
from engine.store.lookups.recent import Sent, sent_after
from engine.store.upgrade import upgrade

Say = Callable[[str], None]
Show = Callable[[Sent], None]

CONFIG = """\
# The demo's config.yaml: the starter one, with a mail catcher as relay, today as a festival, no day off for reps.
company: {{name: 示例公司 Example Co., domain: example.com}}
database: sqlite:///followup.sqlite
attributes:
  industry: {{type: text}}
  interests: {{type: list}}
  consumables_end: {{type: date}}
  role: {{type: list, words: [decides, influences, uses, pays]}}
  competitors: {{type: list}}
  ailment: {{type: text}}
  confidentiality_signed: {{type: date}}
  closing_grade: {{type: text, words: [A, B, C, D]}}
holidays:
{holidays}
windows:
  lead: {{days: mon-sun, open: "09:00", close: "20:00"}}
  rep: {{days: mon-sun, open: "08:30", close: "18:30"}}
  new_customers: {{days: mon-sun, open: "10:00", close: "11:30"}}
  always: {{days: mon-sun, open: "00:00", close: "24:00"}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com,
          from_name: 示例公司 Example Co.}}
caps: {{catch_up: 45}}
service: {{tick: 2, dispatch: 1}}
{web}"""


def demo(
    say: Say, show: Show, *, folder: Path | None = None, smtp_port: int = 0, http_port: int = 0,
    web_port: int = 0, until: threading.Event | None = None,
) -> int:  # fmt: skip
    """Run the demo until Ctrl-C (or `until`). `folder` keeps it; otherwise everything is gone afterwards."""
    configure_logging(level=logging.WARNING)
    ending = until or threading.Event()
    with tempfile.TemporaryDirectory(prefix="followup-demo-") as scratch:
        home = folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        catcher = Catcher(home / "caught", smtp_port, http_port)
        catcher.start()
        try:
            config = prepare(home, catcher.smtp_port, now=SystemClock().now(), web_port=web_port)
            say(f"A day of sample customers in {home}\nWhat is sent stays here: {catcher.url}\n")
            _live(config, say, show, ending)
        finally:
            catcher.stop()
        say(f"{len(catcher.messages())} mails were caught. Nothing left this machine.")
    return 0


def prepare(home: Path, smtp_port: int, *, now: int, web_port: int = 0) -> Path:
    """Lay out the folder: starter rules and templates, a config for loopback, a database full of samples."""
    people = sample_people(now)
    for path, content in starter_files().items():
        target = home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    config = home / "config.yaml"
    web = pages_section(home, web_port or free_port())
    config.write_text(CONFIG.format(port=smtp_port, holidays=_holidays(people.holidays), web=web), encoding="utf-8")
    for old in home.glob("followup.sqlite*"):
        old.unlink()
    db = Database(f"sqlite:///{home / 'followup.sqlite'}")
    upgrade(db)
    db.close()
    with open_app(config) as app:
        settle_in(app, people, home, now)
    return config


def _holidays(holidays: Mapping[str, tuple[date, ...]]) -> str:
    return "\n".join(
        f"  {name}: {{default: [{', '.join(day.isoformat() for day in days)}]}}" for name, days in holidays.items()
    )


def settle_in(app: App, people: Samples, folder: Path, now: int) -> None:
    """Import the files, then let happen what cannot be imported."""
    write_samples(folder, people)
    for what in ("reps", "leads", "records", "interactions"):
        run_import(app.db, app.settings, what, folder / f"{what}.csv", now)
    with app.db.writing() as connection:
        for number, row in enumerate(people.events):
            add_circumstance(connection, Happening(id=f"sample-{number}", **_as_any(row)), "demo", now)
        for change in people.changes:
            changed = {str(change["lead"]): {str(change["field"]): change["value"]}}
            change_leads(connection, changed, Stamp(int(change["at"]), "demo"))


def _as_any(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row)


def _live(config: Path, say: Say, show: Show, ending: threading.Event) -> None:
    """The daemon at work, and a line for everything it sends, until somebody has seen enough."""
    _end_on_signals(ending)
    seen, told = 0, False
    with daemon_lock(f"sqlite:///{config.parent / 'followup.sqlite'}"), open_app(config) as app:
        adopt_rules(app)
        with running(app), pages(app, _a_rep(app)) as doors:
            say(f"{doors}\n")
            while not ending.wait(0.5):
                with app.db.reading() as connection:
                    fresh = sent_after(connection, seen)
                for sent in fresh:
                    show(sent)
                    seen = sent.event
                if seen and not fresh and not told:
                    say("\nAll that is due now is sent; the daemon goes on watching. Ctrl-C ends.")
                    told = True


def _a_rep(app: App) -> str:
    """The first of the sample reps."""
    with app.db.reading() as connection:
        return min(rep_names(connection))


def _end_on_signals(ending: threading.Event) -> None:
    """Ctrl-C and SIGTERM drain and end. A thread that is not the main one has no signals to take."""

    def end(_signal: int, _frame: Any) -> None:
        ending.set()

    with suppress(ValueError):
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
