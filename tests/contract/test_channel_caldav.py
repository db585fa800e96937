"""Reminders in a calendar: what the server's answers mean, and that a real one holds each reminder once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar

from adapters.base import Appointment, Message, Outcome, Receipt
from adapters.channels.caldav import CaldavChannel, Calendars
from adapters.testing.http_stub import Fault, drip, garbage, reset, silence, status
from tests.contract.radicale_server import Radicale, radicale
from tests.faults.calendar_server import PASSWORD, USERNAME, CalendarServer

ACCEPTED, RETRY, PERMANENT, UNKNOWN = Outcome.ACCEPTED, Outcome.RETRY, Outcome.PERMANENT, Outcome.UNKNOWN
MESSAGE = Message(
    "<k1@followup.example>", "li", "王芳明天过生日", "李娜，您好：\n王芳的生日是明天，请致电；别忘了, 她爱喝茶。\n\nhttps://f.example/a/1\n",
    date=1_900_000_000,
)  # fmt: skip


def channel(url: str, **more: object) -> CaldavChannel:
    calendars = Calendars(url, USERNAME, PASSWORD, timeout=0.5, networks=("127.0.0.0/8",))
    return CaldavChannel(replace(calendars, **more))  # type: ignore[arg-type]


def send(to: CaldavChannel, message: Message = MESSAGE) -> Receipt:
    return to.send(message, lambda: True, time.monotonic() + 5)


@pytest.fixture
def server() -> Iterator[CalendarServer]:
    with CalendarServer() as server:
        yield server


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        server.make_calendar("li")
        yield server


def test_a_real_server_holds_a_reminder_once_however_often_it_is_sent(real: Radicale) -> None:
    patient = channel(real.url, timeout=10.0)
    assert [send(patient).code, send(patient).code] == ["201", "412"]
    assert send(patient).outcome is ACCEPTED
    again = replace(MESSAGE, message_id="<k2@followup.example>", subject="陈明：回访", text="a\nb\x07\r\nBEGIN:VEVENT")
    assert send(channel(real.url, timeout=10.0, entry="event"), again).outcome is ACCEPTED
    task, event = sorted(Calendar.from_ical(real.entries("li")).walk()[1:], key=lambda one: str(one.name) == "VEVENT")
    assert (task.name, task["summary"], task["description"]) == ("VTODO", MESSAGE.subject, MESSAGE.text.strip())
    assert (task["class"], task["due"].dt.timestamp()) == ("PRIVATE", MESSAGE.date)
    assert (event.name, event["summary"], event["description"]) == ("VEVENT", "陈明：回访", "a\nb \nBEGIN:VEVENT")


def test_a_real_server_refuses_what_it_does_not_know(real: Radicale) -> None:
    assert send(channel(real.url, timeout=10.0, password="stale")).code == "401"
    nowhere = send(channel(real.url, timeout=10.0), replace(MESSAGE, address="wang"))
    assert (nowhere.outcome, nowhere.detail) == (PERMANENT, "there is no such calendar")


@pytest.mark.parametrize(
    ("fault", "outcome", "wait"),
    [(status(401), PERMANENT, None), (status(403), PERMANENT, None), (status(404), PERMANENT, None),
     (status(409), PERMANENT, None), (status(409, "<C:no-uid-conflict/>"), ACCEPTED, None),
     (status(413), PERMANENT, None), (status(301, Location="http://127.0.0.1:1/"), PERMANENT, None),
     (status(412), ACCEPTED, None), (status(423), RETRY, None), (status(429, Retry_After="7"), RETRY, 7),
     (status(500), RETRY, None), (status(503, Retry_After="60"), RETRY, 60), (status(507), PERMANENT, None),
     (silence, UNKNOWN, None), (reset, UNKNOWN, None), (drip, UNKNOWN, None), (garbage, UNKNOWN, None)],
    ids=["401", "403", "404", "409", "409_there", "413", "301", "412", "423", "429", "500", "503", "507",
         "silence", "reset", "drip", "garbage"],
)  # fmt: skip
def test_an_answer_is_an_outcome(server: CalendarServer, fault: Fault, outcome: Outcome, wait: int | None) -> None:
    server.faults = [fault]
    begun = time.monotonic()
    receipt = send(channel(server.url))
    assert (receipt.outcome, receipt.retry_after) == (outcome, wait)
    assert time.monotonic() - begun < 1.1


def test_after_a_lost_answer_the_second_attempt_finds_the_first_ones_entry(server: CalendarServer) -> None:
    calendars = channel(server.url)
    assert send(calendars).outcome is ACCEPTED  # and say its answer was lost
    assert send(calendars).code == "412"
    assert list(server.entries) == [f"/calendars/li/customers/{send(calendars).remote_id}.ics"]


def about(sequence: int, starts_at: int = 1_900_100_000) -> Message:
    """A reminder of an appointment that has changed so often."""
    appointment = Appointment("a1@followup.example", starts_at, 60, sequence)
    return replace(MESSAGE, message_id=f"<k{sequence}@followup.example>", subject="访问", appointment=appointment)


def test_an_appointment_is_one_event_and_moves_with_its_next_reminder(real: Radicale) -> None:
    patient = channel(real.url, timeout=10.0)
    codes = [send(patient, one).code for one in (about(3), about(3), about(5, 1_900_186_400), about(4))]
    assert codes == ["201", "412", "201", "412"]
    [event] = [one for one in Calendar.from_ical(real.entries("li")).walk("VEVENT") if one["summary"] == "访问"]
    assert (event["uid"], event["sequence"], event["transp"]) == ("a1@followup.example", 5, "OPAQUE")
    assert event["dtstart"].dt.timestamp() == 1_900_186_400
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=1)


def test_an_appointment_that_somebody_else_changes_meanwhile_is_left_alone(server: CalendarServer) -> None:
    calendars = channel(server.url)
    send(calendars, about(1))
    server.after_reading = lambda path: server.entries.update({path: b"his own"})
    receipt = send(calendars, about(2))
    assert (receipt.outcome, list(server.entries.values())) == (RETRY, [b"his own"])


@pytest.mark.parametrize("address", ["..", ".", "li/../wang", "a b", "li\\wang"])
def test_an_address_leads_into_no_other_calendar(server: CalendarServer, address: str) -> None:
    assert send(channel(server.url), replace(MESSAGE, address=address)).code == "address"
    assert send(channel(server.url), replace(MESSAGE, address="李?x=1#y")).outcome is ACCEPTED
    assert next(iter(server.entries)).startswith("/calendars/%E6%9D%8E%3Fx%3D1%23y/customers/")


def test_an_entry_too_large_for_any_server_does_not_begin(server: CalendarServer) -> None:
    assert send(channel(server.url), replace(MESSAGE, text="长" * 40_000)).code == "too_large"
    assert server.began == []


def test_nothing_was_sent_where_nobody_listens_or_the_time_is_over(server: CalendarServer) -> None:
    assert channel(server.url).send(MESSAGE, lambda: True, time.monotonic() - 1).outcome is RETRY
    server.close()
    called: list[str] = []
    receipt = channel(server.url).send(MESSAGE, lambda: bool(called.append("begin")), time.monotonic() + 5)
    assert (receipt.outcome, called, server.began) == (RETRY, [], [])
