"""The mailbox behind a real IMAP server: what is read, what is left alone, and what happens when something fails."""

from __future__ import annotations

import imaplib
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from sqlalchemy import insert, select, update

from engine.ground.clock import SystemClock
from engine.ground.errors import UsageError
from engine.service.app import open_app
from engine.service.inbox import Listened, listen, look, standing
from engine.service.tick import TickCounts, hear
from engine.store.database import Database
from engine.store.ledger import delivery, touch
from engine.store.tables import interaction, lead
from engine.store.upgrade import upgrade
from tests.contract.imap_server import CERTIFICATE, PASSWORD, USER, ImapServer, imap_server
from tests.contract.outbox import Outbox
from tests.contract.post import absence, answer, bounce, mail

CONFIG = """\
company: {{domain: example.com}}
channels: {{email: {{kind: file, folder: out}}}}
inbox: {{kind: imap, host: 127.0.0.1, port: {port}, security: none, username: {user}, password: "env:INBOX", {more}}}
"""
TALKS = select(interaction.c.lead, interaction.c.outcome).order_by(interaction.c.at, interaction.c.lead)


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def server(running: ImapServer) -> ImapServer:
    """With an empty mailbox; a new one has a UIDVALIDITY of its own."""
    shutil.rmtree(running.folder / "mail", ignore_errors=True)
    return running


class Office:
    """A house with one customer who was written to, and the mailbox of its config."""

    def __init__(self, home: Path, server: ImapServer) -> None:
        self.home, self.server = home, server
        self.configure()
        db = Database(f"sqlite:///{home / 'followup.sqlite'}")
        upgrade(db)
        outbox = Outbox(db)
        with db.writing() as connection:
            connection.execute(update(lead).where(lead.c.id == "zhao").values(email="zhao@example.com"))
        self.touch = outbox.release()
        outbox.send()
        self.message_id = str(outbox.delivery(self.touch).message_id)
        db.close()

    def configure(self, more: str = "", port: int = 0) -> None:
        text = CONFIG.format(port=port or self.server.port, user=USER, more=more)
        (self.home / "config.yaml").write_text(text, encoding="utf-8")

    def read(self) -> Listened:
        with open_app(self.home / "config.yaml") as app:
            return listen(app)

    def all(self, query: object) -> list[tuple[object, ...]]:
        with open_app(self.home / "config.yaml") as app, app.db.reading() as connection:
            return [tuple(row) for row in connection.execute(query)]  # type: ignore[call-overload]


