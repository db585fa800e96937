"""PgBouncer in transaction mode before a PostgreSQL server: each transaction may get another session."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SESSIONS = 10
_CONFIG = """\
[databases]
{name} = host={host} dbname={name} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
logfile = {folder}/bouncer.log
"""


@contextmanager
def bouncer(server: str, name: str) -> Iterator[str]:
    """The URL of a database of that server, by way of a pooler with a few sessions."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed, so nothing is tried behind a pooler (Debian: pgbouncer)")
    url = make_url(server)
    host = Path(str(url.query["host"]))
    folder, port = Path(tempfile.mkdtemp(prefix="followup-bouncer-")), _free_port()
    owner = pwd.getpwuid(host.stat().st_uid).pw_name  # it must enter the server's folder, and will not be root
    config = folder / "bouncer.ini"
    config.write_text(
        _CONFIG.format(name=name, host=host, user=url.username, port=port, sessions=SESSIONS, folder=folder)
    )
    if os.getuid() == 0:
        folder.chmod(0o755)
        shutil.chown(folder, owner)
    command = [PROGRAM, *(["-u", owner] if os.getuid() == 0 else []), str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process, folder / "bouncer.log")
            yield f"postgresql://{url.username}@127.0.0.1:{port}/{name}"
        finally:
            process.terminate()
    shutil.rmtree(folder)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text() if log.exists() else "pgbouncer did not start"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("pgbouncer does not listen")
