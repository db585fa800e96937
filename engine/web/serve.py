"""The server: uvicorn on the address of config.yaml, until it is told to end."""

from __future__ import annotations

from pathlib import Path

import uvicorn
from starlette.applications import Starlette

LINGER = 10
"""Seconds that requests under way get when the server ends. Ours."""


def serve(app: Starlette, bind: str, home: Path) -> None:
    """Answer until SIGTERM or SIGINT. `bind` is HOST:PORT, or unix:PATH relative to `home`.

    Nothing is logged of requests: paths hold tokens. Behind a proxy on this machine its X-Forwarded-For is believed.
    """
    if bind.startswith("unix:"):
        config = _config(app, uds=str(home / bind.removeprefix("unix:")), forwarded_allow_ips="*")
    else:
        host, _, port = bind.rpartition(":")
        config = _config(app, host=host.strip("[]"), port=int(port))
    uvicorn.Server(config).run()


def _config(app: Starlette, **where: object) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none",
        timeout_graceful_shutdown=LINGER, **where,  # type: ignore[arg-type]
    )  # fmt: skip