@pytest.fixture
def office(tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("INBOX", PASSWORD)
    return Office(tmp_path, server)


def test_a_day_of_mail_is_taken_for_what_it_is_and_changes_nothing_in_the_mailbox(office: Office) -> None:
    ours = office.message_id
    last = datetime.fromtimestamp(SystemClock().now(), ZoneInfo("Asia/Shanghai")).date() + timedelta(days=9)
    for letter in (
        answer(ours), absence(ours, f"I am away until {last}.\n", ident="2@x"),
        mail("Hello.\n", ident=ours.strip("<>")),
        mail("see below\n", f"References: {ours}", sender="li@example.com", subject="Fwd: Re: Hello", ident="4@x"),
        bounce(ours, ident="5@x"),
    ):  # fmt: skip
        office.server.deliver(letter)
    heard = office.read()
    assert [(one.kind, one.told) for one in heard.taken] == [
        ("reply", "logged as replied"), ("out_of_office", f"away, back on {last + timedelta(days=1)}"),
        ("own_copy", "nothing to do"),
        ("forward", "a colleague wrote it"),
        ("bounce", "came back (5.1.1): no channel is left; email is stopped for this address"),
    ]  # fmt: skip
    assert office.all(TALKS) == [("wang", "replied")]
    assert office.all(select(touch.c.state)) == [("bounced",)]
    flags, folders = office.server.flags_and_folders()
    assert all(b"Seen" not in one for one in flags)
    assert (len(flags), folders) == (5, ["INBOX"])
    assert office.read() == Listened()


def test_a_thousand_letters_come_in_pieces_and_each_counts_once(office: Office) -> None:
    with open_app(office.home / "config.yaml") as app, app.db.writing() as connection:
        row = dict(connection.execute(select(lead).where(lead.c.id == "wang")).mappings().one())
        people = [row | {"id": f"w{n}", "email": f"w{n}@example.com"} for n in range(1_000)]
        connection.execute(insert(lead), people)
    for n in range(1_000):
        office.server.deliver(mail("Hello!\n" * 20, sender=f"w{n}@example.com", subject="Hello", ident=f"{n}@x"))
    with open_app(office.home / "config.yaml") as app:
        began = time.process_time()
        first = listen(app, stopped=lambda: True)  # the daemon ends after the first piece
        assert 0 < len(first.taken) < 200
        rest = listen(app)
        spent = time.process_time() - began
        assert len(first.taken) + len(rest.taken) == 1_000
        assert listen(app).taken == []
        assert standing(app)["letters"] == {"other": 1_000}  # type: ignore[index]
    assert len(office.all(TALKS)) == 1_000
    assert spent < 12, f"{spent:.1f} s of CPU"


def test_letters_that_were_taken_in_before_the_cursor_moved_do_nothing_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.server.deliver(answer(office.message_id))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.service.inbox.keep_cursor", dies)
        with pytest.raises(KeyboardInterrupt):
            office.read()
    assert office.read().taken == []
    assert office.all(TALKS) == [("wang", "replied")]


def test_a_folder_that_is_numbered_anew_is_read_again_and_repeats_nothing(office: Office) -> None:
    office.server.deliver(answer(office.message_id))
    assert len(office.read().taken) == 1
    shutil.rmtree(office.server.folder / "mail")
    office.server.deliver(answer(office.message_id))
    office.server.deliver(mail("And one more thing.\n", subject="Offer", ident="2@x"))
    assert [one.told for one in office.read().taken] == ["logged as messaged"]


def test_letters_are_put_away_only_if_config_says_where(office: Office) -> None:
    office.configure('processed_folder: "Done/已处理"')
    office.server.deliver(answer(office.message_id))
    assert office.read().away == ""
    flags, folders = office.server.flags_and_folders()
    assert flags == []
    assert "Done/&XfJZBHQG-" in folders
    office.server.deliver(mail("hi\n", subject="hi", ident="2@x"))
    assert len(office.read().taken) == 1


def test_several_folders_are_read_and_one_that_is_missing_is_named(office: Office) -> None:
    office.configure("folders: [INBOX, Junk]")
    office.server.deliver(answer(office.message_id))
    heard = office.read()
    assert len(heard.taken) == 1
    assert heard.away.startswith('the folder "Junk": Mailbox does')
    office.server.deliver(bounce(office.message_id, ident="2@x"), ".Junk")
    assert [one.kind for one in office.read().taken] == ["bounce"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_server_must_show_a_certificate_that_is_trusted(
    office: Office, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    port = office.server.tls_port if security == "tls" else office.server.port
    office.configure(f"security: {security}", port)
    text = (office.home / "config.yaml").read_text().replace("security: none, ", "").replace("127.0.0.1", "localhost")
    (office.home / "config.yaml").write_text(text)
    office.server.deliver(answer(office.message_id))
    assert "certificate verify failed" in office.read().away
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert [one.kind for one in office.read().taken] == ["reply"]


def test_what_keeps_it_from_reading_is_said_in_one_line_and_never_raised(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_app(office.home / "config.yaml") as app:
        listen(app)
        ok_at = standing(app)["ok_at"]  # type: ignore[index]
    monkeypatch.setenv("INBOX", "wrong")
    refused = "127.0.0.1 does not accept the user name and password: [AUTHENTICATIONFAILED] Authentication failed."
    with open_app(office.home / "config.yaml") as app, structlog.testing.capture_logs() as logs:
        counts = TickCounts()
        hear(app, counts)
        assert (counts.nothing, [entry["error"] for entry in logs]) == (True, ["error"])
        assert standing(app) == {"ok_at": ok_at, "away": refused, "letters": {}}
        with pytest.raises(UsageError, match="the inbox cannot be read: 127.0.0.1 does not accept"):
            list(look(app))
    monkeypatch.delenv("INBOX")
    assert "env:INBOX is not set" in office.read().away
    monkeypatch.setenv("INBOX", PASSWORD)
    office.configure(port=1)
    assert office.read().away == "127.0.0.1:1: Connection refused"
    office.configure()
    config = office.home / "config.yaml"
    config.write_text(config.read_text().replace("security: none", "security: tls"))
    assert office.read().away.endswith(": does not speak TLS; write another port, or security: starttls")


def test_looking_counts_what_is_new_and_takes_nothing_in(office: Office) -> None:
    office.server.deliver(answer(office.message_id))
    with open_app(office.home / "config.yaml", read_only=True) as app:
        assert list(look(app)) == [("INBOX", 1)]
    assert len(office.read().taken) == 1


def test_a_server_that_goes_away_halfway_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(60):
        office.server.deliver(mail("hi\n", subject="hi", ident=f"{n}@x", sender="zhao@example.com"))
    asked = imaplib.IMAP4.uid
    calls = []

    def once(self: imaplib.IMAP4, command: str, *args: str) -> object:
        calls.append(command)
        if calls.count("FETCH") == 2:
            raise imaplib.IMAP4.abort("socket error: EOF")
        return asked(self, command, *args)

    with monkeypatch.context() as patched:
        patched.setattr(imaplib.IMAP4, "uid", once)
        heard = office.read()
    assert (len(heard.taken), heard.away) == (50, "FETCH: socket error: EOF")
    assert len(office.read().taken) == 10
    assert office.all(select(delivery.c.state)) == [("sent",)]
