"""A site on a real SQLite file with a few colleagues, asked in-process, as its browser would ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.domain.people import LeadEntry, RepEntry
from engine.ground.clock import FrozenClock
from engine.rulebook.model import RuleBook
from engine.settings.load import load_settings
from engine.settings.web_secrets import KnownToken
from engine.stages.books import Books
from engine.stages.gates.objections import Gates
from engine.stages.plan.timing import Clockwork
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads, upsert_reps
from engine.store.ledger import touch
from engine.store.upgrade import create_all
from engine.web.app import create_app
from engine.web.site import Site, site_of

NOW = 1_790_000_000
ADDRESS = "https://followup.example.com"
CONFIG = """\
company: {name: Example Co., domain: example.com}
defaults: {timezone: Asia/Shanghai, locale: en}
channels: {email: {kind: email, host: localhost, from_address: care@example.com}}
web:
  base_url: https://followup.example.com
  keys: [file:web.key]
  tokens:
    - {name: ops-desk, role: ops, secret: env:OPS_TOKEN}
    - {name: li-phone, role: rep, rep: li, secret: env:LI_TOKEN}
    - {name: chief, role: manager, rep: han, secret: env:HAN_TOKEN}
    - {name: shop, role: api, secret: env:API_TOKEN}
"""
SECRETS = {name: f"{name.lower()}-that-nobody-guesses" for name in ("OPS_TOKEN", "LI_TOKEN", "HAN_TOKEN", "API_TOKEN")}
REPS = (
    RepEntry("li", {"name": "Li Min", "manager": "han", "locale": "en", "timezone": "Asia/Shanghai"}),
    RepEntry("su", {"name": "Su Yan", "manager": "han", "delegate": "li"}),
    RepEntry("han", {"name": "Han Lei", "role": "manager", "locale": "zh-TW"}),
    RepEntry("wu", {"name": "Wu Gang"}),
)
LEADS = (
    LeadEntry("lin", {"name": "Lin", "owner": "li"}),
    LeadEntry("sun", {"name": "Sun", "owner": "su"}),
    LeadEntry("wei", {"name": "Wei", "owner": "wu"}),
    LeadEntry("sha", {"name": "Sha", "owner": "su", "confidential": True}),
)
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Desk:
    """The site, and one browser."""

    site: Site
    browser: TestClient

    def form_token(self, path: str = "/login") -> str:
        """The token in the first form of that page."""
        return _CSRF.findall(self.browser.get(path).text)[0]

    def log_in(self, secret: str) -> None:
        """Come in with a token, by the login page."""
        said = {"csrf": self.form_token(), "token": SECRETS[secret], "next": "/"}
        assert self.browser.post("/login", data=said).status_code == 303

    def touch(self, lead: str, receiver: str, due_at: int, state: str = "planned", **more: object) -> int:
        """A reminder in the book; its id."""
        row = {
            "occurrence_key": f"call|{lead}|{due_at}|ring|{receiver}", "rule": "call", "lead": lead, "anchor": "1",
            "step": "ring", "receiver": receiver, "shard": 0, "revision": "r1", "generation": 1, "action": "remind",
            "audience": "rep", "category": "sales", "priority": 50, "nominal_at": due_at, "due_at": due_at,
            "day_on": "2026-01-01", "state": state,
        }  # fmt: skip
        with self.site.db.writing() as connection:
            return int(connection.execute(touch.insert().values({**row, **more})).inserted_primary_key[0])

    def without_token(self, name: str) -> Desk:
        """The same browser at the same site, after that token was taken out of config.yaml."""
        tokens = tuple(known for known in self.site.tokens if known.told.name != name)
        return self.at(replace(self.site, tokens=tokens))

    def with_secret(self, name: str, secret: str) -> Desk:
        """The same, after the token was given another secret."""
        tokens = tuple(KnownToken(k.told, secret if k.told.name == name else k.secret) for k in self.site.tokens)
        return self.at(replace(self.site, tokens=tokens))

    def at(self, site: Site) -> Desk:
        """The same browser at another site."""
        return Desk(site, browser_at(site, self.browser))


def browser_at(site: Site, before: TestClient | None = None) -> TestClient:
    """A browser that follows no redirect, with the cookies it had before."""
    cookies = before.cookies if before else None
    return TestClient(create_app(site), base_url=ADDRESS, follow_redirects=False, cookies=cookies)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The site of CONFIG with REPS and LEADS, at a clock that stands."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "web.key").write_text("a-key-of-more-than-sixteen-characters\n", encoding="utf-8")
    (tmp_path / "web.key").chmod(0o600)
    settings = load_settings(tmp_path / "config.yaml")
    db = Database(f"sqlite:///{tmp_path / 'followup.sqlite'}")
    create_all(db)
    defaults = {"timezone": "Asia/Shanghai", "locale": "en", "country": "CN"}
    with db.writing() as connection:
        upsert_reps(connection, REPS, defaults, NOW)
        upsert_leads(connection, LEADS, defaults, Stamp(NOW, "test"))
    clockwork = Clockwork.of(settings)
    site = site_of(
        settings, tmp_path, db, FrozenClock(NOW), Books(settings), clockwork, lambda: Gates.of(RuleBook(), settings)
    )
    yield Desk(site, browser_at(site))
    db.close()
