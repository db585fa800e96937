"""A real CalDAV server: Debian's radicale as a plain process, on a port and in a folder of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import urllib3

from tests.contract.imap_server import free_port
from tests.faults.calendar_server import PASSWORD, USERNAME

MISSING = "these tests need a real CalDAV server; install it: apt-get install radicale"
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = authenticated
[storage]
filesystem_folder = {folder}/collections
"""
_MAKE = """<?xml version="1.0" encoding="utf-8"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"
><D:set><D:prop><D:displayname>Customers</D:displayname></D:prop></D:set></C:mkcalendar>"""


class Radicale(NamedTuple):
    """The server; `url` has {user} in it."""

    base: str

    @property
    def url(self) -> str:
        return f"{self.base}/{{user}}/customers/"

    def make_calendar(self, user: str) -> None:
        assert self.ask("MKCOL", f"/{user}/").status == 201
        assert self.ask("MKCALENDAR", f"/{user}/customers/", _MAKE).status == 201

    def entries(self, user: str) -> str:
        """The whole calendar, as any program reads it."""
        return self.ask("GET", f"/{user}/customers/").data.decode()

    def ask(self, method: str, path: str, body: str | None = None) -> urllib3.BaseHTTPResponse:
        known = b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        return urllib3.request(method, self.base + path, body=body, headers={"Authorization": f"Basic {known}"})


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    program = shutil.which("radicale")
    if program is None:
        pytest.fail(MISSING)
    port = free_port()
    (folder / "users").write_text(f"{USERNAME}:{PASSWORD}\n")
    (folder / "config").write_text(_CONFIG.format(folder=folder, port=port))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "--config", str(folder / "config")], stdout=log, stderr=log)
    try:
        _wait(port, folder, process)
        yield Radicale(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
    pytest.fail(f"radicale did not start: {(folder / 'log').read_text()}")
