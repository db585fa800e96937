"""The floor of sending: a bare smtplib loop over prepared messages, to a real server in a process of its own."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SERVER = Path(__file__).parents[1] / "tests" / "faults" / "smtp_faults.py"
SENDER = "care@example.com"


class Prepared(NamedTuple):
    """A message as it goes over the wire."""

    address: str
    content: bytes


@contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """The port of an SMTP server that takes everything; it spends another process's CPU."""
    command = [sys.executable, str(SERVER), "--spool", str(folder / "spool"), "--pipelining"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().rsplit(maxsplit=1)[-1])
        finally:
            process.terminate()


def bare_sending(port: int, messages: Sequence[Prepared]) -> None:
    """One connection, one `sendmail` a message, nothing remembered."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="example.com") as connection:
        for message in messages:
            connection.sendmail(SENDER, [message.address], message.content)
