"""The server: uvicorn on the address of config.yaml, until it is told to end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

LINGER = 10
"""Seconds that requests under way get when the server ends. Ours."""


def serve(app: Starlette, bind: str, home: Path) -> None:
    """Answer until SIGTERM or SIGINT. `bind` is HOST:PORT, or unix:PATH relative to `home`.

    Nothing is logged of requests: paths hold tokens. Behind a proxy on this machine its X-Forwarded-For is believed.
    """
    _server(app, bind, home).run()


@contextmanager
def serving(app: Starlette, bind: str, home: Path) -> Iterator[None]:
    """The same in a thread of this process, until the block ends; signals are left to the process."""
    server = _server(app, bind, home)
    thread = threading.Thread(target=server.run, name="pages")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _server(app: Starlette, bind: str, home: Path) -> uvicorn.Server:
    if bind.startswith("unix:"):
        return uvicorn.Server(_config(app, uds=str(home / bind.removeprefix("unix:")), forwarded_allow_ips="*"))
    host, _, port = bind.rpartition(":")
    return uvicorn.Server(_config(app, host=host.strip("[]"), port=int(port)))


def _config(app: Starlette, **where: object) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none",
        timeout_graceful_shutdown=LINGER, **where,  # type: ignore[arg-type]
    )  # fmt: skip
