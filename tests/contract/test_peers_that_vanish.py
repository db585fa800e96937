"""Servers that go away for a while, and servers that fall silent: given up in time, found again, nothing twice."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from adapters.base import Message, Outcome
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from engine.settings.model import Service
from engine.store.database import Database
from engine.store.upgrade import create_all
from tests.contract.outbox import Outbox, Script
from tests.faults.smtp_faults import FaultySmtp
from tests.faults.vanishing import Way, way_to

MESSAGE = Message(message_id="<k1@followup.example>", address="li@example.com", subject="Hello", text="Hello.\n")


@pytest.fixture
def way(pg_url: str) -> Iterator[Way]:
    """To the PostgreSQL server of that schema."""
    folder = make_url(pg_url).query["host"]
    with way_to(f"{folder}/.s.PGSQL.5432") as way:
        yield way


def through(way: Way, pg_url: str, **more: str) -> Database:
    url = make_url(pg_url)
    query = {name: value for name, value in url.query.items() if name != "host"} | more
    there = url.set(host="127.0.0.1", port=way.port, query=query)
    return Database(there.render_as_string(hide_password=False))


def test_a_database_that_is_gone_for_a_while_stops_sending_and_is_found_again(pg_url: str, way: Way) -> None:
    db = through(way, pg_url)
    create_all(db)
    outbox = Outbox(db, service=Service(senders=1, lease=5))
    first, second = outbox.release("k1"), outbox.release("k2")
    outbox.email.scripts = [Script(after_rcpt=way.shut)]
    assert "halted" in outbox.send()
    for _ in range(3):
        with pytest.raises(OperationalError):
            outbox.send()
    assert outbox.email.arrived == []
    way.open()
    outbox.rescue_after_crash()
    outbox.clock.instant += 5
    outbox.send()
    assert [outbox.touch(ident).state for ident in (first, second)] == ["delivered", "delivered"]
    assert len(outbox.email.arrived) == 2
    db.close()


def test_a_database_whose_machine_falls_silent_is_given_up_and_asked_anew(pg_url: str, way: Way) -> None:
    db = through(way, pg_url, tcp_user_timeout="700")
    with db.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    way.vanish()
    began = time.monotonic()
    with pytest.raises(OperationalError), db.reading() as connection:
        connection.execute(text("SELECT 1"))
    assert time.monotonic() - began < 10
    with db.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    db.close()


def test_every_connection_to_postgresql_gives_a_silent_server_half_a_minute(pg_url: str, way: Way) -> None:
    db = through(way, pg_url)
    with db.reading() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        with socket.socket(fileno=raw.fileno()) as seen:
            told = seen.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            idle = seen.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
            seen.detach()
    assert (told, idle) == (30_000, 20)
    db.close()


def test_a_relay_that_falls_silent_between_two_mails_costs_an_attempt_and_nothing_else() -> None:
    with FaultySmtp() as server, way_to(("127.0.0.1", server.port)) as way:
        channel = EmailChannel(SmtpServer("127.0.0.1", way.port, "care@example.com"))
        marks: list[str] = []

        def send(patience: float = 10.0) -> Outcome:
            return channel.send(MESSAGE, lambda: not marks.append("mark"), time.monotonic() + patience).outcome

        assert send() is Outcome.ACCEPTED
        way.vanish()
        assert (send(patience=1.0), len(marks)) == (Outcome.RETRY, 1)
        assert (send(), len(marks)) == (Outcome.ACCEPTED, 2)
        assert len(server.accepted) == 2
        channel.close()
