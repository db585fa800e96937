"""The header fields of a mail: which there are, what they hold, and what is refused."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest

from adapters.base import Message
from adapters.channels.mime import build

MESSAGE = Message(
    message_id="<birthday-812-2027@followup.example>", address="li.na@example.com", receiver_name="李娜",
    subject="生日快乐", text="祝您生日快乐!\n", html="<p>祝您生日快乐!</p>\n", date=1_900_000_000,
    reply_to="rep@example.com", reply_to_name="Wang, Wei", headers={"X-Followup-Rule": "birthday"},
)

BAD_ADDRESSES = [
    "", "nobody", "a@example.com, b@example.com", "a@example.com,b@example.com", "a b@example.com",
    "Li <li@example.com>", "<li@example.com>", "a@b@example.com", "a@example.com\r\nBcc: b@example.com",
    "a@example.com\n", "a@exam\x00ple.com", '"a b"@example.com', "a@[127.0.0.1]", "a@", "@example.com",
    ".a@example.com", "a..b@example.com", "a@example..com", "a@-example.com", "李 @example.com", "a@例 子.cn",
    "a" * 65 + "@example.com", "a@" + "b." * 130 + "cn", "a(comment)@example.com", "a;b@example.com",
]


def parsed(message: Message, from_name: str = "") -> EmailMessage:
    data = build(message, "care@example.com", from_name)
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def test_every_field_a_mail_needs_is_there() -> None:
    mail = parsed(MESSAGE, "客户关怀")
    assert mail["From"] == "客户关怀 <care@example.com>"
    assert mail["To"] == "李娜 <li.na@example.com>"
    assert mail["Reply-To"] == '"Wang, Wei" <rep@example.com>'
    assert mail["Subject"] == "生日快乐"
    assert mail["Message-ID"] == "<birthday-812-2027@followup.example>"
    assert mail["Date"].datetime.timestamp() == 1_900_000_000
    assert mail["MIME-Version"] == "1.0"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Followup-Rule"] == "birthday"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative", "text/plain", "text/html"]


def test_no_part_has_a_defect() -> None:
    mail = parsed(MESSAGE, "客户关怀")
    assert [defect for part in mail.walk() for defect in part.defects] == []
    assert [defect for value in mail.values() for defect in value.defects] == []


def test_without_html_the_mail_is_a_single_plain_text() -> None:
    mail = parsed(replace(MESSAGE, html=""))
    assert mail.get_content_type() == "text/plain"
    assert not mail.is_multipart()


def test_the_same_message_gives_the_same_bytes() -> None:
    assert build(MESSAGE, "care@example.com", "Care") == build(MESSAGE, "care@example.com", "Care")


def test_a_long_ascii_subject_is_folded_and_stays_readable() -> None:
    subject = "Your yearly service visit is due, and " * 5
    data = build(replace(MESSAGE, subject=subject), "care@example.com")
    assert b"Subject: Your yearly service visit is due" in data
    assert max(map(len, data.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 76
    assert email.message_from_bytes(data, policy=email.policy.default)["Subject"] == subject.strip()


def test_base64_lines_are_at_most_76_characters() -> None:
    data = build(replace(MESSAGE, text="祝您生日快乐!" * 500), "care@example.com")
    assert max(map(len, data.partition(b"\r\n\r\n")[2].split(b"\r\n"))) == 76


def test_a_body_that_holds_the_boundary_cannot_close_its_part() -> None:
    first = build(MESSAGE, "care@example.com")
    boundary = first.split(b'boundary="')[1].split(b'"')[0].decode()
    text = f"hello\r\n--{boundary}--\r\nhidden"
    mail = parsed(replace(MESSAGE, text=text))
    assert mail.get_body(("plain",)).get_content() == text  # type: ignore[union-attr]
    assert mail.get_body(("html",)).get_content() == "<p>祝您生日快乐!</p>\r\n"  # type: ignore[union-attr]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_what_is_not_exactly_one_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ValueError, match=r"the (address|part)") as refusal:
        build(replace(MESSAGE, address=address), "care@example.com")
    assert not address.strip() or address not in str(refusal.value)


def test_a_bad_sender_or_reply_address_is_refused_too() -> None:
    with pytest.raises(ValueError, match="no @"):
        build(MESSAGE, "care")
    with pytest.raises(ValueError, match="before the @"):
        build(replace(MESSAGE, reply_to="rep@example.com, x@example.com"), "care@example.com")


@pytest.mark.parametrize("message_id", ["", "abc", "<a>", "<a@b>\nBcc: c", "<a b@c>", "<a@b><c@d>", "<ä@b>"])
def test_a_message_id_of_the_wrong_form_is_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        build(replace(MESSAGE, message_id=message_id), "care@example.com")


@pytest.mark.parametrize("name", ["Bcc", "to", "CC", "Content-Type", "Resent-To", "subject"])
def test_an_extra_header_cannot_replace_one_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be set"):
        build(replace(MESSAGE, headers={name: "x@example.org"}), "care@example.com")


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X\r\nBcc", "X-Ü"])
def test_an_extra_header_needs_a_proper_name(name: str) -> None:
    with pytest.raises(ValueError, match="header field"):
        build(replace(MESSAGE, headers={name: "x"}), "care@example.com")


def test_an_extra_header_value_cannot_start_another_header() -> None:
    mail = parsed(replace(MESSAGE, headers={"X-Note": "a\r\nBcc: b@example.org"}))
    assert mail["X-Note"] == "a  Bcc: b@example.org"
    assert mail["Bcc"] is None
