"""Somebody else's CRM in a database of its own, and pulls from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from engine.settings.load import read_settings
from engine.settings.model import Settings
from engine.stages.gates.objections import Gates
from engine.stages.sync.pull import Order, Pulled, pull
from engine.store.database import Database
from engine.store.facts.sources import refusals
from engine.store.tables import dirty_lead, lead

NOW = 1_771_000_000  # 2026-02-13T16:26:40Z

PLAIN = """\
  url: sqlite:///crm.sqlite
  table: customer
  columns: {no: id, title: name, mail: email, rep: owner, level: tier, born: date.birthday, joined: registered_at}
  watermark: changed
"""
CUSTOMERS = """
CREATE TABLE customer (
  no INTEGER, title TEXT, mail TEXT, rep TEXT, level TEXT, born TEXT, joined TIMESTAMP, changed TIMESTAMP
)
"""


class Crm:
    """Their side: statements of theirs, and pulls of ours under a section of config.yaml."""

    def __init__(self, ours: Database, url: str, section: str = PLAIN, more: str = "") -> None:
        self.ours, self.url = ours, url
        self.engine = create_engine(url, poolclass=NullPool)
        self.settings = settings_with(section, more)

    def run(self, *statements: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            for one in statements:
                connection.execute(text(one), values)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def pull(self, now: int = NOW, *, name: str = "crm", gates: Gates | None = None, **how: bool) -> Pulled:
        source = self.settings.sources[name]
        return pull(self.ours, self.settings, gates or Gates(), Order(name, source, self.url, **how), now)

    def leads(self) -> dict[str, Mapping[str, Any]]:
        with self.ours.reading() as connection:
            return {row["id"]: dict(row) for row in connection.execute(select(lead)).mappings()}

    def dirty(self) -> list[str]:
        """The leads that plan has to look at since the last call."""
        with self.ours.writing() as connection:
            found = sorted(connection.execute(select(dirty_lead.c.lead)).scalars())
            connection.execute(dirty_lead.delete())
        return found

    def refused(self) -> dict[str, str]:
        with self.ours.reading() as connection:
            return {one.row: one.reason for one in refusals(connection)}

    def add(self, *customers: tuple[Any, ...]) -> None:
        """(no, title, mail, rep, level, born, changed), joined on 1 January 2026."""
        for no, title, mail, rep, level, born, changed in customers:
            self.run(
                "INSERT INTO customer VALUES"
                " (:no, :title, :mail, :rep, :level, :born, '2026-01-01 08:00:00', :changed)",
                no=no, title=title, mail=mail, rep=rep, level=level, born=born, changed=changed,
            )  # fmt: skip


def settings_with(section: str, more: str = "") -> Settings:
    settings, problems = read_settings(f"sources:\n crm:\n{section}{more}", "config.yaml")
    assert settings is not None, problems
    return settings


def counted(pulled: Pulled) -> dict[str, int]:
    """What a pull counted, without what it did not do."""
    assert pulled.failure is None, pulled.failure
    return {key: value for key, value in pulled.counts.items() if value}
