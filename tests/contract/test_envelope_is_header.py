"""Over real SMTP each mail has one receiver, the same in the envelope and in its header, whatever the data hold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from adapters.base import Message, Outcome
from adapters.channels.email import EmailChannel
from adapters.channels.smtp_session import SmtpServer
from tests.faults.smtp_faults import Accepted, FaultySmtp

MESSAGE = Message(
    message_id="<k1@followup.example>", address="wang@example.com", subject="Hello", text="Hello.\n",
    date=1_900_000_000,
)
NAMES = (
    "Wang Fang", "王芳", "Wang, Fang", "eve@evil.example", "a@evil.example, b", "Wang <eve@evil.example>",
    '"Wang" <eve@evil.example>,', "Wang\r\nBcc: eve@evil.example", "Wang\nRCPT TO:<eve@evil.example>",
    "=?utf-8?q?eve=40evil?=", "Wang; eve@evil.example", "(eve@evil.example)", "list: eve@evil.example;",
)  # fmt: skip
EXTRA = {"X-Note": "to eve@evil.example"}


def sent(messages: Sequence[Message]) -> list[Accepted]:
    with FaultySmtp() as server:
        channel = EmailChannel(SmtpServer("127.0.0.1", server.port, "care@example.com", "Care, of Example"))
        for message in messages:
            assert channel.send(message, lambda: True, time.monotonic() + 10).outcome is Outcome.ACCEPTED
        channel.close()
        return list(server.accepted)


def test_the_envelope_is_what_the_header_says() -> None:
    messages = [
        replace(MESSAGE, message_id=f"<k{number}@followup.example>", receiver_name=name, subject=f"For {name}",
                reply_to="li@example.com", reply_to_name=name, text=f"RCPT TO:<eve@evil.example>\n.\n{name}\n",
                headers=EXTRA)
        for number, name in enumerate(NAMES)
    ]  # fmt: skip
    arrived = sent(messages)
    assert [mail.message_id for mail in arrived] == [message.message_id for message in messages]
    for mail in arrived:
        read = message_from_bytes(mail.content, policy=policy.default)
        assert mail.receivers == ("wang@example.com",)
        assert [one.addr_spec for one in read["To"].addresses] == ["wang@example.com"]
        assert [one.addr_spec for one in read["From"].addresses] == ["care@example.com"] == [mail.sender]
        assert [one.addr_spec for one in read["Reply-To"].addresses] == ["li@example.com"]
        assert [name for name in read if name.lower() in ("cc", "bcc", "resent-to", "apparently-to")] == []
        assert [len(read.get_all(name)) for name in ("To", "From", "Reply-To", "Subject")] == [1, 1, 1, 1]


@pytest.mark.parametrize("address", [
    "wang@example.com, eve@evil.example", "wang@example.com>\r\nRCPT TO:<eve@evil.example",
    "wang@example.com eve@evil.example", "<wang@example.com>", "",
])  # fmt: skip
def test_what_is_not_one_address_reaches_no_server(address: str) -> None:
    with FaultySmtp() as server:
        channel = EmailChannel(SmtpServer("127.0.0.1", server.port, "care@example.com"))
        receipt = channel.send(replace(MESSAGE, address=address), lambda: True, time.monotonic() + 10)
        channel.close()
        assert (receipt.outcome, server.accepted) == (Outcome.PERMANENT, [])
        assert "eve" not in receipt.detail
