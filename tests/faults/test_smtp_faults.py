"""The faulty server does what its rules say, in this process and as one of its own."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import smtp_faults
from tests.faults.smtp_faults import Fault, FaultySmtp, read_spool


def send(port: int, number: int, receiver: str = "a@example.com") -> str:
    """Send one mail on a connection of its own; the reply code, or "lost"."""
    content = f"Message-ID: <k{number}@followup.example>\r\n\r\nHello\r\n"
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=10) as client:
            client.sendmail("care@example.com", receiver, content)
            return "250"
    except smtplib.SMTPRecipientsRefused as error:
        return str(error.recipients[receiver][0])
    except smtplib.SMTPResponseException as error:
        return str(error.smtp_code)
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return "lost"


@pytest.mark.parametrize(
    ("fault", "replies"),
    [
        (Fault("data", "451", nth=2), ["250", "451", "250", "250"]),
        (Fault("dot", "554", every=2), ["250", "554", "250", "554"]),
        (Fault("dot", "reset", first=3), ["lost", "lost", "lost", "250"]),
        (Fault("connect", "421", nth=1), ["421", "250", "250", "250"]),
    ],
)
def test_a_fault_comes_when_its_rule_says(fault: Fault, replies: list[str]) -> None:
    with FaultySmtp([fault]) as server:
        assert [send(server.port, n) for n in range(4)] == replies
        assert len(server.accepted) == replies.count("250")


def test_a_fault_can_be_meant_for_one_receiver() -> None:
    with FaultySmtp([Fault("rcpt", "550", receiver="b@example.com")]) as server:
        assert send(server.port, 1, "a@example.com") == "250"
        assert send(server.port, 2, "b@example.com") == "550"


def test_a_lost_reply_leaves_the_message_accepted() -> None:
    with FaultySmtp([Fault("dot", "lose")]) as server:
        assert send(server.port, 1) == "lost"
        assert [mail.message_id for mail in server.accepted] == ["<k1@followup.example>"]


def test_a_fault_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="lose at data"):
        Fault("data", "lose")


def test_copies_can_be_counted_in_the_spool_of_a_server_process(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"verb": "dot", "action": "lose", "nth": 1}]))
    command = [sys.executable, smtp_faults.__file__]
    command += ["--spool", str(tmp_path / "spool"), "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().removeprefix("listening on "))
        assert [send(port, n) for n in (1, 1, 2)] == ["lost", "250", "250"]
        process.terminate()
    assert process.returncode == 0
    kept = read_spool(tmp_path / "spool")
    copies = Counter(mail.message_id for mail in kept)
    assert copies == {"<k1@followup.example>": 2, "<k2@followup.example>": 1}
    assert {(mail.sender, mail.receivers) for mail in kept} == {("care@example.com", ("a@example.com",))}
