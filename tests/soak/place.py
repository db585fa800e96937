"""Where a soak takes place: a house whose customers come due one after the other, as long as it lasts."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from engine.ground.clock import SystemClock
from engine.service.app import open_app
from engine.service.demo_pages import OPS_TOKEN, free_port, pages_section
from engine.stages.imports import run_import
from tests.acceptance.house import House

REPS = tuple(f"rep-{n}" for n in range(4))
HOUR = 3600

CONFIG = """\
company: {{name: Example Co., domain: example.com}}
database: {url}
windows:
  lead: {{days: mon-sun, open: "00:00", close: "24:00"}}
  rep: {{days: mon-sun, open: "00:00", close: "24:00"}}
quiet_hours: {{start: "00:00", end: "00:00"}}
caps: {{catch_up: 100000, backfill: 100000, attempts: 50, claims: 100}}
channels:
  email: {{kind: email, host: 127.0.0.1, port: {port}, security: none, from_address: care@example.com, timeout: 3}}
service: {{tick: 0.5, dispatch: 0.3, lease: 10, batch: 40}}
{pages}"""

RULES = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps:
      - {id: wish, at: +0h, greet: lead, template: greeting/thanks, priority: 60}
  - id: season
    category: festive
    on: {since: registered, after: 1h}
    steps:
      - {id: wish, at: +0h, greet: lead, template: greeting/thanks, priority: 40}
  - id: introduction
    category: care
    on: {since: registered, after: 1h}
    steps:
      - {id: note, at: +0h, remind: owner, template: reminder/first_contact}
  - id: by_hand
    category: care
    on: {since: registered, after: 1h}
    steps:
      - id: letter
        at: +0h
        greet: lead
        template: greeting/thanks
        if: {tier: gold}
        sign_by: {who: owner, draft: -1h}
"""
"""A wish, another one that is merged into it on the same day, a reminder; and for some a letter that a person signs."""


@dataclass(frozen=True)
class Place:
    """A house, its database, and how its pages are asked."""

    house: House
    url: str
    port: int
    token: str

    @classmethod
    def furnish(cls, home: Path, mail_port: int, url: str) -> Place:
        """A house with its reps and one customer. `url`: of an empty database; "" is a SQLite file in the folder."""
        house = House.lay_out(home, mail_port, leads=1, reps=len(REPS), rules=RULES, url=url)
        port, url = free_port(), url or f"sqlite:///{house.database}"
        pages = pages_section(home, port).replace("role: ops", "role: api")
        house.write("config.yaml", CONFIG.format(url=url, port=mail_port, pages=pages))
        return cls(house, url, port, (home / OPS_TOKEN).read_text(encoding="utf-8").strip())

    def settle(self, count: int, seconds: int, random: Random) -> list[str]:
        """Customers who come due between now and `seconds` from now; their ids."""
        now = SystemClock().now()
        rows = [customer(f"lead-{n}", now + random.randint(1, max(seconds, 2)), random) for n in range(1, count)]
        with open_app(self.house.config) as app:
            report = run_import(app.db, app.settings, "leads", write_csv(self.house.home / "leads.csv", rows), now)
            assert report.quarantined == 0
        return ["lead-0", *(str(row["id"]) for row in rows)]


def customer(ident: str, due: int, random: Random) -> dict[str, object]:
    """A row of an import; one in eight is written to by hand as well."""
    return {
        "id": ident, "name": ident, "email": f"{ident}@example.com", "owner": random.choice(REPS),
        "tier": "gold" if random.random() < 0.125 else "iron",
        "registered_at": datetime.fromtimestamp(due - HOUR, UTC).isoformat(),
    }  # fmt: skip


def write_csv(file: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """The rows, with the keys of the first as headings."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file
