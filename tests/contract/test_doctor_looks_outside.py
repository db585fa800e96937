"""`doctor` calls on the mailbox, feeds and sources: a real dovecot, a web server, a SQLite file. It changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.service.app import open_app
from engine.service.doctor import world
from engine.service.doctor.finding import Finding
from engine.store.database import Database
from engine.store.ledger import service_state
from engine.store.upgrade import upgrade
from tests.contract.feed_site import Site
from tests.contract.imap_server import PASSWORD, USER, ImapServer, imap_server

CONFIG = """\
company: {{domain: example.com}}
inbox: {{kind: imap, host: 127.0.0.1, port: {imap}, security: none, username: {user}, password: "env:INBOX",
        folders: [INBOX], processed_folder: Done}}
feeds:
  quakes: {{url: "{feed}", format: usgs, networks: [127.0.0.0/8]}}
sources:
  crm: {{url: "sqlite:///crm.sqlite", kind: leads, table: people, key: id, columns: {{id: id, full_name: name}}}}
"""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


class Outside:
    """A house and what lies around it, all in order until a test breaks something."""

    def __init__(self, home: Path, server: ImapServer) -> None:
        self.home, self.site, self.port = home, Site(), server.port
        self.site.pages["/quakes"] = (200, {}, b'{"type": "FeatureCollection", "features": []}')
        with closing(sqlite3.connect(home / "crm.sqlite")) as crm, crm:
            crm.execute("CREATE TABLE people (id TEXT, full_name TEXT)")
            crm.execute("INSERT INTO people VALUES ('a', 'Ann')")
        for name in ("rules", "templates"):
            (home / name).mkdir()
        self.configure()
        db = Database(f"sqlite:///{home / 'followup.sqlite'}")
        upgrade(db)
        db.close()

    def configure(self, old: str = "", new: str = "") -> None:
        text = CONFIG.format(imap=self.port, user=USER, feed=self.site.url("/quakes"))
        assert old in text
        (self.home / "config.yaml").write_text(text.replace(old, new) if old else text)

    def findings(self) -> list[Finding]:
        with open_app(self.home / "config.yaml", read_only=True) as app:
            return [*world.mailbox(app), *world.all_feeds(app), *world.all_sources(app)]


@pytest.fixture
def outside(tmp_path: Path, dovecot: ImapServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    monkeypatch.setenv("INBOX", PASSWORD)
    found = Outside(tmp_path, dovecot)
    yield found
    found.site.close()


def lines(found: list[Finding]) -> list[str]:
    return [f"{one.level} {one.about}: {one.found}" + (f"; {one.do}" if one.do else "") for one in found]


def test_what_is_in_order_is_said_and_nothing_is_taken_in(outside: Outside) -> None:
    assert lines(outside.findings()) == [
        "ok inbox: lets us in; INBOX can be read",
        "ok feed quakes: can be read; it tells of 0 warnings and links to 0",
        "ok source crm: lets us read; all 2 columns are there",
    ]
    with open_app(outside.home / "config.yaml", read_only=True) as app, app.db.reading() as connection:
        assert connection.execute(service_state.select()).all() == []


def wrong_password(_outside: Outside, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("INBOX", "other")


def no_such_folder(outside: Outside, _patch: pytest.MonkeyPatch) -> None:
    outside.configure("folders: [INBOX]", "folders: [INBOX, Junk]")


def nobody_there(outside: Outside, _patch: pytest.MonkeyPatch) -> None:
    outside.configure(f"port: {outside.port}", "port: 1")


def gone(outside: Outside, _patch: pytest.MonkeyPatch) -> None:
    outside.site.pages.clear()


def no_feed(outside: Outside, _patch: pytest.MonkeyPatch) -> None:
    outside.site.pages["/quakes"] = (200, {}, b"<html>welcome</html>")


def another_column(outside: Outside, _patch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(outside.home / "crm.sqlite")) as crm, crm:
        crm.execute("ALTER TABLE people RENAME COLUMN full_name TO fullname")


def no_file(outside: Outside, _patch: pytest.MonkeyPatch) -> None:
    (outside.home / "crm.sqlite").unlink()


@pytest.mark.parametrize(("broken", "line"), [
    (wrong_password, "fail inbox: 127.0.0.1 does not accept the user name and password: "),
    (no_such_folder, 'fail inbox: the folder "Junk": '),
    (nobody_there, "fail inbox: 127.0.0.1:1: Connection refused; mend it in config.yaml or over there, then: followup"),
    (gone, "fail feed quakes: "),
    (no_feed, "fail feed quakes: "),
    (another_column, 'fail source crm: the table "people" has no column "full_name", but "fullname"; mend it '),
    (no_file, "fail source crm: unable to open database file; mend it in config.yaml or over there, then: followup sy"),
])  # fmt: skip
def test_what_is_wrong_is_told_with_what_to_do(
    broken: Callable[[Outside, pytest.MonkeyPatch], None], line: str, outside: Outside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    broken(outside, monkeypatch)
    found = lines(outside.findings())
    assert len(found) == 3
    assert sum(one.startswith("ok ") for one in found) == 2, found
    assert any(one.startswith(line) and "; " in one for one in found), found
