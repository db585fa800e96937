"""What the MIME builder writes, Python's own mail parser reads back, whatever the text."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.base import Appointment, Image, Message
from adapters.channels.headers import clean
from adapters.channels.mime import build

PLAIN = Message(
    message_id="<k1@followup.example>", address="li.na@example.com", subject="Hello", text="Good morning.\n",
    date=1_900_000_000,
)

NASTY = {
    "line break": "Li\r\nBcc: thief@example.org",
    "lone carriage return": "Li\rBcc: thief@example.org",
    "nul and escape": "Li\x00 \x1b[31mNa",
    "unicode line separators": "Li\u2028Bcc: x@example.org\u2029\x85Na",
    "comma": "Li, Na",
    "second mailbox": "Li <thief@example.org>, Na",
    "quotes and backslashes": 'Li "the\\ boss" \\',
    "semicolon group": "friends: a@example.org;",
    "comment": "Li (hidden) Na",
    "emoji": "Li 👩‍👩‍👧‍👦🎂",
    "right to left": "مرحبا بك \u202eevil",
    "already encoded": "=?utf-8?B?eA==?=",
    "half encoded": "é =?utf-8?Q?=0D=0ABcc:_x?=",
    "isolates": "Li \u2066moc.live\u2069 \u200f\u061cNa",
    "lone surrogate": "Li \ud800 Na",
    "long chinese": "王小明" * 40,
    "10 KB without a space": "x" * 10_240,
    "10 KB of words": "hello " * 1_700,
    "10 KB of emoji": "🎂" * 2_560,
    "only spaces": "   ",
    "dots": "...",
}

ANYTHING = st.text(max_size=300)


def parsed(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def readable(value: str) -> str:
    return clean(value).encode("utf-8", "replace").decode()


def one_line(name: str) -> str:
    return " ".join(readable(name).split())


def name_read(data: bytes, field: str) -> str:
    """The name as RFC 2047 has it; policy.default before Python 3.12.9 puts spaces between encoded words."""
    raw = email.message_from_bytes(data)[field].replace("\r\n", "")
    quoted = parseaddr(raw)[0]
    return str(make_header(decode_header(quoted)))


def body_read(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return part.get_content()


def crlf(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


@settings(max_examples=150, deadline=None)
@given(subject=ANYTHING, receiver=ANYTHING, sender=ANYTHING, text=ANYTHING, html=ANYTHING)
@example(subject="", receiver="", sender="", text="", html="")
@example(subject="a  b" * 50, receiver="a" * 61, sender=" , ", text="From here\n.\n--\r\r\n", html="\n--=_\n")
def test_any_text_comes_back_as_it_went_in(
    subject: str, receiver: str, sender: str, text: str, html: str
) -> None:
    message = replace(PLAIN, subject=subject, receiver_name=receiver, text=text, html=html)
    data = build(message, "care@example.com", sender)
    mail = parsed(data)
    assert mail["Subject"] == readable(subject)
    assert name_read(data, "To") == one_line(receiver)
    assert name_read(data, "From") == one_line(sender)
    assert body_read(mail, "plain") == crlf(text)
    assert not html or body_read(mail, "html") == crlf(html)


PICTURES = st.lists(
    st.builds(Image, st.from_regex(r"[a-z0-9]{1,20}\.png@images", fullmatch=True), st.text(max_size=40),
              st.just("image/png"), st.binary(max_size=200)),
    max_size=3,
)  # fmt: skip
VISITS = st.none() | st.builds(
    Appointment, st.just("e1@followup.example"), st.integers(0, 4_000_000_000), st.integers(1, 1_000),
    st.integers(0, 2**31 - 1), st.booleans(),
)  # fmt: skip
FIELDS = st.dictionaries(st.from_regex(r"X-[A-Z0-9]{1,20}", fullmatch=True), ANYTHING, max_size=3)
"""Of one case: fields whose names differ in nothing else are one field to a reader."""


@settings(max_examples=150, deadline=None)
@given(subject=ANYTHING, text=ANYTHING, html=ANYTHING, images=PICTURES, visit=VISITS, fields=FIELDS)
def test_the_parser_finds_exactly_the_parts_and_headers_that_were_meant(
    subject: str, text: str, html: str, images: list[Image], visit: Appointment | None, fields: dict[str, str]
) -> None:
    message = replace(PLAIN, subject=subject, text=text, html=html, headers=fields, appointment=visit)
    data = build(replace(message, images=tuple(images)), "care@example.com")
    mail = parsed(data)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    pictures = images if html else []
    invited = ["text/calendar", "application/ics"] if visit and visit.invite else []
    assert [part.get_content_type() for part in parts] == [
        "text/plain", *(["text/html"] if html else []), *("image/png" for _ in pictures), *invited]
    assert [part.get_content() for part in parts if part.get_content_maintype() == "image"] == [
        one.content for one in pictures]
    assert body_read(mail, "plain") == crlf(text)
    assert not html or body_read(mail, "html") == crlf(html)
    assert {name.lower(): mail[name] for name in fields} == {name.lower(): readable(v) for name, v in fields.items()}
    assert [defect for part in mail.walk() for defect in part.defects] == []
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert data.isascii()


@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY.keys())
def test_a_nasty_name_stays_one_name_of_one_receiver(nasty: str) -> None:
    message = replace(PLAIN, receiver_name=nasty, subject=nasty)
    message = replace(message, reply_to="rep@example.com", reply_to_name=nasty)
    data = build(message, "care@example.com", nasty)
    mail = parsed(data)
    assert [a.addr_spec for a in mail["To"].addresses] == ["li.na@example.com"]
    assert [a.addr_spec for a in mail["From"].addresses] == ["care@example.com"]
    assert [a.addr_spec for a in mail["Reply-To"].addresses] == ["rep@example.com"]
    assert mail["Subject"] == readable(nasty)
    assert {name_read(data, field) for field in ("To", "From", "Reply-To")} == {one_line(nasty)}
    assert mail["Bcc"] is None
    assert mail.keys() == ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted",
                           "Reply-To", "Content-Type", "Content-Transfer-Encoding"]


@settings(max_examples=100, deadline=None)
@given(name=st.text(min_size=1, max_size=11))
def test_a_name_of_ordinary_length_is_read_by_the_modern_parser_too(name: str) -> None:
    mail = parsed(build(replace(PLAIN, receiver_name=name), "care@example.com", "Care"))
    assert mail["To"].addresses[0].display_name == one_line(name)


@settings(max_examples=100, deadline=None)
@given(subject=ANYTHING, name=ANYTHING, text=ANYTHING)
def test_lines_are_ascii_short_and_end_with_crlf(subject: str, name: str, text: str) -> None:
    message = replace(PLAIN, subject=subject, receiver_name=name, text=text, html=text)
    data = build(message, "care@example.com", name)
    assert data.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    header = data.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 76 for line in header.split(b"\r\n") if b"=?" in line)
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]*\?=", header))
    assert max(map(len, data.split(b"\r\n"))) <= 998


def test_a_megabyte_of_a_name_adds_no_field_and_no_long_line() -> None:
    name = "Li\r\nBcc: x@example.org " * 45_000
    data = build(replace(PLAIN, receiver_name=name, subject=name), "care@example.com")
    fields = [line for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n") if not line.startswith(b" ")]
    assert [line.partition(b":")[0] for line in fields] == [
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"MIME-Version", b"Auto-Submitted", b"Content-Type",
        b"Content-Transfer-Encoding"]
    assert max(map(len, data.split(b"\r\n"))) <= 998
