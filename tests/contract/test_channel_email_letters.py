"""Addresses in other letters: only to a relay that takes them, and then as it wants them (RFC 6531)."""

from __future__ import annotations

import email
import email.policy
import time
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Message, Outcome, Receipt
from adapters.channels.email import EmailChannel
from adapters.channels.headers import one_address
from adapters.channels.mime import build
from adapters.channels.smtp_session import SmtpServer
from tests.faults.smtp_faults import FaultySmtp

MESSAGE = Message(
    message_id="<k1@followup.example>", address="李娜@例子.中国", receiver_name="李娜", subject="生日快乐",
    text="祝您生日快乐!\n", date=1_900_000_000,
)


def sent(server: FaultySmtp, message: Message, *more: FaultySmtp) -> Receipt:
    servers = [SmtpServer("127.0.0.1", one.port, "care@example.com") for one in (server, *more)]
    channel = EmailChannel(*servers)
    try:
        return channel.send(message, lambda: True, time.monotonic() + 10)
    finally:
        channel.close()


def test_the_domain_is_told_as_dns_knows_it_and_needs_no_special_relay() -> None:
    with FaultySmtp() as server:
        assert sent(server, replace(MESSAGE, address="li@例子.中国")).outcome is Outcome.ACCEPTED
    (mail,) = server.accepted
    assert mail.receivers == ("li@xn--fsqu00a.xn--fiqs8s",)
    assert mail.content.isascii()


def test_a_relay_that_takes_other_letters_gets_the_address_as_it_is() -> None:
    with FaultySmtp(offers=("SMTPUTF8", "8BITMIME")) as server:
        assert sent(server, MESSAGE).outcome is Outcome.ACCEPTED
    (mail,) = server.accepted
    assert mail.receivers == ("李娜@xn--fsqu00a.xn--fiqs8s",)
    read = email.message_from_string(mail.content.decode(), policy=email.policy.default)
    (address,) = read["To"].addresses  # type: ignore[attr-defined]
    assert (address.display_name, address.username) == ("李娜", "李娜")
    assert read["Subject"] == "生日快乐"


def test_a_relay_that_takes_none_refuses_for_good_before_begin_so_that_another_channel_is_tried() -> None:
    with FaultySmtp() as server:
        receipt = sent(server, MESSAGE)
        assert (receipt.outcome, receipt.code) == (Outcome.PERMANENT, "smtputf8")
        assert "李" not in receipt.detail
        assert "mail" not in server.seen
        assert sent(server, replace(MESSAGE, address="li@example.com")).outcome is Outcome.ACCEPTED


def test_the_next_relay_is_asked_that_may_take_them() -> None:
    with FaultySmtp() as plain, FaultySmtp(offers=("SMTPUTF8", "8BITMIME")) as able:
        assert sent(plain, MESSAGE, able).outcome is Outcome.ACCEPTED
    assert len(able.accepted) == 1


@pytest.mark.parametrize("address", [
    "李 娜@example.com", "李\u3000娜@example.com", "\u202e李@example.com", "李\n@example.com", "李\x85@example.com",
    "李,娜@example.com", "李@a@example.com", "李..娜@example.com", ".李@example.com", "e\u0301@example.com",
    "李" * 22 + "@b.cn",
    "李\u200b@example.com", "\ud800@example.com", "li@例 子.cn", "li@\u202e例子.cn", "<李>@example.com",
    '"李"@example.com',
])  # fmt: skip
def test_what_only_looks_like_one_address_is_refused_without_being_told(address: str) -> None:
    with pytest.raises(ValueError, match="the part") as refusal:
        one_address(address)
    assert "李" not in str(refusal.value)


def test_a_file_holds_it_too(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(build(MESSAGE, "care@example.com"))
    read = email.message_from_string((tmp_path / "a.eml").read_text(encoding="utf-8"), policy=email.policy.default)
    assert read["To"].addresses[0].addr_spec == "李娜@xn--fsqu00a.xn--fiqs8s"  # type: ignore[attr-defined]
