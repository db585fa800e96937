"""Pictures and invitations in a mail: which parts there are, and what mail programs find in them."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from adapters.base import Appointment, Image, Message
from adapters.channels.mime import build

LOGO = Image("a1.png@images", "logo.png", "image/png", b"\x89PNG" * 400)
VISIT = Appointment("e1@followup.example", 1_900_003_600, 60, 3, invite=True)
MESSAGE = Message(
    message_id="<k1@followup.example>", address="li@example.com", receiver_name="李", subject="Visit: Wang, Fang; Acme",
    text="Bring the sample,\n the P40.\n", html='<img src="cid:a1.png@images">', date=1_900_000_000,
    reply_to="rep@example.com",
)


def parsed(message: Message) -> EmailMessage:
    return email.message_from_bytes(build(message, "care@example.com"), policy=email.policy.default)  # type: ignore[return-value]


def shape(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def event(mail: EmailMessage) -> Any:
    """The one event of its invitation."""
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    (found,) = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return found


def test_a_picture_stands_beside_the_html_that_shows_it() -> None:
    mail = parsed(replace(MESSAGE, images=(LOGO,)))
    assert shape(mail) == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    picture = list(mail.walk())[-1]
    assert picture["Content-ID"] == "<a1.png@images>"
    assert (picture.get_content_disposition(), picture.get_filename()) == ("inline", "logo.png")
    assert picture.get_content() == LOGO.content


def test_an_invitation_is_a_form_of_the_message_and_a_file() -> None:
    mail = parsed(replace(MESSAGE, html="", appointment=VISIT))
    assert shape(mail) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/calendar", "application/ics"]
    form, file = list(mail.walk())[-2:]
    assert form.get_param("method") == "REQUEST"
    assert file.get_filename() == "invite.ics"
    assert file.get_payload(decode=True) == form.get_payload(decode=True)


def test_it_invites_the_receiver_on_behalf_of_the_rep_to_the_hour() -> None:
    found = event(parsed(replace(MESSAGE, appointment=VISIT)))
    assert found["uid"] == "e1@followup.example"
    assert (found["organizer"], found["attendee"]) == ("mailto:rep@example.com", "mailto:li@example.com")
    assert found["dtstart"].dt == datetime.fromtimestamp(1_900_003_600, UTC)
    assert (found["dtend"].dt - found["dtstart"].dt).total_seconds() == 3_600
    assert found["sequence"] == 3
    assert (found["summary"], found["description"]) == ("Visit: Wang, Fang; Acme", "Bring the sample,\n the P40.")


def test_a_message_about_an_appointment_invites_nobody_unless_it_says_so() -> None:
    assert shape(parsed(replace(MESSAGE, html="", appointment=replace(VISIT, invite=False)))) == ["text/plain"]


def test_everything_at_once_has_no_defect() -> None:
    mail = parsed(replace(MESSAGE, images=(LOGO,), appointment=VISIT))
    assert shape(mail) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "text/calendar", "application/ics"]
    assert [defect for part in mail.walk() for defect in part.defects] == []


@pytest.mark.parametrize("nasty", [
    "Li\r\nATTENDEE:mailto:thief@example.org", "Li\nEND:VEVENT\nBEGIN:VEVENT", "Li\u2028ATTENDEE:x",
    'a"b\\;,', "👩‍👩‍👧" * 40,
    "\x00\x1b[31m", "\ud800",
])  # fmt: skip
def test_a_name_cannot_add_a_guest_or_an_event(nasty: str) -> None:
    found = event(parsed(replace(MESSAGE, subject=nasty, text=nasty, appointment=VISIT)))
    assert found["attendee"] == "mailto:li@example.com"
    assert str(found["summary"]).split() == str(found["description"]).split()


@pytest.mark.parametrize("bad", [
    Image("a\r\nBcc: x@y", "a.png", "image/png", b""), Image("a@b", "a.png", "text/html", b""),
])  # fmt: skip
def test_a_picture_that_could_not_stand_in_a_header_is_refused(bad: Image) -> None:
    with pytest.raises(ValueError, match="picture"):
        build(replace(MESSAGE, images=(bad,)), "care@example.com")


def test_a_pictures_file_name_needs_no_quoting() -> None:
    odd = Image("a@b", 'a"; x=\r\n李.png', "image/png", b"1")
    mail = parsed(replace(MESSAGE, images=(odd,)))
    assert list(mail.walk())[-1].get_filename() == "a-x-.png"
